//! A fleet's world in a snapshot and back, with the ledger's part, which stands in the middle of it.

use super::stands::Learnt;
use super::world::{ChargerSite, Order, World};
use crate::ledger::{Head, IdempotentReply};
use crate::record::{Encoded, FORMAT, RecordError};
use paceline_model::{
    Answer, ChargerId, Fingerprint, Geofence, GeofenceId, IdempotencyKey, Instant, OrderId, Refusal, Vehicle,
    VehicleId, Version,
};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

/// The layout: field by field what is stored.
#[derive(Serialize, Deserialize)]
struct Stored<'a> {
    version: Version,
    vehicles: Cow<'a, BTreeMap<VehicleId, Vehicle>>,
    orders: Cow<'a, BTreeMap<OrderId, Order>>,
    chargers: Cow<'a, BTreeMap<ChargerId, ChargerSite>>,
    geofences: Cow<'a, BTreeMap<GeofenceId, Arc<Geofence>>>,
    replies: BTreeMap<IdempotencyKey, (Fingerprint, Answer)>,
    /// Oldest first.
    replies_by_age: VecDeque<(Instant, IdempotencyKey)>,
    ended_by_age: Cow<'a, VecDeque<(Instant, OrderId)>>,
}

/// A snapshot as it is to be stored. Equal worlds, equal bytes.
pub(super) fn encode(head: Head<Refusal>, world: &World, learnt: &Learnt) -> Encoded {
    let by_age = head.replies.iter().map(|(at, reply)| (*at, reply.key.clone())).collect();
    let replies = head.replies.into_iter().map(|(_, reply)| (reply.key, (reply.fingerprint, reply.answer)));
    let stored = Stored {
        version: head.version,
        vehicles: Cow::Borrowed(&world.vehicles),
        orders: Cow::Borrowed(&world.orders),
        chargers: Cow::Borrowed(&world.chargers),
        geofences: Cow::Borrowed(&world.geofences),
        replies: replies.collect(),
        replies_by_age: by_age,
        ended_by_age: Cow::Borrowed(&world.ended_by_age),
    };
    let bytes = postcard::to_stdvec(&(stored, learnt)).expect("plain data: it always encodes");
    Encoded { format: FORMAT, bytes }
}

/// Reads a snapshot, and what was learnt by then; one of before forecasts were saved has learnt nothing.
///
/// Errors: a format that this program does not read, or bytes that are not of it.
pub(super) fn decode(
    format: u16,
    bytes: &[u8],
) -> Result<(Head<Refusal>, World, Option<Learnt>), RecordError> {
    if format > FORMAT {
        return Err(RecordError::Newer { found: format });
    }
    let (stored, learnt) = postcard::take_from_bytes::<Stored<'_>>(bytes)?;
    let learnt = if learnt.is_empty() { None } else { Some(postcard::from_bytes(learnt)?) };
    let mut replies = stored.replies;
    let by_age = stored.replies_by_age.into_iter().filter_map(|(at, key)| {
        let (fingerprint, answer) = replies.remove(&key)?;
        Some((at, IdempotentReply { key, fingerprint, answer }))
    });
    let head = Head { version: stored.version, replies: by_age.collect() };
    let mut world = World {
        vehicles: stored.vehicles.into_owned(),
        orders: stored.orders.into_owned(),
        chargers: stored.chargers.into_owned(),
        geofences: stored.geofences.into_owned(),
        ended_by_age: stored.ended_by_age.into_owned(),
        ..World::default()
    };
    world.reindex();
    Ok((head, world, learnt))
}
