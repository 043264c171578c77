//! Each vehicle is an owner of tasks. Its operational state opens and closes their scope.
//!
//! ```text
//!   Running, Charging, Recovered    both scopes are open
//!   Faulted                         what is not critical is cancelled and gone at once
//!   Shutdown, Idle                  all are asked to end, have 5 s, are aborted and named
//! ```
//!
//! Vehicles that speak HTTP bring no task of their own; what works for one of them is spawned here.

use paceline_model::lifecycle::Operational;
use paceline_model::{Event, VehicleId};
use paceline_supervise::{OnError, Scope, Spawner, Supervisor, Until};
use std::collections::BTreeMap;
use std::time::Duration;

/// The component that vehicles' tasks belong to.
pub(crate) const COMPONENT: &str = "fleet";
/// How long a vehicle's tasks may take to end after `Shutdown`.
const SHUTDOWN_GRACE: Duration = Duration::from_secs(5);

/// How long they may take when the server ends, which has 5 s itself.
const STOP_GRACE: Duration = Duration::from_secs(2);

/// The scopes of all vehicles that are on the road.
pub(crate) struct VehicleTasks {
    component: Scope,
    open: BTreeMap<VehicleId, Vehicle>,
}

/// One vehicle's scopes.
struct Vehicle {
    critical: Scope,
    /// Closed while it is faulted.
    other: Option<Scope>,
}

impl VehicleTasks {
    /// No vehicles yet.
    pub(crate) fn new(supervisor: &Supervisor) -> Self {
        let component = supervisor.scope(COMPONENT).on_error(OnError::KeepGoing);
        Self { component, open: BTreeMap::new() }
    }
    /// Ends all tasks of all vehicles.
    pub(crate) async fn close(self) {
        drop(self.component.close(STOP_GRACE).await);
    }
    /// Follows what an event says of a vehicle's operational state.
    pub(crate) fn see(&mut self, event: &Event) {
        match event {
            Event::VehicleStarted { vehicle } | Event::VehicleRecovered { vehicle } => {
                self.follow(vehicle, Operational::Running);
            }
            Event::VehicleFaulted { vehicle, .. } => self.follow(vehicle, Operational::Faulted),
            Event::VehicleRetired { vehicle } => self.follow(vehicle, Operational::Shutdown),
            _ => {}
        }
    }
    /// Opens and closes what a vehicle's new state says.
    pub(crate) fn follow(&mut self, id: &VehicleId, state: Operational) {
        match state {
            Operational::Running | Operational::Charging | Operational::Recovered => self.open(id),
            Operational::Faulted => {
                let other = self.open.get_mut(id).and_then(|vehicle| vehicle.other.take());
                self.end(other.into_iter(), Duration::ZERO);
            }
            Operational::Shutdown | Operational::Idle => {
                if let Some(Vehicle { critical, other }) = self.open.remove(id) {
                    self.end(other.into_iter().chain([critical]), SHUTDOWN_GRACE);
                }
            }
        }
    }
    /// Where a vehicle's tasks that must live through a fault are spawned.
    #[cfg_attr(not(test), expect(dead_code, reason = "vehicles over HTTP have no tasks of their own"))]
    pub(crate) fn critical(&self, id: &VehicleId) -> Option<Spawner> {
        self.open.get(id).map(|vehicle| vehicle.critical.spawner())
    }
    /// Where its other tasks are spawned; `None` while it is faulted.
    #[cfg_attr(not(test), expect(dead_code, reason = "vehicles over HTTP have no tasks of their own"))]
    pub(crate) fn other(&self, id: &VehicleId) -> Option<Spawner> {
        self.open.get(id)?.other.as_ref().map(Scope::spawner)
    }

    fn open(&mut self, id: &VehicleId) {
        let component = &self.component;
        let vehicle = self
            .open
            .entry(id.clone())
            .or_insert_with(|| Vehicle { critical: component.child("vehicle", id.as_str()), other: None });
        let other = || component.child("vehicle-other", id.as_str());
        vehicle.other.get_or_insert_with(other);
    }

    /// Closes scopes without waiting here: the region has other vehicles.
    fn end(&self, scopes: impl Iterator<Item = Scope>, grace: Duration) {
        for scope in scopes {
            self.component.spawn("close", Until::Owner, async move {
                // Whoever was aborted has been reported by name.
                drop(scope.close(grace).await);
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use paceline_supervise::{NamedExt as _, Options};
    use std::future::pending;

    fn id(number: usize) -> VehicleId {
        VehicleId::new(&format!("v{number}")).expect("a good name")
    }

    async fn until_only(supervisor: &Supervisor, tasks: usize) {
        while supervisor.registry().len() != tasks {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    #[tokio::test]
    async fn a_fault_cancels_what_is_not_critical_at_once_and_recovery_opens_it_again() {
        let supervisor = Supervisor::new(Options::default());
        let mut vehicles = VehicleTasks::new(&supervisor);
        vehicles.follow(&id(1), Operational::Running);
        let (critical, other) = (vehicles.critical(&id(1)).unwrap(), vehicles.other(&id(1)).unwrap());
        critical.spawn("brakes", Until::Owner, pending::<()>());
        other.spawn("telemetry", Until::Owner, pending::<()>());
        vehicles.follow(&id(1), Operational::Faulted);
        until_only(&supervisor, 1).await;
        assert_eq!(supervisor.registry().snapshot()[0].name, "brakes");
        assert!(vehicles.other(&id(1)).is_none());
        assert_eq!(other.spawn("late", Until::Owner, async {}), None);
        vehicles.follow(&id(1), Operational::Recovered);
        assert!(vehicles.other(&id(1)).is_some());
        critical.token().cancel();
        vehicles.follow(&id(2), Operational::Faulted);
    }

    #[tokio::test(start_paused = true)]
    async fn a_shutdown_waits_five_seconds_then_aborts_and_names_the_deaf() {
        let supervisor = Supervisor::new(Options::default());
        let mut vehicles = VehicleTasks::new(&supervisor);
        vehicles.follow(&id(42), Operational::Running);
        let tasks = vehicles.critical(&id(42)).unwrap();
        let token = tasks.token();
        tasks.spawn("listens", Until::Owner, async move { token.cancelled().await });
        tasks.spawn("deaf", Until::Owner, pending::<()>().named("a ferry"));
        let start = tokio::time::Instant::now();
        vehicles.follow(&id(42), Operational::Shutdown);
        until_only(&supervisor, 0).await;
        let took = start.elapsed();
        assert!(took >= Duration::from_secs(5) && took < Duration::from_secs(6), "{took:?}");
        let report = supervisor.reports().into_iter().find_map(|report| report.task).unwrap();
        assert_eq!((report.name, report.owner), ("deaf", Some("v42".into())));
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn ten_thousand_vehicles_shut_down_at_once_within_eight_seconds_and_leave_nothing() {
        const VEHICLES: usize = 10_000;
        let supervisor = Supervisor::new(Options::default());
        let mut vehicles = VehicleTasks::new(&supervisor);
        for number in 0..VEHICLES {
            vehicles.follow(&id(number), Operational::Running);
            let tasks = vehicles.critical(&id(number)).unwrap();
            tasks.spawn("deaf", Until::Owner, pending::<()>());
            let token = tasks.token();
            tasks.spawn("listens", Until::Owner, async move { token.cancelled().await });
        }
        assert_eq!(supervisor.registry().len(), 2 * VEHICLES);
        let start = tokio::time::Instant::now();
        for number in 0..VEHICLES {
            vehicles.follow(&id(number), Operational::Shutdown);
        }
        // The 8 s are the requirement itself, 5 of them the grace.
        let gone = tokio::time::timeout(Duration::from_secs(8), until_only(&supervisor, 0)).await;
        println!("{VEHICLES} vehicles with a deaf task each were gone after {:?}", start.elapsed());
        assert!(gone.is_ok(), "{} tasks left", supervisor.registry().len());
        let aborted: u64 = supervisor.registry().components().iter().map(|component| component.aborted).sum();
        assert_eq!(aborted, VEHICLES as u64);
    }
}
