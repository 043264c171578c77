//! The trace of one order, from the request to the moment that the world has been told who comes:
//!
//! ```text
//!   order    |------------------------------------------------|
//!   ingest   |--------|                                            read, admitted, durable, answered
//!   decide               |-----------------|                       from the first snapshot it is in; `rounds` counts
//!   commit                                 |--------|              from the append to the sync that made it durable
//!   publish                                         |--|           handed to the streams
//! ```
//! The spans are of level TRACE under the target [`TARGET`], which only an exporter asks for; where nobody does, nothing
//! is kept here and a round pays one look at an empty map.

use paceline_engine::{Change, Record};
use paceline_model::{Event, OrderId};
use paceline_plan::Snapshot;
use std::collections::BTreeMap;
use tracing::{Span, trace_span};

/// What exporters ask for.
pub(crate) const TARGET: &str = "paceline::trace";

/// Traces open at once. Orders that come while so many wait are served and not traced.
const OPEN_MAX: usize = 10_000;

/// A new order's trace, begun.
pub(crate) fn begin(order: &OrderId) -> Span {
    trace_span!(
        target: TARGET, parent: None, "order",
        component = "order", order = order.as_str(), vehicle = tracing::field::Empty, outcome = tracing::field::Empty,
    )
}

/// Reading the order until it is answered.
pub(crate) fn ingest(order: &Span) -> Span {
    trace_span!(target: TARGET, parent: order, "ingest", component = "http")
}

/// The traces of orders that nobody has yet.
#[derive(Default)]
pub(crate) struct OrderTraces {
    /// The one that is being admitted.
    placing: Option<Span>,
    open: BTreeMap<OrderId, Open>,
}

struct Open {
    order: Span,
    decide: Option<Span>,
    rounds: i64,
    commit: Option<Span>,
}

impl OrderTraces {
    /// An order is about to be put to the world.
    pub(crate) fn placing(&mut self, span: Span) {
        self.placing = (!span.is_disabled()).then_some(span);
    }

    /// The world has said yes or no to it.
    pub(crate) fn placed(&mut self) {
        if let Some(span) = self.placing.take() {
            span.record("outcome", "refused");
        }
    }

    /// A round begins.
    pub(crate) fn solving(&mut self, snapshot: &Snapshot) {
        if self.open.is_empty() {
            return;
        }
        for demand in &snapshot.orders {
            let Some(open) = self.open.get_mut(&demand.spec.id) else { continue };
            open.rounds += 1;
            if open.decide.is_none() {
                let rounds = tracing::field::Empty;
                let span = trace_span!(target: TARGET, parent: &open.order, "decide", component = "solver", rounds = rounds);
                open.decide = Some(span);
            }
        }
    }

    /// Events go to the journal.
    pub(crate) fn appended(&mut self, record: &Record) {
        for event in &record.events {
            let Event::OrderPlaced { spec } = event else { continue };
            if let Some(order) = self.placing.take()
                && self.open.len() < OPEN_MAX
            {
                let open = Open { order, decide: None, rounds: 0, commit: None };
                self.open.insert(spec.id.clone(), open);
            }
        }
        if self.open.is_empty() {
            return;
        }
        for (order, _) in record.events.iter().filter_map(given) {
            let Some(open) = self.open.get_mut(order) else { continue };
            if let Some(decide) = open.decide.take() {
                decide.record("rounds", open.rounds);
            }
            let span = trace_span!(target: TARGET, parent: &open.order, "commit", component = "journal");
            open.commit = Some(span);
        }
    }

    /// A durable change is about to be told; what is returned is held until it has been.
    pub(crate) fn publishing(&mut self, change: &Change) -> Option<Span> {
        if self.open.is_empty() {
            return None;
        }
        let (order, outcome, vehicle) = match &change.event {
            Event::OrderTimedOut { order } => (order, "timed_out", None),
            Event::OrderCancelled { order } => (order, "cancelled", None),
            event => given(event).map(|(order, vehicle)| (order, "assigned", Some(vehicle)))?,
        };
        let open = self.open.remove(order)?;
        open.order.record("outcome", outcome);
        if let Some(vehicle) = vehicle {
            open.order.record("vehicle", vehicle);
        }
        drop(open.commit);
        Some(trace_span!(target: TARGET, parent: &open.order, "publish", component = "stream"))
    }
}

/// The order that this event gives to a vehicle.
fn given(event: &Event) -> Option<(&OrderId, &str)> {
    match event {
        Event::OfferMade { order, vehicle, .. } | Event::OrderAssigned { order, vehicle, .. } => {
            Some((order, vehicle.as_str()))
        }
        _ => None,
    }
}
