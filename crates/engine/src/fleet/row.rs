//! What stands in the rows of the world: a vehicle, an order, a charger site. Beside what is true of it, a row keeps what was
//! observed of it and what was derived from it, so that what is looked at together lies together.

use super::cell::Entry;
use super::position_fix::{Named, PositionFix};
use paceline_model::lifecycle::{Operational, OrderPhase, OrderTrigger, Service};
use paceline_model::{
    ChargerId, ChargerIdx, ChargerSpec, Instant, Millis, OrderId, OrderIdx, OrderSpec, Position, Reading,
    RouteCut, Row, VehicleId, VehicleIdx, VehicleSpec, Weighing,
};
use paceline_road::{Leg, RoadPoint};
use std::sync::Arc;

/// A fact with rows in place of names, as the world folds it in.
pub(super) type Event = paceline_model::Event<VehicleIdx, OrderIdx, ChargerIdx>;
/// What a vehicle is doing, by rows.
pub type Job = paceline_model::Job<OrderIdx, ChargerIdx>;
/// A shared route, by rows.
pub(super) type Route = paceline_model::Route<OrderIdx>;
/// A stop of one, by rows.
pub(super) type Stop = paceline_model::Stop<OrderIdx>;

/// A vehicle.
#[derive(Clone, Debug)]
pub struct Vehicle {
    /// What it is.
    pub spec: Arc<VehicleSpec>,
    /// The newest reading that an event carried; telemetry may be newer.
    pub reading: Reading,
    /// Power, faults, charging.
    pub operational: Operational,
    /// What a city sees, in MDS terms.
    pub service: Service,
    /// What it is doing.
    pub job: Job,
    /// Since when it does that.
    pub since: Instant,
    /// What it said since, and where that is: telemetry, no part of what is true. A restart begins without it.
    pub(super) sensed: Sensed,
}

/// Telemetry of one vehicle.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sensed {
    /// The newest reading.
    pub(super) newest: Option<Reading>,
    /// When it last spoke, by our clock and not by its own: silence is measured from here.
    heard_at: Option<Instant>,
    /// When the newest reading came, by our clock.
    taken_at: Instant,
    /// When it last named a place near a street, by our clock.
    placed_at: Option<Instant>,
    /// What the known position is worth.
    fix: PositionFix,
    /// Where a position is on the road, looked up once; the second `None`: near no road.
    pub(super) place: Option<(Position, Option<RoadPoint>)>,
    /// Where it stands in the index of vehicles that can be dispatched, while it does.
    pub(super) entry: Option<Entry>,
    /// Whether a timer is set for its silence.
    pub(super) watched: bool,
}

impl Vehicle {
    /// One that joins: off, and not yet for hire.
    pub(super) fn new(spec: VehicleSpec, reading: Reading, at: Instant) -> Self {
        Self {
            spec: Arc::new(spec),
            reading,
            operational: Operational::Idle,
            service: Service::NonOperational,
            job: Job::Out,
            since: at,
            sensed: Sensed::default(),
        }
    }
    /// The newest that is known of where it is and how full.
    pub fn newest(&self) -> Reading {
        self.sensed.newest.unwrap_or(self.reading)
    }
    /// When it last spoke, if it has since the start.
    pub(super) fn heard_at(&self) -> Option<Instant> {
        self.sensed.heard_at
    }
    /// When it last said where it is, if it has since the start.
    pub(super) fn placed_at(&self) -> Option<Instant> {
        self.sensed.placed_at
    }
    /// What its known position is worth.
    pub fn fix(&self) -> PositionFix {
        self.sensed.fix
    }
    /// Takes a reading unless a newer one came within `patience`: a device whose clock was fast, and is slow now, is believed again after
    /// that. `named` says what it names as its place. Returns whether it can be had now where, or for what, it could not be before.
    pub(super) fn observe(
        &mut self,
        at: Instant,
        reading: Reading,
        named: impl FnOnce() -> Named,
        patience: Millis,
    ) -> bool {
        let (before, fix) = (self.newest(), self.fix());
        self.sensed.heard_at = Some(at);
        let in_order = self.sensed.newest.is_none_or(|known| known.at <= reading.at);
        if in_order || at > self.sensed.taken_at + patience {
            let named = named();
            self.sensed.newest = Some(self.believed(reading, named));
            self.sensed.taken_at = at;
            self.sensed.fix = fix.after(named);
            if named == Named::Street {
                self.sensed.placed_at = Some(at);
            }
        }
        let now = self.newest();
        let located = self.fix().is_usable() && !fix.is_usable();
        located || now.position != before.position || now.charge > before.charge
    }
    /// What is believed of a reading: in place of a place near no street, the last good one.
    pub(super) fn believed(&self, reading: Reading, named: Named) -> Reading {
        match named {
            Named::Street => reading,
            Named::Nowhere | Named::Elsewhere => {
                let Reading { position, heading, .. } = self.newest();
                Reading { position, heading, ..reading }
            }
        }
    }
    /// Whether it is free, or at a plug that it may be called away from.
    pub(super) fn can_be_had(&self) -> bool {
        self.sensed.entry.is_some() || self.job.charger().is_some()
    }
    /// It spoke, but not of itself.
    pub(super) fn touch(&mut self, at: Instant) {
        if let Some(heard_at) = &mut self.sensed.heard_at {
            *heard_at = at;
        }
    }
}

impl Row for Vehicle {
    type Id = VehicleId;
    fn id(&self) -> &VehicleId {
        &self.spec.id
    }
}

/// Equal if the same is true of both; what was sensed does not count.
impl PartialEq for Vehicle {
    fn eq(&self, other: &Self) -> bool {
        let Self { spec, reading, operational, service, job, since, sensed: _ } = self;
        (spec, reading, operational) == (&other.spec, &other.reading, &other.operational)
            && (service, job, since) == (&other.service, &other.job, &other.since)
    }
}

/// An order and how it stands.
#[derive(Clone, Debug)]
pub struct Order {
    /// What is asked. After a rescue the pick-up is where the riders wait now.
    pub spec: Arc<OrderSpec>,
    /// Where it stands.
    pub phase: OrderPhase,
    /// The vehicle that has it.
    pub vehicle: Option<VehicleIdx>,
    /// The name of the vehicle that it ended with, which may have left the fleet since.
    pub ended_with: Option<VehicleId>,
    /// When it was placed.
    pub placed_at: Instant,
    /// Since when it is in this phase.
    pub since: Instant,
    /// The latest pick-up, later than asked for only after a rescue.
    pub latest_pickup: Instant,
    /// When an offer under way lapses.
    pub offer_until: Option<Instant>,
    /// When the riders got in, the first time.
    pub picked_up_at: Option<Instant>,
    /// When it came to its outcome.
    pub ended_at: Option<Instant>,
    /// How often a vehicle that had it fell out.
    pub failures: u8,
    /// Vehicles that are not asked again.
    pub declined: Vec<VehicleIdx>,
    /// What was weighed when it was last given to a vehicle.
    pub weighing: Option<Weighing>,
    /// What was worked out for it, and can be again.
    pub(super) derived: Derived,
}

/// What is known of an order beside what is true of it.
#[derive(Clone, Debug, Default)]
pub(super) struct Derived {
    /// Its ride, with the number of the travel times that it was found by; the inner `None`: there is none.
    pub(super) ride: Option<(u32, Option<Ride>)>,
    /// What the last round found for it, while it is open.
    pub(super) finding: Option<Weighing>,
    /// The last closed road that cut the drive of its vehicle.
    pub(super) cut: Option<RouteCut>,
    /// The round that found that nobody can serve it, while it is parked for that.
    pub(super) parked: Option<u64>,
}

/// An order on the road.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ride {
    pub(super) pickup: RoadPoint,
    pub(super) dropoff: RoadPoint,
    pub(super) ride: Leg,
    /// From the drop-off to the nearest charger; nothing in a region that has none: then range is no concern of ours.
    pub(super) onward: Leg,
}

impl Order {
    /// One that was just placed.
    pub(super) fn new(spec: OrderSpec, at: Instant) -> Self {
        Self {
            phase: OrderPhase::Open,
            vehicle: None,
            ended_with: None,
            placed_at: at,
            since: at,
            latest_pickup: spec.latest_pickup,
            offer_until: None,
            picked_up_at: None,
            ended_at: None,
            failures: 0,
            declined: Vec::new(),
            weighing: None,
            spec: Arc::new(spec),
            derived: Derived::default(),
        }
    }
    /// When something must happen to it if nothing else does.
    pub(super) fn due(&self) -> Option<Instant> {
        match self.phase {
            OrderPhase::Open | OrderPhase::Assigned | OrderPhase::Arrived => Some(self.latest_pickup),
            OrderPhase::Offered => self.offer_until,
            _ => None,
        }
    }
    /// Moves the phase on. The admission has made sure that the arrow exists.
    pub(super) fn step(&mut self, trigger: OrderTrigger, at: Instant) {
        let next = self.phase.after(trigger);
        debug_assert!(next.is_some(), "{:?} after {trigger:?} for {}", self.phase, self.spec.id);
        self.phase = next.unwrap_or(self.phase);
        self.since = at;
    }
}

impl Row for Order {
    type Id = OrderId;
    fn id(&self) -> &OrderId {
        &self.spec.id
    }
}

/// Equal if the same is true of both; what was derived does not count.
impl PartialEq for Order {
    fn eq(&self, other: &Self) -> bool {
        let times = |order: &Self| {
            (
                order.placed_at,
                order.since,
                order.latest_pickup,
                order.offer_until,
                order.picked_up_at,
                order.ended_at,
            )
        };
        times(self) == times(other)
            && (&self.spec, self.phase, self.vehicle) == (&other.spec, other.phase, other.vehicle)
            && (&self.ended_with, self.failures) == (&other.ended_with, other.failures)
            && (&self.declined, &self.weighing) == (&other.declined, &other.weighing)
    }
}

/// A charger site and how many of its plugs are taken or kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChargerSite {
    /// What it is.
    pub spec: ChargerSpec,
    /// Plugs in use or kept for a vehicle on its way.
    pub taken: u16,
}

impl ChargerSite {
    /// Plugs that nobody has.
    pub fn free(&self) -> u16 {
        self.spec.plugs.saturating_sub(self.taken)
    }
}

impl Row for ChargerSite {
    type Id = ChargerId;
    fn id(&self) -> &ChargerId {
        &self.spec.id
    }
}
