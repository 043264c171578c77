//! A region of shared bikes with a journal on disk and a solver: what tests say to it, and what it says.

use crate::journaled::{Journaled, Outward};
use paceline_engine::bikes::{Bikes, BikesOptions, OrderRow, StationRow, VanRow};
use paceline_engine::ledger::Entry;
use paceline_engine::region::{Input, RegionOptions};
use paceline_model::bikes::{
    AsOf, BikeCounts, Command, CrewReport, CrewWord, DoneWork, Event, OrderPhase, Refusal, ReportId, Room,
    Service, SiteKind, StationId, StationReport, StationSpec, Stock, StockReading, StockTarget, VanId,
    VanSpec, WorkOrderId,
};
use paceline_model::{Answer, Instant, Millis, Position};
use paceline_plan::Budget;
use paceline_plan::bikes::Drives;
use paceline_plan::bikes::dispatch::{Plan, Planner, check};
use std::collections::BTreeSet;
use std::path::Path;

const TICK: Millis = Millis(200);
/// Enough to find the best tours of a handful of stations.
const STEPS: u64 = 20_000;

/// A region with its journal.
pub(crate) struct Bench {
    journaled: Journaled<Bikes>,
    pub(crate) events: Vec<(Instant, Event)>,
    /// Proposals come back a tick late, after what was said meanwhile.
    pub(crate) late: bool,
    proposed: Option<Box<Plan>>,
    planner: Planner,
    /// Words that crews have said: each has a name of its own.
    pub(crate) reports: u32,
}

impl std::ops::Deref for Bench {
    type Target = Journaled<Bikes>;
    fn deref(&self) -> &Journaled<Bikes> {
        &self.journaled
    }
}

impl Bench {
    /// Begins anew or goes on, by what the directory holds.
    pub(crate) fn open(dir: &Path, snapshot_every: u64, now: Instant) -> Self {
        Self::run_by(BikesOptions::default(), dir, snapshot_every, now)
    }

    /// The same by other options than the usual ones.
    pub(crate) fn run_by(bikes: BikesOptions, dir: &Path, snapshot_every: u64, now: Instant) -> Self {
        let options = RegionOptions { tick: TICK, snapshot_every };
        let bikes = bikes.validate().expect("options that can be");
        let journaled = Journaled::open(dir, Bikes::new(bikes), options, now);
        Self {
            journaled,
            events: Vec::new(),
            late: false,
            proposed: None,
            planner: Planner::default(),
            reports: 0,
        }
    }

    /// Drives the region, with a solver and with whoever listens, and then holds the world against the rules.
    fn with<T>(
        &mut self,
        drive: impl FnOnce(&mut Journaled<Bikes>, &mut dyn FnMut(Outward<Bikes>) -> Option<Box<Plan>>) -> T,
    ) -> T {
        let Self { journaled, events, late, proposed, planner, .. } = self;
        let mut outward = |outward: Outward<Bikes>| match outward {
            Outward::Solve(problem) => {
                let plan = Box::new(planner.solve(&problem, &mut Budget::steps(STEPS)));
                check(&problem, &plan, &mut |from, to| Drives::default().leg(from, to).time)
                    .expect("a plan keeps the rules");
                if *late {
                    *proposed = Some(plan);
                    return None;
                }
                Some(plan)
            }
            Outward::Publish(change) => {
                if let Entry::Event(event) = &change.event {
                    events.push((change.at, event.clone()));
                }
                None
            }
        };
        let done = drive(journaled, &mut outward);
        self.holds();
        done
    }

    pub(crate) fn input(&mut self, input: Input<Bikes>) {
        self.with(|journaled, mut outward| journaled.input(input, &mut outward));
    }

    /// Hands in what was proposed late.
    pub(crate) fn hand_in(&mut self) {
        if let Some(plan) = self.proposed.take() {
            self.input(Input::Proposed(plan));
        }
    }

    pub(crate) fn ask(&mut self, command: Command) -> Answer<Refusal> {
        self.with(|journaled, mut outward| journaled.ask(command, None, &mut outward))
    }

    pub(crate) fn must(&mut self, command: Command) {
        self.ask(command).expect("it is allowed");
    }

    /// Lets ticks come until then.
    pub(crate) fn until(&mut self, at: Instant) {
        self.with(|journaled, mut outward| journaled.until(at, &mut outward));
    }

    /// Lets so many seconds pass.
    pub(crate) fn wait(&mut self, seconds: u32) {
        self.until(self.now + Millis::from_secs(seconds));
    }

    pub(crate) fn station(&self, id: &str) -> &StationRow {
        self.region.ledger().station(&station_id(id)).expect("a known station")
    }
    pub(crate) fn van(&self, id: &str) -> &VanRow {
        self.region.ledger().van(&van_id(id)).expect("a known van")
    }
    pub(crate) fn order(&self, id: &str) -> &OrderRow {
        self.region.ledger().order(&order_id(id)).expect("a known order")
    }
    pub(crate) fn why(&self, id: &str) -> String {
        self.region.ledger().explain_order(&order_id(id)).expect("a known order").words
    }

    /// Orders at a station that have not ended: number, task, van.
    pub(crate) fn open_at(&self, station: &str) -> Vec<String> {
        let row = self.station(station);
        let said = |id: &WorkOrderId| {
            let order = self.region.ledger().order(id).expect("it is known");
            let van = order.van.as_ref().map_or("nobody".to_owned(), ToString::to_string);
            format!("{id}: {} {}, {van}", order.task, order.bikes)
        };
        row.orders.iter().map(said).collect()
    }

    /// What a crew says now, under a name of its own.
    pub(crate) fn says(&mut self, van: &str, word: CrewWord) -> Answer<Refusal> {
        self.said(van, self.now, word)
    }

    /// What a crew says of then.
    pub(crate) fn said(&mut self, van: &str, done_at: Instant, word: CrewWord) -> Answer<Refusal> {
        self.reports += 1;
        let id = ReportId::new(&format!("r{}", self.reports)).expect("a good name");
        self.ask(Command::Report(CrewReport { id, van: van_id(van), done_at, word }))
    }

    /// What stands at a station, counted now.
    pub(crate) fn counts(&mut self, station: &str, bikes: u32, free: u32) {
        self.must(Command::TakeStock(vec![counted(station, bikes, free, self.now)]));
    }

    /// Twenty docks and no bike at A, four bikes too many at B, and an empty van beside B, by whom they are fetched.
    pub(crate) fn fetches(&mut self) {
        self.must(station("A", at(0, 0), 20));
        self.must(station("B", at(10, 0), 20));
        self.must(van("v", at(12, 0), 0));
        self.counts("B", 19, 1);
        self.counts("A", 0, 20);
        self.wait(1);
    }

    /// Invariants that hold at every moment: no order with two vans or twice with one, no van beyond its capacity, no two orders for one thing.
    fn holds(&self) {
        let world = self.region.ledger();
        let mut seen = BTreeSet::new();
        for van in world.vans() {
            assert!(van.aboard <= van.spec.capacity, "{}: {} aboard", van.spec.id, van.aboard);
            for id in &van.orders {
                let order = world.order(id).expect("a van has no order that is not known");
                assert!(seen.insert(id.clone()), "{id} is with two vans");
                assert_eq!(order.van.as_ref(), Some(&van.spec.id), "{id}");
            }
        }
        for order in world.orders() {
            assert_eq!(order.van.is_some(), order.phase.is_out(), "{}: {:?}", order.id, order.phase);
            assert_eq!(order.van.is_some(), seen.contains(&order.id), "{}", order.id);
            let at = world.station(&order.station);
            let listed = at.is_some_and(|row| row.orders.contains(&order.id));
            assert_eq!(listed, !order.phase.has_ended(), "{}: {:?}", order.id, order.phase);
        }
        for station in world.stations() {
            let own = station.orders.iter().filter_map(|id| world.order(id));
            let tasks: Vec<_> =
                own.filter(|order| order.supplies().is_none()).map(|order| order.task).collect();
            let different: BTreeSet<_> = tasks.iter().collect();
            assert_eq!(tasks.len(), different.len(), "{}: {tasks:?}", station.spec.id);
        }
    }
}

pub(crate) fn station_id(id: &str) -> StationId {
    StationId::new(id).expect("a good name")
}
pub(crate) fn van_id(id: &str) -> VanId {
    VanId::new(id).expect("a good name")
}
pub(crate) fn order_id(id: &str) -> WorkOrderId {
    WorkOrderId::new(id).expect("a good name")
}

/// A place so many steps of 100 m east and north.
pub(crate) fn at(east: i32, north: i32) -> Position {
    Position::from_e7(599_000_000 + north * 9_000, 107_000_000 + east * 18_000).expect("a place")
}

pub(crate) fn station(id: &str, position: Position, docks: u32) -> Command {
    let target = Some(StockTarget::usual(Some(docks)));
    let (id, docks) = (station_id(id), Some(docks));
    Command::PutStation(StationSpec { id, kind: SiteKind::Station, name: None, position, docks, target })
}

pub(crate) fn van_spec(id: &str, position: Position) -> VanSpec {
    let handling = VanSpec::USUAL_HANDLING;
    VanSpec { id: van_id(id), capacity: 20, position, shift_ends: None, handling, repairs: false }
}

pub(crate) fn van(id: &str, position: Position, aboard: u32) -> Command {
    Command::PutVan(van_spec(id, position), Some(aboard))
}

pub(crate) fn counted(station: &str, bikes: u32, free: u32, as_of: Instant) -> StationReport {
    let bikes = BikeCounts { of_unknown_kind: bikes, ..BikeCounts::default() };
    let stock =
        Stock { bikes, bikes_broken: 0, docks_broken: 0, room: Room::docks(free), as_of: AsOf::Said(as_of) };
    StationReport {
        station: station_id(station),
        service: Service::OPEN,
        stock: StockReading::Known(stock),
        batteries: None,
    }
}

pub(crate) fn closed(report: StationReport) -> StationReport {
    StationReport { service: Service { renting: false, returning: false, ..report.service }, ..report }
}

pub(crate) fn done(order: &str, bikes: u32) -> CrewWord {
    CrewWord::Done(order_id(order), DoneWork { bikes, docks_broken: 0 })
}
pub(crate) fn accepted(order: &str) -> CrewWord {
    CrewWord::Accepted(order_id(order))
}
pub(crate) fn arrived(order: &str) -> CrewWord {
    CrewWord::Arrived(order_id(order))
}
pub(crate) fn declined(order: &str, why: &str) -> CrewWord {
    CrewWord::Declined(order_id(order), why.into())
}

/// Whether an order has ended one way or the other.
pub(crate) fn ended(order: &OrderRow) -> bool {
    matches!(order.phase, OrderPhase::Done | OrderPhase::Withdrawn)
}
