//! Why an answer is no proof.

use crate::pcr::{Digest, PcrSet};
use crate::read::Malformed;

/// Why an answer proves nothing, and speaks against its node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadProof {
    /// The quote or its signature cannot be read.
    #[error("the quote cannot be read: {0}")]
    Malformed(Malformed),
    /// A byte was changed, or another key signed.
    #[error("the signature does not hold: a byte was changed, or another key signed")]
    Signature,
    /// Another key than before signed.
    #[error("another key signed than the node's own")]
    OtherKey,
    /// It was made for an earlier challenge.
    #[error("old nonce: the quote was made for an earlier challenge")]
    OldNonce,
    /// It was made for no challenge of this node.
    #[error("wrong nonce: the quote was made for no challenge of this node")]
    WrongNonce,
    /// Other registers are signed.
    #[error("registers {has} are signed, and {wants} count")]
    Registers {
        /// That are signed.
        has: PcrSet,
        /// That count.
        wants: PcrSet,
    },
    /// The TPM's clock or counts went back.
    #[error(
        "the clock went back: reset {resets} and {clock_ms} ms, after reset {resets_before} and {clock_ms_before} ms"
    )]
    ClockWentBack {
        /// Now.
        resets: u32,
        /// Now.
        clock_ms: u64,
        /// As last proved.
        resets_before: u32,
        /// As last proved.
        clock_ms_before: u64,
    },
    /// There is no log, and the registers are not as they were.
    #[error("missing log: nothing says what the registers hold")]
    MissingLog,
    /// The log cannot be read.
    #[error("the log cannot be read: {0}")]
    Log(Malformed),
    /// The log says something else than the registers.
    #[error("the log does not give what the registers hold")]
    LogDiffers,
    /// Nothing was measured into a register that counts.
    #[error("nothing was measured into register {pcr}")]
    Unmeasured {
        /// Which register.
        pcr: u8,
    },
    /// Something was measured that is not known to be good.
    #[error("register {pcr} has measured {digest}, which is not known to be good")]
    NotAllowed {
        /// Which register.
        pcr: u8,
        /// What was measured.
        digest: Digest,
    },
}
