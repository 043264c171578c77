//! What a round proposes: where each demand goes, or why nowhere, and who gives way to it.

use crate::edge::placement::{Action, Devices, Freed, NodeRow, Parts, Unplaceable};
use paceline_model::Version;

/// Where a demand goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    /// The node.
    pub node: NodeRow,
    /// Its devices.
    pub devices: Devices,
    /// Which of the demand's options it runs as.
    pub option: usize,
    /// What the scores gave the node.
    pub points: i32,
    /// What each of them gave it.
    pub parts: Parts,
    /// What it is good for, where it goes only to improve.
    pub improved: Option<Improved>,
}

/// What a move for its own sake brings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Improved {
    /// Points of the scores.
    pub gain: i32,
    /// GPUs and shares.
    pub freed: Freed,
}

/// What became of a demand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Its place in [`super::Problem::demands`].
    pub demand: usize,
    /// Where it goes, or how many nodes each rule took out for the variant that was wanted most. Of what only improves: the rule of the
    /// node that it was to go to, or nothing at all where it would fit and gains too little.
    pub found: Result<Found, Unplaceable>,
    /// Of a gang that did not go: how many would have, and of how many.
    pub of_gang: Option<(u32, u32)>,
    /// Who gives way to it, by their place in [`super::Problem::running`]: nobody where it does not go.
    pub room: Vec<Action>,
    /// It did not go, and more may give way later: so many did a moment ago.
    pub later: bool,
}

/// What is proposed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// The world that it was made from.
    pub made_from: Version,
    /// By demand; what the budget left out is not here.
    pub outcomes: Vec<Outcome>,
    /// Whether the budget ended before the last demand.
    pub ran_short: bool,
}
