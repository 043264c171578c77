//! What the journal does while nothing is wrong: one writer, snapshots, truncation, equal files from equal appends.
#![allow(clippy::unwrap_used, reason = "a helper that fails is a test that fails")]

mod common;

use common::{files, numbered, options, read, segments, write};
use expect_test::expect;
use paceline_journal::{
    Journal, JournalError, Options, PAYLOAD_BYTES_MAX, Seq, Snapshot, Stored, Warning, verify,
};
use std::fs;

#[test]
fn a_new_journal_is_empty_and_the_first_record_is_number_one() {
    let dir = tempfile::tempdir().unwrap();
    let mut opened = Journal::open(&dir.path().join("made/on/the/way"), Options::default()).unwrap();
    assert_eq!((opened.snapshot, opened.warnings.len(), opened.journal.last()), (None, 0, Seq(0)));
    assert_eq!(opened.journal.append(1, b"first").unwrap(), Seq(1));
    assert_eq!(opened.journal.committed(), Seq(0));
    assert_eq!(opened.journal.commit().unwrap(), Seq(1));
    assert_eq!(opened.journal.committed(), Seq(1));
}

#[test]
fn the_format_on_disk_does_not_change_by_accident() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), u64::MAX, &[b"pace".to_vec()]);
    let bytes = fs::read(&segments(dir.path())[0]).unwrap();
    let hex: Vec<String> =
        bytes.chunks(16).map(|row| row.iter().map(|b| format!("{b:02x}")).collect()).collect();
    expect![[r#"
        504143454c4f47310100000000000000
        000000003020e46d0400000000000000
        010000000000000007006877ba457061
        636589abe37a
    "#]]
    .assert_eq(&(hex.join("\n") + "\n"));
}

#[test]
fn what_was_not_committed_is_not_promised_and_what_was_is_there() {
    let dir = tempfile::tempdir().unwrap();
    let mut journal = Journal::open(dir.path(), Options::default()).unwrap().journal;
    journal.append(7, b"kept").unwrap();
    journal.commit().unwrap();
    journal.append(7, b"only in memory").unwrap();
    assert_eq!(read(dir.path(), 0).unwrap(), [b"kept".to_vec()]);
    drop(journal);
    assert_eq!(Journal::open(dir.path(), Options::default()).unwrap().journal.last(), Seq(1));
}

#[test]
fn a_payload_beyond_the_limit_is_refused_and_the_journal_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    let mut journal = Journal::open(dir.path(), options(u64::MAX)).unwrap().journal;
    let refused = journal.append(7, &vec![0; PAYLOAD_BYTES_MAX + 1]).unwrap_err();
    assert!(matches!(refused, JournalError::TooLarge { .. }));
    let largest = vec![5; PAYLOAD_BYTES_MAX];
    assert_eq!(journal.append(7, &largest).unwrap(), Seq(1));
    journal.commit().unwrap();
    assert_eq!(read(dir.path(), 0).unwrap(), [largest]);
}

#[test]
fn equal_appends_leave_equal_files_however_they_were_grouped() {
    let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let payloads = numbered(50, 33);
    write(one.path(), 500, &payloads);
    let synced = Options { segment_bytes: 500, ..Options::default() };
    let mut journal = Journal::open(other.path(), synced).unwrap().journal;
    for (row, payload) in payloads.iter().enumerate() {
        journal.append(7, payload).unwrap();
        if row == 20 {
            journal.commit().unwrap();
            drop(journal);
            journal = Journal::open(other.path(), synced).unwrap().journal;
        }
    }
    journal.commit().unwrap();
    assert!(files(one.path()).len() > 5);
    assert_eq!(files(one.path()), files(other.path()));
}

#[test]
fn the_second_snapshot_lets_segments_before_the_first_go() {
    let dir = tempfile::tempdir().unwrap();
    let payloads = numbered(30, 20);
    write(dir.path(), 200, &payloads);
    let before = segments(dir.path()).len();
    let mut journal = Journal::open(dir.path(), options(200)).unwrap().journal;
    journal.snapshot(Seq(20), 3, b"the state after twenty").unwrap();
    assert_eq!(segments(dir.path()).len(), before, "there is no other snapshot to go back to");
    journal.snapshot(Seq(25), 3, b"the state after twenty-five").unwrap();
    assert!(segments(dir.path()).len() < before / 2);
    drop(journal);

    let opened = Journal::open(dir.path(), options(200)).unwrap();
    let expected = Snapshot { at: Seq(25), state: Stored::new(3, b"the state after twenty-five".to_vec()) };
    assert_eq!((opened.snapshot, opened.journal.last()), (Some(expected), Seq(30)));
    assert_eq!(read(dir.path(), 20).unwrap(), payloads[20..], "the log goes on from the older one");
    let gone = read(dir.path(), 0).unwrap_err();
    assert!(matches!(gone, JournalError::Missing { wanted: Seq(1), .. }));
}

#[test]
fn the_two_newest_snapshots_are_kept_and_an_older_one_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), 200, &numbered(30, 20));
    let mut journal = Journal::open(dir.path(), options(200)).unwrap().journal;
    journal.snapshot(Seq(10), 1, b"ten").unwrap();
    journal.snapshot(Seq(20), 1, b"twenty").unwrap();
    journal.snapshot(Seq(30), 1, b"thirty").unwrap();
    for at in [29, 31] {
        let refused = journal.snapshot(Seq(at), 1, b"neither").unwrap_err();
        assert!(matches!(refused, JournalError::SnapshotOutOfRange { .. }));
    }
    let kept: Vec<String> =
        files(dir.path()).into_keys().filter(|name| name.ends_with(".snapshot")).collect();
    assert_eq!(kept, ["00000000000000000020.snapshot", "00000000000000000030.snapshot"]);
    assert_eq!(journal.append(7, b"on").unwrap(), Seq(31));
    journal.commit().unwrap();
    assert_eq!(read(dir.path(), 30).unwrap(), [b"on".to_vec()]);
}

#[test]
fn an_interrupted_snapshot_or_truncation_is_tidied_up() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), 200, &numbered(30, 20));
    let all = files(dir.path());
    let mut journal = Journal::open(dir.path(), options(200)).unwrap().journal;
    journal.snapshot(Seq(25), 1, b"twenty-five").unwrap();
    journal.snapshot(Seq(30), 1, b"thirty").unwrap();
    drop(journal);
    let tidy = files(dir.path());
    for (name, bytes) in &all {
        fs::write(dir.path().join(name), bytes).unwrap();
    }
    fs::write(dir.path().join("snapshot.tmp"), b"half a sta").unwrap();
    let opened = Journal::open(dir.path(), options(200)).unwrap();
    assert_eq!((opened.journal.last(), opened.warnings), (Seq(30), vec![]));
    assert_eq!(files(dir.path()), tidy);
}

#[test]
fn a_log_that_lost_what_its_snapshot_holds_goes_on_after_the_snapshot() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), u64::MAX, &numbered(30, 20));
    let mut journal = Journal::open(dir.path(), options(u64::MAX)).unwrap().journal;
    journal.snapshot(Seq(30), 1, b"thirty").unwrap();
    drop(journal);
    fs::OpenOptions::new().write(true).open(&segments(dir.path())[0]).unwrap().set_len(24 + 46 * 10).unwrap();

    let warning = Warning::LogBehindSnapshot { last: Seq(10), snapshot: Seq(30) };
    assert_eq!(verify(dir.path()).unwrap().warnings, std::slice::from_ref(&warning));
    let mut opened = Journal::open(dir.path(), options(u64::MAX)).unwrap();
    assert_eq!(opened.warnings, [warning]);
    assert_eq!(opened.journal.append(7, b"on").unwrap(), Seq(31));
    opened.journal.commit().unwrap();
    drop(opened);
    assert_eq!(read(dir.path(), 30).unwrap(), [b"on".to_vec()]);
    assert_eq!(Journal::open(dir.path(), options(u64::MAX)).unwrap().warnings, []);
}

#[test]
fn verify_counts_what_is_there() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), 200, &numbered(30, 20));
    let mut journal = Journal::open(dir.path(), options(200)).unwrap().journal;
    journal.snapshot(Seq(20), 3, b"twenty").unwrap();
    let found = verify(dir.path()).unwrap();
    let bytes: usize = segments(dir.path()).iter().map(|path| fs::read(path).unwrap().len()).sum();
    assert_eq!(found.bytes, bytes as u64);
    assert_eq!((found.first.0 + found.records - 1, found.last), (30, Seq(30)));
    assert_eq!(found.first, Seq(1));
    assert_eq!((found.snapshot, found.warnings), (Some(Seq(20)), vec![]));
    assert_eq!((found.formats, found.snapshot_format), ([7].into(), Some(3)));
}

#[test]
fn files_that_are_not_ours_are_let_be() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), 200, &numbered(5, 20));
    for name in ["notes.log", "7.log", "0000000000000000000x.snapshot"] {
        fs::write(dir.path().join(name), b"somebody else's").unwrap();
    }
    assert_eq!(verify(dir.path()).unwrap().records, 5);
    assert_eq!(Journal::open(dir.path(), options(200)).unwrap().journal.last(), Seq(5));
    assert!(dir.path().join("7.log").exists());
}
