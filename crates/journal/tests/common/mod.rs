//! What the tests share: writing a small journal, reading it back, and touching its files' bytes.
#![allow(clippy::unwrap_used, reason = "a helper that fails is a test that fails")]
#![allow(dead_code, reason = "each test program uses its own part")]

use paceline_journal::{Durability, Journal, JournalError, Options, Seq, Warning};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Unsynced, because what is tested is the bytes; closed after so many of them.
pub(crate) fn options(segment_bytes: u64) -> Options {
    Options { segment_bytes, durability: Durability::None, ..Options::default() }
}

/// Writes the payloads as records of format 7, each in a commit of its own.
pub(crate) fn write(dir: &Path, segment_bytes: u64, payloads: &[Vec<u8>]) {
    let mut journal = Journal::open(dir, options(segment_bytes)).unwrap().journal;
    for payload in payloads {
        journal.append(7, payload).unwrap();
        journal.commit().unwrap();
    }
}

/// All payloads after `after`, having checked that numbers are dense.
pub(crate) fn read(dir: &Path, after: u64) -> Result<Vec<Vec<u8>>, JournalError> {
    let mut payloads = Vec::new();
    for record in Journal::replay(dir, Seq(after))? {
        let record = record?;
        assert_eq!(record.seq.0, after + 1 + payloads.len() as u64);
        assert_eq!(record.payload.format(), 7);
        payloads.push(record.payload.read(|_, bytes| bytes.to_vec()));
    }
    Ok(payloads)
}

/// Opens, and gives what survived and the warnings.
pub(crate) fn recover(dir: &Path) -> Result<(Vec<Vec<u8>>, Vec<Warning>), JournalError> {
    let opened = Journal::open(dir, options(u64::MAX))?;
    let last = opened.journal.last();
    let payloads = read(dir, 0)?;
    assert_eq!(last.0, payloads.len() as u64);
    Ok((payloads, opened.warnings))
}

/// Every file of the directory by name.
pub(crate) fn files(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap()))
        .collect()
}

/// The segment files, oldest first.
pub(crate) fn segments(dir: &Path) -> Vec<PathBuf> {
    files(dir).into_keys().filter(|name| name.ends_with(".log")).map(|name| dir.join(name)).collect()
}

/// Where each record of a segment with these payloads begins, and where the last ends.
pub(crate) fn record_starts(payloads: &[Vec<u8>]) -> Vec<u64> {
    let mut starts = vec![24];
    for payload in payloads {
        starts.push(starts[starts.len() - 1] + 26 + payload.len() as u64);
    }
    starts
}

/// Payloads that tell themselves apart: record `n` is `n` repeated.
pub(crate) fn numbered(count: u8, len: usize) -> Vec<Vec<u8>> {
    (1..=count).map(|n| vec![n; len]).collect()
}
