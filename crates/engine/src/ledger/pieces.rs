//! Records that are longer than the journal takes, in pieces that it does.

use super::stored::Record;
use super::world::World;
use crate::record::Encoded;
use paceline_model::Version;

/// A record as it is to be stored, in as many pieces as it takes for none to be longer than `bytes_max`, each with the version of the
/// world after it. However much falls due at once, the journal can take it. Events stay whole and in their order, and what belongs
/// together is not parted, so that what is there after a crash between two pieces is a world too; nobody was told of it, since that
/// waits for the last piece.
///
/// A piece that cannot be cut stays as it is: the bounds of a command and of a round's routes are far below those of a record.
pub fn encode_within<W: World>(record: Record<W::Recorded>, bytes_max: usize) -> Vec<(Version, Encoded)> {
    let (mut pieces, mut rest) = (Vec::new(), vec![record]);
    while let Some(mut first) = rest.pop() {
        let encoded = W::encode(&first);
        let cut = if encoded.bytes.len() > bytes_max { place_to_cut::<W>(&first.events) } else { None };
        let Some(cut) = cut else {
            pieces.push((first.version, encoded));
            continue;
        };
        let events = first.events.split_off(cut);
        let (version, at) = (first.version, first.at);
        first.version.0 -= events.len() as u64;
        rest.extend([Record { version, at, events }, first]);
    }
    pieces
}

/// The place nearest to the middle between two events that may be parted.
fn place_to_cut<W: World>(events: &[W::Recorded]) -> Option<usize> {
    let middle = events.len() / 2;
    let places = 1..events.len();
    places
        .filter(|&at| !W::belong_together(&events[at - 1], &events[at]))
        .min_by_key(|at| at.abs_diff(middle))
}
