//! Where what lies in a store, and how a file comes there: whole, or not at all.
//!
//! ```text
//!   chunks/9f/9f86…0a08      a chunk's bytes, under its digest
//!   manifests/2c26…e7ae      a signed manifest, under the digest of what is signed
//!   reserve                  zeros, given up so that the owner's own state can be written on a full disk
//!   *.part                   being written; whatever is there at the start is thrown away
//! ```

use super::error::{StoreError, failed};
use crate::digest::{ChunkDigest, hex};
use paceline_journal::disk::{Disk, Reader};
use paceline_model::edge::ArtefactDigest;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

const PART: &str = ".part";

/// A file that is there, to be read from its start, and its length.
pub(super) type Found = (Box<dyn Reader>, u64);

/// The files of a store.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    pub(super) disk: Arc<dyn Disk>,
    pub(super) dir: PathBuf,
}

impl Layout {
    /// Makes the directories. Errors: the disk's.
    pub(super) fn make(&self) -> Result<(), StoreError> {
        for dir in self.shelves().chain([self.manifests(), self.dir.clone()]) {
            self.disk.make_dir(&dir).map_err(failed(&dir, "make the directory"))?;
        }
        Ok(())
    }
    /// The directories of chunks.
    pub(super) fn shelves(&self) -> impl Iterator<Item = PathBuf> {
        let chunks = self.dir.join("chunks");
        (0..=u8::MAX).map(move |first| chunks.join(format!("{first:02x}")))
    }
    pub(super) fn shelf(&self, of: &ChunkDigest) -> PathBuf {
        self.dir.join("chunks").join(format!("{:02x}", of.0[0]))
    }
    pub(super) fn chunk(&self, of: &ChunkDigest) -> PathBuf {
        self.shelf(of).join(hex(&of.0))
    }
    pub(super) fn manifests(&self) -> PathBuf {
        self.dir.join("manifests")
    }
    pub(super) fn manifest(&self, of: &ArtefactDigest) -> PathBuf {
        self.manifests().join(hex(&of.0))
    }

    /// The digests that files of a directory are called by; those half written go. Errors: the disk's.
    pub(super) fn named(&self, dir: &Path) -> Result<Vec<[u8; 32]>, StoreError> {
        let names = match self.disk.list(dir) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            names => names.map_err(failed(dir, "list"))?,
        };
        let mut digests = Vec::new();
        for name in names {
            if name.ends_with(PART) {
                self.remove(&dir.join(name))?;
            } else {
                let digest: Option<ChunkDigest> = format!("blake3:{name}").parse().ok();
                digests.extend(digest.map(|digest| digest.0));
            }
        }
        Ok(digests)
    }

    /// A file and its length. `None`: there is none. Errors: the disk's.
    pub(super) fn open(&self, path: &Path) -> Result<Option<Found>, StoreError> {
        match self.disk.read(path) {
            Ok(found) => Ok(Some(found)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(failed(path, "open")(error)),
        }
    }
    /// The bytes of a file of at most so many; a longer one is read no further. Errors: the disk's.
    pub(super) fn read(&self, path: &Path, most: usize) -> Result<Option<Vec<u8>>, StoreError> {
        let Some((reader, _)) = self.open(path)? else { return Ok(None) };
        let mut bytes = Vec::new();
        reader.take(most as u64 + 1).read_to_end(&mut bytes).map_err(failed(path, "read"))?;
        Ok(Some(bytes))
    }

    /// Writes a file: after an error there is none under its name, or the one of before. Its name is durable once its directory is synced.
    pub(super) fn write(&self, path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
        self.write_all(path, std::iter::once(Ok(bytes)))
    }
    /// The same in pieces. Errors: also those of the pieces.
    pub(super) fn write_all<Piece: AsRef<[u8]>>(
        &self,
        path: &Path,
        pieces: impl Iterator<Item = Result<Piece, StoreError>>,
    ) -> Result<(), StoreError> {
        let mut part = path.as_os_str().to_owned();
        part.push(PART);
        let part = PathBuf::from(part);
        let written = self
            .write_part(&part, pieces)
            .and_then(|()| self.disk.rename(&part, path).map_err(failed(path, "give its name to")));
        if written.is_err() {
            // What cannot be removed now is at the next start.
            _ = self.disk.remove(&part);
        }
        written
    }
    fn write_part<Piece: AsRef<[u8]>>(
        &self,
        part: &Path,
        pieces: impl Iterator<Item = Result<Piece, StoreError>>,
    ) -> Result<(), StoreError> {
        let mut file = self.disk.create(part).map_err(failed(part, "create"))?;
        for piece in pieces {
            file.write_all(piece?.as_ref()).map_err(failed(part, "write"))?;
        }
        file.sync().map_err(failed(part, "sync"))
    }
    /// Takes a file away, if it is there. Errors: the disk's.
    pub(super) fn remove(&self, path: &Path) -> Result<(), StoreError> {
        match self.disk.remove(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failed(path, "remove")(error)),
            _ => Ok(()),
        }
    }
    /// Makes the names in a directory durable. Errors: the disk's.
    pub(super) fn sync(&self, dir: &Path) -> Result<(), StoreError> {
        self.disk.sync_dir(dir).map_err(failed(dir, "sync"))
    }
}
