//! What nodes report, and what of it is of consequence. Facts become events: a device lost or back, a node silent or heard again, too hot or
//! cool, low on charge or not. All else is kept beside the world, where a restart forgets it.
//!
//! What is unknown changes nothing: hot and then unknown is hot, and a driver that does not answer has lost no card.

use super::options::EdgeOptions;
use super::row::{Heard, NodeRow};
use super::trust;
use super::world::Edge;
use crate::ledger::Draft;
use paceline_model::edge::limits::TRIAL_QUIET;
use paceline_model::edge::sensor::{Gauge, Thermometer};
use paceline_model::edge::{
    Broken, Condition, DeciCelsius, DeviceListing, DeviceState, DeviceTrigger, DeviceUse, DeviceUuid, Event,
    EvictionCause, Forecast, NodeId, NodeIdx, NodeReport, PowerSupply, RawNumber, ReplicaId,
    TemperatureReport,
};
use paceline_model::limits::DEVICE_LOSSES_MAX;
use paceline_model::{Instant, Millis};
use std::sync::Arc;

/// A battery is well again so far above its reserve, in percentage points: it does not flutter around it.
const CHARGE_HYSTERESIS: u8 = 5;

/// Takes in what one node says. A node that is not known is passed over.
pub(super) fn observe(world: &mut Edge, draft: &mut Draft<Edge>, mut report: NodeReport) {
    let Some(idx) = world.nodes.find(&report.node) else { return };
    let (now, gap_max) = (draft.at(), world.options.silent_after);
    let mut link_is_back = false;
    if let Some(row) = world.nodes.get_mut(idx) {
        hear(&mut row.derived.heard, now, &report);
        if let Some(replicas) = report.replicas.take() {
            row.derived.heard.replicas = Some((now, Arc::new(replicas)));
        }
        if !report.uses.is_empty() {
            let has = |(device, _): &&(DeviceUuid, DeviceUse)| row.device(device).is_some();
            row.derived.heard.uses = report.uses.iter().filter(has).cloned().collect();
        }
        if report.spoke {
            (row.derived.heard.at, row.derived.unreachable_for) = (Some(now), Millis(0));
            link_is_back = row.derived.provable.hear(now, report.provable, gap_max);
        }
    }
    world.changes.heard(&report.node);
    if link_is_back {
        trust::await_proof(world, idx);
    }
    let heard_again = report.spoke && world.nodes.get(idx).is_some_and(NodeRow::is_silent);
    if heard_again {
        draft.apply(world, [Event::ConditionEnded(report.node.clone(), Condition::Silent)]);
        world.timers.silence.set(idx, now + world.options.silent_after);
    }
    reaches(world, draft.at(), &report);
    devices(world, draft, idx, &report);
    for temperature in report.temperatures {
        measure(world, draft, idx, report.at, temperature);
    }
    if let Some((supply, percent)) = report.battery {
        charge(world, draft, idx, report.at, (supply, percent));
    }
}

fn hear(heard: &mut Heard, now: Instant, report: &NodeReport) {
    heard.round_trip = report.round_trip.or(heard.round_trip);
    heard.rssi = report.rssi.or(heard.rssi);
    heard.bandwidth = report.bandwidth.map(|bandwidth| bandwidth.0).or(heard.bandwidth);
    match report.listing {
        DeviceListing::NotAsked => {}
        DeviceListing::Listed(_) => heard.driver_silent_since = None,
        DeviceListing::Unanswered => {
            heard.driver_silent_since.get_or_insert(now);
            heard.sensors.values_mut().for_each(|sensor| sensor.unanswered(report.at));
        }
    }
}

/// What a node says of others: whether they answer it.
fn reaches(world: &mut Edge, now: Instant, report: &NodeReport) {
    for (other, answered) in report.reaches.iter().filter(|(other, _)| *other != report.node) {
        let Some(row) = world.nodes.find(other).and_then(|idx| world.nodes.get_mut(idx)) else { continue };
        let neighbours = &row.spec.neighbours;
        // That one far away does not reach it says nothing; that anybody does, says that it is there.
        match *answered || neighbours.is_empty() || neighbours.contains(&report.node) {
            true => row.derived.heard.reach.hear(&report.node, *answered, now),
            false => row.derived.heard.reach.forget(&report.node),
        }
        world.changes.heard(other);
    }
}

/// Which devices are lost, back, or proved.
fn devices(world: &mut Edge, draft: &mut Draft<Edge>, idx: NodeIdx, report: &NodeReport) {
    let Some(row) = world.nodes.get_mut(idx) else { return };
    for (device, right) in &report.probes {
        let on_trial = row.device(device).is_some_and(|known| known.state == DeviceState::Trial);
        match right {
            true if !on_trial => {}
            true => _ = row.derived.proved.insert(device.clone()),
            false => _ = row.derived.proved.remove(device),
        }
    }
    let steps: Vec<(DeviceUuid, DeviceTrigger)> = row
        .devices
        .iter()
        .filter_map(|device| {
            let fell = report.fell_off.contains(&device.uuid);
            let listed = match &report.listing {
                _ if fell => Some(false),
                DeviceListing::Listed(listed) => Some(listed.contains(&device.uuid)),
                DeviceListing::NotAsked | DeviceListing::Unanswered => None,
            };
            let proved =
                row.derived.proved.contains(&device.uuid) && draft.at().since(device.since) >= TRIAL_QUIET;
            let trigger = match (device.state, listed) {
                (DeviceState::Serving | DeviceState::Trial, Some(false)) => DeviceTrigger::Vanish,
                (DeviceState::Lost, Some(true)) => DeviceTrigger::Return,
                (DeviceState::Trial, _) if proved => DeviceTrigger::Prove,
                _ => return None,
            };
            Some((device.uuid.clone(), trigger))
        })
        .collect();
    for (device, trigger) in steps {
        let events = match trigger {
            DeviceTrigger::Vanish => lose(world, draft.at(), &report.node, &device),
            _ => vec![Event::DeviceChanged { node: report.node.clone(), device, trigger }],
        };
        draft.apply(world, events);
    }
}

/// What a device's loss brings about: it is lost, for the third time in a day barred, and what ran on it waits for another place.
pub(super) fn lose(world: &Edge, at: Instant, node: &NodeId, device: &DeviceUuid) -> Vec<Event> {
    let Some(row) = world.node(node) else { return Vec::new() };
    let change = |trigger| Event::DeviceChanged { node: node.clone(), device: device.clone(), trigger };
    let mut events = vec![change(DeviceTrigger::Vanish)];
    if row.device(device).is_some_and(|device| device.losses_at(at) + 1 >= DEVICE_LOSSES_MAX) {
        events.push(change(DeviceTrigger::Bar));
    }
    let ran_on_it = row.derived.runs.iter().filter_map(|(workload, ordinal)| {
        let workload = world.workloads.get(*workload)?;
        let bound = workload.replicas.get(*ordinal as usize)?.bound.as_ref()?;
        let replica = ReplicaId { workload: workload.spec.id.clone(), ordinal: *ordinal };
        bound.devices.contains(device).then_some(replica)
    });
    let cause = EvictionCause::DeviceLost;
    events.extend(ran_on_it.map(|replica| Event::ReplicaEvicted { replica, cause }));
    events
}

/// Takes one temperature in. What is not believed changes nothing.
fn measure(
    world: &mut Edge,
    draft: &mut Draft<Edge>,
    idx: NodeIdx,
    at: Instant,
    TemperatureReport { sensor, device, celsius, watts }: TemperatureReport,
) {
    let thresholds = Thresholds::of(&world.options);
    let Some(row) = world.nodes.get_mut(idx) else { return };
    if device.as_ref().is_some_and(|device| row.device(device).is_none()) {
        return;
    }
    let sensors = &mut row.derived.heard.sensors;
    let known = sensors.entry((sensor, device.clone())).or_insert_with(|| Thermometer::new(sensor, at));
    let Some(value) = known.observe(at, celsius, watts) else { return };
    // Elsewhere the value alone decides, and most chips are cool: the line is worth its work only here.
    let between = value > thresholds.cool && value < thresholds.hot;
    let soon = if between { thresholds.soon(known.trend.forecast(at)) } else { None };
    let (hot, heating) =
        (Condition::Hot { sensor, device: device.clone() }, Condition::Heating { sensor, device });
    let (is_hot, is_heating) = (row.conditions.contains(&hot), row.conditions.contains(&heating));
    let (gets_hot, cools) = (value >= thresholds.hot, value <= thresholds.cool);
    let node = row.spec.id.clone();
    let began = |condition| Event::ConditionBegan(node.clone(), condition);
    let ended = |condition| Event::ConditionEnded(node.clone(), condition);
    // What is hot is no longer only heating up; the other order would leave a moment in which nothing is wrong.
    let steps = [
        (gets_hot && !is_hot).then(|| began(hot.clone())),
        (cools && is_hot).then(|| ended(hot)),
        (!gets_hot && !is_hot && !is_heating && soon == Some(true)).then(|| began(heating.clone())),
        (is_heating && (gets_hot || cools || soon == Some(false))).then(|| ended(heating)),
    ];
    draft.apply(world, steps.into_iter().flatten());
}

/// Where a node is hot, cool, or hot soon.
struct Thresholds {
    hot: DeciCelsius,
    cool: DeciCelsius,
    horizon: Millis,
}

impl Thresholds {
    fn of(options: &EdgeOptions) -> Self {
        Self { hot: options.hot(), cool: options.cool(), horizon: options.shed.horizon }
    }

    /// Whether the line through the last readings is at the threshold within the horizon, or not within thrice of it. Not asked of a chip that is
    /// still cool, which may rise as fast as it likes: it is under load, and will settle.
    fn soon(&self, forecast: Option<Forecast>) -> Option<bool> {
        let left = forecast?.reaches(self.hot);
        let within = |times: u32| left.is_some_and(|left| left.0 <= self.horizon.0 * times);
        match () {
            () if within(1) => Some(true),
            () if !within(3) => Some(false),
            () => None,
        }
    }
}

/// Takes the battery's charge in. A node on the grid spares nothing.
fn charge(
    world: &mut Edge,
    draft: &mut Draft<Edge>,
    idx: NodeIdx,
    at: Instant,
    (supply, percent): (PowerSupply, RawNumber),
) {
    let Some(row) = world.nodes.get_mut(idx) else { return };
    let (now_from, gauge) = row.derived.heard.battery.get_or_insert_with(|| (supply, Gauge::new(at)));
    *now_from = supply;
    let value = gauge.observe(at, supply, percent);
    let Some(reserve) = row.reserve() else { return };
    let (node, is_low) = (row.spec.id.clone(), row.conditions.contains(&Condition::LowBattery));
    let below = value.is_some_and(|value| value.0 < reserve);
    let above = value.is_some_and(|value| value.0 >= reserve.saturating_add(CHARGE_HYSTERESIS).min(100));
    if supply == PowerSupply::Battery && below && !is_low {
        draft.apply(world, [Event::ConditionBegan(node, Condition::LowBattery)]);
    } else if is_low && (supply == PowerSupply::External || above) {
        draft.apply(world, [Event::ConditionEnded(node, Condition::LowBattery)]);
    }
}

/// Nodes that have said nothing for too long. What runs there is left alone: a silent node is not a dead one.
pub(super) fn silent(world: &mut Edge) -> Vec<Event> {
    let (now, after) = (world.now, world.options.silent_after);
    let began = world.began.unwrap_or(now);
    let mut events = Vec::new();
    unreachable(world, now, began);
    for idx in world.timers.silence.take_due(now) {
        let Some(row) = world.nodes.get(idx) else { continue };
        let due = last_heard(row, began) + after;
        if row.is_silent() {
            continue;
        }
        if due <= now {
            events.push(Event::ConditionBegan(row.spec.id.clone(), Condition::Silent));
        } else {
            world.timers.silence.set(idx, due);
        }
    }
    events
}

/// For how long nodes have been silent that run what is to be replaced. One that a neighbour reaches works on, and is not replaced.
fn unreachable(world: &mut Edge, now: Instant, began: Instant) {
    let silent = |idx: &NodeIdx| world.nodes.get(*idx).is_some_and(NodeRow::is_silent);
    let silent: Vec<NodeIdx> = world.astray.leaving.iter().copied().filter(silent).collect();
    for idx in silent {
        let Some(row) = world.nodes.get_mut(idx) else { continue };
        row.derived.unreachable_for = match row.heard().reach.broken(now) {
            Broken::Link => Millis(0),
            Broken::Node | Broken::Unknown => now.since(last_heard(row, began)),
        };
    }
}

pub(super) fn last_heard(row: &NodeRow, began: Instant) -> Instant {
    row.heard().at.unwrap_or(began)
}
