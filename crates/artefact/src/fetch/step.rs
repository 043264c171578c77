//! What a fetch asks of whoever drives it, and what it says of itself.

use crate::digest::ChunkDigest;
use std::time::Duration;

/// A chunk that is whole and right.
pub(super) type Arrived = (ChunkDigest, Vec<u8>);

/// What to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Ask a source, then give [`Fetch::head`] what it says.
    Ask(Request),
    /// Nothing until then.
    Wait(Duration),
    /// Read the artefact's manifest of this source again, then call [`Fetch::manifest_read`].
    ReadManifest(usize),
    /// Hold all that is there against the manifest, then call [`Fetch::verified`].
    Verify,
    /// The artefact is whole and verified.
    Done,
    /// No source is left that may be asked for what is missing, or the disk does not keep what is written to it.
    Failed,
}

/// What to ask of a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Which, by its place among the sources.
    pub source: usize,
    /// `Range: bytes=first-` or `bytes=first-last`. `None`: the whole.
    pub range: Option<String>,
    /// Whether `If-Range` says the artefact's tag.
    pub conditional: bool,
}

/// What became of bytes that came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fed {
    /// Chunks that are whole and right, to be kept.
    pub chunks: Vec<Arrived>,
    /// Whether the rest of the answer is of use; if not, the connection is closed.
    pub go_on: bool,
}

/// What a fetch has cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Bytes of bodies that came.
    pub received: u64,
    /// Bytes of chunks that were missing and are there now.
    pub kept: u64,
    /// Requests that were sent.
    pub requests: u64,
    /// Chunks whose bytes were wrong.
    pub wrong: u64,
}
