//! What stands around a fleet: readings of vehicles, travel times, the tasks of vehicles' links, traces of orders.

use crate::clock::Stopwatch;
use crate::kind::Shell;
use crate::metrics::{RoundMetrics, WorldMetrics};
use crate::order_trace::OrderTraces;
use crate::solver::Round;
use crate::telemetry::Telemetry;
use crate::traffic::{Probe, ProbeBuffer};
use crate::vehicle_tasks::VehicleTasks;
use crate::written_level::Awaited;
use paceline_engine::{Borders, Change, Fleet, Ledger, Record, RoundSummary, Setting, TripLeg};
use paceline_model::{Event, Reading, VehicleId};
use paceline_plan::Snapshot;
use paceline_road::{Fix, Roads};
use paceline_supervise::sync::watch;
use std::sync::Arc;
use std::time::Duration;
use tracing::Span;

/// A fleet's surroundings.
pub(crate) struct FleetShell {
    /// The newest travel times.
    pub(crate) current: watch::Receiver<Arc<Roads>>,
    pub(crate) telemetry: Arc<Telemetry>,
    /// Where positions go from which speeds are learnt; `None`: the fleet is not its own sensor.
    pub(crate) probes: Option<Arc<ProbeBuffer>>,
    pub(crate) vehicles: VehicleTasks,
    pub(crate) traces: OrderTraces,
    /// Told when a vehicle has left for another region.
    pub(crate) left: watch::Sender<u64>,
    /// Where other regions begin, until vehicles may go to them.
    pub(crate) borders: Option<Awaited<Arc<Borders>>>,
    pub(crate) world: WorldMetrics,
    pub(crate) rounds: RoundMetrics,
}

impl FleetShell {
    /// Hands the traffic service where vehicles were, and on which trip leg: only here is that known.
    fn hand_on_probes(&self, ledger: &Ledger<Fleet>, readings: &[(VehicleId, Reading)]) {
        let Some(probes) = &self.probes else { return };
        let world = ledger.world();
        let probe = |(vehicle, reading): &(VehicleId, Reading)| {
            let leg = TripLeg::of(world.vehicle(vehicle)?);
            let fix = Fix { position: reading.position, at: reading.at };
            Some(Probe { vehicle: vehicle.clone(), leg, fix })
        };
        probes.insert(readings.iter().filter_map(probe));
    }
}

impl Shell for FleetShell {
    type World = Fleet;
    type Job = Round;

    fn take_telemetry(&mut self, ledger: &Ledger<Fleet>) -> Option<Vec<(VehicleId, Reading)>> {
        let readings = self.telemetry.take();
        if readings.is_empty() {
            return None;
        }
        self.hand_on_probes(ledger, &readings);
        Some(readings)
    }

    fn take_setting(&mut self) -> Option<Setting> {
        if let Some(borders) = Awaited::take_from(&mut self.borders) {
            return Some(Setting::Borders(borders));
        }
        let changed = self.current.has_changed().unwrap_or(false);
        changed.then(|| Setting::Roads(self.current.borrow_and_update().clone()))
    }

    fn on_set(&mut self, setting: &Setting) {
        if let Setting::Options(options) = setting {
            self.telemetry.follow(options);
        }
    }

    fn job(&mut self, ledger: &Ledger<Fleet>, snapshot: Box<Snapshot>, since: Stopwatch) -> Round {
        self.traces.solving(&snapshot);
        Round { snapshot, roads: ledger.roads().clone(), since }
    }

    fn admitting(&mut self, trace: Span) {
        self.traces.placing(trace);
    }

    fn admitted(&mut self) {
        self.traces.placed();
    }

    fn on_append(&mut self, record: &Record) {
        self.traces.appended(record);
    }

    fn on_change(&mut self, change: &Arc<Change>) -> Option<Span> {
        self.world.see(change);
        self.vehicles.see(change);
        self.telemetry.see(change);
        if let Event::VehicleHandedOver { number, .. } = &change.event {
            _ = self.left.send(number.0);
        }
        self.traces.publishing(change)
    }

    fn on_round(&mut self, summary: &RoundSummary, took: Duration) -> bool {
        let degraded = !summary.degraded.is_empty();
        self.rounds.ended(summary.stale.len() as u64, degraded, took);
        for degraded in &summary.degraded {
            tracing::warn!(stage = ?degraded.stage, reason = degraded.reason, "round degraded");
        }
        degraded
    }

    async fn close(self) {
        self.vehicles.close().await;
    }
}
