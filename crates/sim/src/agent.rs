//! One simulated vehicle: where it is, what it is doing, what its battery and its odometers say.
//!
//! It is settled up to a moment before anything about it changes; between two moments it follows its path or stands.
//! `city` decides what it does next.

use crate::account::Account;
use crate::battery::{Battery, PowerCurve};
use crate::day::Starting;
use paceline_model::{
    Centimetres, Charge, ChargerIdx, Heading, Instant, Millis, OrderId, OrderIdx, Position, Reading, Row,
    Stop, VehicleId, VehicleSpec,
};
use paceline_road::{EnergyModel, Leg, Path, RoadPoint};

/// What a vehicle is doing, as it knows it itself. Orders and chargers are rows of the city's tables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Doing {
    /// Waiting for work.
    Idle,
    /// Free, and on its way to where it waits.
    ToRank,
    /// Its driver thinks about an offer. By name: riders may call off meanwhile, and the answer is given all the same.
    Thinking(OrderId),
    /// On its way to riders.
    ToPickup(OrderIdx),
    /// Riders get in.
    AtPickup(OrderIdx),
    /// With riders.
    Aboard(OrderIdx),
    /// Riders get out.
    AtDropoff(OrderIdx),
    /// On its way to a stop of a shared route.
    ToStop(Stop<OrderIdx>),
    /// Riders get in or out at one.
    AtStop(Stop<OrderIdx>),
    /// On its way to a plug.
    ToCharger(ChargerIdx),
    /// At a plug of so many watts.
    Charging(ChargerIdx, u32),
    /// Broken, or empty.
    Broken,
    /// Its shift is over.
    Away,
}

impl Doing {
    /// The order that it is driving for, if any.
    pub fn order(&self) -> Option<OrderIdx> {
        match self {
            Self::ToPickup(order) | Self::AtPickup(order) | Self::Aboard(order) | Self::AtDropoff(order) => {
                Some(*order)
            }
            Self::ToStop(stop) | Self::AtStop(stop) => Some(stop.order),
            Self::Idle | Self::ToRank | Self::Thinking(_) => None,
            Self::ToCharger(_) | Self::Charging(..) | Self::Broken | Self::Away => None,
        }
    }
    /// The row of [`crate::kpi::STATES`] that it counts under, with nobody aboard a shared vehicle.
    pub fn state(&self) -> usize {
        match self {
            Self::Aboard(_) | Self::AtDropoff(_) => 0,
            Self::ToPickup(_) | Self::AtPickup(_) | Self::ToStop(_) | Self::AtStop(_) => 1,
            Self::Idle | Self::ToRank | Self::Thinking(_) => 2,
            Self::ToCharger(_) => 3,
            Self::Charging(..) => 4,
            Self::Broken | Self::Away => 5,
        }
    }
}

/// What is drawn from a battery beside what the wheels use.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Draws {
    /// While it stands without a plug.
    pub(crate) idle_watts: f64,
    /// At this it must charge, and switches itself off while it waits for a plug to be free.
    pub(crate) off_below: Charge,
    /// While it is under way.
    pub(crate) auxiliary_w: u32,
}

/// A path under way.
#[derive(Clone, Debug)]
pub(crate) struct Drive {
    pub(crate) path: Path,
    pub(crate) began: Instant,
    /// How much of it is in the books.
    settled: Leg,
}

/// A vehicle of the city.
#[derive(Clone, Debug)]
pub(crate) struct Agent {
    pub(crate) spec: VehicleSpec,
    /// The number of its kind.
    pub(crate) kind: usize,
    /// Its shift is over: it goes as soon as it has nothing to do.
    pub(crate) leaves: bool,
    pub(crate) doing: Doing,
    /// Where it stands, or where its drive began.
    pub(crate) place: RoadPoint,
    position: Position,
    heading: Option<Heading>,
    pub(crate) battery: Battery,
    settled_at: Instant,
    pub(crate) drive: Option<Drive>,
    /// Counts changes of what it does: appointments made before the last one are void.
    pub(crate) epoch: u32,
    /// The stops ahead on a shared route.
    pub(crate) route: Vec<Stop<OrderIdx>>,
    /// Parties in the vehicle on a shared route.
    pub(crate) aboard: Vec<OrderIdx>,
}

impl Row for Agent {
    type Id = VehicleId;
    fn id(&self) -> &VehicleId {
        &self.spec.id
    }
}

impl Agent {
    pub(crate) fn new(vehicle: Starting, place: RoadPoint) -> Self {
        let Starting { spec, reading, kind, .. } = vehicle;
        let battery = Battery::new(spec.powertrain.capacity, reading.charge);
        Self {
            spec,
            kind,
            leaves: false,
            doing: Doing::Idle,
            place,
            position: reading.position,
            heading: None,
            battery,
            settled_at: reading.at,
            drive: None,
            epoch: 0,
            route: Vec::new(),
            aboard: Vec::new(),
        }
    }

    /// The row of [`crate::kpi::STATES`] that it counts under.
    pub(crate) fn state(&self) -> usize {
        if self.aboard.is_empty() { self.doing.state() } else { 0 }
    }

    /// Nobody is in it any more, and it goes nowhere.
    pub(crate) fn empty(&mut self) {
        self.route.clear();
        self.aboard.clear();
    }

    /// What it would say of itself; as of the moment it was last settled.
    pub(crate) fn reading(&self) -> Reading {
        Reading {
            position: self.position,
            heading: self.heading,
            charge: self.battery.charge(),
            at: self.settled_at,
        }
    }

    /// Sets out along `path`. Returns when it will arrive.
    pub(crate) fn set_out(&mut self, path: Path, at: Instant) -> Instant {
        let arrival = at + path.leg.time;
        self.drive = Some(Drive { path, began: at, settled: Leg::default() });
        arrival
    }

    /// Brings position, battery and books up to `at`.
    pub(crate) fn settle(&mut self, at: Instant, curve: &PowerCurve, draw: Draws, account: &mut Account) {
        let span = at.since(self.settled_at);
        if span == Millis::ZERO {
            return;
        }
        self.settled_at = at;
        match (&self.doing, &self.drive) {
            (Doing::Charging(_, watts), _) => {
                account.energy.charged_uwh += self.battery.fill(curve, *watts, span);
            }
            (Doing::Broken | Doing::Away, _) => {}
            (_, Some(_)) => self.drive_on(at, draw, account),
            (doing, None) => {
                let least = if *doing == Doing::Idle { draw.off_below } else { Charge::default() };
                account.energy.idling_uwh += self.battery.idle(draw.idle_watts, span, least);
            }
        }
    }

    /// Whether it takes no part in anything.
    pub(crate) fn is_out(&self) -> bool {
        matches!(self.doing, Doing::Broken | Doing::Away)
    }

    /// Whether it need not charge after such a drive.
    pub(crate) fn can_drive(&self, way: Leg, draw: Draws) -> bool {
        self.battery.above(draw.off_below) >= self.uses(draw).driving(way)
    }
    fn uses(&self, draw: Draws) -> EnergyModel {
        EnergyModel { consumption: self.spec.powertrain.consumption, auxiliary_w: draw.auxiliary_w }
    }

    fn drive_on(&mut self, at: Instant, draw: Draws, account: &mut Account) {
        let uses = self.uses(draw);
        let Some(drive) = self.drive.as_mut().filter(|drive| !drive.path.steps.is_empty()) else { return };
        let (position, reached, heading) = along(&drive.path, at.since(drive.began));
        let used = uses.driving(reached).saturating_sub(uses.driving(drive.settled));
        account.energy.driving_mwh += u64::from(self.battery.drain(used).0);
        let driven = u64::from(reached.distance.0.saturating_sub(drive.settled.distance.0));
        match self.doing {
            Doing::Aboard(_) => {
                account.driven.with_riders_cm += driven;
                account.driven.party_cm += driven;
            }
            Doing::ToStop(_) if !self.aboard.is_empty() => {
                account.driven.with_riders_cm += driven;
                account.driven.party_cm += driven * self.aboard.len() as u64;
            }
            Doing::ToCharger(_) => account.driven.to_charger_cm += driven,
            Doing::ToRank => account.driven.to_rank_cm += driven,
            _ => account.driven.to_pickup_cm += driven,
        }
        drive.settled = reached;
        (self.position, self.heading) = (position, heading);
    }
}

/// Where one is on `path` after `elapsed`, and what has been driven till there.
fn along(path: &Path, elapsed: Millis) -> (Position, Leg, Option<Heading>) {
    let after = path.steps.partition_point(|step| step.at.time <= elapsed);
    let Some(to) = path.steps.get(after) else {
        let last = path.steps.last().map_or(Position::default(), |step| step.position);
        return (last, path.leg, None);
    };
    let Some(from) = after.checked_sub(1).map(|before| &path.steps[before]) else {
        return (to.position, Leg::default(), None);
    };
    let share = share_of(elapsed.0 - from.at.time.0, to.at.time.0 - from.at.time.0);
    let between = |a: u32, b: u32| a + (f64::from(b - a) * share) as u32;
    let leg = Leg {
        time: elapsed,
        distance: Centimetres(between(from.at.distance.0, to.at.distance.0)),
        effort: Centimetres(between(from.at.effort.0, to.at.effort.0)),
    };
    (blend(from.position, to.position, share), leg, bearing(from.position, to.position))
}

fn share_of(part: u32, whole: u32) -> f64 {
    f64::from(part) / f64::from(whole.max(1))
}

fn blend(from: Position, to: Position, share: f64) -> Position {
    let mix = |a: i32, b: i32| a + ((f64::from(b) - f64::from(a)) * share).round() as i32;
    Position::from_e7(mix(from.lat_e7(), to.lat_e7()), mix(from.lon_e7(), to.lon_e7())).unwrap_or(to)
}

fn bearing(from: Position, to: Position) -> Option<Heading> {
    let north = to.lat() - from.lat();
    let east = (to.lon() - from.lon()) * from.lat().to_radians().cos();
    let degrees = east.atan2(north).to_degrees().rem_euclid(360.0);
    Heading::from_degrees(degrees).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use paceline_road::PathStep;

    fn at(lat: f64, time_s: u32, metres: u32) -> PathStep {
        let length = Centimetres(metres * 100);
        let leg = Leg { time: Millis::from_secs(time_s), distance: length, effort: length };
        PathStep { position: Position::new(lat, -74.0).unwrap(), at: leg }
    }

    #[test]
    fn a_vehicle_is_where_its_time_on_the_path_puts_it() {
        let steps = vec![at(40.0, 0, 0), at(40.001, 10, 100), at(40.002, 30, 200)];
        let leg = steps[2].at;
        let path = Path { leg, edges: Vec::new(), steps };
        let after = |seconds| {
            let (position, leg, _) = along(&path, Millis::from_secs(seconds));
            (position.lat(), leg.distance.as_metres())
        };
        assert_eq!(after(0), (40.0, 0.0));
        assert_eq!(after(5), (40.000_5, 50.0));
        assert_eq!(after(20), (40.001_5, 150.0));
        assert_eq!(after(30), (40.002, 200.0));
        assert_eq!(after(3_600), (40.002, 200.0));
    }
}
