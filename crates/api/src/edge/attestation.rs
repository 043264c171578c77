//! How a box is enrolled and proves itself: tokens, credentials, challenges, proofs. Bytes of TPMs travel in base64.

use super::trust::TrustState;
use crate::schema;
use paceline_model::Instant;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A box that is to be let in.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewEnrolment {
    /// Another box takes the place of the one that is enrolled under this name.
    #[serde(default)]
    pub replaces: bool,
}

/// What lets one box in, once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct EnrolmentToken {
    /// The token. It is shown once, and counts once.
    pub token: String,
    /// It counts until then, and until the server ends.
    #[schema(value_type = schema::Time)]
    pub until: Instant,
}

/// The keys of a box that is let in by a token.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewNodeKeys {
    /// The token.
    pub token: String,
    /// The public area of its endorsement key (`TPM2B_PUBLIC`).
    pub endorsement_key: String,
    /// The endorsement key's certificate, and those of authorities between it and a root, in DER.
    #[serde(default)]
    pub endorsement_chain: Vec<String>,
    /// The public area of its attestation key (`TPM2B_PUBLIC`).
    pub attestation_key: String,
}

/// What only the TPM with both keys can open.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct NodeCredential {
    /// `TPM2B_ID_OBJECT`.
    pub blob: String,
    /// `TPM2B_ENCRYPTED_SECRET`.
    pub seed: String,
}

/// The secret that a credential held.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OpenedCredential {
    /// The token.
    pub token: String,
    /// The secret.
    pub secret: String,
}

/// What a node is to sign.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ChallengeView {
    /// The nonce, 64 hexadecimal digits. It names the challenge.
    #[schema(min_length = 64, max_length = 64)]
    pub nonce: String,
    /// The registers of the SHA-256 bank that count.
    pub pcrs: Vec<u8>,
    /// It is open until then, or until the next is asked for.
    #[schema(value_type = schema::Time)]
    pub until: Instant,
    /// How often a proof is asked for, in seconds.
    pub every_s: u32,
}

/// What a node answers a challenge with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewProof {
    /// Which challenge, by its nonce.
    #[schema(min_length = 64, max_length = 64)]
    pub nonce: String,
    /// `TPMS_ATTEST`.
    pub quote: String,
    /// `TPMT_SIGNATURE`.
    pub signature: String,
    /// The log of the start; may be left out while nothing was measured since it was last sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub log: Option<String>,
}

/// What became of a good proof.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ProofTaken {
    /// Where the node stands.
    pub state: TrustState,
    /// Whether it has new work and artefacts.
    pub trusted: bool,
}
