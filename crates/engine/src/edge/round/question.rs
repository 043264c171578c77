//! Questions that change nothing: what would become of a workload, and what would help a replica that has no node. A question is the world in numbers, as a
//! round takes it, with the names that its answer needs: once it is taken, the world is not needed any more.

use super::RoundSummary;
use super::about::About;
use super::answer::{Answering, Names};
use super::asked::{self, Asked};
use super::layout::Layout;
use super::problem::{Laid, lay};
use crate::edge::node_table::Touched;
use crate::edge::row::{Replica, WorkloadRow};
use crate::edge::world::Edge;
use paceline_model::Version;
use paceline_model::edge::what_if::WhatIf;
use paceline_model::edge::{Refusal, ReplicaId, WorkloadSpec};
use paceline_model::limits::{WHAT_IF_REPLICAS_MAX, within};
use paceline_plan::Budget;
use paceline_plan::edge::round::{Alternatives, Problem, what_if};
use std::sync::Arc;

/// A question, to be answered wherever there is time.
pub struct Question {
    problem: Problem,
    alternatives: Alternatives,
    round: RoundSummary,
    names: Names,
}

impl Edge {
    /// What would become of a workload, under whatever name it has: as if it were put now, and a round were about it alone.
    ///
    /// Work: as laying out a round.
    ///
    /// Errors: what a workload is refused for; more replicas than are looked at at once.
    pub fn what_if(&self, version: Version, spec: WorkloadSpec) -> Result<Question, Refusal> {
        within("replicas", f64::from(spec.replicas), (1.0, f64::from(WHAT_IF_REPLICAS_MAX)))
            .map_err(Refusal::Invalid)?;
        let spec = spec.validate().map_err(Refusal::Invalid)?;
        self.model(&spec.model).ok_or_else(|| Refusal::unknown("model", &spec.model))?;
        let idx = About::supposed_idx();
        let asked = asked::supposed(self, idx, &spec);
        let replicas = (0..spec.replicas).map(|_| Replica::pending(self.now)).collect();
        let row = WorkloadRow { spec: Arc::new(spec), put_at: self.now, replicas };
        Ok(self.question(version, About::Supposed(&row), &row.spec, asked))
    }

    /// What would help a replica that has no node, with its gang, or one that should leave its node and has nowhere to go. `None`: there is no such
    /// replica, or it may stay where it is.
    ///
    /// Work: as laying out a round.
    pub fn what_helps(&self, version: Version, id: &ReplicaId) -> Option<Question> {
        let workload = self.workloads.find(&id.workload)?;
        let spec = self.workloads.get(workload)?.spec.clone();
        let asked = asked::of_replica(self, workload, id.ordinal);
        (!asked.is_empty()).then(|| self.question(version, About::Known, &spec, asked))
    }

    fn question(
        &self,
        version: Version,
        about: About<'_>,
        spec: &Arc<WorkloadSpec>,
        asked: Vec<Asked>,
    ) -> Question {
        let anew = (&mut Layout::default(), Touched::default());
        let Laid { problem, alternatives, round } = lay(self, anew, version, about, asked);
        let names = Names::of(self, spec);
        Question { problem, alternatives, round, names }
    }
}

impl Question {
    /// The answer, as far as the budget reaches.
    pub fn answer(&self, budget: &mut Budget) -> WhatIf {
        let (plan, help) = what_if(&self.problem, &self.alternatives, budget);
        let Self { problem, round, names, .. } = self;
        Answering { names, problem, round }.answer(&plan, help.as_ref())
    }
}
