//! What a shadow's weights would have done with a round that the live ones have solved, and the difference that is predicted. Both see the same problem,
//! which is the live weights' doing: what is compared is one round. A shadow's plan goes here and nowhere else.

use super::plan::Plan;
use super::problem::Problem;
use crate::edge::placement::scores::Power;
use crate::edge::placement::{Action, Cluster, NodeRow, Placement};
use std::collections::BTreeMap;
use std::ops::AddAssign;

/// Where a plan puts replicas, and what it comes to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Given {
    /// By demand: the node, and which of the demand's options.
    places: BTreeMap<usize, (NodeRow, usize)>,
    predicted: Predicted,
}

impl Given {
    /// What `plan` gives. Work: as laying out the problem's nodes once.
    pub fn of(problem: &Problem, plan: &Plan) -> Self {
        let power = Power::new(problem.known.watts.clone());
        let mut cluster = problem.cluster();
        let watts = |cluster: &Cluster, node| {
            cluster.free(node).map_or(0, |free| power.watts(cluster.profile(node), free))
        };
        let mut given = Self::default();
        for outcome in &plan.outcomes {
            let (Ok(found), Some(demand)) = (&outcome.found, problem.demands.get(outcome.demand)) else {
                continue;
            };
            let at = Placement { node: found.node, devices: found.devices, points: found.points };
            for action in &outcome.room {
                let gone = &problem.running[action.replica()];
                cluster.give_back(&gone.task, &gone.placement);
            }
            let before = watts(&cluster, found.node);
            let taken = demand.options.get(found.option).is_some_and(|task| cluster.take(task, &at).is_ok());
            for action in &outcome.room {
                if let Action::Move { replica, to, .. } = action {
                    _ = cluster.take(&problem.running[*replica].task, to);
                }
            }
            let more = watts(&cluster, found.node).saturating_sub(before);
            if taken {
                given.places.insert(outcome.demand, (found.node, found.option));
                given.predicted += Predicted {
                    replicas: 1,
                    downgraded: u64::from(found.option > 0),
                    watts: u64::from(more),
                };
            }
        }
        given
    }
}

/// What plans count on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Predicted {
    /// Replicas that are given a node.
    pub replicas: u64,
    /// Of these, those that run as another variant than the one that was wanted most.
    pub downgraded: u64,
    /// What nodes draw more for it, by the model of [`Power`].
    pub watts: u64,
}

impl AddAssign for Predicted {
    fn add_assign(&mut self, other: Self) {
        self.replicas += other.replicas;
        self.downgraded += other.downgraded;
        self.watts += other.watts;
    }
}

/// A live plan and its shadow's side by side; over several rounds, the sum.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Difference {
    /// Replicas that both put on the same node, as the same variant.
    pub same: u64,
    /// Replicas that they put elsewhere, or run as another variant.
    pub other_node: u64,
    /// Replicas that only the live weights find a node for.
    pub live_only: u64,
    /// Replicas that only the shadow would.
    pub shadow_only: u64,
    /// What the live plans count on.
    pub live: Predicted,
    /// What the shadow's do.
    pub shadow: Predicted,
}

impl Difference {
    /// Compares two answers to one problem.
    pub fn between(live: &Given, shadow: &Given) -> Self {
        let mut difference = Self { live: live.predicted, shadow: shadow.predicted, ..Self::default() };
        for (demand, place) in &live.places {
            match shadow.places.get(demand) {
                Some(other) if other == place => difference.same += 1,
                Some(_) => difference.other_node += 1,
                None => difference.live_only += 1,
            }
        }
        difference.shadow_only = difference.shadow.replicas - difference.same - difference.other_node;
        difference
    }
}

impl AddAssign for Difference {
    fn add_assign(&mut self, other: Self) {
        self.same += other.same;
        self.other_node += other.other_node;
        self.live_only += other.live_only;
        self.shadow_only += other.shadow_only;
        self.live += other.live;
        self.shadow += other.shadow;
    }
}
