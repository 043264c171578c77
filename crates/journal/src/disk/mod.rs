//! What the journal asks of a file system, and nothing more: so that the same code runs on the machine's files and on a disk in
//! memory that forgets what was not synced and fails when it is told to.
//!
//! Names and bytes become durable apart from each other, as on a real file system: [`DiskFile::sync`] for the bytes of a file,
//! [`Disk::sync_dir`] for the names in a directory.

mod directory;
mod file_system;
mod files;
pub mod memory;

pub use directory::Directory;
pub use file_system::{DirLock, Disk, DiskFile, Reader, Space};
pub use files::Files;
