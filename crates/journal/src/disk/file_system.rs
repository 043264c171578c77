//! The calls of a file system that the journal makes.

use std::fmt::Debug;
use std::io::{self, Read, Seek};
use std::path::Path;

/// A file system.
pub trait Disk: Debug + Send + Sync {
    /// Makes a directory and those above it, if absent.
    fn make_dir(&self, dir: &Path) -> io::Result<()>;
    /// Takes a directory for this opener alone, until the lock is dropped or the process ends. `None`: another has it.
    fn lock(&self, dir: &Path) -> io::Result<Option<Box<dyn DirLock>>>;
    /// The names in a directory, sorted.
    fn list(&self, dir: &Path) -> io::Result<Vec<String>>;
    /// An empty file to write to, in the place of any that was there.
    fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>>;
    /// A file that is there, to write behind its end.
    fn append(&self, path: &Path) -> io::Result<Box<dyn DiskFile>>;
    /// A file to read from its start, and its length in bytes.
    fn read(&self, path: &Path) -> io::Result<(Box<dyn Reader>, u64)>;
    /// Gives a file another name, in the place of any file of that name.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Takes a name away.
    fn remove(&self, path: &Path) -> io::Result<()>;
    /// Makes names that were made, changed or removed in a directory durable.
    fn sync_dir(&self, dir: &Path) -> io::Result<()>;
    /// The room on the file system of a directory.
    fn space(&self, dir: &Path) -> io::Result<Space>;
}

/// Bytes of a file system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Space {
    /// Used or not.
    pub total: u64,
    /// Those that this process may still write.
    pub free: u64,
}

/// A file that is written to.
pub trait DiskFile: Debug + Send {
    /// Writes behind the end. After an error any part of the bytes may be there.
    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()>;
    /// Makes bytes and length durable. After an error nobody knows which are.
    fn sync(&mut self) -> io::Result<()>;
    /// Cuts the file.
    fn set_len(&mut self, len: u64) -> io::Result<()>;
    /// Its length in bytes.
    fn size(&self) -> io::Result<u64>;
    /// Whether its name is still in a directory.
    fn has_name(&self) -> io::Result<bool>;
}

/// A file that is read.
pub trait Reader: Read + Seek + Send {}

impl<T: Read + Seek + Send> Reader for T {}

/// A directory that is held for one opener.
pub trait DirLock: Debug + Send {
    /// Whether the directory that was locked is still the one at its path.
    fn is_in_place(&self) -> io::Result<bool>;
}
