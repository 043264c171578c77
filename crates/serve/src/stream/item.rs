//! Items as they go over the wire. Source: WHATWG HTML, "Server-sent events".

use crate::view;
use paceline_api::stream::CHANGE;
use paceline_engine::Change;
use serde::Serialize;
use std::io::Write as _;

/// Writes a change, whose version is its id.
pub(crate) fn numbered(text: &mut Vec<u8>, change: &Change) {
    // Plain data always encodes, and to memory.
    _ = write!(text, "id: {}\nevent: {CHANGE}\ndata: ", change.version.0);
    _ = serde_json::to_writer(&mut *text, &view::change(change));
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
