//! Bounds of artefacts, each with its reason.

/// Least, usual and most bytes of a chunk. A changed weight costs one chunk, and a request or an entry of the manifest some hundred
/// bytes: at 64 KiB that is under one in a hundred either way. The last chunk of a file may be smaller than the least.
pub const CHUNK_BYTES: (usize, usize, usize) = (16 << 10, 64 << 10, 256 << 10);
/// Most bytes of one artefact: language models of some ten billion weights in four bits fit.
pub const OBJECT_BYTES_MAX: u64 = 16 << 30;
/// Most chunks of one artefact: the largest in chunks of 48 KiB, which a file's content is never below on the whole.
pub const CHUNKS_MAX: usize = 350_000;
/// Most bytes of a signed manifest: an entry of a chunk takes 35.
pub const MANIFEST_BYTES_MAX: usize = 14 << 20;
/// Most signatures of a manifest: who built it, who released it, and both anew while keys are changed.
pub const SIGNATURES_MAX: usize = 8;
/// Most keys that are trusted at once.
pub const KEYS_MAX: usize = 64;
/// Most bytes of a file of keys: 64 lines with a comment each.
pub const KEYS_BYTES_MAX: usize = 64 << 10;
/// Most artefacts of one store: a server's, of all models with their kept versions.
pub const ARTEFACTS_MAX: usize = 10_000;
/// Most sources of one fetch: neighbours that were named, and the servers.
pub const SOURCES_MAX: usize = 16;

const _: () = assert!(CHUNKS_MAX * 40 <= MANIFEST_BYTES_MAX, "a manifest of the most chunks must fit");
