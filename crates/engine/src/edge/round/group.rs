//! What outcomes that stand or fall together come to, each looked at as those before it leave the world: what still holds becomes events.

use super::asked::Asked;
use super::spread::Standing;
use super::{RoundSummary, rules};
use crate::edge::defragment;
use crate::edge::row::{NodeRow, Replica, WorkloadRow};
use crate::edge::world::Edge;
use paceline_model::edge::{
    Bound, DeviceUuid, Event, EvictionCause, MoveCause, NodeIdx, NodeSpec, PlacementDecision, ReplicaId,
    RoomMade, Slice, VariantRef, WorkloadIdx, WorkloadSpec,
};
use paceline_plan::edge::placement::{Action, Devices, Parts, Placement};
use paceline_plan::edge::round::Outcome;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;

/// What holds of outcomes that go all or not at all. `None`: not all of it.
pub(super) fn events(
    world: &Edge,
    round: &RoundSummary,
    group: &[Outcome],
    standing: &mut Standing,
) -> Option<Vec<Event>> {
    let mut going = Going {
        world,
        round,
        standing,
        nodes: BTreeMap::new(),
        evicted: BTreeMap::new(),
        placed: BTreeMap::new(),
        victims: 0,
        events: Vec::new(),
    };
    for outcome in group {
        going.outcome(outcome)?;
    }
    let of_gangs = |counts: BTreeMap<WorkloadIdx, u32>| {
        let rows = counts.into_iter().filter_map(|(idx, count)| Some((world.workloads.get(idx)?, count)));
        rows.filter(|(row, _)| row.spec.gang)
    };
    let all_go = of_gangs(going.evicted).all(|(row, evicted)| row.placed() == evicted);
    // Those that ran while one of them waited may have given way since, in the same round.
    let all_run = of_gangs(going.placed).all(|(row, placed)| row.placed() + placed == row.spec.replicas);
    (all_go && all_run).then_some(going.events)
}

struct Going<'a> {
    world: &'a Edge,
    round: &'a RoundSummary,
    standing: &'a mut Standing,
    /// Nodes as what went leaves them.
    nodes: BTreeMap<NodeIdx, NodeRow>,
    evicted: BTreeMap<WorkloadIdx, u32>,
    /// Those that had no node.
    placed: BTreeMap<WorkloadIdx, u32>,
    victims: u32,
    events: Vec<Event>,
}

/// A replica that has a node.
#[derive(Clone, Copy)]
struct Runs<'a> {
    workload: WorkloadIdx,
    ordinal: u32,
    row: &'a WorkloadRow,
    bound: &'a Bound,
    node: NodeIdx,
}

impl Runs<'_> {
    fn id(&self) -> ReplicaId {
        ReplicaId { workload: self.row.spec.id.clone(), ordinal: self.ordinal }
    }
}

/// Where a replica is to go.
struct Goal<'a> {
    workload: WorkloadIdx,
    ordinal: u32,
    row: &'a WorkloadRow,
    variant: &'a VariantRef,
    node: NodeIdx,
    devices: Devices,
    points: i32,
    parts: Parts,
}

impl<'a> Going<'a> {
    fn outcome(&mut self, outcome: &Outcome) -> Option<()> {
        let (asked, found) = (self.round.asked.get(outcome.demand)?, outcome.found.as_ref().ok()?);
        let row = self.world.workloads.get(asked.workload)?;
        let replica = row.replicas.get(asked.ordinal as usize)?;
        let cause = still_asked(self.world, asked, replica)?;
        self.victims += outcome.room.len() as u32;
        if self.victims > 0 && self.victims > self.world.victims_left() {
            return None;
        }
        let gone = outcome.room.iter().map(|action| self.gives_way(row, replica, action));
        let gone: Vec<(Action, Runs<'a>)> = gone.collect::<Option<_>>()?;
        for (action, victim) in &gone {
            self.leave(victim, action.evicts())?;
        }
        if let Some((from, _)) = asked.from {
            self.standing.goes(self.world, asked.workload, from, false);
        }
        let goal = Goal {
            workload: asked.workload,
            ordinal: asked.ordinal,
            row,
            variant: asked.options.get(found.option)?,
            node: self.round.nodes.node(found.node)?,
            devices: found.devices,
            points: found.points,
            parts: found.parts,
        };
        let (bound, mut decision) = self.come(&goal)?;
        if found.improved.is_some() {
            // Where it was, and where it goes.
            Arc::make_mut(&mut decision).considered = 2;
        }
        let made = self.displace(&goal, &gone)?;
        let replica = ReplicaId { workload: row.spec.id.clone(), ordinal: asked.ordinal };
        self.events.push(match cause {
            Some(cause) => Event::ReplicaMoved { replica: replica.clone(), bound, cause, decision },
            None => {
                *self.placed.entry(asked.workload).or_default() += 1;
                Event::ReplicaPlaced { replica: replica.clone(), bound, decision }
            }
        });
        self.events.extend(found.improved.map(|improved| defragment::made(&replica, &improved)));
        self.events.extend(made.map(|made| Event::RoomMade(Arc::new(made))));
        Some(())
    }

    /// One that may still be made to give way to a replica of `to`, where the solver saw it.
    fn gives_way(&self, to: &WorkloadRow, replica: &Replica, action: &Action) -> Option<(Action, Runs<'a>)> {
        let (workload, ordinal) = *self.round.running.get(action.replica())?;
        let row = self.world.workloads.get(workload)?;
        let bound = row.replicas.get(ordinal as usize)?.bound.as_deref()?;
        let victim = Runs { workload, ordinal, row, bound, node: self.world.nodes.find(&bound.node)? };
        let evicted_it =
            replica.preemption.gave_way.as_ref().is_some_and(|(_, made)| made.replica == victim.id());
        (row.spec.priority < to.spec.priority && !evicted_it).then_some((*action, victim))
    }

    /// Takes one away from where it runs. `None`: its workload would be disturbed too much.
    fn leave(&mut self, victim: &Runs<'_>, evicted: bool) -> Option<()> {
        let replica = (victim.workload, victim.ordinal);
        self.node(victim.node)?.give_back(replica, &victim.row.spec, victim.bound);
        self.standing.goes(self.world, victim.workload, victim.node, false);
        if evicted {
            let evictions = self.evicted.entry(victim.workload).or_default();
            *evictions += 1;
            if *evictions > victim.row.evictions_left() {
                return None;
            }
        }
        Some(())
    }

    /// Puts one where it is to go. `None`: it may not go there, or has no room.
    fn come(&mut self, goal: &Goal<'_>) -> Option<(Arc<Bound>, Arc<PlacementDecision>)> {
        let (world, round) = (self.world, self.round);
        let spec = &goal.row.spec;
        if !self.standing.admits(world, goal.workload, goal.node) {
            return None;
        }
        self.standing.goes(world, goal.workload, goal.node, true);
        let variant = world.model(&spec.model)?.variant(goal.variant)?;
        let node = self.node(goal.node)?;
        let bound = Bound {
            node: node.spec.id.clone(),
            devices: devices(node, goal.devices)?,
            variant: goal.variant.clone(),
            device_memory: if spec.requests.gpus == 0 { Default::default() } else { variant.memory },
            slice: slice(spec, goal.devices),
            file: variant.size,
        };
        let holds = rules::refusal(node, spec, Some(variant)).is_none() && node.has_room(spec, &bound);
        if !holds {
            return None;
        }
        node.take((goal.workload, goal.ordinal), spec, &bound);
        let downgraded = goal.variant.precision != spec.precision;
        let decision = decision(round, &node.spec, downgraded, (goal.points, &goal.parts));
        Some((Arc::new(bound), Arc::new(decision)))
    }

    /// Evicts or moves those who have left to make room for another, and says so.
    fn displace(&mut self, to: &Goal<'_>, gone: &[(Action, Runs<'a>)]) -> Option<Option<RoomMade>> {
        let replica = ReplicaId { workload: to.row.spec.id.clone(), ordinal: to.ordinal };
        let mut made =
            RoomMade { replica, priority: to.row.spec.priority, moved: Vec::new(), evicted: Vec::new() };
        for (_, victim) in gone.iter().filter(|(action, _)| action.evicts()) {
            made.evicted.push(victim.id());
            self.events.push(Event::ReplicaEvicted { replica: victim.id(), cause: EvictionCause::Preempted });
        }
        for (action, victim) in gone {
            let Action::Move { to: Placement { node, devices, points }, parts, .. } = *action else {
                continue;
            };
            let goal = Goal {
                workload: victim.workload,
                ordinal: victim.ordinal,
                row: victim.row,
                variant: &victim.bound.variant,
                node: self.round.nodes.node(node)?,
                devices,
                points,
                parts,
            };
            let (bound, decision) = self.come(&goal)?;
            made.moved.push(victim.id());
            let cause = MoveCause::MadeRoom;
            self.events.push(Event::ReplicaMoved { replica: victim.id(), bound, cause, decision });
        }
        Some((!gone.is_empty()).then_some(made))
    }

    fn node(&mut self, idx: NodeIdx) -> Option<&mut NodeRow> {
        Some(match self.nodes.entry(idx) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => new.insert(self.world.nodes.get(idx)?.clone()),
        })
    }
}

/// Why a node was taken that was given so many points.
pub(super) fn decision(
    round: &RoundSummary,
    node: &NodeSpec,
    downgraded: bool,
    (points, parts): (i32, &Parts),
) -> PlacementDecision {
    let policy = round.policies.number(node.place.cluster.as_ref());
    PlacementDecision {
        considered: round.nodes.len() as u32,
        downgraded,
        score: i64::from(points),
        scored_by: round.policies.scored_by(policy, parts, points),
    }
}

/// Whether a replica still wants a place: it has no node, or, with the cause, should still leave the one that it was to leave.
fn still_asked(world: &Edge, asked: &Asked, replica: &Replica) -> Option<Option<MoveCause>> {
    match (asked.from, replica.bound.as_deref()) {
        (None, None) => Some(None),
        (Some((from, cause)), Some(bound)) => {
            let node = world.nodes.get(from).filter(|node| node.spec.id == bound.node)?;
            let row = world.workloads.get(asked.workload)?;
            match node.leaves(&row.spec) {
                // What was asked for meanwhile may be over, and what leaves for another reason does so by itself.
                leaves if cause == MoveCause::Defragmented => {
                    let waits = defragment::waits(world, row, (asked.ordinal, asked.only));
                    (leaves.is_none() && waits).then_some(Some(cause))
                }
                None if cause.improves() => Some(Some(cause)),
                leaves => leaves.map(Some),
            }
        }
        _ => None,
    }
}

/// The slice that a workload asks for, in these slots.
pub(super) fn slice(spec: &WorkloadSpec, chosen: Devices) -> Option<Slice> {
    let (start, slots) = (chosen.slots().trailing_zeros() as u8, chosen.slots().count_ones() as u8);
    spec.slice.clone().map(|profile| Slice { profile, start, slots })
}

/// The devices by name. `None`: the node has others by now.
fn devices(node: &NodeRow, chosen: Devices) -> Option<Vec<DeviceUuid>> {
    chosen.iter().map(|at| node.devices.get(at).map(|device| device.uuid.clone())).collect()
}
