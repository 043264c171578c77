//! What proofs bring about, and what their absence does. A proof that is missing speaks against its node only where one could have come: the node
//! was heard, and its verifier was there, for as long as a proof is good for. Otherwise it is stale, and nothing that runs is touched.

use super::standing::{NodeTrust, Provable};
use crate::edge::row::NodeRow;
use crate::edge::world::Edge;
use paceline_model::edge::{Event, NodeId, NodeIdx, ProofClock, TrustState, TrustTrigger};
use paceline_model::{Instant, Millis};

/// Of how many nodes that go stale in one moment it is said that it is not they.
const TOGETHER: usize = 3;

/// Takes in that a node has proved itself once more. `None`: the last proof that was written down is fresh enough, so that a restart within
/// half the time that it is good for finds it; the journal need not have them all.
pub(in crate::edge) fn renew(world: &mut Edge, node: &NodeId, clock: ProofClock) -> Option<Event> {
    let (now, half) = (world.now, Millis(world.options.attestation.valid_for.0 / 2));
    let idx = world.nodes.find(node)?;
    let row = world.nodes.get_mut(idx)?;
    row.derived.provable.renewed = Some((now, clock));
    world.changes.node(node);
    let trust = &row.trust;
    let is_kept = trust.proved_since && trust.proved_at.is_some_and(|at| now.since(at) < half);
    let proved = || Event::TrustStepped {
        node: node.clone(),
        trigger: TrustTrigger::Prove(clock),
        why: "a good proof".into(),
    };
    (!is_kept).then(proved)
}

/// Looks at a node again when a proof of it is due.
pub(in crate::edge) fn await_proof(world: &mut Edge, idx: NodeIdx) {
    let due = world.nodes.get(idx).and_then(|row| Waiting::of(world, row)).and_then(|waiting| waiting.due());
    if let Some(due) = due {
        world.timers.proof.set(idx, due);
    }
}

/// Nodes whose proofs are overdue.
pub(in crate::edge) fn lapsed(world: &mut Edge) -> Vec<Event> {
    let now = world.now;
    let (mut failed, mut stale) = (Vec::new(), Vec::new());
    for idx in world.timers.proof.take_due(now) {
        let Some(row) = world.nodes.get(idx) else { continue };
        let Some(waiting) = Waiting::of(world, row) else { continue };
        let node = row.spec.id.clone();
        match () {
            () if waiting.missing_at().is_some_and(|at| at <= now) => failed.push(node),
            () if waiting.lapses_at().is_some_and(|at| at <= now) => {
                stale.push((node, waiting.why_stale(now)))
            }
            () => await_proof(world, idx),
        }
    }
    let together = stale.len();
    let span = world.options.attestation.valid_for.0 / 1_000;
    let step = |node, trigger, why| Event::TrustStepped { node, trigger, why };
    let failed = failed
        .into_iter()
        .map(|node| step(node, TrustTrigger::Fail, format!("no proof over a working link for {span} s")));
    let stale = stale.into_iter().map(|(node, why)| {
        let others = if together >= TOGETHER {
            format!("; {together} nodes at once, so look at the verifier and the links first")
        } else {
            String::new()
        };
        step(node, TrustTrigger::Lapse, format!("no fresh proof for {span} s: {why}{others}"))
    });
    failed.chain(stale).collect()
}

/// A node that is asked for proofs, and stands so that one may come too late.
struct Waiting<'a> {
    trust: &'a NodeTrust,
    provable: Provable,
    /// The newest good proof.
    proved_at: Option<Instant>,
    works_since: Option<Instant>,
    heard: bool,
    valid_for: Millis,
}

impl<'a> Waiting<'a> {
    fn of(world: &Edge, row: &'a NodeRow) -> Option<Self> {
        let trust = &row.trust;
        trust.key.as_ref()?;
        let asked = match trust.state {
            TrustState::Unverified | TrustState::Proved | TrustState::Stale => true,
            // Neither gets worse by itself.
            TrustState::Failed | TrustState::Contested => false,
        };
        let provable = row.derived.provable;
        let gap_max = world.options.silent_after;
        asked.then(|| Self {
            trust,
            provable,
            proved_at: provable.renewed.map(|(at, _)| at).max(trust.proved_at),
            works_since: provable.works_since(world.now, gap_max),
            heard: row.heard().at.is_some_and(|at| world.now.since(at) <= gap_max),
            valid_for: world.options.attestation.valid_for,
        })
    }

    /// When it goes stale, if it is proved.
    fn lapses_at(&self) -> Option<Instant> {
        (self.trust.state == TrustState::Proved).then(|| self.since() + self.valid_for)
    }

    /// When its proof is missing, if the link goes on working.
    fn missing_at(&self) -> Option<Instant> {
        self.works_since.map(|since| since.max(self.since()) + self.valid_for)
    }

    /// From when on a proof is waited for.
    fn since(&self) -> Instant {
        match self.trust.state {
            TrustState::Proved => self.proved_at.unwrap_or(self.trust.since),
            _ => self.trust.since,
        }
    }

    fn due(&self) -> Option<Instant> {
        self.lapses_at().into_iter().chain(self.missing_at()).min()
    }

    fn why_stale(&self, now: Instant) -> &'static str {
        match (self.heard, self.provable.link) {
            (true, None) => "the node is heard, and the verifier was not there",
            (true, Some((since, _))) if now.since(since) < self.valid_for => "the link was down in between",
            (true, Some(_)) | (false, _) => "the node is not heard",
        }
    }
}
