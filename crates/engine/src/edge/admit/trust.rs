//! A key is enrolled, a proof is good or bad, two boxes claim one name, an operator lets a node in again. Whether a proof is good was judged before it
//! comes here; what may become of it is the table of [`TrustState::after`].

use super::verdict::Verdict;
use crate::edge::row::NodeRow;
use crate::edge::world::Edge;
use paceline_model::Instant;
use paceline_model::edge::{Event, NodeId, NodeKey, ProofClock, Refusal, TrustState, TrustTrigger};
use paceline_model::limits::TRUST_REASON_CHARS_MAX;
use std::sync::Arc;

pub(super) fn enrol(world: &Edge, node: NodeId, key: NodeKey, replaces: bool) -> Verdict {
    let key = key.validate().map_err(Refusal::Invalid)?;
    let known = row(world, &node)?.trust.key.as_deref();
    match known {
        Some(known) if *known == key => return Ok(Vec::new()),
        Some(known) if !replaces => {
            let why = format!("it proves itself by TPM {}, and this is TPM {}", known.tpm(), key.tpm());
            return Err(Refusal::KeyOfNode { node, why });
        }
        Some(_) | None => {}
    }
    let mut holders = world.nodes().filter(|row| row.spec.id != node);
    let holder =
        holders.find(|row| row.trust.key.as_ref().is_some_and(|other| other.endorsement == key.endorsement));
    if let Some(holder) = holder {
        let why = format!("TPM {} is that of {}: a box has one name", key.tpm(), holder.spec.id);
        return Err(Refusal::KeyOfNode { node, why });
    }
    Ok(vec![Event::KeyEnrolled { node, key: Arc::new(key) }])
}

/// Whether it may be taken. What comes of it is said where it is folded in: most proofs say what is known already.
pub(super) fn prove(world: &Edge, node: &NodeId, clock: ProofClock) -> Verdict {
    let row = row_with_key(world, node)?;
    let before = row.last_proof().map(|(_, before)| before);
    match before.filter(|before| clock < *before) {
        Some(before) => {
            let why = format!("this proof is older than the last: {clock:?} after {before:?}");
            Err(Refusal::KeyOfNode { node: node.clone(), why })
        }
        None => Ok(Vec::new()),
    }
}

pub(super) fn fail(world: &Edge, node: NodeId, why: &str) -> Verdict {
    row_with_key(world, &node)?;
    step(world, node, TrustTrigger::Fail, format!("bad proof: {why}"))
}

pub(super) fn contest(world: &Edge, node: NodeId, why: &str) -> Verdict {
    row(world, &node)?;
    step(world, node, TrustTrigger::Contest, format!("two boxes speak in its name: {why}"))
}

pub(super) fn readmit(world: &Edge, at: Instant, node: NodeId) -> Verdict {
    let row = row(world, &node)?;
    let (trust, valid_for) = (&row.trust, world.options.attestation.valid_for);
    let fresh = row.last_proof().is_some_and(|(proved_at, _)| at.since(proved_at) < valid_for);
    let refused =
        |why: &str| Err(Refusal::NotReadmitted { node: node.clone(), state: trust.state, why: why.into() });
    match trust.state {
        TrustState::Failed if !(trust.proved_since && fresh) => {
            refused("it needs a fresh proof first, made after it failed")
        }
        TrustState::Failed | TrustState::Contested => {
            step(world, node, TrustTrigger::Readmit, "an operator let it in again".into())
        }
        TrustState::Unverified | TrustState::Proved | TrustState::Stale => {
            refused("only one that has failed or is contested is let in; the next good proof ends all else")
        }
    }
}

/// A step that can be from where the node stands; one that cannot changes nothing.
fn step(world: &Edge, node: NodeId, trigger: TrustTrigger, why: String) -> Verdict {
    let possible = row(world, &node)?.trust.state.after(trigger).is_some();
    let why = why.chars().take(TRUST_REASON_CHARS_MAX).collect();
    Ok(possible.then(|| Event::TrustStepped { node, trigger, why }).into_iter().collect())
}

fn row<'a>(world: &'a Edge, node: &NodeId) -> Result<&'a NodeRow, Refusal> {
    world.node(node).ok_or_else(|| Refusal::unknown("node", node))
}

fn row_with_key<'a>(world: &'a Edge, node: &NodeId) -> Result<&'a NodeRow, Refusal> {
    let row = row(world, node)?;
    let why = || "no key is enrolled by which it could prove itself".to_owned();
    row.trust.key.as_ref().map(|_| row).ok_or_else(|| Refusal::KeyOfNode { node: node.clone(), why: why() })
}
