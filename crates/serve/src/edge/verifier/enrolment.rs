//! Boxes that are being let in: a token that an operator has issued, then a credential that only the right TPM can open. Both outlive a restart
//! (`crates/serve/src/edge/memory.rs`); of a token only its hash is kept.

use paceline_attest::{AttestationKey, Credential, EndorsementKey, make_credential};
use paceline_model::edge::{NodeId, NodeKey};
use paceline_model::{Instant, Millis};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use subtle::ConstantTimeEq as _;

/// Tokens that are open at once: a shift of technicians with a pallet of boxes.
const TOKENS_MAX: usize = 1_000;
/// How long a token counts: a working day in which the box is carried to its place.
const TOKEN_VALID_FOR: Millis = Millis::from_secs(24 * 3_600);
/// Times that a credential is made for one token: a link that breaks off is no reason for another token, and whoever guesses gets no further.
const TRIES_MAX: u32 = 16;
/// Draws of a key that is no scalar of the curve; one in four thousand million is none.
const DRAWS_MAX: usize = 4;

/// Why a box is not let in.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NotEnrolled {
    /// The system gave no random bytes.
    #[error("no random bytes: {0}")]
    Random(String),
    /// As many as are kept.
    #[error("{TOKENS_MAX} tokens are open, and no more are kept")]
    Full,
    /// Unknown, spent, of another node, too old, or tried too often.
    #[error("the token is not good for this node: unknown, spent, too old, or tried too often")]
    Token,
    /// Nothing was made for this token to be opened.
    #[error("nothing was made for this token to be opened: show the keys first")]
    NoCredential,
    /// The TPM does not hold both keys.
    #[error("the secret is not the one that was made: the TPM does not hold both keys")]
    Secret,
}

/// A token that is open.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Open {
    token: [u8; 32],
    until: Instant,
    replaces: bool,
    tries: u32,
    waits: Option<([u8; 32], NodeKey)>,
    /// The box has opened its credential. It may say so again, if it did not hear the answer, and nothing else.
    spent: bool,
}

/// Tokens by the node that they are for: one each.
#[derive(Default)]
pub(crate) struct Enrolments(Mutex<BTreeMap<NodeId, Open>>);

impl Enrolments {
    /// As they were written down.
    pub(crate) fn of(tokens: BTreeMap<NodeId, Open>) -> Self {
        Self(Mutex::new(tokens))
    }

    /// What is to be written down.
    pub(crate) fn stored(&self) -> BTreeMap<NodeId, Open> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Issues a token, which takes the place of the node's last one. Errors: too many; no randomness.
    pub(crate) fn issue(
        &self,
        node: NodeId,
        replaces: bool,
        now: Instant,
    ) -> Result<(String, Instant), NotEnrolled> {
        let secret = random()?;
        let token: String = secret.iter().map(|byte| format!("{byte:02x}")).collect();
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        open.retain(|_, of| of.until > now);
        if open.len() >= TOKENS_MAX && !open.contains_key(&node) {
            return Err(NotEnrolled::Full);
        }
        let until = now + TOKEN_VALID_FOR;
        open.insert(node, Open { token: hash(&token), until, replaces, tries: 0, waits: None, spent: false });
        Ok((token, until))
    }

    /// Whether a token may be used once more. Errors: it may not.
    pub(crate) fn admit(&self, node: &NodeId, token: &str, now: Instant) -> Result<(), NotEnrolled> {
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = open.get_mut(node).ok_or(NotEnrolled::Token)?;
        // A wrong token counts as a try as well: the right one is 256 bits, and nobody needs sixteen.
        known.tries += 1;
        known.is_good(token, now)?;
        if known.spent { Err(NotEnrolled::Token) } else { Ok(()) }
    }

    /// Makes what only a TPM with both keys can open. Errors: no randomness; the token is gone.
    pub(crate) fn make(
        &self,
        node: &NodeId,
        endorsement: &EndorsementKey,
        attestation: &AttestationKey,
        key: NodeKey,
    ) -> Result<Credential, NotEnrolled> {
        let secret = random()?;
        let draw = || random().map(|draw| make_credential(endorsement, attestation, &secret, &draw));
        let made = (0..DRAWS_MAX).find_map(|_| draw().transpose()).transpose()?;
        let made = made.ok_or_else(|| NotEnrolled::Random("no scalar of the curve".into()))?;
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        open.get_mut(node).ok_or(NotEnrolled::Token)?.waits = Some((secret, key));
        Ok(made)
    }

    /// The key of a box that has opened it, and whether another gives way to it. The token is spent, whatever the secret was.
    pub(crate) fn finish(
        &self,
        node: &NodeId,
        token: &str,
        secret: &[u8],
        now: Instant,
    ) -> Result<(NodeKey, bool), NotEnrolled> {
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = open.get_mut(node).ok_or(NotEnrolled::Token)?;
        known.tries += 1;
        known.is_good(token, now)?;
        let (made, key) = known.waits.clone().ok_or(NotEnrolled::NoCredential)?;
        if bool::from(made.as_slice().ct_eq(secret)) {
            known.spent = true;
            return Ok((key, known.replaces));
        }
        open.remove(node);
        Err(NotEnrolled::Secret)
    }
}

impl Open {
    fn is_good(&self, token: &str, now: Instant) -> Result<(), NotEnrolled> {
        let same = bool::from(self.token.ct_eq(&hash(token)));
        if same && now < self.until && self.tries <= TRIES_MAX { Ok(()) } else { Err(NotEnrolled::Token) }
    }
}

fn random() -> Result<[u8; 32], NotEnrolled> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|error| NotEnrolled::Random(error.to_string()))?;
    Ok(bytes)
}

fn hash(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(name: &str) -> NodeId {
        NodeId::new(name).expect("a name")
    }

    #[test]
    fn a_token_is_good_for_its_node_its_day_and_sixteen_tries() {
        let all = Enrolments::default();
        let (token, until) = all.issue(node("a"), false, Instant(0)).expect("issued");
        assert_eq!(all.admit(&node("a"), &token, Instant(5)), Ok(()));
        assert_eq!(all.admit(&node("b"), &token, Instant(5)), Err(NotEnrolled::Token));
        assert_eq!(all.admit(&node("a"), "guess", Instant(5)), Err(NotEnrolled::Token));
        assert_eq!(all.admit(&node("a"), &token, until), Err(NotEnrolled::Token), "too old");
        assert_eq!(all.finish(&node("a"), &token, &[0; 32], Instant(5)), Err(NotEnrolled::NoCredential));
        (0..TRIES_MAX).for_each(|_| _ = all.admit(&node("a"), "guess", Instant(5)));
        assert_eq!(all.admit(&node("a"), &token, Instant(5)), Err(NotEnrolled::Token), "tried too often");
        let (again, _) = all.issue(node("a"), false, Instant(6)).expect("another");
        assert_eq!(all.admit(&node("a"), &again, Instant(7)), Ok(()));
    }
}
