//! What a kind of region writes down, in digits, to be held against a file: its events, a reply, its snapshots.

use paceline_engine::Encoded;
use paceline_engine::ledger::{Entry, IdempotentReply, Record, World};
use paceline_model::{Fingerprint, IdempotencyKey, Instant, Version};
use std::fmt::{Debug, Write as _};

/// The lines so far.
pub(crate) struct Golden {
    at: Instant,
    table: String,
}

impl Golden {
    /// Of records that were made then.
    pub(crate) fn at(at: Instant) -> Self {
        Self { at, table: String::new() }
    }

    /// Each event as a record of its own, which is read back as it was.
    pub(crate) fn events<W, E, R>(&mut self, events: impl IntoIterator<Item = E>)
    where
        W: World<Recorded = Entry<E, R>, Refusal = R>,
        E: Debug,
        Entry<E, R>: PartialEq + Debug,
    {
        for event in events {
            let name = format!("{event:?}");
            let name = name.split(['(', ' ', '{']).next().unwrap_or_default().to_owned();
            let record = self.record(Entry::Event(event));
            let encoded = W::encode(&record);
            assert_eq!(W::decode(encoded.format, &encoded.bytes).expect("its own"), record, "{name}");
            self.encoded(&name, &encoded);
        }
    }

    /// The reply to a command that was refused.
    pub(crate) fn refusal<W, E, R>(&mut self, refusal: R)
    where
        W: World<Recorded = Entry<E, R>, Refusal = R>,
    {
        let key = IdempotencyKey::new("k").expect("a key");
        let reply = IdempotentReply { key, fingerprint: Fingerprint(9), answer: Err(refusal) };
        self.encoded("reply", &W::encode(&self.record(Entry::Reply(reply))));
    }

    /// Anything else.
    pub(crate) fn encoded(&mut self, name: &str, Encoded { format, bytes }: &Encoded) {
        _ = write!(self.table, "{name} {format:04x} ");
        bytes.iter().for_each(|byte| _ = write!(self.table, "{byte:02x}"));
        self.table.push('\n');
    }

    /// Holds them against what was written once.
    pub(crate) fn holds(&self, golden: &str) {
        assert!(self.table == golden, "the bytes are now:\n{}", self.table);
    }

    fn record<T>(&self, entry: T) -> Record<T> {
        Record { version: Version(300), at: self.at, events: vec![entry] }
    }
}
