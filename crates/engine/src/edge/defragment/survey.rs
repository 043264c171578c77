//! What moving would bring: the world as a problem, and a plan of moves with the price of each. The problem is laid out from the world; the
//! plan needs nothing of it any more, so that it is made wherever there is time.

use crate::edge::round;
use crate::edge::world::Edge;
use paceline_model::edge::{FreedGpus, ModelId, NodeSpec, PlannedMove, ReplicaId, VariantRef};
use paceline_model::{Millis, Version};
use paceline_plan::Budget;
use paceline_plan::edge::placement::{NodeRow, Relocation, Usable};
use paceline_plan::edge::round::{Limits, Problem, defragment};
use std::collections::BTreeSet;
use std::sync::Arc;

/// All that a plan is made of.
pub struct Survey {
    problem: Problem,
    /// By row.
    nodes: Vec<Arc<NodeSpec>>,
    running: Vec<Runs>,
    gain_min: i32,
}

/// What runs, by its place in the problem.
struct Runs {
    replica: ReplicaId,
    /// What it loads, and how much that is.
    loads: (ModelId, VariantRef, u64),
}

/// A move with its price.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PricedMove {
    /// The move.
    pub planned: PlannedMove,
    /// What it frees.
    pub freed: FreedGpus,
    /// What has to be brought there, in MiB; 0 where the same variant runs already.
    pub loads_mib: u64,
    /// How long it has run where it is.
    pub ran: Millis,
}

/// Moves that are worth their price.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DefragmentationPlan {
    /// The world that it was made from.
    pub made_from: Version,
    /// In the order in which they are to be made.
    pub moves: Vec<PricedMove>,
    /// How the GPUs stand.
    pub now: Usable,
    /// How they stand after the last move.
    pub then: Usable,
    /// Whether the time ran out before there was nothing more to gain.
    pub ran_short: bool,
}

impl Edge {
    /// The world as a defragmentation looks at it. Work: as laying out a round over all nodes and all that runs.
    pub fn survey(&self, version: Version) -> Survey {
        let (problem, running) = round::movable(self, version);
        let runs = |(workload, ordinal)| {
            let (row, replica) = self.replica_at(workload, ordinal)?;
            let variant = replica.bound.as_ref()?.variant.clone();
            let model = &row.spec.model;
            let size = self.model(model).and_then(|model| model.variant(&variant)).map_or(0, |of| of.size.0);
            let replica = ReplicaId { workload: row.spec.id.clone(), ordinal };
            Some(Runs { replica, loads: (model.clone(), variant, size) })
        };
        Survey {
            problem,
            nodes: self.nodes.rows().map(|row| row.spec.clone()).collect(),
            running: running.into_iter().filter_map(runs).collect(),
            gain_min: self.options.defragmentation.gain_min,
        }
    }
}

impl Survey {
    /// At most `moves_max` moves, as many as the budget allows.
    pub fn plan(&self, moves_max: u32, budget: &mut Budget) -> DefragmentationPlan {
        let limits = Limits { moves_max: moves_max as usize, gain_min: self.gain_min };
        let found = defragment(&self.problem, &mut self.problem.placer(), limits, budget);
        let mut present: BTreeSet<(u32, &ModelId, &VariantRef)> = BTreeSet::new();
        for (running, runs) in self.problem.running.iter().zip(&self.running) {
            present.insert((running.placement.node.0, &runs.loads.0, &runs.loads.1));
        }
        let priced = |step: &Relocation| {
            let (model, variant, size) = &self.running.get(step.replica)?.loads;
            let is_new = present.insert((step.to.node.0, model, variant));
            self.priced(step, if is_new { *size } else { 0 })
        };
        DefragmentationPlan {
            made_from: self.problem.version,
            moves: found.steps.iter().filter_map(priced).collect(),
            now: found.now,
            then: found.then,
            ran_short: found.ran_short,
        }
    }

    fn priced(&self, step: &Relocation, loads_mib: u64) -> Option<PricedMove> {
        let node = |NodeRow(row): NodeRow| self.nodes.get(row as usize);
        let (from, to) = (node(step.from.node)?, node(step.to.node)?);
        let device = |at: usize| to.devices.get(at).map(|device| device.uuid.clone());
        let planned = PlannedMove {
            replica: self.running.get(step.replica)?.replica.clone(),
            from: from.id.clone(),
            to: to.id.clone(),
            devices: step.to.devices.iter().filter_map(device).collect(),
        };
        let freed =
            FreedGpus { gpus: step.freed.gpus, usable_milli: step.freed.usable_milli, gain: step.gain };
        let ran = self.problem.running.get(step.replica)?.ran;
        Some(PricedMove { planned, freed, loads_mib, ran: Millis(u32::try_from(ran).unwrap_or(u32::MAX)) })
    }
}
