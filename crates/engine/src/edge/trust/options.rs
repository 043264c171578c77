//! What nodes must prove, and how often: the table `[regions.NAME.edge.attestation]`.

use paceline_model::duration::within as span_within;
use paceline_model::limits::{Invalid, Rule};
use paceline_model::{Millis, duration};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// How nodes prove themselves.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AttestationOptions {
    /// Whether a node without a key is not trusted. One with a key is asked in any case.
    pub required: bool,
    /// How often a node is to prove itself.
    #[serde(with = "duration")]
    pub every: Millis,
    /// How long a proof is good for: three tries at the usual rate of one a minute.
    #[serde(with = "duration")]
    pub valid_for: Millis,
    /// The reference policy: what may have been measured. Read by the server, and again whenever it changes; `None`: nobody judges proofs.
    pub policy_file: Option<PathBuf>,
    /// Makers of TPMs that are believed, as certificates in PEM. `None`: no certificate is asked of a box, and its token alone lets it in.
    pub roots_file: Option<PathBuf>,
}

impl Default for AttestationOptions {
    fn default() -> Self {
        Self {
            required: false,
            every: Millis::from_secs(60),
            valid_for: Millis::from_secs(180),
            policy_file: None,
            roots_file: None,
        }
    }
}

impl AttestationOptions {
    /// Errors: a value outside its range; a proof that is good for less than two tries.
    pub(in crate::edge) fn validate(&self) -> Result<(), Invalid> {
        let spans = (Millis::from_secs(1), Millis::from_secs(86_400));
        span_within("attestation.every", self.every, spans)?;
        span_within("attestation.valid_for", self.valid_for, spans)?;
        if self.valid_for < self.every.saturating_add(self.every) {
            let rule = Rule::Shape("must be at least twice attestation.every: one proof may be lost".into());
            return Err(Invalid::new(
                "attestation.valid_for",
                format!("{} s", self.valid_for.0 / 1_000),
                rule,
            ));
        }
        Ok(())
    }
}
