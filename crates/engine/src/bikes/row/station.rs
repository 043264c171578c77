//! A station: what is reported of it, what is believed, what is wrong there and which orders are for it.

use crate::bikes::watch::Watch;
use paceline_model::bikes::{
    BesideCounts, Hotspot, NoStock, Service, SiteKind, StationId, StationReading, StationReport, StationSpec,
    StationStock, StockReading, WorkOrderId, believed_reading,
};
use paceline_model::{Instant, Millis, Row};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// A station as the world knows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StationRow {
    /// What its operator says.
    pub spec: Arc<StationSpec>,
    /// What was reported of its doors.
    pub service: Service,
    /// An operator has closed it, whatever is reported.
    pub closed: bool,
    /// What stands there.
    pub stock: StationStock,
    /// When anything was last reported of it, or a crew was there: a station that speaks only when a bike comes or goes may have been counted
    /// long before. `None`: nothing was, or nothing since a crew that was there found that what is believed is not so.
    pub heard_at: Option<Instant>,
    /// What is wrong there, and since when.
    pub hotspot: Option<(Hotspot, Instant)>,
    /// Orders for it that have not ended, the oldest first.
    pub orders: Vec<WorkOrderId>,
    /// Whether it gives its bikes.
    pub watch: Watch,
}

impl Row for StationRow {
    type Id = StationId;
    fn id(&self) -> &StationId {
        &self.spec.id
    }
}

impl StationRow {
    /// A station of which nothing is reported yet.
    pub(in crate::bikes) fn new(spec: Arc<StationSpec>) -> Self {
        let stock = StationStock::unknown(StockReading::Unknown(NoStock::NotSaid));
        let (service, closed) = (Service::OPEN, false);
        let (heard_at, hotspot, orders, watch) = (None, None, Vec::new(), Watch::default());
        Self { spec, service, closed, stock, heard_at, hotspot, orders, watch }
    }

    /// What is believed of it, its operator's word included.
    pub fn believed(&self) -> StationReading {
        believed_reading(&self.spec, self.in_service(), &self.stock)
    }

    /// What of it is open.
    pub fn in_service(&self) -> Service {
        if self.closed { Service::CLOSED } else { self.service }
    }

    /// Whether a van may take bikes there: where neither riders come nor bikes go, nobody does. A depot has no riders.
    pub fn may_be_fetched_from(&self) -> bool {
        let Service { on_street, renting, returning } = self.in_service();
        on_street && (self.is_depot() || renting || returning)
    }

    /// Whether a van may bring bikes there: where riders can take and leave them.
    pub fn may_be_brought_to(&self) -> bool {
        let Service { on_street, renting, returning } = self.in_service();
        on_street && renting && returning && !self.is_depot()
    }

    /// Whether riders may take bikes there.
    pub fn lends(&self) -> bool {
        let Service { on_street, renting, .. } = self.in_service();
        on_street && renting && !self.is_depot()
    }

    /// Whether vans alone come there.
    pub fn is_depot(&self) -> bool {
        self.spec.kind == SiteKind::Depot
    }

    /// Whether bikes stand there at no station.
    pub fn is_cell(&self) -> bool {
        self.spec.kind == SiteKind::Cell
    }

    /// Bikes that are believed to stand there, fit for hire; `None`: not known.
    pub fn bikes(&self) -> Option<u32> {
        self.stock.believed().known().map(|stock| stock.bikes.total())
    }

    /// Bikes that may be brought until it has as many as it may have at most; `None`: not known.
    pub fn room(&self) -> Option<u32> {
        let believed = self.stock.believed();
        let stock = believed.known()?;
        let allowed = self.spec.allowed().1.saturating_sub(stock.bikes.total());
        Some(stock.room.bikes().map_or(allowed, |free| free.min(allowed)))
    }

    /// Bikes that may be taken until it has as few as it may have at least; none where it is not known what stands there.
    pub fn spare(&self) -> u32 {
        self.bikes().map_or(0, |bikes| bikes.saturating_sub(self.spec.allowed().0))
    }

    /// When what is reported was counted; `None`: nothing is.
    pub fn counted_at(&self) -> Option<Instant> {
        self.stock.reported.known().map(|stock| stock.as_of.instant())
    }

    /// Whether nothing was heard of it for too long to order anything by what is known.
    pub fn is_stale(&self, now: Instant, after: Millis) -> bool {
        !self.is_depot() && self.heard_at.is_none_or(|at| now.since(at) > after)
    }

    /// Takes a report in.
    pub(in crate::bikes) fn report(&mut self, at: Instant, report: &StationReport) {
        self.service = report.service;
        self.heard_at = Some(at);
        self.stock.report(report.stock.clone());
    }

    /// Says anew what is wrong there, after something has changed.
    pub(in crate::bikes) fn look_again(&mut self, at: Instant, batteries_min: Option<u32>) {
        let beside = BesideCounts {
            to_mend: self.stock.is_to_mend(),
            gives_none: self.watch.gives_none,
            low_batteries: batteries_min.is_some_and(|least| self.stock.low_batteries() >= least),
        };
        let wrong = Hotspot::of(&self.spec, &self.believed(), beside);
        let known = self.hotspot.map(|(hotspot, _)| hotspot);
        let since = match wrong {
            Some(Hotspot::GivesNone) => self.watch.silence.since.unwrap_or(at),
            _ => at,
        };
        if wrong != known {
            self.hotspot = wrong.map(|hotspot| (hotspot, since));
        }
    }
}
