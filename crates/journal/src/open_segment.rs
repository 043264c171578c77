//! The segment that is written to.

use crate::disk::{Directory, DiskFile};
use crate::error::{JournalError, io_error};
use crate::format::{Chain, SegmentHeader, encode_segment_header};
use crate::layout::{SegmentFile, segment_path};
use crate::{Durability, Seq};
use std::io;
use std::path::PathBuf;

#[derive(Debug)]
pub(crate) struct OpenSegment {
    first: Seq,
    path: PathBuf,
    file: Box<dyn DiskFile>,
    /// Bytes including those that are still to be written.
    pub(crate) len: u64,
}

impl OpenSegment {
    /// Begins a segment with its header, in the place of one of that name that nothing was committed to.
    pub(crate) fn create(
        dir: &Directory,
        first: Seq,
        before: Chain,
        durability: Durability,
    ) -> Result<OpenSegment, JournalError> {
        let path = segment_path(dir, first);
        let mut file = dir.disk().create(&path).map_err(io_error(&path, "create the segment"))?;
        let header = encode_segment_header(SegmentHeader { first, before });
        file.write_all(&header).map_err(io_error(&path, "write the segment's header"))?;
        if durability == Durability::Fsync {
            file.sync().map_err(io_error(&path, "sync the segment"))?;
            dir.sync()?;
        }
        Ok(OpenSegment { first, path, file, len: header.len() as u64 })
    }

    /// Opens a segment for appending after its last whole record, drops what lies behind that, and syncs what lies before: a
    /// process that died may have written it and not come to its sync.
    pub(crate) fn reopen(
        dir: &Directory,
        segment: &SegmentFile,
        len: u64,
        durability: Durability,
    ) -> Result<OpenSegment, JournalError> {
        let SegmentFile { first, path } = segment.clone();
        let file = dir.disk().append(&path).map_err(io_error(&path, "open the segment"))?;
        let mut segment = OpenSegment { first, path, file, len };
        segment.cut_back(len, durability)?;
        Ok(segment)
    }

    /// Drops what lies behind so many bytes, and syncs them.
    pub(crate) fn cut_back(&mut self, len: u64, durability: Durability) -> Result<(), JournalError> {
        if self.file.size().map_err(self.fail("measure the segment"))? > len {
            self.file.set_len(len).map_err(self.fail("drop the cut tail"))?;
        }
        self.len = len;
        match durability {
            Durability::Fsync => self.file.sync().map_err(self.fail("sync the segment")),
            Durability::None => Ok(()),
        }
    }

    pub(crate) fn file(&self) -> SegmentFile {
        SegmentFile { first: self.first, path: self.path.clone() }
    }

    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<(), JournalError> {
        self.file.write_all(bytes).map_err(self.fail("write records"))
    }

    pub(crate) fn sync(&mut self) -> Result<(), JournalError> {
        self.file.sync().map_err(self.fail("sync records"))
    }

    pub(crate) fn has_name(&self) -> Result<bool, JournalError> {
        self.file.has_name().map_err(self.fail("look for the segment"))
    }

    pub(crate) fn fail(&self, action: &'static str) -> impl FnOnce(io::Error) -> JournalError + use<> {
        io_error(&self.path, action)
    }
}
