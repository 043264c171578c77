//! Is a box what it says? TPM 2.0 quotes, the log of a start, endorsement keys and challenges, verified without a TPM and without its libraries.
//!
//! A *quote* is what a TPM signs of its registers (PCRs), its clock and a nonce. The *log* says what was measured into the registers; replayed,
//! it must give what the quote signs. A *policy* lists the measurements that are known to be good. A key counts as a TPM's own once the box has
//! opened a *credential* that only the TPM with this endorsement key and this attestation key can open.
//!
//! Everything here is a function of its arguments: time and randomness come from the caller, and any bytes may be passed in. What is read is bounded
//! before anything is allocated. Keys are ECC on P-256 with SHA-256, which every TPM 2.0 of the PC profile has; RSA keys are refused by
//! name. Authorities may sign endorsement certificates by ECDSA or RSA.

mod bad_proof;
pub mod challenge;
pub mod credential;
pub mod endorsement;
mod kdf;
pub mod key;
pub mod log;
pub mod pcr;
pub mod policy;
pub mod proof;
pub mod quote;
mod read;
#[cfg(any(test, feature = "soft"))]
pub mod soft;

pub use bad_proof::BadProof;
pub use challenge::{Answer, Challenges, Nonce};
pub use credential::{Credential, make_credential};
pub use endorsement::{EndorsementError, Roots};
pub use key::{AttestationKey, EndorsementKey, KeyError};
pub use log::{EventLog, Measurement};
pub use pcr::{Digest, PcrSet};
pub use policy::{Policy, Reference};
pub use proof::{Evidence, Expected, Proved, verify};
pub use quote::{ClockInfo, Quote};
pub use read::Malformed;
