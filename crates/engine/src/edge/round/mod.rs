//! The round: what wants a place (`asked`), what the solver is told of it (`problem`, with the caller's rules in `rules`, nodes that they
//! treat alike in `classes`, both kept from round to round in `layout`, what scores go by in `known`, what is asked for in the region in
//! `expected`, and how replicas stand in `spread`), what of its plan still holds (`adopt`, and in `group` what of it stands or falls together),
//! and what is only asked (`question`, `answer`).

mod about;
mod adopt;
mod answer;
mod asked;
mod classes;
mod expected;
mod fetched;
mod files;
mod group;
mod known;
mod layout;
mod nodes;
mod places;
mod present;
mod problem;
mod question;
pub(super) mod rules;
pub(super) mod spread;

pub(super) use adopt::adopt;
pub(super) use layout::Layout;
pub(super) use problem::{movable, problem};
pub use question::Question;

use asked::Asked;
use layout::Rows;
use paceline_model::edge::WorkloadIdx;
use paceline_plan::edge::policy::PlacementPolicies;
use std::sync::Arc;

/// What a round was about and came to.
#[derive(Clone, Debug, Default)]
pub struct RoundSummary {
    /// Replicas that were given a node.
    pub placed: u32,
    /// Replicas that moved to another.
    pub moved: u32,
    /// Replicas that lost their node to more important ones.
    pub evicted: u32,
    /// Replicas for which no node was found.
    pub refused: u32,
    /// Proposals that no longer held.
    pub stale: u32,
    /// Whether the time ran out before everything was looked at.
    pub ran_short: bool,
    /// What was asked, by demand.
    asked: Vec<Asked>,
    /// The nodes, as the problem numbers them.
    nodes: Arc<Rows>,
    /// What runs, as the problem numbers it.
    running: Vec<(WorkloadIdx, u32)>,
    /// How often room had been made when it began.
    room_made: u64,
    /// What nodes were scored by.
    policies: Arc<PlacementPolicies>,
}
