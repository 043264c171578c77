//! Whether an answer proves a node: signature, nonce, registers, clock, log, policy, in that order. Nothing that the quote says is looked at before its
//! signature holds.

use crate::bad_proof::BadProof;
use crate::challenge::Nonce;
use crate::key::AttestationKey;
use crate::log::{EventLog, Measurement};
use crate::pcr::{Digest, PcrSet};
use crate::policy::Policy;
use crate::quote::{ClockInfo, Quote, parse_signature};
use jiff::Timestamp;
use p256::ecdsa::signature::Verifier;
use std::collections::BTreeSet;
use std::sync::Arc;

/// What a node answers with.
#[derive(Clone, Copy, Debug)]
pub struct Evidence<'a> {
    /// `TPMS_ATTEST`.
    pub quote: &'a [u8],
    /// `TPMT_SIGNATURE`.
    pub signature: &'a [u8],
    /// The log of its start; may be left out while nothing was measured since it was last sent.
    pub log: Option<&'a [u8]>,
}

/// What it must be.
#[derive(Clone, Copy)]
pub struct Expected<'a> {
    /// The node's key.
    pub key: &'a AttestationKey,
    /// The challenge's nonce.
    pub nonce: &'a Nonce,
    /// Nonces of its earlier challenges.
    pub earlier: &'a [Nonce],
    /// What may have been measured.
    pub policy: &'a Policy,
    /// Its clock when it last proved itself.
    pub clock: Option<ClockInfo>,
    /// Its last proof, if that is remembered.
    pub last: Option<&'a Proved>,
    /// Now.
    pub at: Timestamp,
}

/// A good proof.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proved {
    /// The TPM's clock.
    pub clock: ClockInfo,
    /// The TPM's firmware.
    pub firmware: u64,
    /// What the registers that count came to.
    pub digest: Digest,
    /// Which registers.
    pub pcrs: PcrSet,
    /// What was measured into them.
    pub measured: Arc<BTreeSet<Measurement>>,
    /// Who signed, by the name that the TPM gives it.
    signer: Vec<u8>,
}

/// Judges an answer. Errors: whatever keeps it from being a proof.
pub fn verify(evidence: Evidence<'_>, expected: &Expected<'_>) -> Result<Proved, BadProof> {
    let (quote, signer) = signed(&evidence, expected)?;
    if quote.nonce != expected.nonce {
        let replayed = expected.earlier.iter().any(|earlier| quote.nonce == earlier);
        return Err(if replayed { BadProof::OldNonce } else { BadProof::WrongNonce });
    }
    let wants = expected.policy.selection();
    if quote.pcrs != wants {
        return Err(BadProof::Registers { has: quote.pcrs, wants });
    }
    if let Some(before) = expected.clock.filter(|before| !quote.clock.follows(before)) {
        return Err(BadProof::ClockWentBack {
            resets: quote.clock.resets,
            clock_ms: quote.clock.clock_ms,
            resets_before: before.resets,
            clock_ms_before: before.clock_ms,
        });
    }
    let measured = measured(&evidence, expected, &quote)?;
    expected.policy.check(&measured, expected.at)?;
    let Quote { clock, firmware, digest, pcrs, .. } = quote;
    Ok(Proved { clock, firmware, digest, pcrs, measured, signer })
}

/// The quote, once its signature holds.
fn signed(evidence: &Evidence<'_>, expected: &Expected<'_>) -> Result<(Quote, Vec<u8>), BadProof> {
    let (quote, signer) = Quote::parse_with_signer(evidence.quote).map_err(BadProof::Malformed)?;
    let signature = parse_signature(evidence.signature).map_err(BadProof::Malformed)?;
    if expected.key.key().verify(evidence.quote, &signature).is_err() {
        let other = expected.last.is_some_and(|last| last.signer != signer);
        return Err(if other { BadProof::OtherKey } else { BadProof::Signature });
    }
    Ok((quote, signer))
}

/// What was measured: by the log, or as before where the same start's registers hold the same.
fn measured(
    evidence: &Evidence<'_>,
    expected: &Expected<'_>,
    quote: &Quote,
) -> Result<Arc<BTreeSet<Measurement>>, BadProof> {
    let Some(log) = evidence.log else {
        let same = |last: &&Proved| {
            (last.clock.resets, last.pcrs, last.digest) == (quote.clock.resets, quote.pcrs, quote.digest)
        };
        return expected.last.filter(same).map(|last| last.measured.clone()).ok_or(BadProof::MissingLog);
    };
    let log = EventLog::parse(log).map_err(BadProof::Log)?;
    if log.digest(quote.pcrs) != quote.digest {
        return Err(BadProof::LogDiffers);
    }
    Ok(Arc::new(log.measured(quote.pcrs)))
}
