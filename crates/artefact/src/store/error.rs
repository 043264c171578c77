//! What can go wrong with a store.

use crate::canonical::ManifestError;
use crate::digest::ChunkDigest;
use crate::room::NoRoom;
use paceline_model::edge::ArtefactDigest;
use std::io;
use std::path::{Path, PathBuf};

/// What can go wrong with a store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The file system failed.
    #[error("cannot {action} {}: {cause}", path.display())]
    Io {
        /// Which file or directory.
        path: PathBuf,
        /// What was tried.
        action: &'static str,
        /// What the system said.
        cause: io::Error,
    },
    /// Another process has the store open.
    #[error("another process has the store {} open", .0.display())]
    Locked(PathBuf),
    /// The disk is full, or as much is kept as may be. Nothing of what was to be kept is there.
    #[error("there is no room for {needs} bytes in {}", dir.display())]
    Full {
        /// The store.
        dir: PathBuf,
        /// Bytes that were to be written.
        needs: u64,
    },
    /// As much as may be dropped is not enough.
    #[error(transparent)]
    NoRoom(Box<NoRoom>),
    /// The bytes are not those of the name that they came under.
    #[error("the bytes are those of {found}, not of {wanted}")]
    WrongBytes {
        /// The name that they came under.
        wanted: ChunkDigest,
        /// Their own.
        found: ChunkDigest,
    },
    /// There is no such artefact.
    #[error("{0} is not in the store")]
    Unknown(ArtefactDigest),
    /// A chunk is not there, or what was there was not it and has been thrown away.
    #[error("chunk {index} of {artefact} is not whole: {why}")]
    NotWhole {
        /// Of which artefact.
        artefact: ArtefactDigest,
        /// Which of its chunks, from 0.
        index: usize,
        /// Whether it was there.
        why: Damaged,
    },
    /// Each chunk is as the manifest says, and the whole is not: whoever signed it described another file.
    #[error("{0} is in itself inconsistent: its chunks are not the file that its manifest speaks of")]
    Inconsistent(ArtefactDigest),
    /// The manifest is not to be used.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
}

/// What was wrong with a chunk that was to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Damaged {
    /// There is no file.
    #[error("it is not there")]
    Missing,
    /// The file was of another length.
    #[error("its file had another length, and was thrown away")]
    Length,
    /// The bytes were others.
    #[error("its file held other bytes, and was thrown away")]
    Bytes,
}

impl StoreError {
    /// Whether it may go well once there is room.
    pub fn is_full(&self) -> bool {
        matches!(self, Self::Full { .. } | Self::NoRoom(_))
    }
}

/// Names path and action of a failure.
pub(super) fn failed(path: &Path, action: &'static str) -> impl FnOnce(io::Error) -> StoreError {
    let path = path.to_path_buf();
    move |cause| StoreError::Io { path, action, cause }
}
