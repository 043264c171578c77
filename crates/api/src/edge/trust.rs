//! Where a node stands with its proofs.

use crate::mirror::mirror;
use crate::schema;
use paceline_model::Instant;
use paceline_model::edge as model;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

mirror! {
    /// Where a node stands with its proofs.
    TrustState beside paceline_model::edge::TrustState {
        /// Nothing was proved yet, or nothing is asked.
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
}

/// A step between trust and distrust.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TrustStep {
    /// A good proof.
    Prove,
    /// The last good proof is too old.
    Lapse,
    /// A bad proof, or none where one could have come.
    Fail,
    /// Another box speaks in the node's name.
    Contest,
    /// An operator let it in again.
    Readmit,
}

impl From<model::TrustTrigger> for TrustStep {
    fn from(of: model::TrustTrigger) -> Self {
        match of {
            model::TrustTrigger::Prove(_) => Self::Prove,
            model::TrustTrigger::Lapse => Self::Lapse,
            model::TrustTrigger::Fail => Self::Fail,
            model::TrustTrigger::Contest => Self::Contest,
            model::TrustTrigger::Readmit => Self::Readmit,
        }
    }
}

/// When and why a node came to stand as it did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TrustReason {
    /// When.
    #[schema(value_type = schema::Time)]
    pub at: Instant,
    /// Where it stood then.
    pub state: TrustState,
    /// Why.
    pub why: String,
}

/// Where a node stands with its proofs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TrustView {
    /// Where it stands.
    pub state: TrustState,
    /// Whether it has new work and artefacts.
    pub trusted: bool,
    /// Why not, in words; null: it is trusted.
    pub why_not: Option<String>,
    /// The TPM whose key it proves itself by, in 16 hexadecimal digits; null: no key is enrolled.
    pub tpm: Option<String>,
    /// When it last proved itself; null: it has not.
    #[schema(value_type = Option<schema::Time>)]
    pub proved_at: Option<Instant>,
    /// How it came to this, oldest first.
    pub reasons: Vec<TrustReason>,
}
