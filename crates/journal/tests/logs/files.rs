//! Logs in files: the machine's own, and those of a disk in memory that fails.

use crate::subject::{Lost, Part, Subject};
use paceline_journal::disk::Disk;
use paceline_journal::disk::memory::{Call, EIO, Fate, MemoryDisk};
use paceline_journal::{Directory, LogAddress, Seq};
use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Ways to damage a file: a byte of it changed, at its start, in its middle, at its end.
const WAYS: usize = 3;

fn change(bytes: &mut [u8], from: usize, n: usize) {
    let last = bytes.len() - 1;
    let at = [from, usize::midpoint(from, last), last][n];
    bytes[at] ^= 0x10;
}

/// The file that holds this part, by its name.
fn file_of(names: impl Iterator<Item = String>, part: Part) -> Option<String> {
    match part {
        Part::Snapshot(at) => Some(format!("{:020}.snapshot", at.0)),
        Part::Record(Seq(seq)) => {
            let segments = names.filter(|name| name.ends_with(".log"));
            let first = |name: &String| name[..20].parse::<u64>().unwrap();
            segments.filter(|name| first(name) <= seq).max_by_key(first)
        }
    }
}

/// Directories of the machine's own files.
pub(crate) struct FileLogs {
    root: tempfile::TempDir,
    made: Cell<u32>,
}

impl Default for FileLogs {
    fn default() -> Self {
        Self { root: tempfile::tempdir().unwrap(), made: Cell::default() }
    }
}

impl Subject for FileLogs {
    fn name(&self) -> &'static str {
        "files"
    }
    fn fresh(&self) -> LogAddress {
        self.made.set(self.made.get() + 1);
        LogAddress::from(&self.root.path().join(self.made.get().to_string()))
    }
    fn cut_power(&self, _: &LogAddress) {}
    fn refuses_a_second(&self) -> bool {
        true
    }
    fn damage(&self, log: &LogAddress, part: Part, n: usize) -> bool {
        let dir = log.directory().unwrap();
        let names =
            std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let file = dir.join(file_of(names, part).unwrap());
        n < WAYS && {
            let mut bytes = std::fs::read(&file).unwrap();
            change(&mut bytes, 0, n);
            std::fs::write(file, bytes).unwrap();
            true
        }
    }
    // The machine's disk does not fail when it is told to.
    fn set_full(&self, _: bool) -> bool {
        false
    }
    fn lose_next(&self, _: Lost) -> bool {
        false
    }
    fn deliver(&self) {}
}

/// Directories of a disk in memory.
#[derive(Default)]
pub(crate) struct MemoryLogs {
    disk: MemoryDisk,
    made: Cell<u32>,
}

impl Subject for MemoryLogs {
    fn name(&self) -> &'static str {
        "memory"
    }
    fn fresh(&self) -> LogAddress {
        self.made.set(self.made.get() + 1);
        let path = PathBuf::from(format!("/{}", self.made.get()));
        LogAddress::from(Directory::on(Arc::new(self.disk.clone()), &path))
    }
    fn cut_power(&self, _: &LogAddress) {
        // A draw of 0 among four keeps no bytes, one of 1 among two no names.
        self.disk.cut_power(&mut |below| u64::from(below == 2));
    }
    fn refuses_a_second(&self) -> bool {
        true
    }
    fn damage(&self, log: &LogAddress, part: Part, n: usize) -> bool {
        let dir: &Path = log.directory().unwrap();
        let file = dir.join(file_of(self.disk.list(dir).unwrap().into_iter(), part).unwrap());
        n < WAYS && {
            self.disk.damage(&file, |bytes| change(bytes, 0, n));
            true
        }
    }
    fn set_full(&self, full: bool) -> bool {
        self.disk.set_chance(None);
        self.disk.set_capacity(full.then_some(0));
        true
    }
    /// A sync that fails leaves nobody knowing what of it is there.
    fn lose_next(&self, lost: Lost) -> bool {
        let call = match lost {
            Lost::Answer => Call::Sync,
            Lost::Question => Call::Write,
            Lost::Late => return false,
        };
        let mut done = false;
        self.disk.set_chance(Some(Box::new(move |asked, _| match asked == call && !done {
            true => {
                done = true;
                Fate::Fails(EIO)
            }
            false => Fate::Done,
        })));
        true
    }
    fn deliver(&self) {}
}
