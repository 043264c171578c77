//! Where riders will ask: the forecast, and who was sent there. A fold of events beside the world, and saved with
//! it: a restart goes on with what was learnt.

use super::row::Event;
use paceline_model::{Instant, Position, VehicleIdx};
use paceline_plan::fleet::reposition::RebalanceSpec;
use paceline_plan::forecast::{Errors, Forecast};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What the fleet knows of the riders to come.
pub(super) struct Repositioning {
    learnt: Arc<Learnt>,
    /// The forecast as time alone has moved it on since the last order: a replay sees no time pass without events.
    ahead: Option<Forecast>,
}

/// What a restart must not lose.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Learnt {
    pub(in crate::fleet) forecast: Forecast,
    /// Vehicles last told to go to a stand: where to, and when they will be there.
    pub(in crate::fleet) sent: BTreeMap<VehicleIdx, (Instant, Position)>,
}

impl Repositioning {
    pub(super) fn new(spec: Option<RebalanceSpec>) -> Self {
        let forecast = Forecast::new(spec.unwrap_or_default().resolution);
        Self { learnt: Arc::new(Learnt { forecast, sent: BTreeMap::new() }), ahead: None }
    }
    /// Goes on from what was saved. Cells of another size than asked for have to be learnt anew.
    pub(super) fn restore(learnt: Learnt, spec: Option<RebalanceSpec>) -> Self {
        let mut repositioning = Self { learnt: Arc::new(learnt), ..Self::new(spec) };
        repositioning.run_by(spec);
        repositioning
    }
    /// What is to be saved.
    pub(super) fn learnt(&self) -> &Arc<Learnt> {
        &self.learnt
    }
    /// Goes on under other settings. Cells of another size have to be learnt anew.
    pub(super) fn run_by(&mut self, spec: Option<RebalanceSpec>) {
        let resolution = spec.unwrap_or_default().resolution;
        if resolution != self.learnt.forecast.resolution() {
            self.learnt_mut().forecast = Forecast::new(resolution);
            self.ahead = None;
        }
    }
    /// Learns from one event.
    pub(super) fn see(&mut self, at: Instant, event: &Event) {
        match event {
            Event::OrderPlaced { spec } => {
                self.learnt_mut().forecast.see(at, spec.earliest_pickup.max(at), spec.pickup);
                self.ahead = None;
            }
            Event::StandOrdered { vehicle, decision, .. } => {
                self.learnt_mut().sent.insert(*vehicle, (at + decision.drive_time, decision.position));
            }
            // Whatever else it is told or does, it is not on its way any more.
            _ => {
                if let Some(vehicle) = event.acting().filter(|vehicle| self.learnt.sent.contains_key(vehicle))
                {
                    self.learnt_mut().sent.remove(vehicle);
                }
            }
        }
    }
    /// To change it: a checkpoint keeps what it has.
    fn learnt_mut(&mut self) -> &mut Learnt {
        Arc::make_mut(&mut self.learnt)
    }
    pub(super) fn errors(&self) -> Errors {
        self.learnt.forecast.errors()
    }
    /// Lets time pass up to `at`, apart from what is saved.
    pub(super) fn advance(&mut self, at: Instant) {
        if !self.forecast().has_reached(at) {
            // Always from what is saved: in steps, a long silence would be learnt otherwise than at once after a restart.
            let mut ahead = self.learnt.forecast.clone();
            ahead.advance(at);
            self.ahead = Some(ahead);
        }
    }
    pub(super) fn forecast(&self) -> &Forecast {
        self.ahead.as_ref().unwrap_or(&self.learnt.forecast)
    }
    /// Vehicles that are still on their way to a stand, and where to.
    pub(super) fn sent(&self, now: Instant) -> impl Iterator<Item = (VehicleIdx, Position)> {
        self.learnt.sent.iter().filter(move |(_, (until, _))| *until > now).map(|(idx, (_, to))| (*idx, *to))
    }
    pub(super) fn is_sent(&self, now: Instant, vehicle: VehicleIdx) -> bool {
        self.learnt.sent.get(&vehicle).is_some_and(|(until, _)| *until > now)
    }
}
