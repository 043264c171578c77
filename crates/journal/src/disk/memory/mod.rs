//! A disk in memory that keeps what is live and what is durable apart. A process that dies leaves the live bytes; a power cut leaves
//! what was synced, and of the rest whatever chance lets through: a prefix, a prefix and zeros, a name or none. Any call can be made
//! to fail. For tests and for the simulator of faults; nothing of it is for production.

mod fate;
mod file;
mod state;

pub use fate::{Call, Chance, Draw, EIO, EMFILE, ENOSPC, Fate};

use super::file_system::{DirLock, Disk, DiskFile, Reader, Space};
use file::{MemoryFile, MemoryLock};
use state::SharedState;
use std::io::{self, Cursor};
use std::path::Path;

/// A disk in memory. Clones are the same disk.
#[derive(Debug, Clone, Default)]
pub struct MemoryDisk {
    state: SharedState,
}

impl MemoryDisk {
    /// Lets `chance` decide what becomes of each call from now on. `None`: all succeed.
    pub fn set_chance(&self, chance: Option<Chance>) {
        self.state.get().chance = chance;
    }

    /// Bytes that files may hold together. `None`: as many as come.
    pub fn set_capacity(&self, bytes: Option<u64>) {
        self.state.get().capacity = bytes;
    }

    /// Takes away what was not synced, but for what `draw` lets through. Locks are gone with the process.
    pub fn cut_power(&self, draw: Draw<'_>) {
        self.state.get().cut_power(draw);
    }

    /// The process is gone, the machine goes on: files stay as they are, locks do not.
    pub fn kill_process(&self) {
        self.state.get().kill_process();
    }

    /// The bytes of a file as they are now, durable or not.
    pub fn bytes(&self, path: &Path) -> Option<Vec<u8>> {
        let state = self.state.get();
        let inode = state.find(path).ok()?;
        Some(state.inodes[&inode].live.clone())
    }

    /// Changes a file as no call does, live and durable: for damage at rest.
    pub fn damage(&self, path: &Path, change: impl FnOnce(&mut Vec<u8>)) {
        self.state.get().damage(path, change);
    }

    /// Takes a directory away with all in it, live and durable, behind the back of whoever has it open.
    pub fn remove_dir(&self, dir: &Path) {
        self.state.get().remove_dir(dir);
    }

    fn file(&self, inode: u64, path: &Path) -> Box<dyn DiskFile> {
        Box::new(MemoryFile { state: self.state.clone(), inode, path: path.to_path_buf() })
    }
}

impl Disk for MemoryDisk {
    fn make_dir(&self, dir: &Path) -> io::Result<()> {
        self.state.call(Call::MakeDir, dir)?.make_dir(dir);
        Ok(())
    }

    fn lock(&self, dir: &Path) -> io::Result<Option<Box<dyn DirLock>>> {
        let mut state = self.state.call(Call::Lock, dir)?;
        let number = state.directory(dir)?.number;
        let holder = state.lock(number);
        Ok(holder.map(|holder| {
            let (state, path) = (self.state.clone(), dir.to_path_buf());
            Box::new(MemoryLock { state, path, number, holder }) as Box<dyn DirLock>
        }))
    }

    fn list(&self, dir: &Path) -> io::Result<Vec<String>> {
        let state = self.state.call(Call::List, dir)?;
        Ok(state.directory(dir)?.live.keys().cloned().collect())
    }

    fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        let inode = self.state.call(Call::Create, path)?.create(path)?;
        Ok(self.file(inode, path))
    }

    fn append(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        let inode = self.state.call(Call::Append, path)?.find(path)?;
        Ok(self.file(inode, path))
    }

    fn read(&self, path: &Path) -> io::Result<(Box<dyn Reader>, u64)> {
        let state = self.state.call(Call::Read, path)?;
        let bytes = state.inodes[&state.find(path)?].live.clone();
        let len = bytes.len() as u64;
        Ok((Box::new(Cursor::new(bytes)), len))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.state.call(Call::Rename, from)?.rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.state.call(Call::Remove, path)?.remove(path)
    }

    fn sync_dir(&self, dir: &Path) -> io::Result<()> {
        self.state.call(Call::SyncDir, dir)?.sync_dir(dir)
    }

    fn space(&self, dir: &Path) -> io::Result<Space> {
        let state = self.state.call(Call::Space, dir)?;
        let total = state.capacity.unwrap_or(1 << 40);
        Ok(Space { total, free: total.saturating_sub(state.used()) })
    }
}
