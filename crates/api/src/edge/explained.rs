//! Why a replica is where it is, or nowhere.

use super::placement::{MoveCause, PlacementView, RuleCount};
use super::what_if::Help;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Why a replica stands as it does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PlacementExplained {
    /// How it stands.
    pub placement: PlacementView,
    /// Nodes that were looked at when that was decided; null before the first round.
    pub considered: Option<u32>,
    /// What the score gave the node that was taken.
    pub score: Option<i64>,
    /// Which score it was.
    pub scored_by: Option<String>,
    /// Whether it runs at less than the precision that was wanted.
    pub downgraded: bool,
    /// Why it should leave the node that it is on.
    pub leaves: Option<MoveCause>,
    /// The node that it left while that was not well, and goes back to.
    pub home: Option<String>,
    /// What took nodes out, where no node was found for it, or none to move to.
    pub excluded: Vec<RuleCount>,
    /// The more important replica that it gave way to.
    pub gave_way_to: Option<String>,
    /// Replicas that went to another node to make room for it.
    pub moved_for_it: Vec<String>,
    /// Replicas that lost their node to make room for it.
    pub evicted_for_it: Vec<String>,
    /// What would help it, where that was asked and it has no node, or none to move to.
    pub help: Option<Help>,
    /// The same in words; what would help is in the words of the remedies.
    pub words: String,
}
