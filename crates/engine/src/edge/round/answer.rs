//! The answer to a question, in lasting names.

use super::adopt::not_placed;
use super::group::{decision, slice};
use super::{RoundSummary, rules};
use crate::edge::world::Edge;
use paceline_model::Millis;
use paceline_model::edge::what_if::{Change, Displaced, Help, Lacking, Remedy, Supposed, WhatIf, WouldGo};
use paceline_model::edge::{
    Bound, DeviceUuid, Mebibytes, ModelSpec, NodeRule, NodeSpec, ReplicaId, VariantRef, WorkloadIdx,
    WorkloadSpec,
};
use paceline_plan::edge::placement::{self as kernel, Action, Devices, Missing, NodeRow, Placement};
use paceline_plan::edge::round::{Counterfactual, Found, Outcome, Plan, Problem};
use std::sync::Arc;

/// The names of what a question is about.
pub(super) struct Names {
    /// What is asked about.
    spec: Arc<WorkloadSpec>,
    /// Its model.
    model: Option<Arc<ModelSpec>>,
    /// By row.
    nodes: Vec<Arc<NodeSpec>>,
    /// Those of which something runs, by row of their table.
    workloads: Vec<(WorkloadIdx, Arc<WorkloadSpec>)>,
    /// Variants that are not allowed, with accuracy and latency, as the alternatives number them.
    others: Vec<(VariantRef, u16, Millis)>,
}

impl Names {
    /// As the world has them.
    pub(super) fn of(world: &Edge, spec: &Arc<WorkloadSpec>) -> Self {
        let model = world.model(&spec.model);
        let other = |named: VariantRef| {
            let variant = model?.variant(&named)?;
            Some((named, variant.accuracy_permille, variant.latency))
        };
        let running = world.workloads.iter().filter(|(_, row)| row.placed() > 0);
        Self {
            spec: spec.clone(),
            model: model.cloned(),
            nodes: world.nodes.rows().map(|row| row.spec.clone()).collect(),
            workloads: running.map(|(idx, row)| (idx, row.spec.clone())).collect(),
            others: rules::others(world, spec).into_iter().filter_map(other).collect(),
        }
    }
}

/// A plan that is told, with what it was made from.
pub(super) struct Answering<'a> {
    pub(super) names: &'a Names,
    pub(super) problem: &'a Problem,
    pub(super) round: &'a RoundSummary,
}

impl Answering<'_> {
    pub(super) fn answer(&self, plan: &Plan, help: Option<&Counterfactual>) -> WhatIf {
        WhatIf {
            replicas: plan.outcomes.iter().filter_map(|outcome| self.supposed(outcome)).collect(),
            help: help.and_then(|help| self.help(plan, help)),
            ran_short: plan.ran_short,
        }
    }

    fn supposed(&self, outcome: &Outcome) -> Option<Supposed> {
        let ordinal = self.round.asked.get(outcome.demand)?.ordinal;
        let found = match &outcome.found {
            Ok(found) => Ok(self.would_go(outcome, found)?),
            Err(_) => Err(not_placed(outcome, self.problem.nodes.len() as u32)),
        };
        Some(Supposed { ordinal, found })
    }

    fn would_go(&self, outcome: &Outcome, found: &Found) -> Option<WouldGo> {
        let (node, variant) = (self.node(found.node)?, self.variant(outcome.demand, found.option)?);
        let task = self.problem.demands.get(outcome.demand)?.options.get(found.option)?;
        let known = self.names.model.as_ref()?.variant(variant)?;
        let downgraded = variant.precision != self.names.spec.precision;
        Some(WouldGo {
            bound: Bound {
                node: node.id.clone(),
                devices: found.devices.iter().filter_map(|at| device(node, at)).collect(),
                variant: variant.clone(),
                device_memory: Mebibytes(task.device_memory_mib.into()),
                slice: slice(&self.names.spec, found.devices),
                file: known.size,
            },
            decision: decision(self.round, node, downgraded, (found.points, &found.parts)),
            room: self.displaced(&outcome.room),
        })
    }

    fn displaced(&self, actions: &[Action]) -> Vec<Displaced> {
        let displaced = |action: &Action| {
            let (idx, ordinal) = *self.round.running.get(action.replica())?;
            let at = self.names.workloads.binary_search_by_key(&idx, |(idx, _)| *idx).ok()?;
            let spec = &self.names.workloads[at].1;
            let from = self.problem.running.get(action.replica())?.placement.node;
            Some(Displaced {
                replica: ReplicaId { workload: spec.id.clone(), ordinal },
                priority: spec.priority,
                from: self.node(from)?.id.clone(),
                to: match action {
                    Action::Move { to, .. } => Some(self.node(to.node)?.id.clone()),
                    Action::Evict { .. } => None,
                },
            })
        };
        actions.iter().filter_map(displaced).collect()
    }

    fn help(&self, plan: &Plan, help: &Counterfactual) -> Option<Help> {
        let ordinal = self.round.asked.get(help.demand)?.ordinal;
        let remedies = help.remedies.iter().filter_map(|remedy| self.remedy(help.demand, remedy));
        let uneven = help.uneven.iter().filter_map(|uneven| {
            let keys = self.names.spec.spread.iter().zip(&uneven.skews);
            let over = keys.filter(|(spread, skew)| **skew > spread.max_skew);
            let skews = over.map(|(spread, skew)| (spread.topology_key.clone(), *skew)).collect();
            self.told(Change::Skew(skews), &uneven.placement, self.variant(help.demand, uneven.option)?)
        });
        let remedies = remedies.chain(uneven).collect();
        let later = plan.outcomes.iter().any(|outcome| outcome.demand == help.demand && outcome.later);
        Some(Help { ordinal, remedies, later })
    }

    fn remedy(&self, demand: usize, remedy: &kernel::Remedy) -> Option<Remedy> {
        let of = |option: &usize| self.variant(demand, *option);
        match remedy {
            kernel::Remedy::Moves { option, room } => {
                self.told(Change::Move(self.displaced(&room.actions)), &room.placement, of(option)?)
            }
            kernel::Remedy::Variant { variant, placement } => {
                let (named, accuracy_permille, latency) = self.names.others.get(*variant)?;
                let (accuracy_permille, latency) = (*accuracy_permille, *latency);
                self.told(Change::Variant { accuracy_permille, latency }, placement, named)
            }
            kernel::Remedy::Priority { option, priority, room } => {
                let change = Change::Priority { priority: *priority, room: self.displaced(&room.actions) };
                self.told(change, &room.placement, of(option)?)
            }
            kernel::Remedy::More { option, node, missing } => {
                let placement = Placement { node: *node, devices: Devices::NONE, points: 0 };
                let change = Change::More(lacking(self.node(*node)?, missing));
                self.told(change, &placement, of(option)?)
            }
            kernel::Remedy::Lifted { option, rule, placement } => {
                let rule = NodeRule::ALL.get(usize::from(*rule)).copied()?;
                self.told(Change::Rule(rule), placement, of(option)?)
            }
        }
    }

    fn told(&self, change: Change, placement: &Placement, variant: &VariantRef) -> Option<Remedy> {
        Some(Remedy { change, node: self.node(placement.node)?.id.clone(), variant: variant.clone() })
    }

    fn node(&self, NodeRow(row): NodeRow) -> Option<&Arc<NodeSpec>> {
        self.names.nodes.get(row as usize)
    }

    fn variant(&self, demand: usize, option: usize) -> Option<&VariantRef> {
        self.round.asked.get(demand)?.options.get(option)
    }
}

fn device(node: &NodeSpec, at: usize) -> Option<DeviceUuid> {
    node.devices.get(at).map(|device| device.uuid.clone())
}

fn lacking(node: &NodeSpec, missing: &Missing) -> Lacking {
    let shares = missing.shares.iter();
    Lacking {
        cpu_milli: missing.cpu_milli,
        memory_mib: missing.memory_mib,
        pcie_mbps: missing.pcie_mbit,
        storage_mib: missing.storage_mib,
        shares: shares
            .filter_map(|share| Some((device(node, share.device)?, share.milli, share.memory_mib)))
            .collect(),
        gpus: missing.devices,
        gpu_memory_mib: missing.device_memory_mib,
    }
}
