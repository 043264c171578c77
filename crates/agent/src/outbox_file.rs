//! The outbox on the disk: records behind one another, synced, begun anew when most of them are of no use any more.

use crate::disk::{read_bounded, write_atomic};
use crate::outbox::{Outbox, Record};
use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// The file's name in the agent's folder.
pub(crate) const FILE: &str = "outbox.jsonl";
/// Bytes from which it is begun anew, and twice which are read: full of readings it has some 4 MB.
const FILE_BYTES_MAX: u64 = 8 << 20;

/// The file.
#[derive(Debug)]
pub(crate) struct OutboxFile {
    file: PathBuf,
    bytes: u64,
}

impl OutboxFile {
    /// Reads what was written down. A last line that was cut off by a power cut was never acknowledged to anybody, and is left out.
    ///
    /// Errors: the system's; a line before the last that is no record.
    pub(crate) fn open(file: &Path) -> io::Result<(Self, Outbox)> {
        let bytes = match read_bounded(file, 2 * FILE_BYTES_MAX) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(error),
        };
        let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        let mut outbox = Outbox::default();
        for (number, line) in
            bytes[..whole].split(|byte| *byte == b'\n').enumerate().filter(|(_, line)| !line.is_empty())
        {
            outbox.apply(serde_json::from_slice(line).map_err(|error| {
                let text = format!("{}, line {}: {error}", file.display(), number + 1);
                io::Error::new(io::ErrorKind::InvalidData, text)
            })?);
        }
        let mut opened = Self { file: file.to_owned(), bytes: whole as u64 };
        if whole < bytes.len() {
            opened.begin_anew(&outbox)?;
        }
        Ok((opened, outbox))
    }

    /// Writes a record behind the others. Errors: the system's.
    pub(crate) fn append(&mut self, record: &Record, outbox: &Outbox) -> io::Result<()> {
        if self.bytes >= FILE_BYTES_MAX {
            // What it holds has this record already.
            return self.begin_anew(outbox);
        }
        let mut line = serde_json::to_vec(record)?;
        line.push(b'\n');
        let mut file = OpenOptions::new().create(true).append(true).open(&self.file)?;
        file.write_all(&line)?;
        file.sync_data()?;
        self.bytes += line.len() as u64;
        Ok(())
    }

    /// Writes all of it anew. Errors: the system's.
    pub(crate) fn begin_anew(&mut self, outbox: &Outbox) -> io::Result<()> {
        let mut lines = Vec::new();
        for record in outbox.records() {
            serde_json::to_writer(&mut lines, &record)?;
            lines.push(b'\n');
        }
        write_atomic(&self.file, &lines)?;
        self.bytes = lines.len() as u64;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{Moment, NodeClock};
    use crate::source::Telemetry;
    use paceline_model::Instant;

    fn push(file: &mut OutboxFile, outbox: &mut Outbox) {
        let clock = NodeClock::new(Instant(0), None);
        let now = Moment { mono_ms: 1, wall: Instant(1_000) };
        let record = outbox.push("boot", now, &clock, Telemetry::default());
        file.append(&record, outbox).expect("it can be written");
    }

    #[test]
    fn a_power_cut_in_the_middle_of_a_line_costs_that_line_alone() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join(FILE);
        let (mut file, mut outbox) = OutboxFile::open(&path).expect("nothing is there");
        (0..3).for_each(|_| push(&mut file, &mut outbox));
        let whole = std::fs::read(&path).expect("written");
        std::fs::write(&path, &whole[..whole.len() - 5]).expect("cut");
        let (mut file, mut outbox) = OutboxFile::open(&path).expect("it is read");
        assert_eq!(outbox.waiting(), 2);
        push(&mut file, &mut outbox);
        assert_eq!(OutboxFile::open(&path).expect("it is read").1, outbox);
    }

    #[test]
    fn what_is_no_record_is_said_with_its_line() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join(FILE);
        std::fs::write(&path, "{\"acknowledged\":1}\nnothing\n").expect("written");
        let said = OutboxFile::open(&path).expect_err("no record").to_string();
        assert!(said.contains("outbox.jsonl, line 2: "), "{said}");
    }
}
