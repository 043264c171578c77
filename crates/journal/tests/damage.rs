//! What a crash leaves is recovered; what no crash leaves is refused, with the byte where it begins.
#![allow(clippy::unwrap_used, reason = "a helper that fails is a test that fails")]

mod common;

use common::{numbered, options, read, record_starts, recover, segments, write};
use paceline_journal::{Damage, Journal, JournalError, Seq, Warning, verify};
use proptest::prelude::*;
use std::fs::{self, OpenOptions};
use std::path::Path;

fn cut(path: &Path, len: u64) {
    OpenOptions::new().write(true).open(path).unwrap().set_len(len).unwrap();
}

fn flip(path: &Path, at: u64, mask: u8) {
    let mut bytes = fs::read(path).unwrap();
    bytes[at as usize] ^= mask;
    fs::write(path, bytes).unwrap();
}

/// The error of opening must name this file and byte, and reading and verifying must say the same.
#[track_caller]
fn check_refused(dir: &Path, path: &Path, offset: u64) {
    let seen = [
        Journal::open(dir, options(u64::MAX)).map(|_| ()).unwrap_err(),
        read(dir, 0).map(|_| ()).unwrap_err(),
        verify(dir).map(|_| ()).unwrap_err(),
    ];
    for error in seen {
        match error {
            JournalError::Damaged { path: p, offset: o, .. } => assert_eq!((&*p, o), (path, offset)),
            other => panic!("refused for another reason: {other}"),
        }
    }
}

#[test]
fn a_cut_at_any_byte_keeps_every_record_before_it_and_says_what_it_dropped() {
    let payloads = numbered(4, 9);
    let starts = record_starts(&payloads);
    for len in 0..starts[4] {
        let dir = tempfile::tempdir().unwrap();
        write(dir.path(), u64::MAX, &payloads);
        let segment = segments(dir.path()).remove(0);
        cut(&segment, len);

        let whole = starts.iter().filter(|&&start| start <= len).count().saturating_sub(1);
        let begins = if len < 24 { 0 } else { starts[whole] };
        let expected = match len - begins {
            0 if len > 0 => vec![],
            lost_bytes => vec![Warning::TailCut { segment, offset: begins, lost_bytes }],
        };
        assert_eq!(verify(dir.path()).unwrap().warnings, expected, "verify, cut at {len}");
        let (survivors, warnings) = recover(dir.path()).unwrap();
        assert_eq!(survivors, payloads[..whole], "cut at {len}");
        assert_eq!(warnings, expected, "cut at {len}");

        // The journal goes on as if the lost records had never been, and has nothing left to warn of.
        write(dir.path(), u64::MAX, &payloads[whole..]);
        assert_eq!(recover(dir.path()).unwrap(), (payloads.clone(), vec![]));
    }
}

#[test]
fn a_changed_byte_anywhere_is_refused_at_the_start_of_its_record() {
    let payloads = numbered(3, 5);
    let starts = record_starts(&payloads);
    for at in 0..starts[3] {
        for mask in [0x01, 0x80, 0xff] {
            let dir = tempfile::tempdir().unwrap();
            write(dir.path(), u64::MAX, &payloads);
            let segment = segments(dir.path()).remove(0);
            flip(&segment, at, mask);
            let begins = starts.iter().rev().find(|&&start| start <= at).copied().unwrap_or(0);
            check_refused(dir.path(), &segment, begins);
        }
    }
}

#[test]
fn a_refused_journal_is_left_as_it_was() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), 120, &numbered(9, 20));
    flip(&segments(dir.path())[1], 60, 4);
    let before = common::files(dir.path());
    Journal::open(dir.path(), options(120)).unwrap_err();
    assert_eq!(common::files(dir.path()), before);
}

#[test]
fn a_segment_that_was_closed_may_not_be_cut() {
    let payloads = numbered(6, 20);
    for (len, begins) in [(10, 0), (24 + 10, 24), (24 + 46 + 45, 24 + 46)] {
        let dir = tempfile::tempdir().unwrap();
        write(dir.path(), 120, &payloads);
        let files = segments(dir.path());
        assert!(files.len() > 2);
        cut(&files[1], len);
        check_refused(dir.path(), &files[1], begins);
    }
}

#[test]
fn a_closed_segment_that_lost_a_whole_record_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), 120, &numbered(6, 20));
    cut(&segments(dir.path())[0], 24 + 46);
    let error = Journal::open(dir.path(), options(120)).unwrap_err();
    assert!(matches!(error, JournalError::Missing { wanted, found, .. } if (wanted.0, found.0) == (2, 3)));
}

#[test]
fn a_missing_segment_is_refused() {
    for (row, expected) in [(0, (1, 3)), (1, (3, 5))] {
        let dir = tempfile::tempdir().unwrap();
        write(dir.path(), 120, &numbered(6, 20));
        fs::remove_file(&segments(dir.path())[row]).unwrap();
        let error = Journal::open(dir.path(), options(120)).unwrap_err();
        assert!(
            matches!(error, JournalError::Missing { wanted, found, .. } if (wanted.0, found.0) == expected),
            "{error}"
        );
    }
}

#[test]
fn a_record_of_another_journal_does_not_fit_the_chain() {
    let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    write(one.path(), u64::MAX, &[vec![1; 8], vec![2; 8], vec![3; 8]]);
    write(other.path(), u64::MAX, &[vec![1; 8], vec![9; 8], vec![3; 8]]);
    let (one_file, other_file) = (segments(one.path()).remove(0), segments(other.path()).remove(0));
    // The third record is whole, carries the right number, and says the same; only what came before it differs.
    let mut bytes = fs::read(&one_file).unwrap();
    bytes.splice(92.., fs::read(&other_file).unwrap()[92..].iter().copied());
    fs::write(&one_file, bytes).unwrap();
    let error = Journal::open(one.path(), options(u64::MAX)).unwrap_err();
    assert!(matches!(error, JournalError::Damaged { offset: 92, damage: Damage::Chain, .. }), "{error}");
}

#[test]
fn two_exchanged_records_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), u64::MAX, &numbered(3, 8));
    let segment = segments(dir.path()).remove(0);
    let mut bytes = fs::read(&segment).unwrap();
    bytes[24..92].rotate_left(34);
    fs::write(&segment, bytes).unwrap();
    check_refused(dir.path(), &segment, 24);
}

#[test]
fn a_tail_of_zeros_is_what_an_unwritten_part_of_the_file_reads_as() {
    let payloads = [vec![1; 100], vec![2; 2000]];
    let starts = record_starts(&payloads);
    // Zeros from where the last commit ended, and from sectors inside the record that was being written.
    for zeros_from in [starts[1], 512, 1024, 2048] {
        let dir = tempfile::tempdir().unwrap();
        write(dir.path(), u64::MAX, &payloads);
        let segment = segments(dir.path()).remove(0);
        cut(&segment, zeros_from);
        cut(&segment, 4096);
        let (survivors, warnings) = recover(dir.path()).unwrap();
        assert_eq!(survivors, payloads[..1]);
        let lost_bytes = 4096 - starts[1];
        assert_eq!(warnings, [Warning::TailCut { segment, offset: starts[1], lost_bytes }]);
    }
}

#[test]
fn zeros_that_no_sector_explains_are_damage() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), u64::MAX, &[vec![1; 100], vec![2; 2000]]);
    let segment = segments(dir.path()).remove(0);
    let mut bytes = fs::read(&segment).unwrap();
    let end = bytes.len();
    bytes[end - 4..].fill(0);
    fs::write(&segment, bytes).unwrap();
    check_refused(dir.path(), &segment, 150);
}

/// Thirty records, snapshots of ten, twenty and thirty, each of eleven bytes.
fn with_snapshots(dir: &Path) {
    write(dir, 200, &numbered(30, 20));
    let mut journal = Journal::open(dir, options(200)).unwrap().journal;
    for at in [10, 20, 30] {
        journal.snapshot(Seq(at), 1, b"three times").unwrap();
    }
}

#[test]
fn a_damaged_snapshot_is_passed_over_for_the_older_and_nothing_is_lost() {
    for at in 0..(30 + 11 + 4) {
        let dir = tempfile::tempdir().unwrap();
        with_snapshots(dir.path());
        let path = dir.path().join("00000000000000000030.snapshot");
        flip(&path, at, 0x10);
        let opened = Journal::open(dir.path(), options(u64::MAX)).unwrap();
        assert_eq!((opened.snapshot.as_ref().unwrap().at, opened.journal.last()), (Seq(20), Seq(30)));
        assert_eq!(read(dir.path(), 20).unwrap(), numbered(30, 20)[20..]);
        assert!(
            matches!(&opened.warnings[..], [Warning::SnapshotPassedOver { snapshot, used: Seq(20), .. }] if *snapshot == path)
        );
        assert!(
            dir.path().join("00000000000000000030.snapshot.damaged").exists(),
            "it is kept for whoever looks"
        );
        drop(opened);
        assert_eq!(Journal::open(dir.path(), options(u64::MAX)).unwrap().warnings, []);
    }
}

#[test]
fn without_another_snapshot_the_log_alone_is_read_if_it_is_whole() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), 200, &numbered(30, 20));
    let mut journal = Journal::open(dir.path(), options(200)).unwrap().journal;
    journal.snapshot(Seq(30), 1, b"three times").unwrap();
    drop(journal);
    flip(&dir.path().join("00000000000000000030.snapshot"), 33, 1);
    assert_eq!(verify(dir.path()).unwrap().warnings.len(), 1);
    let opened = Journal::open(dir.path(), options(200)).unwrap();
    assert_eq!((opened.snapshot, opened.journal.last(), opened.warnings.len()), (None, Seq(30), 1));
}

#[test]
fn a_damaged_snapshot_is_refused_where_it_alone_holds_a_record() {
    let damage: [fn(&Path); 2] = [
        // Both are damaged, and the log begins after the older.
        |dir| flip(&dir.join("00000000000000000020.snapshot"), 33, 1),
        // The log ends before the newest.
        |dir| fs::remove_file(segments(dir).pop().unwrap()).unwrap(),
    ];
    for also in damage {
        let dir = tempfile::tempdir().unwrap();
        with_snapshots(dir.path());
        let newest = dir.path().join("00000000000000000030.snapshot");
        flip(&newest, 33, 1);
        also(dir.path());
        let before = common::files(dir.path());
        for error in [
            Journal::open(dir.path(), options(u64::MAX)).map(|_| ()).unwrap_err(),
            verify(dir.path()).map(|_| ()).unwrap_err(),
        ] {
            assert!(matches!(&error, JournalError::Damaged { path, .. } if *path == newest), "{error}");
        }
        assert_eq!(common::files(dir.path()), before, "nothing was touched");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn whatever_was_written_is_read_back(
        payloads in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..300), 0..30),
        segment_bytes in 1_u64..2000,
    ) {
        let dir = tempfile::tempdir().unwrap();
        write(dir.path(), segment_bytes, &payloads);
        prop_assert_eq!(recover(dir.path()).unwrap(), (payloads, vec![]));
    }

    /// A prefix of what was written, or a refusal: a changed byte is never read as something else.
    #[test]
    fn a_changed_byte_in_any_segment_is_refused_inside_its_record(
        payloads in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..60), 2..20),
        segment_bytes in 50_u64..500,
        file in any::<prop::sample::Index>(),
        byte in any::<prop::sample::Index>(),
        mask in 1_u8..,
    ) {
        let dir = tempfile::tempdir().unwrap();
        write(dir.path(), segment_bytes, &payloads);
        let files = segments(dir.path());
        let path = file.get(&files);
        let at = byte.index(fs::metadata(path).unwrap().len() as usize) as u64;
        flip(path, at, mask);
        match recover(dir.path()) {
            Err(JournalError::Damaged { path: p, offset, .. }) => {
                prop_assert_eq!(&p, path);
                prop_assert!(offset <= at && at < offset + 26 + 60, "byte {} reported at {}", at, offset);
            }
            other => prop_assert!(false, "not refused: {:?}", other),
        }
    }

    #[test]
    fn a_cut_of_the_newest_segment_loses_only_its_end(
        payloads in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..60), 1..20),
        segment_bytes in 50_u64..500,
        len in any::<prop::sample::Index>(),
    ) {
        let dir = tempfile::tempdir().unwrap();
        write(dir.path(), segment_bytes, &payloads);
        let newest = segments(dir.path()).pop().unwrap();
        let first: u64 = newest.file_stem().unwrap().to_str().unwrap().parse().unwrap();
        let len = len.index(fs::metadata(&newest).unwrap().len() as usize + 1) as u64;
        cut(&newest, len);
        let kept = record_starts(&payloads[first as usize - 1..]).iter().filter(|&&s| s <= len).count();
        let whole = first as usize - 1 + kept.saturating_sub(1);
        prop_assert_eq!(recover(dir.path()).unwrap().0, &payloads[..whole]);
    }
}
