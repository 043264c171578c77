//! Whether nodes have proved what they are: where each stands (`standing`), what proofs and their absence bring about (`proofs`), and by which
//! settings (`options`). How a proof is judged is a verifier's matter, outside.

mod options;
mod proofs;
mod standing;

pub use options::AttestationOptions;
pub(super) use proofs::{await_proof, lapsed, renew};
pub(super) use standing::Provable;
pub use standing::{NodeTrust, TrustStep};
