//! Who proves itself, and who fails to: keys that are enrolled, good and bad proofs, boxes that claim a name that is taken, an operator who lets nodes
//! in again. What is said comes late, twice or not at all, as everything does.

use paceline_model::edge::{Command, Event, NodeId, NodeKey, ProofClock, TrustTrigger};
use paceline_model::{Instant, Millis};
use paceline_plan::Rng;
use std::collections::BTreeSet;

/// Time between two proofs of one node.
pub(super) const EVERY: Millis = Millis::from_secs(8);
/// How long one is good for: less than two of these, so that one that is lost makes its node stale.
pub(super) const VALID_FOR: Millis = Millis::from_secs(14);

/// The verifier of a run, and its operator.
pub(super) struct Proofs {
    rng: Rng,
    asked: BTreeSet<NodeId>,
    starts_at: Instant,
}

fn key(number: usize) -> NodeKey {
    let mut endorsement = [0; 32];
    endorsement[..8].copy_from_slice(&(number as u64).to_be_bytes());
    NodeKey { attestation: vec![0, 1, 2, 3], endorsement }
}

impl Proofs {
    pub(super) fn new(rng: Rng, starts_at: Instant) -> Self {
        Self { rng, asked: BTreeSet::new(), starts_at }
    }

    /// A third of the nodes is enrolled, some by a key that is another's.
    pub(super) fn open(&mut self, nodes: &[NodeId], start: Instant) -> Vec<(Instant, Command)> {
        let mut all = Vec::new();
        for (number, node) in nodes.iter().enumerate() {
            if self.rng.below(3) > 0 {
                continue;
            }
            let of = if self.rng.below(8) == 0 { self.rng.below(nodes.len()) } else { number };
            let at = start + Millis(5_000 + self.rng.below(5_000) as u32);
            let replaces = self.rng.below(4) == 0;
            all.push((at, Command::EnrolKey { node: node.clone(), key: key(of), replaces }));
            self.asked.insert(node.clone());
        }
        all
    }

    /// What the verifier says once a node is enrolled, or has taken a step; and the operator.
    pub(super) fn hear(
        &mut self,
        now: Instant,
        event: &Event,
        calm: bool,
    ) -> Vec<(Instant, &'static str, Command)> {
        let (node, trigger) = match event {
            Event::KeyEnrolled { node, .. } => (node, None),
            Event::TrustStepped { node, trigger, .. } => (node, Some(trigger)),
            _ => return Vec::new(),
        };
        // Once all is calm nothing more is asked for: the run ends when every call is answered.
        if calm || !self.asked.contains(node) {
            return Vec::new();
        }
        let (draw, soon) = (self.rng.below(40), now + Millis(1 + self.rng.below(3_000) as u32));
        let proof = |at: Instant| (at, "verifier", Command::Prove(node.clone(), self.clock(at)));
        let next = now + EVERY;
        match (trigger, draw) {
            (Some(TrustTrigger::Fail | TrustTrigger::Contest), _) => {
                vec![proof(soon), (soon + Millis(1_000), "operator", Command::Readmit(node.clone()))]
            }
            (_, 0) => vec![(next, "verifier", Command::FailProof(node.clone(), "a flipped byte".into()))],
            (_, 1) => vec![(next, "verifier", Command::ContestNode(node.clone(), "another box".into()))],
            (_, 2) => vec![proof(next), (next, "operator", Command::Readmit(node.clone()))],
            // Nothing is heard of it for a while, and it goes stale.
            (_, 3) => vec![proof(now + Millis(5 * EVERY.0))],
            _ => vec![proof(next)],
        }
    }

    fn clock(&self, at: Instant) -> ProofClock {
        ProofClock { resets: 1, restarts: 0, clock_ms: at.since(self.starts_at).0.into() }
    }
}
