//! Records in order, one at a time, across the segments. Reads only; needs no lock, so a live journal can be looked at.

use crate::disk::Directory;
use crate::error::JournalError;
use crate::format::Chain;
use crate::layout::{Layout, SegmentFile};
use crate::segment::{Place, SegmentReader, Step};
use crate::{Record, Seq, Warning};

/// An iterator over the records of a journal. After the first error it ends.
///
/// A cut tail ends it like the end of the journal; [`Replay::warnings`] tells of it.
pub struct Replay {
    dir: Directory,
    segments: std::vec::IntoIter<SegmentFile>,
    reader: Option<SegmentReader>,
    before: Option<Chain>,
    after: Seq,
    warnings: Vec<Warning>,
    bytes: u64,
    cut: bool,
}

impl Replay {
    /// Reads all records with a number greater than `after`.
    ///
    /// Errors: `Io`, and `Missing` when truncation took the record after `after` away.
    pub(crate) fn new(dir: &Directory, after: Seq) -> Result<Replay, JournalError> {
        Ok(Replay::over(dir, Layout::read(dir)?.after(dir, after)?, after))
    }

    /// Reads the given segments, which follow each other.
    pub(crate) fn over(dir: &Directory, segments: Vec<SegmentFile>, after: Seq) -> Replay {
        Replay {
            dir: dir.clone(),
            segments: segments.into_iter(),
            reader: None,
            before: None,
            after,
            warnings: Vec::new(),
            bytes: 0,
            cut: false,
        }
    }

    /// What was found wrong but not refused, so far.
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }

    /// The reader at the end of the newest segment, once the iterator has ended without an error.
    pub(crate) fn into_end(self) -> Option<SegmentReader> {
        self.reader
    }

    /// Bytes of whole records and headers in the segments that were finished.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes + self.reader.as_ref().map_or(0, SegmentReader::offset)
    }

    /// The next record of any number; `None` at the end.
    fn read(&mut self) -> Result<Option<Record>, JournalError> {
        loop {
            if self.cut || self.reader.is_none() && !self.open_next(None)? {
                return Ok(None);
            }
            let Some(reader) = &mut self.reader else { return Ok(None) };
            match reader.step()? {
                Step::Record(record) => return Ok(Some(record)),
                Step::Cut { offset, lost_bytes } => {
                    let segment = reader.path().to_path_buf();
                    self.warnings.push(Warning::TailCut { segment, offset, lost_bytes });
                    self.cut = true;
                    return Ok(None);
                }
                Step::End => {
                    let next = reader.next_seq();
                    if !self.open_next(Some(next))? {
                        return Ok(None);
                    }
                }
            }
        }
    }

    /// Goes on to the next segment, which must begin with `wanted`; stays at the end of the newest.
    fn open_next(&mut self, wanted: Option<Seq>) -> Result<bool, JournalError> {
        let Some(segment) = self.segments.next() else { return Ok(false) };
        if let Some(done) = self.reader.take() {
            self.bytes += done.offset();
            self.before = Some(done.chain());
        }
        if let Some(wanted) = wanted.filter(|&wanted| wanted != segment.first) {
            let dir = self.dir.path().to_path_buf();
            return Err(JournalError::Missing { dir, wanted, found: segment.first });
        }
        let place = if self.segments.len() == 0 { Place::Newest } else { Place::Closed };
        self.reader = Some(SegmentReader::open(&self.dir, &segment, place, self.before)?);
        Ok(true)
    }

    fn stop(&mut self) {
        self.segments = Vec::new().into_iter();
        self.reader = None;
    }
}

impl Iterator for Replay {
    type Item = Result<Record, JournalError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            match self.read() {
                Ok(Some(record)) if record.seq <= self.after => {}
                Ok(record) => return record.map(Ok),
                Err(error) => {
                    self.stop();
                    return Some(Err(error));
                }
            }
        }
    }
}
