//! Artefacts on disk: chunks by digest, each written whole or not at all, and none believed because it is there.

mod collect;
mod error;
mod layout;
mod object;

pub use collect::Collected;
pub use error::{Damaged, StoreError};
pub use object::{Absent, Object};

use crate::canonical::ManifestError;
use crate::digest::ChunkDigest;
use crate::keys::TrustedKeys;
use crate::manifest::Chunk;
use crate::signed::{Signed, Verified};
use layout::Layout;
use paceline_journal::disk::{DirLock, Disk, Files};
use paceline_journal::{Directory, Reserve};
use paceline_model::edge::ArtefactDigest;
use paceline_model::limits::{ARTEFACT_CHUNK_BYTES, ARTEFACT_MANIFEST_BYTES_MAX, ARTEFACTS_MAX, at_most};
use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Room that is kept for the owner's own state: some hundred times what an agent writes down at once.
const RESERVE_BYTES: u64 = 4 << 20;

/// A directory of artefacts, held by one process. All of it may be asked by several threads at once.
#[derive(Debug)]
pub struct Store {
    layout: Layout,
    /// Held for as long as the store is open; nobody asks it anything.
    _lock: Mutex<Box<dyn DirLock>>,
    kept: Mutex<Kept>,
    /// Most bytes of chunks that are kept.
    bytes_max: u64,
}

/// What changes.
#[derive(Debug)]
struct Kept {
    /// Bytes of all chunks.
    bytes: u64,
    reserve: Reserve,
    /// Directories with names that may not be durable yet: at first all, for a process before this one may have died without syncing.
    unsynced: BTreeSet<PathBuf>,
}

impl Store {
    /// Opens a directory of the machine, which is made if it is not there; at most so many bytes of chunks are kept in it.
    ///
    /// Errors: another process has it open; the disk's.
    pub fn open(dir: &Path, bytes_max: u64) -> Result<Self, StoreError> {
        Self::open_on(Arc::new(Files), dir, bytes_max)
    }

    /// The same, on this disk.
    pub fn open_on(disk: Arc<dyn Disk>, dir: &Path, bytes_max: u64) -> Result<Self, StoreError> {
        let layout = Layout { disk, dir: dir.to_path_buf() };
        layout.make()?;
        let lock = layout.disk.lock(dir).map_err(error::failed(dir, "lock"))?;
        let lock = lock.ok_or_else(|| StoreError::Locked(dir.to_path_buf()))?;
        let mut reserve = Reserve::of(&Directory::on(layout.disk.clone(), dir), RESERVE_BYTES);
        // A disk without room for it is said to be full when something is to be kept.
        _ = reserve.restore();
        let kept = Mutex::new(Kept { bytes: 0, reserve, unsynced: layout.shelves().collect() });
        let store = Self { layout, _lock: Mutex::new(lock), kept, bytes_max };
        store.kept().bytes = store.count()?;
        Ok(store)
    }

    /// Bytes of all chunks that are there. What is half written goes.
    fn count(&self) -> Result<u64, StoreError> {
        self.layout.named(&self.layout.manifests())?;
        let mut bytes = 0;
        for shelf in self.layout.shelves() {
            for digest in self.layout.named(&shelf)? {
                let path = self.layout.chunk(&ChunkDigest(digest));
                bytes += self.layout.open(&path)?.map_or(0, |(_, length)| length);
            }
        }
        Ok(bytes)
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Bytes of all chunks that are there.
    pub fn bytes(&self) -> u64 {
        self.kept().bytes
    }

    /// Bytes of chunks that may still be written: within its bound, and on the disk beside the reserve. Errors: the disk's.
    pub fn room(&self) -> Result<u64, StoreError> {
        let dir = &self.layout.dir;
        let free = self.layout.disk.space(dir).map_err(error::failed(dir, "measure"))?.free;
        let kept = self.kept();
        let owed = if kept.reserve.is_held() { 0 } else { 2 * RESERVE_BYTES };
        Ok(free.saturating_sub(owed).min(self.bytes_max.saturating_sub(kept.bytes)))
    }

    /// Whether a chunk of that length is there; its bytes are looked at when it is read. Errors: the disk's.
    pub fn has(&self, chunk: &Chunk) -> Result<bool, StoreError> {
        let found = self.layout.open(&self.layout.chunk(&chunk.digest))?;
        Ok(found.is_some_and(|(_, length)| length == u64::from(chunk.length)))
    }

    /// Keeps a chunk. Its name is durable once [`Store::settle`] has returned; a power cut before that costs a fetch of it.
    ///
    /// Errors: these are not its bytes; no room, and nothing of it is there; the disk's.
    pub fn put_chunk(&self, digest: &ChunkDigest, bytes: &[u8]) -> Result<(), StoreError> {
        let found = ChunkDigest::of(bytes);
        if found != *digest {
            return Err(StoreError::WrongBytes { wanted: *digest, found });
        }
        let path = self.layout.chunk(digest);
        let (_, _, most) = ARTEFACT_CHUNK_BYTES;
        let before = self.layout.read(&path, most)?;
        if before.as_deref() == Some(bytes) {
            return Ok(());
        }
        self.admit(bytes.len() as u64)?;
        self.layout.write(&path, bytes).map_err(|error| self.full(error, bytes.len() as u64))?;
        let mut kept = self.kept();
        let before = before.map_or(0, |before| before.len() as u64);
        kept.bytes = (kept.bytes + bytes.len() as u64).saturating_sub(before);
        kept.unsynced.insert(self.layout.shelf(digest));
        Ok(())
    }

    /// Errors: as much is kept as may be, or the reserve was given up and there is no room yet to take it again.
    fn admit(&self, needs: u64) -> Result<(), StoreError> {
        let mut kept = self.kept();
        // It stays full where this fails.
        _ = kept.reserve.restore();
        if kept.reserve.is_held() && kept.bytes.saturating_add(needs) <= self.bytes_max {
            return Ok(());
        }
        Err(StoreError::Full { dir: self.layout.dir.clone(), needs })
    }

    fn full(&self, error: StoreError, needs: u64) -> StoreError {
        match error {
            StoreError::Io { cause, .. } if cause.kind() == io::ErrorKind::StorageFull => {
                StoreError::Full { dir: self.layout.dir.clone(), needs }
            }
            other => other,
        }
    }

    /// Makes the names of all chunks durable that were kept. Errors: the disk's.
    pub fn settle(&self) -> Result<(), StoreError> {
        let unsynced = self.kept().unsynced.clone();
        for dir in unsynced {
            // Before it is synced: a name that comes meanwhile asks for another sync.
            self.kept().unsynced.remove(&dir);
            self.layout.sync(&dir).inspect_err(|_| _ = self.kept().unsynced.insert(dir.clone()))?;
        }
        Ok(())
    }

    /// Lets `write` write the owner's own state; where the disk is full, the reserve is given up for it, and no chunk is kept
    /// before it could be taken again. Errors: those of `write`.
    pub fn with_reserve<T>(&self, mut write: impl FnMut() -> io::Result<T>) -> io::Result<T> {
        match write() {
            Err(error) if error.kind() == io::ErrorKind::StorageFull && self.kept().reserve.release() => {
                write()
            }
            written => written,
        }
    }

    /// Keeps a manifest, durably. Nobody has to have looked at its signature: that is done when it is used.
    ///
    /// Errors: as many are kept as may be; no room; the disk's.
    pub fn put_manifest(&self, signed: &Signed) -> Result<ArtefactDigest, StoreError> {
        let artefact = signed.artefact();
        let path = self.layout.manifest(&artefact);
        if self.layout.open(&path)?.is_none() {
            let count = self.artefacts()?.len() + 1;
            at_most("artefacts", count, ARTEFACTS_MAX).map_err(ManifestError::from)?;
        }
        let bytes = signed.encode();
        self.layout.write(&path, &bytes).map_err(|error| self.full(error, bytes.len() as u64))?;
        self.layout.sync(&self.layout.manifests())?;
        Ok(artefact)
    }

    /// A manifest that is kept, whoever signed it. One that is damaged is thrown away, as if it had never been there.
    ///
    /// Errors: it is not there; the disk's.
    pub fn manifest(&self, artefact: &ArtefactDigest) -> Result<Signed, StoreError> {
        let path = self.layout.manifest(artefact);
        let unknown = || StoreError::Unknown(*artefact);
        let bytes = self.layout.read(&path, ARTEFACT_MANIFEST_BYTES_MAX)?.ok_or_else(unknown)?;
        match Signed::decode(&bytes) {
            Ok(signed) if signed.artefact() == *artefact => Ok(signed),
            _ => {
                self.layout.remove(&path)?;
                Err(unknown())
            }
        }
    }

    /// The same, held against the keys. Errors: as [`Store::manifest`]; no trusted key signed it.
    pub fn verified(&self, artefact: &ArtefactDigest, keys: &TrustedKeys) -> Result<Verified, StoreError> {
        Ok(self.manifest(artefact)?.verify(artefact, keys)?)
    }

    /// The artefacts whose manifests are there, whole or not. Errors: the disk's.
    pub fn artefacts(&self) -> Result<Vec<ArtefactDigest>, StoreError> {
        let named = self.layout.named(&self.layout.manifests())?;
        Ok(named.into_iter().map(ArtefactDigest).collect())
    }
}
