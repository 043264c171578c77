//! From a file to its chunks and its manifest, in one pass, with one chunk in memory.

use crate::digest::ChunkDigest;
use crate::manifest::Manifest;
use crate::store::StoreError;
use crate::variant::Variant;
use fastcdc::v2020::{Error as CutError, StreamCDC};
use paceline_model::limits::{ARTEFACT_BYTES_MAX, ARTEFACT_CHUNK_BYTES, ARTEFACT_CHUNKS_MAX, at_most};
use paceline_model::{Invalid, Rule};
use sha2::{Digest as _, Sha256};
use std::io::{self, Read};

/// Why a file was not packed.
#[derive(Debug, thiserror::Error)]
pub enum PackError {
    /// The file cannot be read.
    #[error("reading the file: {0}")]
    Read(#[from] io::Error),
    /// It is empty, or larger than is kept.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// Its chunks cannot be kept.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Cuts `file` where its content says so, gives each chunk to `keep`, and describes the whole. The same bytes are cut at the same
/// places by every program that uses these bounds, and a change moves the cuts near it alone.
///
/// Errors: as [`PackError`].
/// Source: Xia et al., *The Design of Fast Content-Defined Chunking*, IEEE TPDS 31(9), 2020, at normalisation level 1.
pub fn pack(
    file: impl Read,
    variant: Variant,
    mut keep: impl FnMut(ChunkDigest, &[u8]) -> Result<(), StoreError>,
) -> Result<Manifest, PackError> {
    let (least, usual, most) = ARTEFACT_CHUNK_BYTES;
    let (mut blake3, mut sha256) = (blake3::Hasher::new(), Sha256::new());
    let (mut chunks, mut length) = (Vec::new(), 0);
    for cut in StreamCDC::new(file, least, usual, most) {
        let bytes = cut.map_err(unreadable)?.data;
        length += bytes.len() as u64;
        within(length)?;
        blake3.update(&bytes);
        sha256.update(&bytes);
        let digest = ChunkDigest::of(&bytes);
        keep(digest, &bytes)?;
        chunks.push((bytes.len() as u32, digest));
        at_most("chunks", chunks.len(), ARTEFACT_CHUNKS_MAX)?;
    }
    if chunks.is_empty() {
        return Err(out_of_bounds(0).into());
    }
    let (blake3, sha256) = (*blake3.finalize().as_bytes(), sha256.finalize().into());
    Ok(Manifest::new(variant, chunks.into_iter(), blake3, sha256))
}

fn within(length: u64) -> Result<(), Invalid> {
    if length <= ARTEFACT_BYTES_MAX { Ok(()) } else { Err(out_of_bounds(length)) }
}

fn out_of_bounds(length: u64) -> Invalid {
    Invalid::new("the file's length", length, Rule::Within { low: 1.0, high: ARTEFACT_BYTES_MAX as f64 })
}

fn unreadable(error: CutError) -> io::Error {
    match error {
        CutError::IoError(cause) => cause,
        other => io::Error::other(other.to_string()),
    }
}
