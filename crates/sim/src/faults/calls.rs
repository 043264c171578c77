//! What clients ask: each command under a key of its own, repeated until it is answered, as a good client does.

use super::around::Said;
use paceline_model::{Fingerprint, IdempotencyKey, Request};
use std::collections::BTreeMap;

/// Times that a command is sent at most. After that its caller gives up; until then all faults are healed.
const SENT_MAX: u32 = 60;

/// A command of a client, and how often it was sent.
pub(super) struct Call<C> {
    pub(super) command: C,
    /// Who asks, as the network knows it.
    pub(super) party: String,
    sent: u32,
}

/// Commands that are not answered yet, by number.
pub(super) struct Calls<C> {
    open: BTreeMap<u64, Call<C>>,
    numbers: u64,
}

impl<C> Default for Calls<C> {
    fn default() -> Self {
        Self { open: BTreeMap::new(), numbers: 0 }
    }
}

impl<C> Calls<C> {
    /// Takes a command up, to be sent.
    pub(super) fn take(&mut self, said: Said<C>) -> u64 {
        self.numbers += 1;
        self.open.insert(self.numbers, Call { command: said.command, party: said.party, sent: 0 });
        self.numbers
    }

    /// The command, if it is to be sent once more.
    pub(super) fn send(&mut self, number: u64) -> Option<&Call<C>> {
        let call = self.open.get_mut(&number)?;
        call.sent += 1;
        if call.sent > SENT_MAX {
            self.open.remove(&number);
        }
        self.open.get(&number)
    }

    pub(super) fn get(&self, number: u64) -> Option<&Call<C>> {
        self.open.get(&number)
    }

    /// Its caller knows.
    pub(super) fn answered(&mut self, number: u64) {
        self.open.remove(&number);
    }

    pub(super) fn unanswered(&self) -> impl Iterator<Item = (&u64, &Call<C>)> {
        self.open.iter()
    }
}

/// What a caller sends: a key that is the command's own.
pub(super) fn request<C: Clone>(number: u64, command: &C) -> Request<C> {
    let key = IdempotencyKey::new(&format!("k{number}")).ok();
    Request { command: command.clone(), key: key.map(|key| (key, Fingerprint(number))) }
}
