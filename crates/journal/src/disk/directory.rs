//! A directory of a disk, whose failures name the path and what was tried.

use super::file_system::{DirLock, Disk, Space};
use super::files::Files;
use crate::Durability;
use crate::error::{JournalError, io_error};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A directory of a disk. A path alone is one of the machine's files.
#[derive(Debug, Clone)]
pub struct Directory {
    disk: Arc<dyn Disk>,
    path: PathBuf,
}

impl Directory {
    /// A directory of this disk.
    pub fn on(disk: Arc<dyn Disk>, path: &Path) -> Self {
        Self { disk, path: path.to_path_buf() }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Another directory of the same disk.
    pub(crate) fn beside(&self, path: &Path) -> Self {
        Self { disk: self.disk.clone(), path: path.to_path_buf() }
    }

    pub(crate) fn join(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    pub(crate) fn make(&self) -> Result<(), JournalError> {
        self.disk.make_dir(&self.path).map_err(io_error(&self.path, "create the directory"))
    }

    pub(crate) fn lock(&self) -> Result<Box<dyn DirLock>, JournalError> {
        let lock = self.disk.lock(&self.path).map_err(io_error(&self.path, "lock the directory"))?;
        lock.ok_or_else(|| JournalError::Locked { dir: self.path.clone() })
    }

    pub(crate) fn list(&self) -> Result<Vec<String>, JournalError> {
        self.disk.list(&self.path).map_err(io_error(&self.path, "list the directory"))
    }

    pub(crate) fn sync(&self) -> Result<(), JournalError> {
        self.disk.sync_dir(&self.path).map_err(io_error(&self.path, "sync the directory"))
    }

    pub(crate) fn remove(&self, path: &Path) -> Result<(), JournalError> {
        self.disk.remove(path).map_err(io_error(path, "remove the file"))
    }

    /// Removes files one after the other, each durably before the next goes: a power cut leaves no gap among them.
    pub(crate) fn remove_in_order(
        &self,
        paths: impl IntoIterator<Item = PathBuf>,
        durability: Durability,
    ) -> Result<(), JournalError> {
        for path in paths {
            self.remove(&path)?;
            if durability == Durability::Fsync {
                self.sync()?;
            }
        }
        Ok(())
    }

    pub(crate) fn space(&self) -> Result<Space, JournalError> {
        self.disk.space(&self.path).map_err(io_error(&self.path, "measure the file system"))
    }

    pub(crate) fn disk(&self) -> &dyn Disk {
        &*self.disk
    }
}

impl From<&Path> for Directory {
    fn from(path: &Path) -> Self {
        Self::on(Arc::new(Files), path)
    }
}

impl From<&PathBuf> for Directory {
    fn from(path: &PathBuf) -> Self {
        Self::from(path.as_path())
    }
}

impl From<&Directory> for Directory {
    fn from(dir: &Directory) -> Self {
        dir.clone()
    }
}
