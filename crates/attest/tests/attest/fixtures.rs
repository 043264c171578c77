//! The committed files, and how they are verified unless a test says otherwise.

use jiff::Timestamp;
use paceline_attest::{
    AttestationKey, BadProof, ClockInfo, EventLog, Evidence, Expected, Nonce, PcrSet, Policy, Proved,
    Reference, verify,
};
use std::collections::BTreeMap;
use std::path::PathBuf;

pub(crate) fn file(name: &str) -> Vec<u8> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(name);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// A day on which the fixtures' certificates hold, but for the one that has expired.
pub(crate) fn now() -> Timestamp {
    "2027-06-01T00:00:00Z".parse().unwrap()
}

/// Registers that the fixtures' quotes are over.
pub(crate) fn selection() -> PcrSet {
    PcrSet::of([0, 4, 7])
}

/// All that these logs measured is good.
pub(crate) fn policy(logs: &[&str]) -> Policy {
    let mut pcrs: BTreeMap<u8, Vec<Reference>> = BTreeMap::new();
    for log in logs {
        for one in EventLog::parse(&file(log)).unwrap().measured(selection()) {
            let reference = Reference { digest: one.digest, name: (*log).into(), from: None, until: None };
            pcrs.entry(one.pcr).or_default().push(reference);
        }
    }
    Policy { pcrs }.validate().unwrap()
}

/// One answer, and what it is held against.
pub(crate) struct Case {
    pub(crate) quote: Vec<u8>,
    pub(crate) signature: Vec<u8>,
    pub(crate) log: Option<Vec<u8>>,
    pub(crate) key: AttestationKey,
    pub(crate) nonce: Nonce,
    pub(crate) earlier: Vec<Nonce>,
    pub(crate) policy: Policy,
    pub(crate) clock: Option<ClockInfo>,
    pub(crate) last: Option<Proved>,
}

impl Case {
    /// The quote of that name over the nonce of that number, with the log of that name.
    pub(crate) fn of(name: &str, nonce: u8, log: Option<&str>) -> Self {
        Self {
            quote: file(&format!("{name}.msg")),
            signature: file(&format!("{name}.sig")),
            log: log.map(file),
            key: AttestationKey::parse(&file("ak.pub")).unwrap(),
            nonce: [nonce; 32],
            earlier: Vec::new(),
            policy: policy(&["boot.log"]),
            clock: None,
            last: None,
        }
    }

    pub(crate) fn verify(&self) -> Result<Proved, BadProof> {
        let evidence = Evidence { quote: &self.quote, signature: &self.signature, log: self.log.as_deref() };
        let expected = Expected {
            key: &self.key,
            nonce: &self.nonce,
            earlier: &self.earlier,
            policy: &self.policy,
            clock: self.clock,
            last: self.last.as_ref(),
            at: now(),
        };
        verify(evidence, &expected)
    }
}
