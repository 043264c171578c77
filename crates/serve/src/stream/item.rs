//! Items as they go over the wire. Source: WHATWG HTML, "Server-sent events".

use paceline_api::stream::CHANGE;
use paceline_engine::ledger::Change;
use serde::Serialize;
use std::io::Write as _;

/// What happened, as the wire says it.
pub trait Wire: Sized {
    /// What a change is on the wire.
    type View: Serialize;
    /// The change as the wire says it.
    fn view(change: &Change<Self>) -> Self::View;
}

/// Writes a change, whose version is its id.
pub(crate) fn numbered<E: Wire>(text: &mut Vec<u8>, change: &Change<E>) {
    // Plain data always encodes, and to memory.
    _ = write!(text, "id: {}\nevent: {CHANGE}\ndata: ", change.version.0);
    _ = serde_json::to_writer(&mut *text, &E::view(change));
    text.extend_from_slice(b"\n\n");
}

/// Writes what has no version.
pub(crate) fn moment(text: &mut Vec<u8>, name: &str, data: &impl Serialize) {
    _ = write!(text, "event: {name}\ndata: ");
    _ = serde_json::to_writer(&mut *text, data);
    text.extend_from_slice(b"\n\n");
}

/// The same of data that is JSON already.
pub(super) fn written(name: &str, json: &[u8]) -> Vec<u8> {
    [b"event: ", name.as_bytes(), b"\ndata: ", json, b"\n\n"].concat()
}
