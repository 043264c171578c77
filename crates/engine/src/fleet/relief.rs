//! Orders that another region's vehicle is nearer to: that region hands it over. Regions tell each other what they need and what they can
//! spare; from the same words each works out the same, and does its own part of it by [`paceline_model::Command::HandOver`]. So exactly one
//! region decides about an order and about a vehicle, whatever is late or lost between them: what does not fit any more is refused, or
//! the vehicle serves somebody else where it came to.
//!
//! ```text
//!   outlooks of all regions -> nearest pairs first: own vehicle -> it stays;  another's, nearer by more than `gain_min` -> relief
//! ```

use super::Fleet;
use super::row::{Order, Vehicle};
use paceline_model::{Instant, Millis, OrderId, Position, RegionId, Tag, VehicleId, VehicleIdx};
use paceline_road::{Roads, Search, TravelTimes};
use std::collections::BTreeSet;

/// Of each region so many vehicles are held against an order, the nearest along a straight line first: roads make detours, but the nearest
/// by road is hardly ever further down.
const NEAR_EACH: usize = 6;

/// An order that waits for a vehicle.
#[derive(Clone, Debug, PartialEq)]
pub struct Need {
    /// Which.
    pub order: OrderId,
    /// Where the riders wait.
    pub pickup: Position,
    /// How many ride.
    pub party: u8,
    /// What the vehicle must offer.
    pub attributes: BTreeSet<Tag>,
    /// When riders have to be picked up at the latest.
    pub latest_pickup: Instant,
}

/// A vehicle with nothing to do.
#[derive(Clone, Debug, PartialEq)]
pub struct Spare {
    /// Which.
    pub vehicle: VehicleId,
    /// Where it is.
    pub position: Position,
    /// Places for riders.
    pub seats: u8,
    /// What it offers.
    pub attributes: BTreeSet<Tag>,
}

/// What a region tells its neighbours before a round.
#[derive(Clone, Debug, PartialEq)]
pub struct Outlook {
    /// Which region.
    pub region: RegionId,
    /// Its orders without a vehicle, by row.
    pub needs: Vec<Need>,
    /// Its vehicles that could be handed over, by row.
    pub spares: Vec<Spare>,
}

/// How much a region tells at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutlookSize {
    /// Orders, those of the first rows.
    pub needs: usize,
    /// Vehicles, likewise.
    pub spares: usize,
}

impl OutlookSize {
    /// All there are.
    pub const ALL: Self = Self { needs: usize::MAX, spares: usize::MAX };
}

/// A vehicle that is to be handed over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Relief {
    /// Which.
    pub vehicle: VehicleId,
    /// The region that has it.
    pub from: RegionId,
    /// The region that is to have it.
    pub to: RegionId,
    /// The order for which.
    pub order: OrderId,
}

/// When a vehicle is worth handing over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReliefRules {
    /// It must be sooner by so much than the region's own.
    pub gain_min: Millis,
    /// Nobody is sent further than this.
    pub pickup_time_max: Millis,
    /// When it sets out.
    pub at: Instant,
    /// Furthest that a place may lie from a road, in metres.
    pub snap_m_max: u32,
}

impl Fleet {
    /// What this region tells its neighbours. The time grows with what is told.
    pub fn outlook(&self, region: RegionId, most: OutlookSize) -> Outlook {
        let world = self.world();
        let need = |order: &Order| Need {
            order: order.spec.id.clone(),
            pickup: order.spec.pickup,
            party: order.spec.party,
            attributes: order.spec.attributes.clone(),
            latest_pickup: order.latest_pickup,
        };
        let orders = world.open.iter().filter_map(|idx| world.orders.get(*idx));
        let spare = |(_, vehicle): (VehicleIdx, &Vehicle)| Spare {
            vehicle: vehicle.spec.id.clone(),
            position: vehicle.newest().position,
            seats: vehicle.spec.seats,
            attributes: vehicle.spec.attributes.clone(),
        };
        let spares = super::round::free(self).take(most.spares).map(spare).collect();
        Outlook { region, needs: orders.take(most.needs).map(need).collect(), spares }
    }
}

/// A spare vehicle for an order: how long it takes to the pick-up; region and number of both.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Pair {
    time: Millis,
    need: (usize, usize),
    spare: (usize, usize),
}

/// Who hands over which vehicle. The soonest pair comes first, and each order and each vehicle once; of equal ones the first in the order
/// of `outlooks`. Places further from a road than `snap_m_max` take no part.
pub fn relieve(outlooks: &[Outlook], rules: ReliefRules, roads: &Roads, search: &mut Search) -> Vec<Relief> {
    let mut pairs = Vec::new();
    for (region, outlook) in outlooks.iter().enumerate() {
        for (number, need) in outlook.needs.iter().enumerate() {
            let times = times(outlooks, need, rules, roads, search);
            pairs.extend(times.into_iter().map(|(time, spare)| Pair { time, need: (region, number), spare }));
        }
    }
    pairs.sort_unstable();
    chosen(&pairs, rules.gain_min).into_iter().filter_map(|pair| relief(outlooks, pair)).collect()
}

/// How long each region's nearest vehicles take to an order, if they are there in time.
fn times(
    outlooks: &[Outlook],
    need: &Need,
    rules: ReliefRules,
    roads: &Roads,
    search: &mut Search,
) -> Vec<(Millis, (usize, usize))> {
    let snap = |place: Position| Some(roads.snap(place, f64::from(rules.snap_m_max))?.point);
    let mut times = Vec::new();
    // Most looks find nobody free.
    if outlooks.iter().all(|outlook| outlook.spares.is_empty()) {
        return times;
    }
    let Some(pickup) = snap(need.pickup) else { return times };
    for (region, outlook) in outlooks.iter().enumerate() {
        for number in nearest(&outlook.spares, need) {
            let Some(from) = snap(outlook.spares[number].position) else { continue };
            let time = roads.leg(search, from, pickup).time;
            if time <= rules.pickup_time_max && rules.at + time <= need.latest_pickup {
                times.push((time, (region, number)));
            }
        }
    }
    times
}

fn serves(spare: &Spare, need: &Need) -> bool {
    spare.seats >= need.party && need.attributes.is_subset(&spare.attributes)
}

/// The numbers of the vehicles nearest to an order along a straight line.
fn nearest(spares: &[Spare], need: &Need) -> Vec<usize> {
    let fit = spares.iter().enumerate().filter(|(_, spare)| serves(spare, need));
    let mut near: Vec<(u64, usize)> =
        fit.map(|(number, spare)| (spare.position.distance_m(need.pickup) as u64, number)).collect();
    if near.len() > NEAR_EACH {
        near.select_nth_unstable(NEAR_EACH);
        near.truncate(NEAR_EACH);
    }
    near.into_iter().map(|(_, number)| number).collect()
}

/// Which pairs come about. A region's own vehicle takes the place of another's that is hardly sooner.
fn chosen(pairs: &[Pair], gain_min: Millis) -> Vec<Pair> {
    let (mut needs, mut spares) = (BTreeSet::new(), BTreeSet::new());
    let mut chosen: Vec<Pair> = Vec::new();
    for (number, pair) in pairs.iter().enumerate() {
        if needs.contains(&pair.need) || spares.contains(&pair.spare) {
            continue;
        }
        // Those that follow take no less: what comes too late ends the search.
        let in_time =
            pairs[number..].iter().take_while(|other| other.time < pair.time.saturating_add(gain_min));
        let is_own = |other: &Pair| other.need == pair.need && other.spare.0 == pair.need.0;
        let stays = |other: &Pair| is_own(other) && !spares.contains(&other.spare);
        if !is_own(pair) && in_time.into_iter().any(stays) {
            continue;
        }
        needs.insert(pair.need);
        spares.insert(pair.spare);
        chosen.push(*pair);
    }
    chosen
}

/// What a pair of two regions comes to; `None` within one.
fn relief(outlooks: &[Outlook], pair: Pair) -> Option<Relief> {
    let (to, from) = (outlooks.get(pair.need.0)?, outlooks.get(pair.spare.0)?);
    (pair.need.0 != pair.spare.0).then(|| Relief {
        vehicle: from.spares[pair.spare.1].vehicle.clone(),
        from: from.region.clone(),
        to: to.region.clone(),
        order: to.needs[pair.need.1].order.clone(),
    })
}
