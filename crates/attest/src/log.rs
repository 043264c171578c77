//! The log of a start, and what the registers hold after it. Source: TCG PC Client Platform Firmware Profile 1.06, sections 9 and 10
//! (crypto-agile log); the Linux kernel gives it out as `/sys/kernel/security/tpm0/binary_bios_measurements`.
//!
//! Only digests count. What an event says of itself (its type and data) is not what is signed, so nothing here rests on it, but for events that are not
//! extended: a log that lies about those does not replay.

use crate::pcr::{Digest, PCRS, PcrSet};
use crate::quote::ALG_SHA256;
use crate::read::{Malformed, Reader};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeSet;

/// Bytes of an event log. Logs of PCs and servers are 20 to 100 KiB.
const LOG_BYTES_MAX: usize = 256 * 1024;
/// Events of a log; a PC's has 60 to 200.
const EVENTS_MAX: usize = 4096;
/// Hash algorithms of a log; firmware has up to five banks.
const BANKS_MAX: usize = 8;

/// An event that is extended into no register.
const NO_ACTION: u32 = 3;
const SPEC_ID: &[u8] = b"Spec ID Event03\0";
const STARTUP_LOCALITY: &[u8] = b"StartupLocality\0";

/// Something measured into a register.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Measurement {
    /// Which register.
    pub pcr: u8,
    /// Of what was measured.
    pub digest: Digest,
}

/// A log as read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventLog {
    /// In their order.
    measurements: Vec<Measurement>,
    /// From which locality the TPM was started: what register 0 begins with.
    locality: u8,
}

impl EventLog {
    /// Errors: not a crypto-agile log with SHA-256 digests, or a longer one than is read.
    pub fn parse(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(bytes, LOG_BYTES_MAX)?;
        let banks = header(&mut reader)?;
        let mut log = Self::default();
        for _ in 0..EVENTS_MAX {
            if reader.is_empty() {
                return Ok(log);
            }
            log.event(&mut reader, &banks)?;
        }
        if reader.is_empty() { Ok(log) } else { Err(reader.error("more events than are read")) }
    }

    fn event(&mut self, reader: &mut Reader<'_>, banks: &[(u16, u16)]) -> Result<(), Malformed> {
        let (register, kind) = (reader.u32_le()?, reader.u32_le()?);
        let digest = digests(reader, banks)?;
        let bytes = reader.u32_le()?;
        let data = reader.take(usize::try_from(bytes).unwrap_or(usize::MAX))?;
        if kind == NO_ACTION {
            if let Some([locality]) = data.strip_prefix(STARTUP_LOCALITY) {
                self.locality = *locality;
            }
            return Ok(());
        }
        let pcr = u8::try_from(register).ok().filter(|pcr| *pcr < PCRS);
        let pcr = pcr.ok_or_else(|| reader.error("a register that there is not"))?;
        self.measurements.push(Measurement { pcr, digest });
        Ok(())
    }

    /// All that was measured, in its order.
    pub fn measurements(&self) -> &[Measurement] {
        &self.measurements
    }

    /// What was measured into these registers, each once.
    pub fn measured(&self, pcrs: PcrSet) -> BTreeSet<Measurement> {
        self.measurements.iter().filter(|one| pcrs.contains(one.pcr)).copied().collect()
    }

    /// What the registers hold once all of it is extended.
    pub fn replay(&self) -> [Digest; PCRS as usize] {
        // Registers of a dynamic start of trust begin with ones.
        let mut values =
            std::array::from_fn(|pcr| Digest([if (17..23).contains(&pcr) { 0xff } else { 0 }; 32]));
        values[0].0[31] = self.locality;
        for Measurement { pcr, digest } in &self.measurements {
            let value = &mut values[usize::from(*pcr)];
            let mut hash = Sha256::new();
            hash.update(value.0);
            hash.update(digest.0);
            value.0 = hash.finalize().into();
        }
        values
    }

    /// What a quote over these registers signs.
    pub fn digest(&self, pcrs: PcrSet) -> Digest {
        let values = self.replay();
        let mut hash = Sha256::new();
        pcrs.iter().for_each(|pcr| hash.update(values[usize::from(pcr)].0));
        Digest(hash.finalize().into())
    }
}

/// The first event, in the old layout, which says which banks the others have: algorithm and bytes of a digest.
fn header(reader: &mut Reader<'_>) -> Result<Vec<(u16, u16)>, Malformed> {
    reader.take(4)?;
    if reader.u32_le()? != NO_ACTION {
        return Err(reader.error("not a crypto-agile log"));
    }
    reader.take(20)?;
    let bytes = reader.u32_le()?;
    let data = reader.take(usize::try_from(bytes).unwrap_or(usize::MAX))?;
    let mut spec = Reader::new(data, LOG_BYTES_MAX)?;
    if spec.take(SPEC_ID.len())? != SPEC_ID {
        return Err(reader.error("not a crypto-agile log"));
    }
    spec.take(8)?;
    let count = usize::try_from(spec.u32_le()?).unwrap_or(usize::MAX);
    if count > BANKS_MAX {
        return Err(reader.error("more banks than are read"));
    }
    (0..count).map(|_| Ok((spec.u16_le()?, spec.u16_le()?))).collect()
}

/// The SHA-256 digest among an event's.
fn digests(reader: &mut Reader<'_>, banks: &[(u16, u16)]) -> Result<Digest, Malformed> {
    let count = usize::try_from(reader.u32_le()?).unwrap_or(usize::MAX);
    if count > BANKS_MAX {
        return Err(reader.error("more digests than there are banks"));
    }
    let mut found = None;
    for _ in 0..count {
        let algorithm = reader.u16_le()?;
        let bank = banks.iter().find(|(of, _)| *of == algorithm);
        let (_, bytes) = bank.ok_or_else(|| reader.error("a digest of no bank"))?;
        let digest = reader.take(usize::from(*bytes))?;
        if algorithm == ALG_SHA256 {
            found = <[u8; 32]>::try_from(digest).ok();
        }
    }
    found.map(Digest).ok_or_else(|| reader.error("no SHA-256 digest"))
}
