//! The fleet as a ledger keeps it: what happens in which order at a command, a reading, a tick and a plan.

use super::closures::Closures;
use super::position_fix::{Named, PositionFix};
use super::reposition::Repositioning;
use super::row::{Derived, Event};
use super::saved::Saved;
use super::world::{Names, Rows};
use super::{Changes, Fleet, RoundSummary, Setting, admit, apply, round, saved};
use crate::ledger::{self, Draft, Entry, Head, IdempotentReply, KeyReused, Turn};
use crate::record::{self, Encoded, Record, RecordError};
use crate::silence::SWEEP_EVERY;
use paceline_model::lifecycle::{OrderPhase, Service};
use paceline_model::{
    self as model, Command, Instant, Invalid, OrderId, OrderIdx, Reading, Refusal, VehicleId, VehicleIdx,
};
use paceline_plan::{Assignment, Plan, Report, Snapshot};
use std::collections::BTreeSet;

impl ledger::World for Fleet {
    type Command = Command;
    type Refusal = Refusal;
    /// Readings, of which the newest of each vehicle counts.
    type Telemetry = Vec<(VehicleId, Reading)>;
    type Setting = Setting;
    type Event = Event;
    type Recorded = model::Event;
    type Problem = Snapshot;
    type Plan = Plan;
    type Round = RoundSummary;
    type Checkpoint = Saved;
    type Changes = Changes;

    fn admit(&mut self, draft: &mut Draft<Self>, command: Command) -> Result<(), Refusal> {
        self.meet(draft.at());
        let spoke = admit::speaker(&command).map(|(vehicle, reading)| (vehicle.clone(), reading));
        let events = admit::admit(&self.view(), command)?;
        self.expect_joined(&events)?;
        draft.apply(self, events);
        let spoke = spoke.and_then(|(vehicle, reading)| Some((self.world.vehicles.find(&vehicle)?, reading)));
        if let Some((vehicle, reading)) = spoke
            && let Some(known) = self.world.vehicles.get_mut(vehicle)
        {
            match reading {
                Some(reading) => self.hear(vehicle, reading),
                None => known.touch(self.now),
            }
        }
        Ok(())
    }

    fn observe(&mut self, draft: &mut Draft<Self>, readings: Vec<(VehicleId, Reading)>) {
        self.meet(draft.at());
        for (vehicle, reading) in readings {
            let Some(vehicle) = self.world.vehicles.find(&vehicle) else { continue };
            self.hear(vehicle, reading);
            let Some(known) = self.world.vehicles.get(vehicle) else { continue };
            if known.service == Service::NonContactable {
                let reading = known.newest();
                draft.apply(self, [Event::ContactRestored { vehicle, reading }]);
            }
        }
    }

    fn set(&mut self, draft: &mut Draft<Self>, setting: Setting) {
        self.meet(draft.at());
        match setting {
            // A round under way goes on by what its snapshot says.
            Setting::Options(options) if *options != self.options => {
                let written =
                    serde_json::to_string(&options).expect("options are plain data: they always encode");
                self.repositioning.run_by(options.rebalance);
                self.options = *options;
                self.parking.all_changed();
                self.follow_options();
                draft.apply(self, [Event::OptionsChanged { options: written }]);
            }
            Setting::Options(_) => {}
            Setting::Roads(roads) => {
                let (earlier, before) = (self.closures.take(), self.roads.clone());
                self.closures = Closures::after(earlier, before, &roads, &self.world);
                self.roads = roads;
                self.places.forget_rides();
                self.parking.all_changed();
            }
            Setting::Values(values) => self.values = Some(values),
            Setting::Borders(borders) => self.borders = borders,
        }
    }

    fn tick(&mut self, draft: &mut Draft<Self>, turn: Option<Turn>) -> Option<(Box<Snapshot>, RoundSummary)> {
        self.meet(draft.at());
        let lapsed = round::expire(&self.view());
        draft.apply(self, lapsed);
        let cut = round::cuts(self);
        draft.apply(self, cut);
        let turn = turn?;
        let sweeping = turn.reaches(self.now, SWEEP_EVERY);
        if sweeping {
            let noticed = round::sweep(self);
            draft.apply(self, noticed);
        }
        let low = if sweeping { round::low(self) } else { BTreeSet::new() };
        let snapshot = round::snapshot(self, draft.version(), turn, &low)?;
        let round = RoundSummary::begin(&snapshot);
        Some((snapshot, round))
    }

    fn adopt(&mut self, draft: &mut Draft<Self>, mut round: RoundSummary, plan: Plan) -> RoundSummary {
        self.meet(draft.at());
        let (routed, stale) = round::routes(&self.view(), plan.routes);
        round.committed += gained(&routed);
        round.stale.extend(self.named(stale));
        draft.apply(self, routed);
        self.adopt_assignments(draft, &mut round, plan.assignments);
        for charge in plan.charges {
            if let Some(event) = round::charge(&self.view(), charge) {
                draft.apply(self, [event]);
                round.sent_to_charge += 1;
            }
        }
        for stand in plan.stands {
            if let Some(events) = round::stand(&self.view(), stand) {
                draft.apply(self, events);
                round.sent_to_stand += 1;
            }
        }
        self.find(plan.report, round)
    }

    fn apply(&mut self, at: Instant, event: Event) {
        self.forget_derived(&event);
        self.repositioning.see(at, &event);
        let acting = event.acting().copied();
        let site = if let Event::ChargerPut { spec } = &event { Some(spec.id.clone()) } else { None };
        if site.is_some() || matches!(event, Event::GeofencePut { .. }) {
            self.parking.all_changed();
        }
        apply::apply(&mut self.world, at, event);
        if let Some(vehicle) = acting {
            round::watch(self, vehicle, at);
        }
        for joined in self.world.free.take_joined() {
            self.world.freed_at = at;
            if let Some(vehicle) = self.world.vehicles.get(joined) {
                self.parking.vehicle_changed(vehicle);
            }
        }
        if let Some(site) = site.and_then(|id| self.world.chargers.find(&id)) {
            self.place_charger(site);
        }
    }

    fn record(&self, event: &Event) -> model::Event {
        event.refer(&Names(&self.world)).expect("an event is about what is in its world")
    }

    fn recall(&self, recorded: model::Event) -> Result<Entry<Event, Refusal>, RecordError> {
        Ok(match recorded {
            model::Event::Remembered { key, fingerprint, answer } => {
                Entry::Reply(IdempotentReply { key, fingerprint, answer })
            }
            event => Entry::Event(event.refer(&Rows(&self.world)).ok_or(RecordError::Unknown)?),
        })
    }

    fn take_changes(&mut self) -> Changes {
        std::mem::take(&mut self.world.changes)
    }

    fn checkpoint(&self) -> Saved {
        Saved::of(&self.world, self.repositioning.learnt().clone())
    }

    fn encode_checkpoint(checkpoint: &Saved, head: &Head<Refusal>) -> Encoded {
        saved::encode(head, checkpoint)
    }

    fn restore(&mut self, format: u16, bytes: &[u8]) -> Result<Head<Refusal>, RecordError> {
        let (head, world, learnt) = saved::decode(format, bytes)?;
        self.world = world;
        self.follow_options();
        if let Some(learnt) = learnt {
            self.repositioning = Repositioning::restore(learnt, self.options.rebalance);
        }
        let sites: Vec<_> = self.world.chargers.iter().map(|(site, _)| site).collect();
        sites.into_iter().for_each(|site| self.place_charger(site));
        Ok(head)
    }

    fn belong_together(first: &model::Event, second: &model::Event) -> bool {
        record::belong_together(first, second)
    }

    fn encode(record: &Record) -> Encoded {
        record::encode(record)
    }

    fn decode(format: u16, bytes: &[u8]) -> Result<Record, RecordError> {
        record::decode(format, bytes)
    }
}

impl Fleet {
    /// Notes the time of the input at hand.
    fn meet(&mut self, now: Instant) {
        self.now = now;
        self.began.get_or_insert(now);
    }

    /// Orders that go to one vehicle each. Moves first: what they leave free is given away next.
    fn adopt_assignments(
        &mut self,
        draft: &mut Draft<Self>,
        round: &mut RoundSummary,
        assignments: Vec<Assignment>,
    ) {
        let (moved, assigned): (Vec<_>, Vec<_>) =
            assignments.into_iter().partition(|planned| planned.from.is_some());
        let (moved, stale) = round::moves(&self.view(), moved);
        round.moved = moved.iter().filter(|event| matches!(event, Event::OrderMoved { .. })).count() as u32;
        round.stale.extend(self.named(stale));
        draft.apply(self, moved);
        for assignment in assigned {
            let order = assignment.order;
            match round::order(&self.view(), assignment) {
                Some(events) => {
                    draft.apply(self, events);
                    round.committed += 1;
                }
                None => round.stale.extend(self.named([order])),
            }
        }
    }

    /// Errors: an order for now whose ends no open road joins. One that is booked ahead may find the roads open again.
    fn expect_joined(&mut self, events: &[Event]) -> Result<(), Refusal> {
        // All places are joined where no road is closed: nothing is searched for.
        let [Event::OrderPlaced { spec }] = events else { return Ok(()) };
        if !self.roads.metric().closes_any()
            || spec.earliest_pickup > self.now
            || self.places.are_joined(&self.roads, spec, self.options.snap_m_max)
        {
            return Ok(());
        }
        Err(Refusal::Invalid(Invalid::cut_off(spec.dropoff)))
    }

    /// Keeps what the round found for orders that it left open.
    fn find(&mut self, mut report: Report, round: RoundSummary) -> RoundSummary {
        for (order, finding) in std::mem::take(&mut report.undispatched) {
            if let Some(order) = self.world.orders.get_mut(order)
                && order.phase == OrderPhase::Open
            {
                order.derived.finding = Some(finding);
            }
        }
        round::park(self, std::mem::take(&mut report.unserveable));
        round.reported(report)
    }

    /// Keeps by the options, or in the world, that hold from now on what is looked at by them.
    fn follow_options(&mut self) {
        self.world.want_charge_at(self.options.top_up_below);
        round::watch_all(self);
    }

    /// Takes in what a vehicle says of itself.
    fn hear(&mut self, idx: VehicleIdx, reading: Reading) {
        let Some(vehicle) = self.world.vehicles.get_mut(idx) else { return };
        let same = vehicle.fix() == PositionFix::Current && vehicle.newest().position == reading.position;
        let (roads, m_max) = (&self.roads, self.options.snap_m_max);
        let named = || if same { Named::Street } else { Named::by(roads, reading.position, m_max) };
        let more = vehicle.observe(self.now, reading, named, self.options.silence_max);
        self.world.free.follow(idx, vehicle);
        self.world.changes.heard(idx, vehicle.newest(), vehicle.fix());
        if more && vehicle.can_be_had() {
            self.parking.vehicle_changed(vehicle);
        }
    }

    /// Finds a charger site on the road.
    fn place_charger(&mut self, site: model::ChargerIdx) {
        if let Some(known) = self.world.chargers.get(site) {
            let at = known.spec.position;
            self.places.put_charger(&self.roads, site, at, self.options.snap_m_max);
        }
    }

    /// Drops what was derived from something that is about to change, and keeps what will be needed after it.
    fn forget_derived(&mut self, event: &Event) {
        let mut derived = |order: OrderIdx, change: &dyn Fn(&mut Derived)| {
            if let Some(order) = self.world.orders.get_mut(order) {
                change(&mut order.derived);
            }
        };
        match event {
            Event::OrderCancelled { order } | Event::OrderTimedOut { order } => {
                round::unpark(self, *order);
                if let Some(order) = self.world.orders.get_mut(*order) {
                    order.derived = Derived::default();
                }
            }
            Event::RouteCut { orders, cut, .. } => {
                orders.iter().for_each(|order| derived(*order, &|derived| derived.cut = Some(cut.clone())));
            }
            Event::OfferMade { order, .. } | Event::OrderAssigned { order, .. } => {
                derived(*order, &|derived| derived.finding = None);
            }
            Event::RoutePlanned { gained, .. } => {
                gained.iter().for_each(|(order, _)| derived(*order, &|derived| derived.finding = None));
            }
            Event::RidersDroppedOff { order, .. } => {
                derived(*order, &|derived| (derived.ride, derived.cut) = (None, None));
            }
            Event::DispatchFailed { order, stranded_at: Some(_), .. } => {
                derived(*order, &|derived| derived.ride = None);
            }
            _ => {}
        }
    }

    fn named(&self, orders: impl IntoIterator<Item = OrderIdx>) -> impl Iterator<Item = OrderId> {
        orders.into_iter().filter_map(|order| self.world.orders.id(order).cloned())
    }
}

impl From<KeyReused> for Refusal {
    fn from(_: KeyReused) -> Self {
        Self::KeyReused
    }
}

impl From<IdempotentReply<Refusal>> for model::Event {
    fn from(reply: IdempotentReply<Refusal>) -> Self {
        let IdempotentReply { key, fingerprint, answer } = reply;
        Self::Remembered { key, fingerprint, answer }
    }
}

/// How many orders the events of shared routes give to vehicles.
fn gained(events: &[Event]) -> u32 {
    let gained = events.iter().map(|event| match event {
        Event::RoutePlanned { gained, .. } => gained.len() as u32,
        _ => 0,
    });
    gained.sum()
}
