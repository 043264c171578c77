//! What may have been measured. A policy lists, for each register that counts, the digests that are known to be good, each for a time if need be: those
//! of an announced update are listed beside the old before it goes out, and the old get an end.

use crate::bad_proof::BadProof;
use crate::log::Measurement;
use crate::pcr::{Digest, PCRS, PcrSet};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Good measurements that a policy lists for one register: versions of firmware and kernels that a fleet runs side by side.
const REFERENCES_MAX: usize = 1024;

/// A measurement that is known to be good.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reference {
    /// What is measured.
    pub digest: Digest,
    /// What it is: `firmware 1.1`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// Good from then on; left out: always was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Timestamp>,
    /// Good until then; left out: for good.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

impl Reference {
    /// Whether it is good at that time.
    pub fn holds(&self, at: Timestamp) -> bool {
        self.from.is_none_or(|from| from <= at) && self.until.is_none_or(|until| at < until)
    }
}

/// What may have been measured, by register.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// Of each register that counts all that may have been measured into it; something must have been.
    pub pcrs: BTreeMap<u8, Vec<Reference>>,
}

/// Why a policy is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// It would believe anything.
    #[error("pcrs: at least one register must count")]
    Empty,
    /// There is no such register.
    #[error("pcrs: {0} is no register: there are 0 to 23")]
    NoRegister(u8),
    /// None, or more than are kept.
    #[error("pcrs.{pcr}: {has} measurements: 1 to {REFERENCES_MAX}")]
    Measurements {
        /// Which register.
        pcr: u8,
        /// How many are listed.
        has: usize,
    },
}

impl Policy {
    /// Errors: no register, one that there is not, one with no or too many measurements.
    pub fn validate(self) -> Result<Self, PolicyError> {
        if self.pcrs.is_empty() {
            return Err(PolicyError::Empty);
        }
        for (pcr, references) in &self.pcrs {
            if *pcr >= PCRS {
                return Err(PolicyError::NoRegister(*pcr));
            }
            if references.is_empty() || references.len() > REFERENCES_MAX {
                return Err(PolicyError::Measurements { pcr: *pcr, has: references.len() });
            }
        }
        Ok(self)
    }

    /// The registers that count.
    pub fn selection(&self) -> PcrSet {
        PcrSet::of(self.pcrs.keys().copied())
    }

    /// Whether all that was measured is good at that time. Errors: the first that is not, or a register into which nothing was measured.
    pub fn check(&self, measured: &BTreeSet<Measurement>, at: Timestamp) -> Result<(), BadProof> {
        for (pcr, references) in &self.pcrs {
            let good: BTreeSet<Digest> =
                references.iter().filter(|one| one.holds(at)).map(|one| one.digest).collect();
            let mut theirs = measured.iter().filter(|one| one.pcr == *pcr).peekable();
            if theirs.peek().is_none() {
                return Err(BadProof::Unmeasured { pcr: *pcr });
            }
            if let Some(other) = theirs.find(|one| !good.contains(&one.digest)) {
                return Err(BadProof::NotAllowed { pcr: *pcr, digest: other.digest });
            }
        }
        Ok(())
    }
}
