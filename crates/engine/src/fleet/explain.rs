//! Why this vehicle, and why not the next three: the recorded weighing, put into words.

use super::position_fix::PositionFix;
use super::row::Order;
use super::world::World;
use paceline_model::lifecycle::OrderPhase;
use paceline_model::{
    Candidate, Excluded, Exclusion, Millis, OrderId, PassedOver, PriceKind, PricePart, RouteCut, Tag,
    VehicleId, VehicleIdx, Weighing,
};
use paceline_plan::price_in_words;
use serde::Serialize;
use std::collections::BTreeSet;

/// Why an order stands where it does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// Which order.
    pub order: OrderId,
    /// Where it stands.
    pub phase: OrderPhase,
    /// Which vehicle has it, or served it.
    pub vehicle: Option<VehicleId>,
    /// How often a vehicle that had it fell out.
    pub failures: u8,
    /// What was weighed: by the round that gave it away, or, while it is open, by the last round that looked at it.
    pub weighing: Option<Weighing>,
    /// The last closed road that cut the drive of its vehicle, while it is under way.
    pub route_cut: Option<RouteCut>,
    /// The same in sentences.
    pub words: Vec<String>,
}

/// Explains an order of `world`.
pub(super) fn explain(world: &World, order: &Order) -> Explanation {
    let (finding, cut) = (order.derived.finding.as_ref(), order.derived.cut.as_ref());
    let vehicle = world.vehicle_of(order);
    let open = order.phase == OrderPhase::Open;
    let weighing = if open { finding } else { order.weighing.as_ref() };
    let mut words = vec![standing(order.phase, vehicle)];
    if order.failures > 0 {
        words.push(format!("{} gave it back or fell out before.", counted(order.failures.into(), "vehicle")));
    }
    words.extend(cut.map(route_cut));
    match weighing {
        Some(weighing) => describe(weighing, &order.spec.attributes, &mut words),
        None if open => words.push("No round has found a vehicle free within reach yet.".into()),
        None => {}
    }
    if open {
        let fixes = [PositionFix::OffMap, PositionFix::Awaited];
        words.extend(fixes.into_iter().filter_map(|fix| unlocated(world, order, fix)));
    }
    Explanation {
        order: order.spec.id.clone(),
        phase: order.phase,
        vehicle: vehicle.cloned(),
        failures: order.failures,
        weighing: weighing.cloned(),
        route_cut: cut.cloned(),
        words,
    }
}

/// Vehicles of one kind that are named: a few tell an operator where to look.
const NAMED_MAX: usize = 5;

/// Free vehicles that would do but for where they are: no round counts on that.
fn unlocated(world: &World, order: &Order, fix: PositionFix) -> Option<String> {
    let spec = &order.spec;
    let would_do = |idx: &VehicleIdx| {
        let vehicle = world.vehicles.get(*idx).filter(|vehicle| vehicle.fix() == fix)?;
        let fits = vehicle.spec.seats >= spec.party && spec.attributes.is_subset(&vehicle.spec.attributes);
        (fits && !order.declined.contains(idx)).then_some(vehicle.spec.id.as_str())
    };
    let mut ids = world.free.unlocated().iter().filter_map(would_do);
    let named = ids.by_ref().take(NAMED_MAX).collect::<Vec<_>>();
    let more = ids.count();
    let names = named.join(", ");
    let who = if more > 0 { format!("{names} and {more} more") } else { names };
    let words = match (fix, named.len()) {
        (_, 0) => return None,
        (PositionFix::OffMap, 1) => {
            "is free, but off the map: the newest position that it gave is near no street"
        }
        (PositionFix::OffMap, _) => {
            "are free, but off the map: the newest positions that they gave are near no street"
        }
        (_, 1) => "is free, but has not said where it is since the last start",
        (_, _) => "are free, but have not said where they are since the last start",
    };
    Some(format!("{who} {words}."))
}

fn standing(phase: OrderPhase, vehicle: Option<&VehicleId>) -> String {
    let by = vehicle.map_or("a vehicle", |vehicle| vehicle.as_str());
    match phase {
        OrderPhase::Open => "It waits in the queue: undispatched.".into(),
        OrderPhase::Offered => format!("It is offered to {by}, whose driver has not answered yet."),
        OrderPhase::Assigned => format!("{by} is on its way to the pick-up."),
        OrderPhase::Arrived => format!("{by} waits at the pick-up."),
        OrderPhase::Aboard => format!("The riders are in {by}."),
        OrderPhase::Served => format!("It was served by {by}."),
        OrderPhase::TimedOut => {
            "It timed out: its latest pick-up passed before a vehicle could be given.".into()
        }
        OrderPhase::Cancelled => "It was called off.".into(),
    }
}

fn route_cut(cut: &RouteCut) -> String {
    let minutes = |span: Millis| format!("{:.1} min", span.as_secs_f64() / 60.0);
    let street = cut.street.as_deref().unwrap_or("A road");
    let (lat, lon) = (cut.position.lat(), cut.position.lon());
    let now = match cut.drive_now {
        Some(now) => format!(
            "the drive was planned anew and takes {}, not {}",
            minutes(now),
            minutes(cut.drive_before)
        ),
        None => "no other way was left".into(),
    };
    format!("{street} at {lat:.5}, {lon:.5} was closed on the way of its vehicle: {now}.")
}

fn describe(weighing: &Weighing, asked: &BTreeSet<Tag>, words: &mut Vec<String>) {
    let policy = weighing.policy.as_str();
    let taken = weighing.candidates.iter().find(|candidate| candidate.passed_over.is_none());
    match taken {
        Some(candidate) => words.push(format!("Policy {policy} took {}.", drive(policy, candidate))),
        None => words.push(format!("Policy {policy} took no vehicle for it in the last round.")),
    }
    for candidate in &weighing.candidates {
        if let Some(reason) = &candidate.passed_over {
            words.push(passed_over(policy, candidate, reason, taken));
        }
    }
    let shown = weighing.candidates.len() as u32;
    if weighing.feasible > shown {
        words.push(format!("{} more could have served it, at higher prices.", weighing.feasible - shown));
    }
    words.extend(weighing.excluded.iter().map(|of| excluded(of, asked)));
}

/// `v7, 2.1 min and 0.90 km away, for 126.0 s of waiting`
fn drive(policy: &str, candidate: &Candidate) -> String {
    let minutes = candidate.pickup_time.as_secs_f64() / 60.0;
    let km = candidate.pickup_distance.as_km();
    let vehicle = &candidate.vehicle;
    format!("{vehicle}, {minutes:.1} min and {km:.2} km away, for {}", price(policy, candidate))
}

/// `126.0 s of waiting`, or `312.0 cents (200.0 cents of waiting, 112.0 cents of vehicle time)`; parts of nothing are
/// left out.
fn price(policy: &str, candidate: &Candidate) -> String {
    let words =
        |part: &PricePart| format!("{} of {}", price_in_words(policy, part.amount), price_kind(part.kind));
    let parts: Vec<String> = candidate.price.iter().filter(|part| part.amount != 0).map(words).collect();
    match parts.as_slice() {
        [] => "nothing".into(),
        [only] => only.clone(),
        _ => format!("{} ({})", price_in_words(policy, candidate.total()), parts.join(", ")),
    }
}

fn passed_over(
    policy: &str,
    candidate: &Candidate,
    reason: &PassedOver,
    taken: Option<&Candidate>,
) -> String {
    let why = match reason {
        PassedOver::Dearer => match taken {
            Some(taken) => {
                format!("it costs {} more", price_in_words(policy, candidate.total() - taken.total()))
            }
            None => "another vehicle costs less".into(),
        },
        PassedOver::ServesInstead(other) => {
            format!("it serves order {other} instead, which makes the batch as a whole cheaper")
        }
        PassedOver::FreeSoon => "it will be free in a moment, and the order waits for it".into(),
        PassedOver::DearerThanWaiting => "leaving the order for a later round is cheaper than this".into(),
    };
    format!("Not {}: {why}.", drive(policy, candidate))
}

fn excluded(excluded: &Excluded, asked: &BTreeSet<Tag>) -> String {
    let count = counted(excluded.vehicles, "vehicle");
    match excluded.reason {
        Exclusion::TooFar => format!("{count} could not reach the pick-up in time."),
        Exclusion::Seats => format!("{count} had too few seats."),
        Exclusion::Attributes => {
            let asked: Vec<&str> = asked.iter().map(Tag::as_str).collect();
            format!("{count} did not offer all that the order asks for: {}.", asked.join(", "))
        }
        Exclusion::Range => format!("{count} could not do the ride and reach a charger with reserve."),
        Exclusion::Geofence => format!("{count} stood outside the area that the order or the policy names."),
        Exclusion::Declined => format!("{count} had declined it before."),
    }
}

fn price_kind(kind: PriceKind) -> &'static str {
    match kind {
        PriceKind::EmptyDistance => "empty distance",
        PriceKind::Waiting => "waiting",
        PriceKind::Carbon => "carbon",
        PriceKind::VehicleTime => "vehicle time",
        PriceKind::Switching => "switching",
        PriceKind::Holding => "waiting for it",
        PriceKind::Future => "prospects given up",
        PriceKind::Delay => "driving and delay of everybody in it",
    }
}

fn counted(count: u32, noun: &str) -> String {
    if count == 1 { format!("One {noun}") } else { format!("{count} {noun}s") }
}
