//! An open file and a lock of a disk in memory.

use super::fate::{Call, Fate};
use super::state::SharedState;
use crate::disk::file_system::{DirLock, DiskFile};
use std::io;
use std::path::PathBuf;

#[derive(Debug)]
pub(super) struct MemoryFile {
    pub(super) state: SharedState,
    pub(super) inode: u64,
    pub(super) path: PathBuf,
}

impl DiskFile for MemoryFile {
    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        let mut state = self.state.get();
        match state.fate(Call::Write, &self.path) {
            Fate::Done => state.write(self.inode, bytes),
            Fate::Fails(errno) => Err(io::Error::from_raw_os_error(errno)),
            Fate::Torn(kept, errno) => {
                state.write(self.inode, &bytes[..kept.min(bytes.len())])?;
                Err(io::Error::from_raw_os_error(errno))
            }
        }
    }

    fn sync(&mut self) -> io::Result<()> {
        let mut state = self.state.get();
        match state.fate(Call::Sync, &self.path) {
            Fate::Done => {
                state.inode(self.inode).sync();
                Ok(())
            }
            Fate::Fails(errno) | Fate::Torn(_, errno) => {
                state.inode(self.inode).sync_failed();
                Err(io::Error::from_raw_os_error(errno))
            }
        }
    }

    fn set_len(&mut self, len: u64) -> io::Result<()> {
        let mut state = self.state.call(Call::SetLen, &self.path)?;
        state.inode(self.inode).set_len(usize::try_from(len).unwrap_or(usize::MAX));
        Ok(())
    }

    fn size(&self) -> io::Result<u64> {
        Ok(self.state.get().inode(self.inode).live.len() as u64)
    }

    fn has_name(&self) -> io::Result<bool> {
        Ok(self.state.get().has_name(self.inode))
    }
}

#[derive(Debug)]
pub(super) struct MemoryLock {
    pub(super) state: SharedState,
    pub(super) path: PathBuf,
    pub(super) number: u64,
    pub(super) holder: u64,
}

impl DirLock for MemoryLock {
    fn is_in_place(&self) -> io::Result<bool> {
        Ok(self.state.get().directory(&self.path).is_ok_and(|names| names.number == self.number))
    }
}

impl Drop for MemoryLock {
    fn drop(&mut self) {
        self.state.get().unlock(self.number, self.holder);
    }
}
