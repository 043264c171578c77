//! Each vehicle is an owner of tasks. Its operational state opens and closes their scopes, which it has from the first connection on
//! that it holds open: a vehicle without one costs nothing here.
//!
//! ```text
//!   Running, Charging, Recovered    both scopes are open
//!   Faulted                         what is not critical is cancelled and gone at once
//!   Shutdown, Idle                  all are asked to end, have 5 s, are aborted and named
//! ```
//!
//! A vehicle brings tasks when it holds a connection of its own open: one tells it what concerns it, which is critical, and
//! one takes its positions, which is not. See `http/link.rs`.

use crate::task_allowance::TaskAllowance;
use paceline_engine::Change;
use paceline_model::lifecycle::Operational;
use paceline_model::{Event, OrderId, VehicleId};
use paceline_supervise::sync::mpsc;
use paceline_supervise::{OnError, Scope, Spawner, Supervisor, Until};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// The component that vehicles' tasks belong to.
const COMPONENT: &str = "fleet";
/// How long a vehicle's tasks may take to end after `Shutdown`.
const SHUTDOWN_GRACE: Duration = Duration::from_secs(5);

/// How long they may take when the server ends, which has 5 s itself.
const STOP_GRACE: Duration = Duration::from_secs(2);

/// Changes that a vehicle's feed may be behind; then it is let go, and the vehicle comes back.
const FEED_MAX: usize = 256;
/// Feeds of one vehicle: its driver's, and one that has not yet noticed that its connection broke.
const FEEDS_MAX: usize = 2;

/// The scopes of all vehicles on the road that have held a connection open.
pub(crate) struct VehicleTasks {
    component: Scope,
    open: BTreeMap<VehicleId, Vehicle>,
    /// Which vehicle has an order: who must hear that it is called off.
    holders: BTreeMap<OrderId, VehicleId>,
    allowance: TaskAllowance,
}

/// One vehicle's scopes, and who is told what concerns it.
struct Vehicle {
    critical: Scope,
    /// Closed while it is faulted.
    other: Option<Scope>,
    feeds: Vec<mpsc::Sender<Arc<Change>>>,
}

impl VehicleTasks {
    /// No vehicles yet.
    pub(crate) fn new(supervisor: &Supervisor, allowance: TaskAllowance) -> Self {
        let component = supervisor.scope(COMPONENT).on_error(OnError::KeepGoing);
        Self { component, open: BTreeMap::new(), holders: BTreeMap::new(), allowance }
    }
    /// Ends all tasks of all vehicles.
    pub(crate) async fn close(self) {
        drop(self.component.close(STOP_GRACE).await);
    }
    /// Tells a change to the vehicle that it concerns, and follows what it says of the vehicle's operational state.
    pub(crate) fn see(&mut self, change: &Arc<Change>) {
        let had = self.hold(&change.event);
        let about = change.event.vehicle();
        for concerned in about.into_iter().chain(had.as_ref().filter(|had| about != Some(had))) {
            if let Some(vehicle) = self.open.get_mut(concerned) {
                // Who is gone or too far behind is let go.
                vehicle.feeds.retain(|feed| feed.try_send(change.clone()).is_ok());
            }
        }
        match &change.event {
            Event::VehicleStarted { vehicle } | Event::VehicleRecovered { vehicle } => {
                self.follow(vehicle, Operational::Running);
            }
            Event::VehicleFaulted { vehicle, .. } => self.follow(vehicle, Operational::Faulted),
            Event::VehicleRetired { vehicle } | Event::VehicleHandedOver { vehicle, .. } => {
                self.follow(vehicle, Operational::Shutdown);
            }
            _ => {}
        }
    }
    /// Notes which vehicle has an order. Returns who had the one that ended, was lost or moved.
    fn hold(&mut self, event: &Event) -> Option<VehicleId> {
        match event {
            Event::OfferMade { order, vehicle, .. }
            | Event::OrderAssigned { order, vehicle, .. }
            | Event::OrderMoved { order, vehicle, .. } => self.holds(order, vehicle),
            Event::RoutePlanned { vehicle, gained, .. } => {
                // Another vehicle that loses one by it has a route of its own in the same record.
                gained.iter().for_each(|(order, _)| _ = self.holds(order, vehicle));
                None
            }
            Event::OrderCancelled { order }
            | Event::OrderTimedOut { order }
            | Event::DispatchFailed { order, .. }
            | Event::RidersDroppedOff { order, .. } => self.holders.remove(order),
            _ => None,
        }
    }
    /// A vehicle has an order. Returns who had it before.
    pub(crate) fn holds(&mut self, order: &OrderId, vehicle: &VehicleId) -> Option<VehicleId> {
        self.holders.insert(order.clone(), vehicle.clone())
    }
    /// A vehicle in that state wants to hold a connection open: opens what the state allows.
    pub(crate) fn meet(&mut self, id: &VehicleId, state: Operational) {
        if matches!(state, Operational::Shutdown | Operational::Idle) {
            return;
        }
        let component = &self.component;
        self.open.entry(id.clone()).or_insert_with(|| {
            // Each of its connections is a thing of its own.
            let critical = component.child("vehicle", id.as_str()).on_error(OnError::KeepGoing);
            Vehicle { critical, other: None, feeds: Vec::new() }
        });
        self.follow(id, state);
    }
    /// Opens and closes what a vehicle's new state says, if it has any.
    fn follow(&mut self, id: &VehicleId, state: Operational) {
        match state {
            Operational::Running | Operational::Charging | Operational::Recovered => {
                let other =
                    || self.component.child("vehicle-other", id.as_str()).on_error(OnError::KeepGoing);
                if let Some(vehicle) = self.open.get_mut(id) {
                    vehicle.other.get_or_insert_with(other);
                }
            }
            Operational::Faulted => {
                let other = self.open.get_mut(id).and_then(|vehicle| vehicle.other.take());
                self.end(other.into_iter(), Duration::ZERO);
            }
            Operational::Shutdown | Operational::Idle => {
                if let Some(Vehicle { critical, other, .. }) = self.open.remove(id) {
                    self.end(other.into_iter().chain([critical]), SHUTDOWN_GRACE);
                }
            }
        }
    }
    /// Where a vehicle's tasks that must live through a fault are spawned; `None`: it is not on the road.
    pub(crate) fn critical(&self, id: &VehicleId) -> Option<Spawner> {
        self.open.get(id).map(|vehicle| vehicle.critical.spawner())
    }
    /// Where its other tasks are spawned; `None` while it is faulted.
    pub(crate) fn other(&self, id: &VehicleId) -> Option<Spawner> {
        self.open.get(id)?.other.as_ref().map(Scope::spawner)
    }
    /// What concerns a vehicle from now on; `None`: it is not on the road, or enough listen already.
    pub(crate) fn listen(&mut self, id: &VehicleId) -> Option<mpsc::Receiver<Arc<Change>>> {
        let vehicle = self.open.get_mut(id)?;
        vehicle.feeds.retain(|feed| !feed.is_closed());
        if vehicle.feeds.len() >= FEEDS_MAX {
            return None;
        }
        let (feed, changes) = mpsc::channel("what concerns the vehicle", FEED_MAX);
        vehicle.feeds.push(feed);
        Some(changes)
    }

    /// Closes scopes without waiting here: the region has other vehicles.
    fn end(&self, scopes: impl Iterator<Item = Scope>, grace: Duration) {
        for scope in scopes {
            let grant = self.allowance.grant();
            self.component.spawn("close", Until::Owner, async move {
                let _grant = grant;
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
        let mut vehicles = VehicleTasks::new(&supervisor, TaskAllowance::default());
        vehicles.follow(&id(1), Operational::Running);
        assert!(vehicles.critical(&id(1)).is_none(), "it has not come yet");
        vehicles.meet(&id(1), Operational::Running);
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
        vehicles.meet(&id(2), Operational::Faulted);
        assert!(vehicles.critical(&id(2)).is_some() && vehicles.other(&id(2)).is_none());
        vehicles.meet(&id(3), Operational::Shutdown);
        assert!(vehicles.critical(&id(3)).is_none());
    }

    #[tokio::test]
    async fn a_panic_in_a_vehicles_task_ends_that_task_and_nothing_else() {
        let supervisor = Supervisor::new(Options::default());
        let mut vehicles = VehicleTasks::new(&supervisor, TaskAllowance::default());
        for number in [1, 2] {
            vehicles.meet(&id(number), Operational::Running);
        }
        let tasks = vehicles.critical(&id(1)).unwrap();
        let token = tasks.token();
        tasks.spawn("listens", Until::Owner, async move { token.cancelled().await });
        vehicles.critical(&id(2)).unwrap().spawn("other", Until::Owner, pending::<()>());
        tasks.spawn("feed", Until::Owner, async { assert!(std::hint::black_box(false), "on purpose") });
        until_only(&supervisor, 2).await;
        assert_eq!(supervisor.registry().components()[0].panicked, 1);
        // The vehicle's next connection finds its scope open.
        let token = tasks.token();
        assert!(!token.is_cancelled());
        assert!(tasks.spawn("feed", Until::Owner, async {}).is_some());
        until_only(&supervisor, 2).await;
        drop(vehicles);
    }

    #[tokio::test(start_paused = true)]
    async fn a_shutdown_waits_five_seconds_then_aborts_and_names_the_deaf() {
        let supervisor = Supervisor::new(Options::default());
        let mut vehicles = VehicleTasks::new(&supervisor, TaskAllowance::default());
        vehicles.meet(&id(42), Operational::Running);
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
        let mut vehicles = VehicleTasks::new(&supervisor, TaskAllowance::default());
        for number in 0..VEHICLES {
            vehicles.meet(&id(number), Operational::Running);
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
