//! Reading one segment file from its start: whole records, then its end, a cut, or damage.
//!
//! A crash leaves a prefix of what was being written, or, where the file system had grown the file already, a prefix
//! and then zeros. Only the newest segment can end so. Everything else that does not fit is damage: bytes that may
//! have been acknowledged are never dropped in silence.

use crate::disk::{Directory, Reader};
use crate::error::{Damage, JournalError, damaged, io_error};
use crate::format::{
    CRC_LEN, Chain, RECORD_HEADER_LEN, RecordHeader, SEGMENT_HEADER_LEN, SEGMENT_MAGIC, decode_record_header,
    decode_segment_header, record_crc, record_len,
};
use crate::layout::SegmentFile;
use crate::limits::PAYLOAD_BYTES_MAX;
use crate::{Record, Seq, Stored};
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::PathBuf;

// The smallest unit in which a file system leaves part of a file unwritten: one disk sector.
const SECTOR: u64 = 512;
const READ_BUFFER: usize = 256 << 10;

/// Whether a segment may end inside a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// More segments follow: it was closed whole.
    Closed,
    /// The newest: a crash may have cut it.
    Newest,
}

/// What stands next in a segment.
pub(crate) enum Step {
    /// A whole record that follows the one before it.
    Record(Record),
    /// The file ends where a record ends.
    End,
    /// The file ends inside a record, or inside its own header.
    Cut { offset: u64, lost_bytes: u64 },
}

/// A reader that stands between two records of a segment.
pub(crate) struct SegmentReader {
    path: PathBuf,
    input: BufReader<Box<dyn Reader>>,
    place: Place,
    file_len: u64,
    offset: u64,
    first: Seq,
    next: Seq,
    before: Option<Chain>,
}

impl SegmentReader {
    /// Stands at the start of the file. `before` is what its first record must follow, where that is known.
    pub(crate) fn open(
        dir: &Directory,
        segment: &SegmentFile,
        place: Place,
        before: Option<Chain>,
    ) -> Result<SegmentReader, JournalError> {
        let path = segment.path.clone();
        let (file, file_len) = dir.disk().read(&path).map_err(io_error(&path, "open the segment"))?;
        let input = BufReader::with_capacity(READ_BUFFER, file);
        Ok(SegmentReader {
            path,
            input,
            place,
            file_len,
            offset: 0,
            first: segment.first,
            next: segment.first,
            before,
        })
    }

    /// Bytes from the start of the file to where the reader stands; what lies before it is whole.
    pub(crate) fn offset(&self) -> u64 {
        self.offset
    }

    /// The number that the file's name tells.
    pub(crate) fn first(&self) -> Seq {
        self.first
    }

    pub(crate) fn next_seq(&self) -> Seq {
        self.next
    }

    /// The checksum that the next record must repeat.
    pub(crate) fn chain(&self) -> Chain {
        self.before.unwrap_or(Chain::START)
    }

    pub(crate) fn path(&self) -> &std::path::Path {
        &self.path
    }

    /// Reads on by one record. Errors: `Damaged` at the record's first byte, and `Io`.
    pub(crate) fn step(&mut self) -> Result<Step, JournalError> {
        if self.offset == 0
            && let Some(cut) = self.read_segment_header()?
        {
            return Ok(cut);
        }
        match self.file_len - self.offset {
            0 => Ok(Step::End),
            left if left < RECORD_HEADER_LEN as u64 => self.cut(Damage::Unfinished),
            _ => self.read_record(),
        }
    }

    fn read_segment_header(&mut self) -> Result<Option<Step>, JournalError> {
        if self.file_len < SEGMENT_HEADER_LEN as u64 {
            return self.cut(Damage::Unfinished).map(Some);
        }
        let bytes = self.read_array::<SEGMENT_HEADER_LEN>()?;
        let Some(header) = decode_segment_header(&bytes) else {
            return self.cut_if_zeros(SEGMENT_HEADER_LEN as u64, Damage::Header).map(Some);
        };
        if bytes[..SEGMENT_MAGIC.len()] != SEGMENT_MAGIC {
            return Err(damaged(&self.path, 0, Damage::Magic));
        }
        if header.first != self.next {
            return Err(damaged(&self.path, 0, Damage::Number));
        }
        if self.before.is_some_and(|before| before != header.before) {
            return Err(damaged(&self.path, 0, Damage::Chain));
        }
        self.before = Some(header.before);
        self.offset = SEGMENT_HEADER_LEN as u64;
        Ok(None)
    }

    fn read_record(&mut self) -> Result<Step, JournalError> {
        let bytes = self.read_array::<RECORD_HEADER_LEN>()?;
        let Some(header) = decode_record_header(&bytes) else {
            return self.cut_if_zeros(self.offset + RECORD_HEADER_LEN as u64, Damage::Header);
        };
        self.check_place(&header)?;
        let end = self.offset + record_len(header.payload_len);
        if end > self.file_len {
            return self.cut(Damage::Unfinished);
        }
        let mut payload = vec![0; header.payload_len];
        self.input.read_exact(&mut payload).map_err(io_error(&self.path, "read a record"))?;
        let stored = Chain(u32::from_le_bytes(self.read_array::<CRC_LEN>()?));
        if record_crc(&bytes, &payload) != stored {
            return self.cut_if_zeros(end, Damage::Payload);
        }
        self.offset = end;
        self.next = header.seq.next();
        self.before = Some(stored);
        Ok(Step::Record(Record {
            seq: header.seq,
            chain: stored,
            payload: Stored::new(header.format, payload),
        }))
    }

    fn check_place(&self, header: &RecordHeader) -> Result<(), JournalError> {
        let damage = if header.payload_len > PAYLOAD_BYTES_MAX {
            Damage::Length
        } else if header.seq != self.next {
            Damage::Number
        } else if header.before != self.chain() {
            Damage::Chain
        } else {
            return Ok(());
        };
        Err(damaged(&self.path, self.offset, damage))
    }

    fn read_array<const N: usize>(&mut self) -> Result<[u8; N], JournalError> {
        let mut bytes = [0; N];
        self.input.read_exact(&mut bytes).map_err(io_error(&self.path, "read a record"))?;
        Ok(bytes)
    }

    /// The record at `offset` is not whole: a cut in the newest segment, damage in any other.
    fn cut(&self, damage: Damage) -> Result<Step, JournalError> {
        match self.place {
            Place::Newest => Ok(Step::Cut { offset: self.offset, lost_bytes: self.file_len - self.offset }),
            Place::Closed => Err(damaged(&self.path, self.offset, damage)),
        }
    }

    /// What ends at `bad_end` does not match its checksum. It was cut if, from its start or from a sector's start
    /// inside it, nothing but zeros follows to the end of the file; else its bytes were changed.
    fn cut_if_zeros(&mut self, bad_end: u64, damage: Damage) -> Result<Step, JournalError> {
        let zeros_from = self.zeros_from()?;
        if zeros_from <= self.offset || zeros_from.next_multiple_of(SECTOR) < bad_end {
            self.cut(damage)
        } else {
            Err(damaged(&self.path, self.offset, damage))
        }
    }

    /// Where the zeros begin that run to the end of the file; not before the present record.
    fn zeros_from(&mut self) -> Result<u64, JournalError> {
        let fail = "read the end of the segment";
        self.input.seek(SeekFrom::Start(self.offset)).map_err(io_error(&self.path, fail))?;
        let mut buffer = vec![0; READ_BUFFER];
        let (mut at, mut zeros_from) = (self.offset, self.offset);
        loop {
            let read = self.input.read(&mut buffer).map_err(io_error(&self.path, fail))?;
            if read == 0 {
                return Ok(zeros_from);
            }
            if let Some(last) = buffer[..read].iter().rposition(|&byte| byte != 0) {
                zeros_from = at + last as u64 + 1;
            }
            at += read as u64;
        }
    }
}
