//! What becomes of a call of a disk in memory.

use std::path::Path;

/// What is asked of the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "each is the call of its name")]
pub enum Call {
    MakeDir,
    Lock,
    List,
    Create,
    Append,
    Read,
    Rename,
    Remove,
    SyncDir,
    Space,
    Write,
    Sync,
    SetLen,
}

/// What becomes of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It does what it should.
    Done,
    /// It fails with this number of the operating system and changes nothing, but that a failed sync leaves what it was for neither
    /// durable nor to be synced again, as Linux does.
    Fails(i32),
    /// A write leaves so many of its bytes, then fails with this number.
    Torn(usize, i32),
}

/// Decides what becomes of each call, by its kind and path.
pub type Chance = Box<dyn FnMut(Call, &Path) -> Fate + Send>;

/// Draws a number below the one given, which is at least 1: what a power cut leaves.
pub type Draw<'a> = &'a mut dyn FnMut(u64) -> u64;

/// "No space left on device".
pub const ENOSPC: i32 = 28;
/// "Input/output error".
pub const EIO: i32 = 5;
/// "Too many open files".
pub const EMFILE: i32 = 24;
