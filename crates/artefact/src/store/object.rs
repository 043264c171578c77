//! Reading what is kept: no byte is given out before its chunk was held against its name.

use super::Store;
use super::error::{Damaged, StoreError};
use crate::digest::ChunkDigest;
use crate::keys::TrustedKeys;
use crate::manifest::{Chunk, Manifest};
use crate::signed::Verified;
use paceline_model::edge::ArtefactDigest;
use sha2::{Digest as _, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// What of an artefact is not there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Absent {
    /// Which of its chunks, ascending.
    pub chunks: Vec<usize>,
    /// Bytes that have to travel; a chunk that stands twice in the file travels once.
    pub bytes: u64,
}

impl Absent {
    /// What of an artefact is not among these chunks, which are given with their lengths.
    pub fn among(manifest: &Manifest, present: &BTreeMap<ChunkDigest, u64>) -> Self {
        let there = |chunk: &Chunk| present.get(&chunk.digest) == Some(&u64::from(chunk.length));
        let mut absent = Self::default();
        let mut counted = BTreeSet::new();
        for (index, chunk) in manifest.chunks().iter().enumerate().filter(|(_, chunk)| !there(chunk)) {
            absent.chunks.push(index);
            absent.bytes += if counted.insert(chunk.digest) { u64::from(chunk.length) } else { 0 };
        }
        absent
    }
    /// How long it takes to fetch it over a link of so many bytes a second; 0: for ever.
    pub fn time(&self, bytes_per_s: u64) -> Duration {
        match (self.bytes, bytes_per_s) {
            (0, _) => Duration::ZERO,
            (_, 0) => Duration::MAX,
            (bytes, rate) => Duration::from_secs_f64(bytes as f64 / rate as f64),
        }
    }
}

/// An artefact that is read, in chunks or as a file.
#[derive(Clone, Debug)]
pub struct Object {
    store: Arc<Store>,
    artefact: ArtefactDigest,
    manifest: Arc<Manifest>,
    /// The chunk that is read next, and the bytes of the one that was read last.
    next: usize,
    left: io::Cursor<Vec<u8>>,
}

impl Object {
    /// The artefact of this manifest, which somebody has held against the keys. Whether all of it is there shows when it is read.
    pub fn new(store: Arc<Store>, artefact: ArtefactDigest, manifest: Arc<Manifest>) -> Self {
        Self { store, artefact, manifest, next: 0, left: io::Cursor::default() }
    }
    /// What it is.
    pub fn manifest(&self) -> &Arc<Manifest> {
        &self.manifest
    }
    /// Its name.
    pub fn artefact(&self) -> ArtefactDigest {
        self.artefact
    }
    /// The bytes of one chunk, which are its.
    ///
    /// Errors: it is not there; it is damaged, and thrown away; there is no such chunk; the disk's.
    pub fn chunk(&self, index: usize) -> Result<Vec<u8>, StoreError> {
        let not_whole = |why| StoreError::NotWhole { artefact: self.artefact, index, why };
        let chunk = self.manifest.chunks().get(index).ok_or_else(|| not_whole(Damaged::Missing))?;
        self.store.read_chunk(chunk)?.map_err(not_whole)
    }
}

impl Object {
    /// Writes the file there, whole or not at all: for whoever loads it by its path. Errors: as [`Object::chunk`]; the disk's.
    pub fn write_to(&self, path: &Path) -> Result<(), StoreError> {
        let chunks = 0..self.manifest.chunks().len();
        let chunks = chunks.map(|index| self.chunk(index));
        self.store.layout.write_all(path, chunks)?;
        self.store
            .layout
            .sync(path.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new(".")))
    }
}

impl Read for Object {
    /// Errors: as [`Object::chunk`], which the error's source is.
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.left.position() == self.left.get_ref().len() as u64 {
            if self.next == self.manifest.chunks().len() {
                return Ok(0);
            }
            self.left = io::Cursor::new(self.chunk(self.next).map_err(io::Error::other)?);
            self.next += 1;
        }
        self.left.read(buffer)
    }
}

impl Store {
    /// Opens an artefact to be used: a trusted key signed its manifest, and all of its chunks are there. Each is held against its
    /// digest when it is read.
    ///
    /// Errors: it is not there, or not whole; no trusted key signed it; the disk's.
    pub fn open_object(
        self: &Arc<Self>,
        artefact: &ArtefactDigest,
        keys: &TrustedKeys,
    ) -> Result<Object, StoreError> {
        let Verified { manifest, .. } = self.verified(artefact, keys)?;
        let absent = self.absent(&manifest)?;
        match absent.chunks.first() {
            None => Ok(Object::new(self.clone(), *artefact, Arc::new(manifest))),
            Some(&index) => Err(StoreError::NotWhole { artefact: *artefact, index, why: Damaged::Missing }),
        }
    }

    /// What of an artefact is not there, by the lengths of files. Errors: the disk's.
    pub fn absent(&self, manifest: &Manifest) -> Result<Absent, StoreError> {
        let mut present = BTreeMap::new();
        for chunk in manifest.chunks() {
            if !present.contains_key(&chunk.digest) && self.has(chunk)? {
                present.insert(chunk.digest, u64::from(chunk.length));
            }
        }
        Ok(Absent::among(manifest, &present))
    }

    /// The bytes of a chunk, or what is wrong with it; a file that is not the chunk is thrown away. Errors: the disk's.
    pub(super) fn read_chunk(&self, chunk: &Chunk) -> Result<Result<Vec<u8>, Damaged>, StoreError> {
        let path = self.layout.chunk(&chunk.digest);
        let most = chunk.length as usize;
        let Some(bytes) = self.layout.read(&path, most)? else { return Ok(Err(Damaged::Missing)) };
        let why = match bytes.len() == most {
            false => Damaged::Length,
            true if ChunkDigest::of(&bytes) == chunk.digest => return Ok(Ok(bytes)),
            true => Damaged::Bytes,
        };
        self.discard(&chunk.digest)?;
        Ok(Err(why))
    }

    /// Takes a chunk away. Returns its bytes. Errors: the disk's.
    pub(super) fn discard(&self, digest: &ChunkDigest) -> Result<u64, StoreError> {
        let path = self.layout.chunk(digest);
        let Some((_, length)) = self.layout.open(&path)? else { return Ok(0) };
        self.layout.remove(&path)?;
        let mut kept = self.kept();
        kept.bytes = kept.bytes.saturating_sub(length);
        kept.unsynced.insert(self.layout.shelf(digest));
        Ok(length)
    }

    /// Reads all of an artefact and holds it against its manifest. Returns the chunks that are not there, ascending; those that were
    /// damaged are thrown away. None: the artefact is whole.
    ///
    /// Errors: all chunks are right and the whole is not; the disk's.
    pub fn verify(&self, artefact: &ArtefactDigest, manifest: &Manifest) -> Result<Vec<usize>, StoreError> {
        let (mut blake3, mut sha256) = (blake3::Hasher::new(), Sha256::new());
        let mut wrong = Vec::new();
        for (index, chunk) in manifest.chunks().iter().enumerate() {
            match self.read_chunk(chunk)? {
                Ok(bytes) if wrong.is_empty() => {
                    blake3.update(&bytes);
                    sha256.update(&bytes);
                }
                Ok(_) => {}
                Err(_) => wrong.push(index),
            }
        }
        let same =
            || *blake3.finalize().as_bytes() == manifest.blake3 && sha256.finalize()[..] == manifest.sha256;
        if wrong.is_empty() && !same() { Err(StoreError::Inconsistent(*artefact)) } else { Ok(wrong) }
    }
}
