//! What stands around a bikes region: where vans say that they are, and what is counted for whoever measures the server.

use super::model::BikesModel;
use super::positions::VanPositions;
use crate::clock::Stopwatch;
use crate::kind::Shell;
use crate::metrics::{RoundMetrics, from_zero};
use crate::written_level::Awaited;
use paceline_engine::Ledger;
use paceline_engine::bikes::{Bikes, BikesOptions, Change, RoundSummary, StationRow};
use paceline_engine::ledger::Entry;
use paceline_model::bikes::{Event, Hotspot, OrderPhase, VanId};
use paceline_model::{Instant, Position};
use paceline_plan::bikes::dispatch::Problem;
use paceline_road::Roads;
use paceline_supervise::sync::watch;
use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;
use std::sync::Arc;
use std::time::Duration;
use tracing::Span;

/// A step of a work order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelValue)]
enum Step {
    Proposed,
    Issued,
    Accepted,
    UnderWay,
    Cut,
    Done,
    Returned,
    Withdrawn,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ByStep {
    step: Step,
}

/// What is wrong at a station.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelValue)]
enum What {
    Empty,
    Full,
    BelowLeast,
    DocksBroken,
    GivesNone,
    LowBatteries,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ByWhat {
    what: What,
}

impl From<Hotspot> for ByWhat {
    fn from(of: Hotspot) -> Self {
        let what = match of {
            Hotspot::Empty => What::Empty,
            Hotspot::Full => What::Full,
            Hotspot::BelowLeast => What::BelowLeast,
            Hotspot::DocksBroken => What::DocksBroken,
            Hotspot::GivesNone => What::GivesNone,
            Hotspot::LowBatteries => What::LowBatteries,
        };
        Self { what }
    }
}

impl Step {
    const ALL: [Self; 8] = [
        Self::Proposed,
        Self::Issued,
        Self::Accepted,
        Self::UnderWay,
        Self::Cut,
        Self::Done,
        Self::Returned,
        Self::Withdrawn,
    ];

    fn of(event: &Event) -> Option<Self> {
        Some(match event {
            Event::OrderProposed(_) => Self::Proposed,
            Event::OrderIssued { .. } => Self::Issued,
            Event::OrderAccepted { .. } => Self::Accepted,
            Event::OrderUnderWay { .. } => Self::UnderWay,
            Event::OrderCut { .. } => Self::Cut,
            Event::OrderDone { .. } => Self::Done,
            Event::OrderReturned { .. } => Self::Returned,
            Event::OrderWithdrawn { .. } => Self::Withdrawn,
            _ => return None,
        })
    }
}

/// What happens in the world of a bikes region, and how it stands.
#[derive(Clone, Default)]
pub(crate) struct BikesMetrics {
    steps: Family<ByStep, Counter>,
    moved: Counter,
    counted: Counter,
    stations: Gauge,
    vans: Gauge,
    aboard: Gauge,
    hotspots: Family<ByWhat, Gauge>,
    waiting: Gauge,
}

impl BikesMetrics {
    pub(crate) fn register(&self, r: &mut Registry) {
        r.register("work_order_steps", "Steps of the lifecycles of work orders", self.steps.clone());
        from_zero(&self.steps, Step::ALL.map(|step| ByStep { step }));
        r.register("bikes_moved", "Bikes that crews have loaded or unloaded", self.moved.clone());
        r.register("stock_reports", "Reports of what stands at stations", self.counted.clone());
        r.register("stations", "Stations that are known", self.stations.clone());
        r.register("vans", "Vans that are known", self.vans.clone());
        r.register("bikes_aboard", "Bikes aboard of vans", self.aboard.clone());
        r.register("station_hotspots", "Stations where something is wrong", self.hotspots.clone());
        r.register("work_orders_waiting", "Work orders that no van has", self.waiting.clone());
    }

    /// Sets what is measured to how the region stands.
    pub(super) fn measure(&self, model: &BikesModel) {
        self.stations.set(model.stations.len() as i64);
        self.vans.set(model.vans.len() as i64);
        self.aboard.set(model.vans.values().map(|van| i64::from(van.aboard)).sum());
        let waits = model.orders.values().filter(|order| order.phase == OrderPhase::Proposed);
        self.waiting.set(waits.count() as i64);
        for hotspot in Hotspot::ALL {
            let is = |row: &&StationRow| row.hotspot.is_some_and(|(what, _)| what == hotspot);
            let count = model.stations.values().filter(is).count() as i64;
            self.hotspots.get_or_create(&hotspot.into()).set(count);
        }
    }
}

/// A bikes region's surroundings.
pub(crate) struct BikesShell {
    pub(crate) positions: Arc<VanPositions>,
    /// The newest travel times; `None`: no streets are known.
    pub(crate) current: Option<watch::Receiver<Arc<Roads>>>,
    pub(crate) world: BikesMetrics,
    pub(crate) rounds: RoundMetrics,
    /// What it is to be run by once all of that may be written; `None`: it is.
    pub(crate) awaited: Option<Awaited<BikesOptions>>,
}

/// A round to solve.
pub(crate) struct BikesRound {
    pub(crate) problem: Box<Problem>,
    /// As fast as they are now.
    pub(crate) roads: Option<Arc<Roads>>,
    /// Started when the tick was due.
    pub(crate) since: Stopwatch,
}

impl Shell for BikesShell {
    type World = Bikes;
    type Job = BikesRound;

    fn take_telemetry(&mut self, _: &Ledger<Bikes>) -> Option<Vec<(VanId, Position, Instant)>> {
        let positions = self.positions.take();
        (!positions.is_empty()).then_some(positions)
    }

    fn take_setting(&mut self) -> Option<BikesOptions> {
        Awaited::take_from(&mut self.awaited)
    }

    fn on_set(&mut self, options: &BikesOptions) {
        if let Some(awaited) = &mut self.awaited {
            awaited.setting = options.clone();
        }
    }

    fn job(&mut self, _: &Ledger<Bikes>, problem: Box<Problem>, since: Stopwatch) -> BikesRound {
        let roads = self.current.as_ref().map(|current| current.borrow().clone());
        BikesRound { problem, roads, since }
    }

    fn on_change(&mut self, change: &Arc<Change>) -> Option<Span> {
        let Entry::Event(event) = &change.event else { return None };
        match event {
            Event::StopMade(made) => _ = self.world.moved.inc_by(u64::from(made.loaded + made.unloaded)),
            Event::StockRead(reports) => _ = self.world.counted.inc_by(reports.len() as u64),
            _ => {}
        }
        if let Some(step) = Step::of(event) {
            self.world.steps.get_or_create(&ByStep { step }).inc();
        }
        None
    }

    fn on_round(&mut self, round: &RoundSummary, took: Duration) -> bool {
        self.rounds.ended(round.stale.into(), round.ran_short, took);
        round.ran_short
    }
}
