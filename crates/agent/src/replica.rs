//! The life of one replica on its node: pure, without a clock and without I/O. [`crate::node`] does what [`Replica::todo`] says and tells what
//! came of it.
//!
//! ```text
//!   order --> Fetching --whole and verified--> Loading --its probe is right--> Running
//!              ^    |                          ^     |                          |
//!              +fails                          +dies-+ tries are left           | dies
//!                                              |     |                          |
//!                                              +-----|--------------------------+
//!                                                    | no tries are left
//!                          a version to go back to?  |
//!                              yes: GoingBack <------+------> no: Failed
//!                                    |   ^ dies, tries are left     ^
//!                                    |   +--+ dies, none are left --+
//!                                    +--its probe is right--> WentBack
//! ```
//! A new order leads to `Fetching` from everywhere; what ran before serves until the new one is on the node. The same order again changes
//! nothing: a version that this node has left is not tried again by a repeated word or a restart, only by an order that was given later.

use paceline_client::api::edge::Precision;
use paceline_model::Instant;
use serde::{Deserialize, Serialize};

/// Longest text of an error that is kept: its beginning says what is wrong, and the region takes 256 characters.
const ERROR_BYTES_MAX: usize = 250;

/// One form of one version of a model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Variant {
    /// Of which model.
    pub model: String,
    /// By semantic versioning.
    pub version: String,
    /// What it computes in.
    pub precision: Precision,
    /// The digest of its signed manifest, `blake3:<64 hex>`; `None`: the region names no artefact.
    pub artefact: Option<String>,
}

/// What the region has told this node to run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// What.
    pub variant: Variant,
    /// On which GPUs, by UUID; none: on the CPU.
    pub devices: Vec<String>,
    /// When the region decided so: tells an order from the same one given again.
    pub ordered_at: Instant,
}

impl Order {
    fn runs_as(&self, other: &Self) -> bool {
        self.variant == other.variant && self.devices == other.devices
    }
}

/// Why a node could not run what was ordered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// How often it died before it answered its probe.
    pub tries: u32,
    /// The last error.
    pub error: String,
}

/// How a probe with known outputs was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProbeAnswer {
    /// Time to the answer.
    pub latency_ms: u32,
}

/// Where a replica stands on its node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// What was ordered comes to the node; what ran before serves on.
    Fetching {
        /// How often it has failed.
        tries: u32,
        /// The last error, if there was one.
        error: Option<String>,
    },
    /// It is whole and verified on the node; what ran before serves on until it is begun.
    Fetched,
    /// It is loaded and has not answered its probe; nothing serves.
    Loading {
        /// How often it has died.
        tries: u32,
        /// What it died of last.
        error: Option<String>,
    },
    /// It has answered its probe rightly, and serves.
    Running(ProbeAnswer),
    /// It could not be run; the version before it is loaded.
    GoingBack {
        /// Why.
        failure: Failure,
        /// How often the version before it has died.
        tries: u32,
    },
    /// The version before it has answered its probe rightly, and serves.
    WentBack {
        /// Why.
        failure: Failure,
        /// Of the version before it.
        probe: ProbeAnswer,
    },
    /// It could not be run and there is nothing to go back to. Nothing serves.
    Failed(Failure),
}

/// What has come of the work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// The region's word, new or repeated.
    Ordered(Order),
    /// All of it is on the node, and its digest is right.
    Fetched,
    /// It could not be fetched.
    NotFetched(String),
    /// Loading begins: what ran before has ended.
    Begun,
    /// What was loaded answered its probe rightly.
    Answered(ProbeAnswer),
    /// What was loaded, or ran, ended, or answered its probe wrongly.
    Died(String),
    /// What served had to end, through no fault of its own.
    Stopped,
    /// The agent has started anew: nothing runs.
    Restarted,
}

/// What is to be done now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Todo {
    /// Bring this to the node.
    Fetch {
        /// What.
        variant: Variant,
        /// So many tries have failed: the pause before this one follows from it.
        tries: u32,
    },
    /// End what runs, load this, and put its probe to it.
    Load {
        /// What.
        variant: Variant,
        /// So many tries have failed: the pause before this one follows from it.
        tries: u32,
    },
    /// Let it serve, and watch that it lives.
    Serve,
    /// Nothing, until the region says something else.
    Rest,
}

/// One replica on its node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replica {
    /// What it should run.
    pub order: Order,
    /// Where that stands.
    pub state: State,
    /// What to go back to: the last other variant that answered its probe here.
    pub back: Option<Variant>,
}

impl Replica {
    /// A replica that is new on this node.
    pub fn new(order: Order) -> Self {
        Self { order, state: State::Fetching { tries: 0, error: None }, back: None }
    }

    /// What is to be done now.
    pub fn todo(&self) -> Todo {
        let variant = || self.order.variant.clone();
        match &self.state {
            State::Fetching { tries, .. } => Todo::Fetch { variant: variant(), tries: *tries },
            State::Fetched => Todo::Load { variant: variant(), tries: 0 },
            State::Loading { tries, .. } => Todo::Load { variant: variant(), tries: *tries },
            State::GoingBack { tries, .. } => match &self.back {
                Some(back) => Todo::Load { variant: back.clone(), tries: *tries },
                None => Todo::Rest,
            },
            State::Running(_) | State::WentBack { .. } => Todo::Serve,
            State::Failed(_) => Todo::Rest,
        }
    }

    /// What serves, if anything does.
    pub fn serving(&self) -> Option<&Variant> {
        match &self.state {
            State::Running(_) => Some(&self.order.variant),
            State::WentBack { .. } | State::Fetching { .. } | State::Fetched => self.back.as_ref(),
            State::Loading { .. } | State::GoingBack { .. } | State::Failed(_) => None,
        }
    }

    /// Takes in what has come of the work. `tries_max`: how often a version may die, at least 1.
    pub fn on(&mut self, input: Input, tries_max: u32) {
        let state = std::mem::replace(&mut self.state, State::Fetched);
        self.state = match (state, input) {
            (state, Input::Ordered(order)) => self.ordered(state, order),
            (State::Fetching { .. }, Input::Fetched) => State::Fetched,
            (State::Fetching { tries, .. }, Input::NotFetched(error)) => {
                State::Fetching { tries: tries.saturating_add(1), error: Some(cut(error)) }
            }
            (State::Fetched, Input::Begun) => State::Loading { tries: 0, error: None },
            (State::Loading { .. }, Input::Answered(probe)) => State::Running(probe),
            (State::Loading { tries, .. }, Input::Died(error)) => self.died(tries + 1, cut(error), tries_max),
            // The box may have died of it: a load that was under way when everything stopped is a try that failed.
            (State::Loading { tries, .. }, Input::Restarted) => {
                self.died(tries + 1, "the agent stopped while it loaded".into(), tries_max)
            }
            (State::Running(_), Input::Died(error)) => self.died(1, cut(error), tries_max),
            (State::Running(_), Input::Stopped | Input::Restarted) => State::Fetched,
            (State::GoingBack { failure, .. }, Input::Answered(probe)) => State::WentBack { failure, probe },
            (State::GoingBack { failure, tries }, Input::Died(_) | Input::Restarted) => {
                went_on_dying(failure, tries + 1, tries_max)
            }
            (State::WentBack { failure, .. }, Input::Died(_)) => went_on_dying(failure, 1, tries_max),
            (State::WentBack { failure, .. }, Input::Stopped | Input::Restarted) => {
                State::GoingBack { failure, tries: 0 }
            }
            // What is late, said of a state that has been left.
            (
                state @ (State::Fetching { .. } | State::Fetched | State::Failed(_)),
                Input::Died(_) | Input::Restarted,
            ) => state,
            (
                state,
                Input::Answered(_) | Input::Fetched | Input::NotFetched(_) | Input::Begun | Input::Stopped,
            ) => state,
        };
    }

    /// Where the region's word leads from a state.
    fn ordered(&mut self, state: State, order: Order) -> State {
        if order == self.order {
            return state;
        }
        let before = std::mem::replace(&mut self.order, order);
        match state {
            // It runs, as was measured here: the new order is met.
            State::Running(probe) if self.order.runs_as(&before) => return State::Running(probe),
            State::Running(_) if self.order.variant != before.variant => self.back = Some(before.variant),
            _ => {}
        }
        State::Fetching { tries: 0, error: None }
    }

    /// Another try, or the way back, or the end of it.
    fn died(&self, tries: u32, error: String, tries_max: u32) -> State {
        if tries < tries_max {
            return State::Loading { tries, error: Some(error) };
        }
        let failure = Failure { tries, error };
        match self.back {
            Some(_) => State::GoingBack { failure, tries: 0 },
            None => State::Failed(failure),
        }
    }
}

fn went_on_dying(failure: Failure, tries: u32, tries_max: u32) -> State {
    if tries < tries_max { State::GoingBack { failure, tries } } else { State::Failed(failure) }
}

/// The beginning of a text that may be long.
fn cut(mut text: String) -> String {
    let end = (0..=ERROR_BYTES_MAX.min(text.len())).rev().find(|end| text.is_char_boundary(*end));
    text.truncate(end.unwrap_or(0));
    text
}

#[cfg(test)]
#[path = "replica_tests.rs"]
mod tests;
