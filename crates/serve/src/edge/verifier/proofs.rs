//! Challenges that are open, and answers to them, judged.

use super::reference::timestamp;
use paceline_attest::{
    Answer, AttestationKey, BadProof, Challenges, ClockInfo, Evidence, Expected, Nonce, Policy, Proved,
    verify,
};
use paceline_model::edge::{NodeId, NodeKey, ProofClock};
use paceline_model::{Instant, Millis};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::registry::Registry;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// How long a challenge is open: a TPM signs within a second, and the worst link takes some more.
const OPEN_FOR: Millis = Millis::from_secs(60);

/// An answer, judged.
#[derive(Debug)]
pub(crate) enum Judged {
    /// A good proof, with the clock that it signs.
    Good(ProofClock),
    /// Bad, and why.
    Bad(String),
    /// To no challenge that is open: dropped.
    Late,
}

/// What is remembered of a node's last proof: its key, and what it said.
type Last = (Arc<NodeKey>, Proved);

/// Challenges and last proofs, by node; none is kept of a node that is not known.
#[derive(Default)]
pub(crate) struct Proofs {
    challenges: Mutex<Challenges<NodeId>>,
    last: Mutex<BTreeMap<NodeId, Last>>,
    good: Counter,
    bad: Counter,
    late: Counter,
}

impl Proofs {
    pub(super) fn register(&self, registry: &mut Registry) {
        registry.register("proofs_good", "Proofs of nodes that were good", self.good.clone());
        registry.register("proofs_bad", "Proofs of nodes that were not", self.bad.clone());
        registry.register("proofs_late", "Answers to no open challenge, dropped", self.late.clone());
    }

    /// Opens a challenge. Errors: the system gives no random bytes.
    pub(crate) fn challenge(&self, node: NodeId, now: Instant) -> Result<(Nonce, Instant), getrandom::Error> {
        let mut nonce = [0; 32];
        getrandom::fill(&mut nonce)?;
        let until = now + OPEN_FOR;
        let mut challenges = self.challenges.lock().unwrap_or_else(PoisonError::into_inner);
        challenges.open(node, nonce, timestamp(until));
        Ok((nonce, until))
    }

    /// Judges an answer of a node with this key. The clock is the last that is written down.
    pub(crate) fn judge(
        &self,
        node: &NodeId,
        (key, clock): (&Arc<NodeKey>, Option<ProofClock>),
        (nonce, evidence): (&Nonce, Evidence<'_>),
        policy: &Policy,
        now: Instant,
    ) -> Judged {
        let at = timestamp(now);
        let answer = self.challenges.lock().unwrap_or_else(PoisonError::into_inner).answer(node, nonce, at);
        let Answer::Present { earlier } = answer else {
            self.late.inc();
            return Judged::Late;
        };
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner).get(node).cloned();
        let last = last.filter(|(of, _)| of == key).map(|(_, proved)| proved);
        let clock =
            clock.map(|of| ClockInfo { clock_ms: of.clock_ms, resets: of.resets, restarts: of.restarts });
        let judged =
            AttestationKey::parse(&key.attestation).map_err(|error| error.to_string()).and_then(|own| {
                let expected =
                    Expected { key: &own, nonce, earlier: &earlier, policy, clock, last: last.as_ref(), at };
                verify(evidence, &expected).map_err(|bad: BadProof| bad.to_string())
            });
        match judged {
            Ok(proved) => {
                self.good.inc();
                let ClockInfo { clock_ms, resets, restarts } = proved.clock;
                let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
                last.insert(node.clone(), (key.clone(), proved));
                Judged::Good(ProofClock { resets, restarts, clock_ms })
            }
            Err(why) => {
                self.bad.inc();
                Judged::Bad(why)
            }
        }
    }
}
