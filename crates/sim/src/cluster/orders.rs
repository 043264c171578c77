//! The smallest world that a real ledger keeps: orders that were placed. It takes one as often as it is placed, so that the ledger's keys
//! alone hold that it is placed once.

use paceline_engine::ledger::{Change, Draft, Entry, Head, KeyReused, Record, Turn, World};
use paceline_engine::{Encoded, RecordError};
use paceline_model::{Fingerprint, IdempotencyKey, Instant, Request};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// What a region's log holds.
pub(super) type Recorded = Entry<Placed, Refusal>;
/// What a region's stream says.
pub(super) type Told = Arc<Change<Recorded>>;

/// Asks for an order by its number.
#[derive(Clone, Debug)]
pub(super) struct Place(pub(super) u64);

/// An order was placed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Placed(pub(super) u64);

/// A key came with another order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Refusal;

impl From<KeyReused> for Refusal {
    fn from(_: KeyReused) -> Self {
        Self
    }
}

/// How many were placed.
#[derive(Clone, Debug, Default)]
pub(super) struct Orders {
    placed: u64,
}

/// What a client sends: an order under a key of its own, or without one.
pub(super) fn request(order: u64, keyed: bool) -> Request<Place> {
    let key = keyed.then(|| IdempotencyKey::new(&format!("k{order}")).ok()).flatten();
    Request { command: Place(order), key: key.map(|key| (key, Fingerprint(order))) }
}

impl World for Orders {
    type Command = Place;
    type Refusal = Refusal;
    type Telemetry = ();
    type Setting = ();
    type Event = Placed;
    type Recorded = Recorded;
    type Problem = ();
    type Plan = ();
    type Checkpoint = u64;
    type Round = ();
    type Changes = ();

    fn admit(&mut self, draft: &mut Draft<Self>, Place(order): Place) -> Result<(), Refusal> {
        draft.apply(self, [Placed(order)]);
        Ok(())
    }

    fn observe(&mut self, _: &mut Draft<Self>, (): ()) {}

    fn set(&mut self, _: &mut Draft<Self>, (): ()) {}

    fn tick(&mut self, _: &mut Draft<Self>, _: Option<Turn>) -> Option<(Box<()>, ())> {
        None
    }

    fn adopt(&mut self, _: &mut Draft<Self>, (): (), (): ()) {}

    fn apply(&mut self, _: Instant, _: Placed) {
        self.placed += 1;
    }

    fn record(&self, event: &Placed) -> Recorded {
        Entry::Event(event.clone())
    }

    fn recall(&self, recorded: Recorded) -> Result<Recorded, RecordError> {
        Ok(recorded)
    }

    fn take_changes(&mut self) {}

    fn checkpoint(&self) -> u64 {
        self.placed
    }

    fn encode_checkpoint(placed: &u64, head: &Head<Refusal>) -> Encoded {
        encoded(&(head, placed))
    }

    fn restore(&mut self, _: u16, bytes: &[u8]) -> Result<Head<Refusal>, RecordError> {
        let (head, placed) = decoded(bytes)?;
        self.placed = placed;
        Ok(head)
    }

    fn encode(record: &Record<Recorded>) -> Encoded {
        encoded(record)
    }

    fn decode(_: u16, bytes: &[u8]) -> Result<Record<Recorded>, RecordError> {
        decoded(bytes)
    }
}

const FORMAT: u16 = 0x7f01;

fn encoded(value: &impl Serialize) -> Encoded {
    // Plain numbers and names: there is nothing that cannot be written.
    Encoded { format: FORMAT, bytes: postcard::to_stdvec(value).unwrap_or_default() }
}

fn decoded<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, RecordError> {
    Ok(postcard::from_bytes(bytes)?)
}
