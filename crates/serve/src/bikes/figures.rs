//! The key figures of the page: counted from the stream of changes since the server started, and from how the region stands.

use super::model::BikesModel;
use super::views::van_job;
use crate::metrics::Newest;
use paceline_api::bikes as api;
use paceline_engine::bikes::{Change, StationRow};
use paceline_engine::ledger::Entry;
use paceline_model::Instant;
use paceline_model::bikes::{Event, Hotspot, OrderPhase, WorkOrderId};
use std::collections::BTreeMap;
use std::time::Duration;

/// What has been counted.
#[derive(Default)]
pub(crate) struct BikesFigures {
    done: u64,
    withdrawn: u64,
    returned: u64,
    moved: u64,
    degraded: u64,
    events: u64,
    /// Orders that no van has had yet: since when they are needed.
    needed: BTreeMap<WorkOrderId, Instant>,
    issued_after_s: Newest,
    rounds_ms: Newest,
}

impl BikesFigures {
    pub(crate) fn see(&mut self, change: &Change) {
        self.events += 1;
        let Entry::Event(event) = &change.event else { return };
        match event {
            Event::OrderProposed(new) => _ = self.needed.insert(new.id.clone(), change.at),
            Event::OrderIssued { order, .. } => {
                if let Some(needed) = self.needed.remove(order) {
                    self.issued_after_s.push(change.at.since(needed).as_secs_f64());
                }
            }
            Event::OrderDone { order, .. } => {
                self.done += 1;
                self.needed.remove(order);
            }
            Event::OrderWithdrawn { order, .. } => {
                self.withdrawn += 1;
                self.needed.remove(order);
            }
            Event::OrderReturned { .. } => self.returned += 1,
            Event::StopMade(made) => self.moved += u64::from(made.loaded + made.unloaded),
            _ => {}
        }
    }

    pub(crate) fn round(&mut self, degraded: bool, took: Duration) {
        self.degraded += u64::from(degraded);
        self.rounds_ms.push(took.as_secs_f64() * 1_000.0);
    }

    pub(crate) fn shown(&self, at: Instant, model: &BikesModel) -> api::BikesFigures {
        let [round_p50_ms, round_p99_ms] = self.rounds_ms.quantiles().unwrap_or_default();
        let issued = self.issued_after_s.quantiles();
        let stations = || model.stations.values().filter(|row| !row.is_depot());
        let wrong = |hotspot| {
            let is = move |row: &&StationRow| row.hotspot.is_some_and(|(what, _)| what == hotspot);
            stations().filter(is).count() as u64
        };
        let orders =
            |of: fn(OrderPhase) -> bool| model.orders.values().filter(|order| of(order.phase)).count() as u64;
        let mut vans = BTreeMap::new();
        for van in model.vans.values() {
            *vans.entry(van_job(model, van, at)).or_default() += 1;
        }
        api::BikesFigures {
            at,
            version: model.version.0,
            stations: stations().count() as u64,
            unknown: stations().filter(|row| row.bikes().is_none()).count() as u64,
            empty: wrong(Hotspot::Empty),
            full: wrong(Hotspot::Full),
            bikes: model.stations.values().filter_map(StationRow::bikes).map(u64::from).sum(),
            aboard: model.vans.values().map(|van| u64::from(van.aboard)).sum(),
            waiting: orders(|phase| phase == OrderPhase::Proposed),
            under_way: orders(OrderPhase::is_out),
            done: self.done,
            withdrawn: self.withdrawn,
            returned: self.returned,
            moved: self.moved,
            issue_p50_s: issued.map(|[p50, _]| p50),
            issue_p99_s: issued.map(|[_, p99]| p99),
            round_p50_ms,
            round_p99_ms,
            degraded: self.degraded,
            events: self.events,
            vans,
        }
    }
}
