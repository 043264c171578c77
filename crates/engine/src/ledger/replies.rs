//! Idempotency: a command that is repeated under its key gets the answer that it got, and has no second effect.

use paceline_model::{Answer, Fingerprint, IdempotencyKey, Instant, Millis, Pages};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Replies are kept for a day: callers repeat within minutes.
const KEPT_FOR: Millis = Millis::from_secs(24 * 3_600);
/// Most replies kept: 50 keyed commands a second for five hours.
const REPLIES_MAX: usize = 1_000_000;

/// The answer to a keyed command, as it is written down.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct IdempotentReply<R> {
    /// The caller's key.
    pub key: IdempotencyKey,
    /// What was asked under it.
    pub fingerprint: Fingerprint,
    /// What was answered.
    pub answer: Answer<R>,
}

/// A key came again with another request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyReused;

/// The replies of the last day.
#[derive(Debug)]
pub(super) struct Replies<R> {
    /// Each with its time, oldest first.
    kept: Pages<(Instant, IdempotentReply<R>)>,
    /// Where each key stands, counted from the first reply that ever was.
    numbers: BTreeMap<IdempotencyKey, usize>,
    /// Replies that are no longer kept.
    dropped: usize,
}

impl<R> Default for Replies<R> {
    fn default() -> Self {
        Self { kept: Pages::default(), numbers: BTreeMap::new(), dropped: 0 }
    }
}

impl<R: Clone> Replies<R> {
    /// What was answered under this key. Errors: it was something else that was asked then.
    pub(super) fn get(
        &self,
        key: &IdempotencyKey,
        fingerprint: Fingerprint,
    ) -> Option<Result<Answer<R>, KeyReused>> {
        let (_, known) = self.kept.get(self.numbers.get(key)? - self.dropped)?;
        Some(if known.fingerprint == fingerprint { Ok(known.answer.clone()) } else { Err(KeyReused) })
    }

    /// Keeps a reply to a key that is not known, and drops those whose time is over.
    pub(super) fn insert(&mut self, at: Instant, reply: IdempotentReply<R>) {
        self.numbers.insert(reply.key.clone(), self.dropped + self.kept.len());
        self.kept.push((at, reply));
        while let Some((since, oldest)) = self.kept.front() {
            if *since + KEPT_FOR > at && self.kept.len() <= REPLIES_MAX {
                break;
            }
            self.numbers.remove(&oldest.key);
            self.kept.pop_front();
            self.dropped += 1;
        }
    }

    /// All of them with their times, oldest first.
    pub(super) fn kept(&self) -> &Pages<(Instant, IdempotentReply<R>)> {
        &self.kept
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use paceline_model::{Receipt, Version};

    fn reply(key: &str) -> IdempotentReply<()> {
        let key = IdempotencyKey::new(key).expect("a good key");
        IdempotentReply { key, fingerprint: Fingerprint(7), answer: Ok(Receipt { version: Version(1) }) }
    }

    fn known(replies: &Replies<()>, key: &str, fingerprint: u64) -> Option<Result<Answer<()>, KeyReused>> {
        replies.get(&IdempotencyKey::new(key).expect("a good key"), Fingerprint(fingerprint))
    }

    #[test]
    fn a_reply_is_kept_for_a_day_and_no_longer() {
        let mut replies = Replies::default();
        replies.insert(Instant(1_000), reply("a"));
        replies.insert(Instant(2_000), reply("b"));
        assert_eq!(known(&replies, "a", 7), Some(Ok(Ok(Receipt { version: Version(1) }))));
        assert_eq!(known(&replies, "a", 8), Some(Err(KeyReused)));
        replies.insert(Instant(1_000) + KEPT_FOR, reply("c"));
        assert_eq!(known(&replies, "a", 7), None);
        assert!(known(&replies, "b", 7).is_some());
        assert_eq!(replies.kept().len(), 2);
    }
}
