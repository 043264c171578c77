//! Who has a say in rollouts beside their gates: the table `[regions.NAME.edge.rollouts]`.

use serde::{Deserialize, Serialize};

/// How rollouts are made, whoever starts them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RolloutOptions {
    /// Before which steps a person has to say that it goes on.
    pub approval: StepApproval,
}

/// Before which steps a rollout waits for a person, once the gate of the step ahead has passed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepApproval {
    /// None: gates alone decide.
    #[default]
    None,
    /// The second: a person looks at the first nodes once.
    First,
    /// All but the first, which starting it has approved.
    Each,
}

impl StepApproval {
    /// In words, that the step of this number, counted from 0, waits for a person; `None`: it does not.
    pub fn asked_before(self, step: u32) -> Option<String> {
        let asked = match self {
            Self::None => false,
            Self::First => step == 1,
            Self::Each => step >= 1,
        };
        asked.then(|| format!("step {} waits for a person's approval", step + 1))
    }
}
