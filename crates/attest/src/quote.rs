//! What a TPM signs: `TPMS_ATTEST` of type quote, and the signature over it. Source: TPM 2.0 Library, part 2, sections 10.12 and 11.3.

use crate::pcr::{Digest, PcrSet};
use crate::read::{Malformed, Reader};
use p256::ecdsa::Signature;

/// Bytes of a quote (`TPMS_ATTEST`): with one bank of 24 registers and the longest nonce it is under 200.
const QUOTE_BYTES_MAX: usize = 1024;
/// Bytes of a signature (`TPMT_SIGNATURE`): 72 for ECDSA on P-256.
const SIGNATURE_BYTES_MAX: usize = 256;

/// `TPM_GENERATED_VALUE`: what a TPM does not make itself may not begin with it.
const GENERATED: u32 = 0xff54_4347;
const ATTEST_QUOTE: u16 = 0x8018;
pub(crate) const ALG_SHA256: u16 = 0x000b;
pub(crate) const ALG_ECDSA: u16 = 0x0018;

/// A TPM's clock. The counts are plain only where the key is under the endorsement hierarchy, as attestation keys are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct ClockInfo {
    /// Milliseconds that the TPM has been powered, in its life.
    pub clock_ms: u64,
    /// How often it was reset: each start of the box is one.
    pub resets: u32,
    /// How often it was restarted or resumed since.
    pub restarts: u32,
}

impl ClockInfo {
    /// Whether this may follow on `earlier`, of the same TPM: no fewer resets, and within one start no earlier time.
    pub fn follows(&self, earlier: &Self) -> bool {
        (self.resets, self.restarts, self.clock_ms) >= (earlier.resets, earlier.restarts, earlier.clock_ms)
    }
}

/// A quote, as parsed; only its signature makes it true.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quote {
    /// The qualifying data: what the challenge asked for.
    pub nonce: Vec<u8>,
    /// The clock.
    pub clock: ClockInfo,
    /// The TPM's own firmware, as its maker numbers it.
    pub firmware: u64,
    /// Registers of the SHA-256 bank that are signed.
    pub pcrs: PcrSet,
    /// SHA-256 over their values, the lowest first.
    pub digest: Digest,
}

impl Quote {
    /// Errors: not a `TPMS_ATTEST` of type quote over one selection of the SHA-256 bank.
    pub fn parse(bytes: &[u8]) -> Result<Self, Malformed> {
        Self::parse_with_signer(bytes).map(|(quote, _)| quote)
    }

    /// A quote, and the qualified name of the key that it says signed it.
    pub(crate) fn parse_with_signer(bytes: &[u8]) -> Result<(Self, Vec<u8>), Malformed> {
        let mut reader = Reader::new(bytes, QUOTE_BYTES_MAX)?;
        if reader.u32()? != GENERATED {
            return Err(reader.error("not made by a TPM"));
        }
        reader.expect_u16(ATTEST_QUOTE, "not a quote")?;
        let signer = reader.sized()?.to_vec();
        let nonce = reader.sized()?.to_vec();
        let (clock_ms, resets, restarts) = (reader.u64()?, reader.u32()?, reader.u32()?);
        if reader.u8()? > 1 {
            return Err(reader.error("not a truth value"));
        }
        let firmware = reader.u64()?;
        if reader.u32()? != 1 {
            return Err(reader.error("not one bank of registers"));
        }
        reader.expect_u16(ALG_SHA256, "not the SHA-256 bank")?;
        let pcrs = PcrSet::read(&mut reader)?;
        let digest =
            <[u8; 32]>::try_from(reader.sized()?).map_err(|_| reader.error("not a SHA-256 digest"))?;
        reader.end()?;
        let clock = ClockInfo { clock_ms, resets, restarts };
        Ok((Self { nonce, clock, firmware, pcrs, digest: Digest(digest) }, signer))
    }
}

/// A `TPMT_SIGNATURE`. Errors: anything but ECDSA over SHA-256 with two numbers of the curve.
pub(crate) fn parse_signature(bytes: &[u8]) -> Result<Signature, Malformed> {
    let mut reader = Reader::new(bytes, SIGNATURE_BYTES_MAX)?;
    reader.expect_u16(ALG_ECDSA, "not signed by ECDSA")?;
    reader.expect_u16(ALG_SHA256, "not signed over SHA-256")?;
    let (r, s) = (padded(&mut reader)?, padded(&mut reader)?);
    reader.end()?;
    Signature::from_scalars(r, s).map_err(|_| reader.error("not a signature of the curve"))
}

/// A number of the curve, without leading zeros or with them.
pub(crate) fn padded(reader: &mut Reader<'_>) -> Result<[u8; 32], Malformed> {
    let bytes = reader.sized()?;
    let mut number = [0; 32];
    let from = number
        .len()
        .checked_sub(bytes.len())
        .ok_or_else(|| reader.error("longer than the curve's numbers"))?;
    number[from..].copy_from_slice(bytes);
    Ok(number)
}
