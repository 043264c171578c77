//! Where a node stands with its proofs, as its row has it.

use paceline_model::edge::{NodeKey, ProofClock, TrustState, TrustTrigger};
use paceline_model::limits::TRUST_REASON_CHARS_MAX;
use paceline_model::{Instant, Millis};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use std::sync::Arc;

/// Steps that are kept of each node: a failure with what led to it and what ended it.
const STEPS_MAX: usize = 8;

/// One step between trust and distrust.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrustStep {
    /// When.
    pub at: Instant,
    /// Where the node stood then.
    pub state: TrustState,
    /// Why.
    pub why: String,
}

/// Where a node stands with its proofs. Part of the world.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeTrust {
    /// By what it proves itself; `None`: it is asked for nothing.
    pub key: Option<Arc<NodeKey>>,
    /// Where it stands.
    pub state: TrustState,
    /// Since when.
    pub since: Instant,
    /// When it last proved itself, as far as that was written down.
    pub proved_at: Option<Instant>,
    /// The TPM's clock then.
    pub clock: Option<ProofClock>,
    /// Whether that was since it came to stand as it does. Times do not say: a failure may come in the millisecond of a proof.
    pub proved_since: bool,
    /// How it came to this, oldest first.
    pub steps: VecDeque<TrustStep>,
}

impl NodeTrust {
    /// Why it stands as it does; `None`: nothing has happened yet.
    pub fn why(&self) -> Option<&str> {
        self.steps.back().map(|step| step.why.as_str())
    }

    /// Begins anew with a key.
    pub(in crate::edge) fn enrol(&mut self, at: Instant, key: Arc<NodeKey>) {
        let why = format!("a key of TPM {} was enrolled", key.tpm());
        (self.key, self.proved_at, self.clock) = (Some(key), None, None);
        self.stand(at, TrustState::Unverified, why);
    }

    /// Goes a step; one that cannot be from here changes nothing.
    pub(in crate::edge) fn step(&mut self, at: Instant, trigger: TrustTrigger, why: &str) {
        let Some(next) = self.state.after(trigger) else { return };
        if let TrustTrigger::Prove(clock) = trigger {
            (self.proved_at, self.clock) = (Some(at), Some(clock));
        }
        if next != self.state {
            self.stand(at, next, why.into());
        }
        self.proved_since |= matches!(trigger, TrustTrigger::Prove(_));
    }

    fn stand(&mut self, at: Instant, state: TrustState, why: String) {
        (self.state, self.since, self.proved_since) = (state, at, false);
        if self.steps.len() == STEPS_MAX {
            self.steps.pop_front();
        }
        let why = why.chars().take(TRUST_REASON_CHARS_MAX).collect();
        self.steps.push_back(TrustStep { at, state, why });
    }
}

/// What is known of a node's proofs beside the world: a restart forgets it.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::edge) struct Provable {
    /// Whether work is given only to whoever has proved itself, by the region's settings.
    pub(in crate::edge) required: bool,
    /// A good proof that was not written down, since the last that was is fresh enough, and the clock that it signs.
    pub(in crate::edge) renewed: Option<(Instant, ProofClock)>,
    /// From when to when it was heard without a gap while its verifier was there: so long it could have proved itself.
    pub(in crate::edge) link: Option<(Instant, Instant)>,
}

impl Provable {
    /// Takes in a heartbeat. Returns whether the link works anew since just now.
    pub(in crate::edge) fn hear(&mut self, now: Instant, provable: bool, gap_max: Millis) -> bool {
        let goes_on = self.link.filter(|(_, last)| now.since(*last) <= gap_max);
        self.link = provable.then(|| (goes_on.map_or(now, |(since, _)| since), now));
        provable && goes_on.is_none()
    }

    /// Since when the link works, if it does.
    pub(in crate::edge) fn works_since(&self, now: Instant, gap_max: Millis) -> Option<Instant> {
        self.link.filter(|(_, last)| now.since(*last) <= gap_max).map(|(since, _)| since)
    }
}
