//! What a disk in memory holds: files by number, names by directory, each as it is and as it is durable.

use super::fate::{Call, Chance, Draw, ENOSPC, Fate};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What a power cut leaves unwritten of a file begins at such a place.
const SECTOR: usize = 512;

/// The state of a disk, for all who have it or a file of it open.
#[derive(Clone, Default)]
pub(super) struct SharedState(Arc<Mutex<State>>);

impl SharedState {
    pub(super) fn get(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The state, for a call that is to succeed. Errors: what becomes of the call instead.
    pub(super) fn call(&self, call: Call, path: &Path) -> io::Result<MutexGuard<'_, State>> {
        let mut state = self.get();
        match state.fate(call, path) {
            Fate::Done => Ok(state),
            Fate::Fails(errno) | Fate::Torn(_, errno) => Err(io::Error::from_raw_os_error(errno)),
        }
    }
}

impl std::fmt::Debug for SharedState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a disk in memory")
    }
}

#[derive(Default)]
pub(super) struct State {
    pub(super) inodes: BTreeMap<u64, Inode>,
    dirs: BTreeMap<PathBuf, Names>,
    numbers: u64,
    locks: BTreeMap<u64, u64>,
    pub(super) chance: Option<Chance>,
    pub(super) capacity: Option<u64>,
}

/// A file.
#[derive(Default)]
pub(super) struct Inode {
    pub(super) live: Vec<u8>,
    durable: Vec<u8>,
    /// Live bytes from here on are to be written with the next sync.
    dirty_from: usize,
    /// Live bytes up to here are durable. Less than `dirty_from` after a sync that failed.
    sound_to: usize,
}

/// The files of a directory by name.
#[derive(Default)]
pub(super) struct Names {
    pub(super) number: u64,
    pub(super) live: BTreeMap<String, u64>,
    durable: BTreeMap<String, u64>,
}

impl State {
    pub(super) fn fate(&mut self, call: Call, path: &Path) -> Fate {
        self.chance.as_mut().map_or(Fate::Done, |chance| chance(call, path))
    }

    fn number(&mut self) -> u64 {
        self.numbers += 1;
        self.numbers
    }

    pub(super) fn make_dir(&mut self, dir: &Path) {
        if !self.dirs.contains_key(dir) {
            let number = self.number();
            self.dirs.insert(dir.to_path_buf(), Names { number, ..Names::default() });
        }
    }

    pub(super) fn directory(&self, dir: &Path) -> io::Result<&Names> {
        self.dirs.get(dir).ok_or_else(|| missing(dir))
    }

    fn names(&mut self, dir: &Path) -> io::Result<&mut Names> {
        self.dirs.get_mut(dir).ok_or_else(|| missing(dir))
    }

    /// The number of a directory's holder from now on. `None`: another holds it.
    pub(super) fn lock(&mut self, dir: u64) -> Option<u64> {
        let holder = self.number();
        (!self.locks.contains_key(&dir)).then(|| self.locks.insert(dir, holder));
        (self.locks.get(&dir) == Some(&holder)).then_some(holder)
    }

    pub(super) fn unlock(&mut self, dir: u64, holder: u64) {
        if self.locks.get(&dir) == Some(&holder) {
            self.locks.remove(&dir);
        }
    }

    pub(super) fn find(&self, path: &Path) -> io::Result<u64> {
        let (dir, name) = split(path)?;
        self.directory(&dir)?.live.get(&name).copied().ok_or_else(|| missing(path))
    }

    pub(super) fn create(&mut self, path: &Path) -> io::Result<u64> {
        let (dir, name) = split(path)?;
        if let Ok(inode) = self.find(path) {
            self.inode(inode).set_len(0);
            return Ok(inode);
        }
        let inode = self.number();
        self.names(&dir)?.live.insert(name, inode);
        self.inodes.insert(inode, Inode::default());
        Ok(inode)
    }

    pub(super) fn rename(&mut self, from: &Path, to: &Path) -> io::Result<()> {
        let inode = self.find(from)?;
        let ((dir, old), (_, new)) = (split(from)?, split(to)?);
        let names = self.names(&dir)?;
        names.live.remove(&old);
        names.live.insert(new, inode);
        Ok(())
    }

    pub(super) fn remove(&mut self, path: &Path) -> io::Result<()> {
        self.find(path)?;
        let (dir, name) = split(path)?;
        self.names(&dir)?.live.remove(&name);
        Ok(())
    }

    pub(super) fn sync_dir(&mut self, dir: &Path) -> io::Result<()> {
        let names = self.names(dir)?;
        names.durable = names.live.clone();
        self.forget_nameless();
        Ok(())
    }

    pub(super) fn inode(&mut self, inode: u64) -> &mut Inode {
        self.inodes.entry(inode).or_default()
    }

    pub(super) fn has_name(&self, inode: u64) -> bool {
        self.dirs.values().any(|names| names.live.values().any(|&named| named == inode))
    }

    /// Bytes of files that have a name.
    pub(super) fn used(&self) -> u64 {
        let named: BTreeSet<u64> =
            self.dirs.values().flat_map(|names| names.live.values().copied()).collect();
        named.iter().map(|inode| self.inodes[inode].live.len() as u64).sum()
    }

    /// As many of the bytes as there is room for. Errors: not for all.
    pub(super) fn write(&mut self, inode: u64, bytes: &[u8]) -> io::Result<()> {
        let free = self.capacity.map_or(u64::MAX, |capacity| capacity.saturating_sub(self.used()));
        let fits = usize::try_from(free).unwrap_or(usize::MAX).min(bytes.len());
        self.inode(inode).live.extend_from_slice(&bytes[..fits]);
        if fits < bytes.len() { Err(io::Error::from_raw_os_error(ENOSPC)) } else { Ok(()) }
    }

    /// What a failed sync gave up is written by the next one: the window between that and the next process is beyond this disk.
    pub(super) fn kill_process(&mut self) {
        self.locks.clear();
        for inode in self.inodes.values_mut() {
            inode.dirty_from = inode.dirty_from.min(inode.sound_to);
        }
    }

    pub(super) fn cut_power(&mut self, draw: Draw<'_>) {
        self.locks.clear();
        for names in self.dirs.values_mut() {
            names.cut_power(draw);
        }
        for inode in self.inodes.values_mut() {
            inode.cut_power(draw);
        }
        self.forget_nameless();
    }

    /// Drops files that no directory names and none will name after a power cut. Whoever has one open may go on writing to it.
    fn forget_nameless(&mut self) {
        let named = self.dirs.values().flat_map(|names| names.live.values().chain(names.durable.values()));
        let named: BTreeSet<u64> = named.copied().collect();
        self.inodes.retain(|inode, _| named.contains(inode));
    }

    pub(super) fn damage(&mut self, path: &Path, change: impl FnOnce(&mut Vec<u8>)) {
        let Ok(inode) = self.find(path) else { return };
        let inode = self.inode(inode);
        change(&mut inode.live);
        inode.durable.clone_from(&inode.live);
        (inode.dirty_from, inode.sound_to) = (inode.live.len(), inode.live.len());
    }

    pub(super) fn remove_dir(&mut self, dir: &Path) {
        self.dirs.remove(dir);
    }
}

impl Inode {
    pub(super) fn set_len(&mut self, len: usize) {
        self.live.truncate(len);
        self.dirty_from = self.dirty_from.min(len);
        self.sound_to = self.sound_to.min(len);
    }

    pub(super) fn sync(&mut self) {
        self.durable.resize(self.dirty_from, 0);
        self.durable.extend_from_slice(&self.live[self.dirty_from..]);
        if self.dirty_from <= self.sound_to {
            self.sound_to = self.live.len();
        }
        self.dirty_from = self.live.len();
    }

    /// What was to be written is neither durable nor tried again: a later sync that succeeds says nothing of it.
    pub(super) fn sync_failed(&mut self) {
        self.dirty_from = self.live.len();
    }

    /// All that was written and not synced is there, or a part of it, or nothing.
    fn cut_power(&mut self, draw: Draw<'_>) {
        let unsynced = self.live.len() - self.dirty_from;
        let length = self.durable.len().min(self.dirty_from);
        match draw(4) {
            0 => {}
            kind if unsynced > 0 && length == self.dirty_from => {
                let kept = draw(unsynced as u64 + 1) as usize;
                self.durable.truncate(length);
                self.durable.extend_from_slice(&self.live[length..length + kept]);
                if kind == 1 {
                    // The file was grown before its last sectors were written.
                    let written = self.durable.len() / SECTOR * SECTOR;
                    self.durable.truncate(written.max(length));
                    self.durable.resize(self.live.len(), 0);
                }
            }
            _ => {}
        }
        self.live.clone_from(&self.durable);
        (self.dirty_from, self.sound_to) = (self.live.len(), self.live.len());
    }
}

impl Names {
    /// Each name that was made or removed and not synced is so, or is not: a file system promises no order.
    fn cut_power(&mut self, draw: Draw<'_>) {
        let changed: BTreeSet<String> = self.live.keys().chain(self.durable.keys()).cloned().collect();
        for name in changed {
            let (now, before) = (self.live.get(&name).copied(), self.durable.get(&name).copied());
            if now != before && draw(2) == 0 {
                match now {
                    Some(inode) => _ = self.durable.insert(name, inode),
                    None => _ = self.durable.remove(&name),
                }
            }
        }
        self.live = self.durable.clone();
    }
}

fn missing(path: &Path) -> io::Error {
    io::Error::new(ErrorKind::NotFound, format!("{} is not there", path.display()))
}

/// The directory of a file, and its name there.
fn split(path: &Path) -> io::Result<(PathBuf, String)> {
    let name = path.file_name().and_then(|name| name.to_str()).ok_or_else(|| missing(path))?;
    Ok((path.parent().unwrap_or(Path::new("")).to_path_buf(), name.to_owned()))
}
