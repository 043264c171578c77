//! `paceline journal`: looks into a journal without changing it, which works beside a running server; and copies it.

use crate::export::{self, ExportArgs};
use crate::journal_at::{JournalAt, ONLY};
use crate::journaled::{Happened, can_read_record, can_read_snapshot, decode};
use anyhow::Context;
use clap::Subcommand;
use paceline_engine::record;
use paceline_journal::{Identity, Record, Seq, copy};
use paceline_plan::forecast::{TrainingOptions, Trajectories, learn};
use serde::Serialize;
use std::io::{BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};

/// What to do with a journal.
#[derive(Debug, Subcommand)]
pub(crate) enum JournalCommand {
    /// Check every byte; say what is there, or which byte of which file is damaged, and then exit with 1
    Verify {
        /// The journal: a directory, or a URL
        journal: JournalAt,
    },
    /// Learn what vehicles were worth where and when, for policies that look ahead
    Values {
        /// The journal: a directory, or a URL
        journal: JournalAt,
        /// Where to write them
        #[arg(long)]
        out: PathBuf,
        /// H3 resolution of the cells
        #[arg(long, default_value_t = TrainingOptions::default().resolution, value_parser = clap::value_parser!(u8).range(4..=10))]
        resolution: u8,
        /// What an order served ten minutes later counts
        #[arg(long, default_value_t = TrainingOptions::default().discount_percent, value_parser = clap::value_parser!(u8).range(0..=100))]
        discount_percent: u8,
    },
    /// Print the records, one JSON object a line
    Dump {
        /// The journal: a directory, or a URL
        journal: JournalAt,
        /// Number of the first record [default: the oldest there is]
        #[arg(long)]
        from: Option<u64>,
        /// Print at most so many
        #[arg(long)]
        limit: Option<u64>,
    },
    /// Copy a journal to where there is none, and hold the copy against it: newest snapshot and all records behind that. Whoever
    /// serves it should have ended
    Copy {
        /// The journal: a directory, or a URL
        from: JournalAt,
        /// Where there is none yet: a directory, or a URL
        to: JournalAt,
    },
    /// Write what happened as a file for analysts, one row for each change: JSON lines or Parquet
    Export(ExportArgs),
}

/// Runs the command; the answer goes to standard output, warnings to standard error.
pub(crate) fn run(command: JournalCommand) -> anyhow::Result<()> {
    match command {
        JournalCommand::Verify { journal } => print_verified(&journal, &mut std::io::stdout().lock()),
        JournalCommand::Values { journal, out, resolution, discount_percent } => {
            let options = TrainingOptions { resolution, discount_percent, ..TrainingOptions::default() };
            write_values(&journal, &out, &options)
        }
        JournalCommand::Dump { journal, from, limit } => {
            let out = &mut BufWriter::new(std::io::stdout().lock());
            match dump(&journal, from.map(Seq), limit.unwrap_or(u64::MAX), out) {
                // The reader of a pipe has seen enough.
                Err(error) if is_broken_pipe(&error) => Ok(()),
                other => other,
            }
        }
        JournalCommand::Copy { from, to } => print_copied(&from, &to),
        JournalCommand::Export(args) => match export::run(&args) {
            Err(error) if is_broken_pipe(&error) => Ok(()),
            other => other,
        },
    }
}

fn write_values(journal: &JournalAt, out: &Path, options: &TrainingOptions) -> anyhow::Result<()> {
    let mut trajectories = Trajectories::default();
    for record in journal.address(ONLY)?.replay(None)? {
        let record = record?.payload.read(record::decode)?;
        record.events.iter().for_each(|event| trajectories.record(record.at, event));
    }
    let spans = trajectories.spans();
    anyhow::ensure!(!spans.is_empty(), "no vehicle was ever free or served anybody in {journal}");
    let served = spans.iter().filter(|span| span.served).count();
    let values = learn(spans, options);
    crate::values::write(out, &values)?;
    println!("{} cells from {served} rides and {} times of being free", values.cells(), spans.len() - served);
    Ok(())
}

fn print_copied(from: &JournalAt, to: &JournalAt) -> anyhow::Result<()> {
    // Only a journal of before there were identities has none.
    let named = Identity(u128::from(std::process::id()));
    let failed = || format!("copying {from} to {to}");
    let copied = copy(&from.address(ONLY)?, &to.address(ONLY)?, named).with_context(failed)?;
    println!("copied     {from} to {to}, and read both back: they are the same");
    println!("last       {}", copied.last);
    Ok(())
}

fn print_verified(journal: &JournalAt, out: &mut impl Write) -> anyhow::Result<()> {
    let found = journal.address(ONLY)?.verify();
    let found = found.with_context(|| format!("the journal in {journal} cannot be trusted"))?;
    if let Some(identity) = found.identity {
        writeln!(out, "identity   {identity}")?;
    }
    match found.records {
        0 => writeln!(out, "records    none")?,
        count => writeln!(out, "records    {count}, from {} to {}", found.first, found.first.0 + count - 1)?,
    }
    match found.snapshot {
        None => writeln!(out, "snapshot   none")?,
        Some(at) => writeln!(out, "snapshot   holds all up to {at}")?,
    }
    writeln!(out, "bytes      {}", found.bytes)?;
    for warning in &found.warnings {
        writeln!(out, "warning    {warning}")?;
    }
    let refused = found.formats.iter().map(|&format| can_read_record(format));
    let refused = refused.chain(found.snapshot_format.map(can_read_snapshot));
    refused
        .collect::<Result<Vec<()>, _>>()
        .context("every byte is sound, but this program cannot read them")?;
    writeln!(out, "{}", if found.warnings.is_empty() { "sound" } else { "sound, once opened" })?;
    Ok(())
}

fn dump(journal: &JournalAt, from: Option<Seq>, limit: u64, out: &mut impl Write) -> anyhow::Result<()> {
    let after = from.map(|from| Seq(from.0.saturating_sub(1)));
    let mut replay = journal.address(ONLY)?.replay(after)?;
    for record in replay.by_ref().take(usize::try_from(limit).unwrap_or(usize::MAX)) {
        writeln!(out, "{}", line(&record?)?)?;
    }
    out.flush()?;
    for warning in replay.warnings() {
        eprintln!("warning: {warning}");
    }
    Ok(())
}

/// One record as it is printed.
#[derive(Serialize)]
struct Line {
    seq: u64,
    format: u16,
    #[serde(flatten)]
    content: Content,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Content {
    Decoded { record: paceline_engine::ledger::Record<Happened> },
    Undecodable { undecodable: String, hex: String },
}

/// One record as one line of JSON; a payload that cannot be decoded is given in hex, with the reason.
fn line(record: &Record) -> anyhow::Result<String> {
    let content = record.payload.read(|format, bytes| match decode(format, bytes) {
        Ok(record) => Content::Decoded { record },
        Err(error) => Content::Undecodable { undecodable: error.to_string(), hex: hex(bytes) },
    });
    Ok(serde_json::to_string(&Line { seq: record.seq.0, format: record.payload.format(), content })?)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.downcast_ref::<std::io::Error>().is_some_and(|error| error.kind() == ErrorKind::BrokenPipe)
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};
    use paceline_journal::{Chain, Journal, Options, Stored};
    use paceline_model::{Instant, Version};

    fn sample(format: u16, payloads: &[&[u8]]) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        let mut journal = Journal::open(dir.path(), Options::default()).unwrap().journal;
        for payload in payloads {
            journal.append(format, payload).unwrap();
        }
        journal.commit().unwrap();
        dir
    }

    /// Both commands on one directory, its name taken out of what they say.
    fn check(dir: &Path, expected: Expect) {
        let mut out = Vec::new();
        for result in [print_verified(&dir.into(), &mut out), dump(&dir.into(), None, 2, &mut out)] {
            if let Err(error) = result {
                writeln!(out, "error: {error:#}").unwrap();
            }
        }
        let text = String::from_utf8(out).unwrap();
        expected.assert_eq(&text.replace(&dir.display().to_string(), "DIR"));
    }

    #[test]
    fn a_journal_of_a_newer_program_is_printed_as_it_is_and_refused() {
        check(
            sample(9, &[b"a", b"bc", b"def"]).path(),
            expect![[r#"
            identity   00000000000000000000000000000000
            records    3, from 1 to 3
            snapshot   none
            bytes      108
            {"seq":1,"format":9,"undecodable":"E0401 format 9 is newer than 2, the newest this program reads","hex":"61"}
            {"seq":2,"format":9,"undecodable":"E0401 format 9 is newer than 2, the newest this program reads","hex":"6263"}
            error: every byte is sound, but this program cannot read them: E0401 format 9 is newer than 2, the newest this program reads
        "#]],
        );
    }

    #[test]
    fn a_sound_journal_is_counted_and_printed() {
        let empty = paceline_engine::Record { version: Version(4), at: Instant(1_000), events: vec![] };
        let dir = sample(1, &[&record::encode(&empty).bytes]);
        Journal::open(dir.path(), Options::default()).unwrap().journal.snapshot(Seq(1), 1, b"w").unwrap();
        check(
            dir.path(),
            expect![[r#"
            identity   00000000000000000000000000000000
            records    1, from 1 to 1
            snapshot   holds all up to 1
            bytes      54
            sound
            {"seq":1,"format":1,"record":{"version":4,"at":"1970-01-01T00:00:01.000Z","events":[]}}
        "#]],
        );
    }

    #[test]
    fn the_journal_of_an_edge_region_is_read_as_one() {
        use paceline_engine::edge::Edge;
        use paceline_engine::ledger::{Entry, World as _};
        let node = paceline_model::edge::NodeId::new("box-1").unwrap();
        let events = vec![Entry::Event(paceline_model::edge::Event::NodeRemoved(node))];
        let stored = Edge::encode(&paceline_engine::ledger::Record {
            version: Version(1),
            at: Instant(1_000),
            events,
        });
        check(
            sample(stored.format, &[&stored.bytes]).path(),
            expect![[r#"
                identity   00000000000000000000000000000000
                records    1, from 1 to 1
                snapshot   none
                bytes      62
                sound
                {"seq":1,"format":257,"record":{"version":1,"at":"1970-01-01T00:00:01.000Z","events":[{"Event":{"NodeRemoved":"box-1"}}]}}
            "#]],
        );
        check(
            sample(stored.format + 1, &[b"a"]).path(),
            expect![[r#"
                identity   00000000000000000000000000000000
                records    1, from 1 to 1
                snapshot   none
                bytes      51
                {"seq":1,"format":258,"undecodable":"E0401 format 2 is newer than 1, the newest this program reads","hex":"61"}
                error: every byte is sound, but this program cannot read them: E0401 format 2 is newer than 1, the newest this program reads
            "#]],
        );
    }

    #[test]
    fn a_record_of_the_engine_is_printed_decoded() {
        let empty = paceline_engine::Record { version: Version(4), at: Instant(1_000), events: vec![] };
        let encoded = record::encode(&empty);
        let record =
            Record { seq: Seq(1), chain: Chain::START, payload: Stored::new(encoded.format, encoded.bytes) };
        expect![[
            r#"{"seq":1,"format":1,"record":{"version":4,"at":"1970-01-01T00:00:01.000Z","events":[]}}"#
        ]]
        .assert_eq(&line(&record).unwrap());
    }

    #[test]
    fn a_cut_tail_is_a_warning() {
        let dir = sample(1, &[b"a", b"bc"]);
        let log = dir.path().join("00000000000000000001.log");
        std::fs::OpenOptions::new().write(true).open(log).unwrap().set_len(70).unwrap();
        check(
            dir.path(),
            expect![[r#"
            identity   00000000000000000000000000000000
            records    1, from 1 to 1
            snapshot   none
            bytes      51
            warning    DIR/00000000000000000001.log: the last record, at byte 51, is incomplete; its 19 bytes are dropped
            sound, once opened
            {"seq":1,"format":1,"undecodable":"E0402 stored bytes cannot be decoded: Hit the end of buffer, expected more data","hex":"61"}
        "#]],
        );
    }

    #[test]
    fn a_changed_byte_is_an_error_with_its_place() {
        let dir = sample(1, &[b"a", b"bc"]);
        let log = dir.path().join("00000000000000000001.log");
        let mut bytes = std::fs::read(&log).unwrap();
        bytes[46] ^= 1;
        std::fs::write(log, bytes).unwrap();
        check(
            dir.path(),
            expect![[r#"
            error: the journal in DIR cannot be trusted: DIR/00000000000000000001.log: damaged at byte 24: payload checksum mismatch
            error: DIR/00000000000000000001.log: damaged at byte 24: payload checksum mismatch
        "#]],
        );
    }

    #[test]
    fn a_directory_that_is_not_there_is_an_error() {
        check(
            Path::new("/nowhere/at/all"),
            expect![[r#"
            error: the journal in DIR cannot be trusted: DIR: cannot list the directory: No such file or directory (os error 2)
            error: DIR: cannot list the directory: No such file or directory (os error 2)
        "#]],
        );
    }
}
