//! What clients ask: each command under a key of its own, repeated until it is answered, as a good client does.

use super::city::Said;
use paceline_model::{Command, Fingerprint, IdempotencyKey, Request};
use std::collections::BTreeMap;

/// Times that a command is sent at most. After that its caller gives up; until then all faults are healed.
const SENT_MAX: u32 = 60;

/// A command of a client, and how often it was sent.
pub(super) struct Call {
    pub(super) command: Command,
    /// Who asks, as the network knows it.
    pub(super) party: String,
    sent: u32,
}

/// Commands that are not answered yet, by number.
#[derive(Default)]
pub(super) struct Calls {
    open: BTreeMap<u64, Call>,
    numbers: u64,
}

impl Calls {
    /// Takes a command up, to be sent.
    pub(super) fn take(&mut self, said: Said) -> u64 {
        self.numbers += 1;
        self.open.insert(self.numbers, Call { command: said.command, party: said.party, sent: 0 });
        self.numbers
    }

    /// The command, if it is to be sent once more.
    pub(super) fn send(&mut self, number: u64) -> Option<&Call> {
        let call = self.open.get_mut(&number)?;
        call.sent += 1;
        if call.sent > SENT_MAX {
            self.open.remove(&number);
        }
        self.open.get(&number)
    }

    pub(super) fn get(&self, number: u64) -> Option<&Call> {
        self.open.get(&number)
    }

    /// Its caller knows.
    pub(super) fn answered(&mut self, number: u64) {
        self.open.remove(&number);
    }

    pub(super) fn unanswered(&self) -> impl Iterator<Item = (&u64, &Call)> {
        self.open.iter()
    }
}

/// What a caller sends: a key that is the command's own.
pub(super) fn request(number: u64, command: &Command) -> Request {
    let key = IdempotencyKey::new(&format!("k{number}")).ok();
    Request { command: command.clone(), key: key.map(|key| (key, Fingerprint(number))) }
}
