//! Whether a node has proved what it is: by which key it does, where it stands, and what may become of that. How a proof is judged is no
//! matter of this crate's.

use crate::limits::{ATTESTATION_KEY_BYTES_MAX, Invalid, Rule};
use serde::{Deserialize, Serialize};
use std::fmt;

/// The key by which a node proves itself, bound to its TPM when it was enrolled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeKey {
    /// The public area of the attestation key, as the TPM gives it out.
    pub attestation: Vec<u8>,
    /// SHA-256 of the public area of the endorsement key: what tells one TPM from another.
    pub endorsement: [u8; 32],
}

impl NodeKey {
    /// Errors: no key, or a longer one than is kept.
    pub fn validate(self) -> Result<Self, Invalid> {
        let bytes = self.attestation.len();
        if bytes == 0 || bytes > ATTESTATION_KEY_BYTES_MAX {
            let rule = Rule::Size { least: 1, most: ATTESTATION_KEY_BYTES_MAX, unit: "bytes".into() };
            return Err(Invalid::new("attestation_key", format!("{bytes} bytes"), rule));
        }
        Ok(self)
    }

    /// The TPM in 16 hexadecimal digits, as people compare it.
    pub fn tpm(&self) -> String {
        self.endorsement[..8].iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// A TPM's clock as a proof signs it. None that is good goes back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ProofClock {
    /// How often the TPM was reset: each start of the box is one.
    pub resets: u32,
    /// How often it was resumed since.
    pub restarts: u32,
    /// Milliseconds that it has been powered, in its life.
    pub clock_ms: u64,
}

/// Where a node stands with its proofs.
///
/// ```text
///   Unverified --Prove--> Proved --Lapse--> Stale --Prove--> Proved
///       |  |                |  |             |  |
///       |  +----------------+--|---Fail------+--|--> Failed --Readmit--> Proved (an operator, after a fresh proof)
///       +----------------------+--Contest-------+--> Contested --Readmit--> Unverified (an operator)
///                                                        +-------Fail--> Failed
/// ```
/// A proof opens neither of the last two by itself; a key that is enrolled anew begins at the first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TrustState {
    /// Nothing was proved yet, or nothing is asked.
    #[default]
    Unverified,
    /// A good proof is fresh.
    Proved,
    /// No fresh proof, for the link or the verifier is down: no new work, no artefacts, and what runs goes on.
    Stale,
    /// A bad proof, or none over a working link: no work, no artefacts, and what runs leaves.
    Failed,
    /// Two boxes speak in its name: no new work and no artefacts for either, and what runs goes on.
    Contested,
}

/// What can happen to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TrustTrigger {
    /// A good proof, and the clock that it signs.
    Prove(ProofClock),
    /// The last good proof is too old.
    Lapse,
    /// A bad proof, or none where one could have come.
    Fail,
    /// Another box speaks in its name.
    Contest,
    /// An operator lets it in again.
    Readmit,
}

impl TrustState {
    /// All states.
    pub const ALL: [Self; 5] = [Self::Unverified, Self::Proved, Self::Stale, Self::Failed, Self::Contested];

    /// The state after `trigger`, or `None` if that cannot happen here.
    pub fn after(self, trigger: TrustTrigger) -> Option<Self> {
        use TrustTrigger as T;
        match (self, trigger) {
            (Self::Unverified | Self::Proved | Self::Stale, T::Prove(_)) | (Self::Failed, T::Readmit) => {
                Some(Self::Proved)
            }
            // It is kept that there was one: an operator's word is still needed.
            (Self::Failed | Self::Contested, T::Prove(_)) => Some(self),
            (Self::Proved, T::Lapse) => Some(Self::Stale),
            (Self::Unverified | Self::Proved | Self::Stale | Self::Contested, T::Fail) => Some(Self::Failed),
            (Self::Unverified | Self::Proved | Self::Stale, T::Contest) => Some(Self::Contested),
            (Self::Contested, T::Readmit) => Some(Self::Unverified),
            (Self::Unverified | Self::Stale | Self::Failed | Self::Contested, T::Lapse)
            | (Self::Failed, T::Fail)
            | (Self::Failed | Self::Contested, T::Contest)
            | (Self::Unverified | Self::Proved | Self::Stale, T::Readmit) => None,
        }
    }

    /// As people and metrics write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unverified => "unverified",
            Self::Proved => "proved",
            Self::Stale => "stale",
            Self::Failed => "failed",
            Self::Contested => "contested",
        }
    }
}

impl fmt::Display for TrustState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRIGGERS: [TrustTrigger; 5] = [
        TrustTrigger::Prove(ProofClock { resets: 0, restarts: 0, clock_ms: 0 }),
        TrustTrigger::Lapse,
        TrustTrigger::Fail,
        TrustTrigger::Contest,
        TrustTrigger::Readmit,
    ];

    #[test]
    fn only_an_operator_ends_a_failure_or_a_contest() {
        for (state, trigger) in [TrustState::Failed, TrustState::Contested]
            .into_iter()
            .flat_map(|state| TRIGGERS.map(|of| (state, of)))
        {
            let trusted = state.after(trigger) == Some(TrustState::Proved);
            assert!(!trusted || trigger == TrustTrigger::Readmit, "{state} {trigger:?}");
        }
    }

    #[test]
    fn whatever_stands_fails_by_a_bad_proof() {
        for state in TrustState::ALL {
            let failed = state.after(TrustTrigger::Fail).unwrap_or(state);
            assert_eq!(failed, TrustState::Failed);
        }
    }
}
