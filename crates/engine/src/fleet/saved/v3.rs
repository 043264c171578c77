//! Snapshots of layout 3: those of layout 2, and behind them the vehicles that go from region to region.

use super::checkpoint::Saved;
use super::v2;
use crate::fleet::hand_overs::HandOvers;
use crate::fleet::reposition::Learnt;
use crate::fleet::world::World;
use crate::ledger::Head;
use crate::record::v1::convert::{Load, Store};
use crate::record::v3::{self as stored, Snapshot};
use crate::record::{RecordError, append, from_bytes};
use paceline_model::{HandOver, Invalid, Refusal};

/// The bytes of a [`Snapshot`].
pub(super) fn encode(head: &Head<Refusal>, saved: &Saved) -> Vec<u8> {
    let mut bytes = v2::encode(head, saved);
    append::<stored::HandOvers>(&mut bytes, &saved.hand_overs.store());
    bytes
}

/// Errors: bytes that are not of this layout, or rows that refer to others that are not there.
pub(super) fn decode(bytes: &[u8]) -> Result<(Head<Refusal>, World, Learnt), RecordError> {
    let Snapshot { before, hand_overs } = from_bytes(bytes)?;
    let (head, world, learnt) = v2::load(before)?;
    Ok((head, World { hand_overs: hand_overs.load()?, ..world }, learnt))
}

impl<'a> Store<'a, stored::HandOvers<'a>> for HandOvers {
    fn store(&'a self) -> stored::HandOvers<'a> {
        stored::HandOvers {
            last: self.last.store(),
            pending: self.pending.values().map(Store::store).collect(),
            received: self.received.store(),
            gone: self.gone.store(),
        }
    }
}

impl Load<HandOvers> for stored::HandOvers<'_> {
    fn load(self) -> Result<HandOvers, Invalid> {
        let pending: Vec<HandOver> = self.pending.load()?;
        let pending = pending.into_iter().map(|pending| (pending.number, pending)).collect();
        Ok(HandOvers::restored(self.last.load()?, pending, self.received.load()?, self.gone.load()?))
    }
}
