//! Room that is kept for when the disk is full: a file of zeros that is given up so that what matters most can still be written
//! down: trips under way by a journal, its own state by a store of artefacts.

use crate::disk::Directory;
use crate::error::{JournalError, io_error};
use std::path::PathBuf;

const RESERVE: &str = "reserve";
/// The share of a file system that is kept at most, so that a small one has room for anything else.
const SHARE_MAX: u64 = 16;
/// Zeros are written in pieces of this many bytes.
const PIECE: usize = 64 << 10;

/// Room that is kept in a directory for when its disk is full.
#[derive(Debug)]
pub struct Reserve {
    dir: Directory,
    /// 0: none is kept.
    bytes: u64,
    held: bool,
}

impl Reserve {
    /// At most so many bytes; none where the file system does not say how large it is.
    pub fn of(dir: &Directory, bytes_max: u64) -> Reserve {
        let bytes = dir.space().map_or(0, |space| bytes_max.min(space.total / SHARE_MAX));
        let path = dir.join(RESERVE);
        let held = bytes > 0 && dir.disk().read(&path).is_ok_and(|(_, len)| len >= bytes);
        Reserve { dir: dir.clone(), bytes, held }
    }

    /// Whether there is room for more than what is under way.
    pub fn is_held(&self) -> bool {
        self.held || self.bytes == 0
    }

    /// Gives the room up. Returns whether there was any.
    pub fn release(&mut self) -> bool {
        self.held && {
            self.held = false;
            self.dir.remove(&self.path()).is_ok()
        }
    }

    /// Takes the room again, once there is twice as much, so that the next record does not need it at once. Errors: the disk's.
    pub fn restore(&mut self) -> Result<(), JournalError> {
        if self.is_held() || self.dir.space()?.free < 2 * self.bytes {
            return Ok(());
        }
        let filled = self.fill();
        if filled.is_err() {
            _ = self.dir.remove(&self.path());
        }
        self.held = filled.is_ok();
        filled
    }

    fn fill(&self) -> Result<(), JournalError> {
        let path = self.path();
        let fail = |action| io_error(&path, action);
        let mut file = self.dir.disk().create(&path).map_err(fail("create the reserve"))?;
        let zeros = vec![0; PIECE];
        let mut left = self.bytes as usize;
        while left > 0 {
            let piece = left.min(PIECE);
            file.write_all(&zeros[..piece]).map_err(fail("write the reserve"))?;
            left -= piece;
        }
        file.sync().map_err(fail("sync the reserve"))
    }

    fn path(&self) -> PathBuf {
        self.dir.join(RESERVE)
    }
}
