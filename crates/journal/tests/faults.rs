//! The journal on a disk that fails and forgets: what was committed is there after a power cut, what was shown stays, and the log goes
//! on by itself once the disk does.
#![allow(clippy::unwrap_used, reason = "a helper that fails is a test that fails")]

use paceline_journal::disk::memory::{Call, EIO, EMFILE, ENOSPC, Fate, MemoryDisk};
use paceline_journal::{
    Directory, Durability, DurableLog, Health, Journal, JournalError, Options, Seq, Snapshot,
};
use std::path::Path;
use std::sync::Arc;

const DIR: &str = "/journal";

fn dir(disk: &MemoryDisk) -> Directory {
    Directory::on(Arc::new(disk.clone()), Path::new(DIR))
}

fn open(disk: &MemoryDisk) -> (Journal, Option<Snapshot>) {
    let options = Options { segment_bytes: 200, ..Options::default() };
    let opened = Journal::open(dir(disk), options).unwrap();
    (opened.journal, opened.snapshot)
}

fn log(disk: &MemoryDisk, reserve: u64) -> DurableLog<u64> {
    DurableLog::new(open(disk).0, reserve)
}

fn payload(seq: u64) -> Vec<u8> {
    vec![seq as u8; 20]
}

/// All records that the journal reads back, which must be those that were appended.
fn read(disk: &MemoryDisk) -> u64 {
    let mut last = 0;
    for record in Journal::replay(dir(disk), Seq(0)).unwrap() {
        last += 1;
        let record = record.unwrap();
        assert_eq!((record.seq.0, record.payload.read(|_, bytes| bytes.to_vec())), (last, payload(last)));
    }
    last
}

/// The strictest power cut: no name and no byte that was not synced.
fn cut_power_hard(disk: &MemoryDisk) {
    // A draw of 0 among four keeps no bytes, one of 1 among two no names.
    disk.cut_power(&mut |below| u64::from(below == 2));
    disk.set_chance(None);
}

/// Lets the `n`th call of this kind fail, from 0.
fn fail(disk: &MemoryDisk, kind: Call, n: u32, fate: Fate) {
    let mut left = n;
    disk.set_chance(Some(Box::new(move |call, _| match (call == kind, left) {
        (true, 0) => fate,
        (true, _) => {
            left -= 1;
            Fate::Done
        }
        (false, _) => Fate::Done,
    })));
}

#[test]
fn a_committed_record_survives_a_power_cut() {
    let disk = MemoryDisk::default();
    let (mut journal, _) = open(&disk);
    for seq in 1..=20 {
        journal.append(7, &payload(seq)).unwrap();
        journal.commit().unwrap();
        let copy = seq;
        if seq % 5 == 0 {
            cut_power_hard(&disk);
            journal = open(&disk).0;
            assert_eq!(read(&disk), copy, "in old segments and in new ones");
        }
    }
}

#[test]
fn what_was_not_committed_may_go_in_part_and_is_then_dropped() {
    for draw in 0..4 {
        let disk = MemoryDisk::default();
        let (mut journal, _) = open(&disk);
        journal.append(7, &payload(1)).unwrap();
        journal.commit().unwrap();
        // The sync fails halfway, so that bytes are written and not durable.
        fail(&disk, Call::Sync, 0, Fate::Fails(EIO));
        journal.append(7, &payload(2)).unwrap();
        journal.commit().unwrap_err();
        disk.cut_power(&mut |below| draw % below);
        disk.set_chance(None);
        drop(journal);
        open(&disk);
        assert_eq!(read(&disk), 1);
    }
}

#[test]
fn what_is_read_back_after_a_kill_stays_after_a_power_cut() {
    for segment_bytes in [50, 10_000] {
        let disk = MemoryDisk::default();
        let opened = |durability| {
            let options = Options { segment_bytes, durability, ..Options::default() };
            Journal::open(dir(&disk), options).unwrap().journal
        };
        let mut journal = opened(Durability::Fsync);
        journal.append(7, &payload(1)).unwrap();
        journal.commit().unwrap();
        drop(journal);
        // A process that dies before its sync: bytes, or the name of a new segment, are in the system's memory alone.
        let mut journal = opened(Durability::None);
        journal.append(7, &payload(2)).unwrap();
        journal.commit().unwrap();
        drop(journal);
        disk.kill_process();
        assert_eq!(read_after(&disk), 2, "shown");
        cut_power_hard(&disk);
        assert_eq!(read_after(&disk), 2, "what was shown is durable, in segments of {segment_bytes} bytes");
    }
}

/// A power cut leaves a new segment without its header, and a snapshot covers all that came before it.
#[test]
fn a_segment_that_is_begun_again_still_follows_the_one_before_it() {
    let disk = MemoryDisk::default();
    let (mut journal, _) = open(&disk);
    for seq in 1..=6 {
        journal.append(7, &payload(seq)).unwrap();
    }
    journal.snapshot(Seq(3), 1, b"three").unwrap();
    journal.snapshot(Seq(6), 1, b"six").unwrap();
    // The next record begins a segment: its header is written after what was left of the one before, which is nothing.
    fail(&disk, Call::Write, 1, Fate::Torn(5, EIO));
    journal.append(7, &payload(7)).unwrap_err();
    disk.set_chance(None);
    drop(journal);
    assert_eq!(open(&disk).0.last(), Seq(6));
    let from_the_older = Journal::replay(dir(&disk), Seq(3)).unwrap();
    assert_eq!(from_the_older.map(|record| record.unwrap().seq.0).collect::<Vec<_>>(), [4, 5, 6]);
}

#[test]
fn a_snapshot_is_whole_before_it_has_its_name() {
    let disk = MemoryDisk::default();
    let (mut journal, _) = open(&disk);
    for seq in 1..=20 {
        journal.append(7, &payload(seq)).unwrap();
    }
    journal.snapshot(Seq(10), 1, b"ten").unwrap();
    cut_power_hard(&disk);
    let (journal, snapshot) = open(&disk);
    assert_eq!((snapshot.unwrap().at, journal.last()), (Seq(10), Seq(20)));
}

#[test]
fn after_a_failed_write_or_sync_nothing_is_taken_until_it_is_cut_back() {
    for (kind, fate) in [
        (Call::Write, Fate::Fails(EIO)),
        (Call::Write, Fate::Torn(13, ENOSPC)),
        (Call::Sync, Fate::Fails(EIO)),
    ] {
        let disk = MemoryDisk::default();
        let (mut journal, _) = open(&disk);
        journal.append(7, &payload(1)).unwrap();
        journal.commit().unwrap();
        fail(&disk, kind, 0, fate);
        journal.append(7, &payload(2)).unwrap();
        assert!(matches!(journal.commit().unwrap_err(), JournalError::Io { .. }));
        disk.set_chance(None);
        // The next sync would succeed and say nothing of the bytes that the failed one left out.
        assert!(matches!(journal.append(7, &payload(3)).unwrap_err(), JournalError::Poisoned { .. }));
        assert!(matches!(journal.commit().unwrap_err(), JournalError::Poisoned { .. }));
        journal.recover().unwrap();
        assert_eq!((journal.last(), journal.committed()), (Seq(1), Seq(1)));
        assert_eq!(journal.append(7, &payload(2)).unwrap(), Seq(2));
        journal.commit().unwrap();
        cut_power_hard(&disk);
        drop(journal);
        open(&disk);
        assert_eq!(read(&disk), 2);
    }
}

/// Every call of every kind fails once, in any place; then the disk is well again and the power is cut.
#[test]
fn whatever_fails_once_the_log_goes_on_and_keeps_what_it_said() {
    let kinds = [
        Call::Create,
        Call::Write,
        Call::Sync,
        Call::SyncDir,
        Call::SetLen,
        Call::Remove,
        Call::Rename,
        Call::List,
    ];
    for kind in kinds {
        for n in 0..12 {
            for fate in [Fate::Fails(EMFILE), Fate::Fails(EIO), Fate::Torn(9, ENOSPC)] {
                let disk = MemoryDisk::default();
                let mut log = log(&disk, 0);
                fail(&disk, kind, n, fate);
                let mut told = 0;
                for seq in 1..=30 {
                    log.push(seq, 7, payload(seq));
                    if seq % 10 == 0 {
                        log.push_snapshot(log.last(), 1, b"a state".to_vec());
                    }
                    told = log.flush().durable.unwrap_or(told);
                }
                cut_power_hard(&disk);
                assert!(read_after(&disk) >= told, "{kind:?} {n} {fate:?}");
                let mut log = reopened(&disk, log);
                assert_eq!(log.tend().failed.map(|error| error.to_string()), None);
            }
        }
    }
}

/// The last record of the journal after it was opened.
fn read_after(disk: &MemoryDisk) -> u64 {
    let (journal, _) = open(disk);
    journal.last().0
}

fn reopened(disk: &MemoryDisk, log: DurableLog<u64>) -> DurableLog<u64> {
    drop(log);
    self::log(disk, 0)
}

#[test]
fn a_full_disk_takes_what_is_under_way_and_recovers_by_itself() {
    let disk = MemoryDisk::default();
    disk.set_capacity(Some(16_000));
    let mut log = log(&disk, 1_000);
    assert_eq!(log.health(), Health::Good);
    let mut seq = 0;
    let mut told = 0;
    while log.health() == Health::Good {
        seq += 1;
        log.push(seq, 7, payload(seq));
        told = log.flush().durable.unwrap();
    }
    // From now on new work is refused; what is under way has the reserve.
    assert_eq!((log.health(), told), (Health::Low, seq));
    for _ in 0..10 {
        seq += 1;
        log.push(seq, 7, payload(seq));
        assert_eq!(log.flush().durable, Some(seq));
        assert_eq!((log.tend().failed.map(|error| error.to_string()), log.health()), (None, Health::Low));
    }
    while log.health() == Health::Low {
        seq += 1;
        log.push(seq, 7, payload(seq));
        told = log.flush().durable.unwrap_or(told);
    }
    // No room at all: nothing is acknowledged, nothing is lost.
    assert_eq!((log.health(), told), (Health::Stalled, seq - 1));
    assert!(log.tend().failed.unwrap().is_full());
    disk.set_capacity(Some(32_000));
    assert_eq!((log.tend().durable, log.health()), (Some(seq), Health::Good));
    cut_power_hard(&disk);
    assert_eq!(read_after(&disk), seq);
}

#[test]
fn a_failed_snapshot_leaves_no_half_and_is_tried_again() {
    let disk = MemoryDisk::default();
    let mut log = log(&disk, 0);
    log.push(1, 7, payload(1));
    log.push_snapshot(log.last(), 1, vec![1; 100]);
    disk.set_chance(Some(Box::new(|call, path| {
        let snapshot = path.ends_with("snapshot.tmp");
        if snapshot && call == Call::Write { Fate::Torn(10, EMFILE) } else { Fate::Done }
    })));
    let flushed = log.flush();
    assert_eq!((flushed.durable, log.health()), (Some(1), Health::Good), "the records are well");
    assert!(flushed.snapshot.unwrap().is_err());
    assert_eq!(disk.bytes(&Path::new(DIR).join("snapshot.tmp")), None);
    disk.set_chance(None);
    let tried = log.tend().snapshot.unwrap();
    assert_eq!(tried.unwrap(), Seq(1));
    drop(log);
    assert_eq!(open(&disk).1.unwrap().at, Seq(1));
}

#[test]
fn records_become_durable_between_the_pieces_of_a_snapshot_and_a_newer_one_waits_for_its_end() {
    let disk = MemoryDisk::default();
    let mut log = log(&disk, 0).in_pieces_of(10);
    log.push(1, 7, payload(1));
    log.push_snapshot(Seq(1), 1, vec![1; 35]);
    for seq in 1..=3 {
        let flushed = log.flush();
        assert_eq!(flushed.durable, Some(seq));
        assert!(flushed.snapshot.is_none() && log.is_writing_snapshot(), "after {seq} pieces of four");
        log.push(seq + 1, 7, payload(seq + 1));
        log.push_snapshot(Seq(seq + 1), 1, vec![2; 5]);
    }
    let flushed = log.flush();
    assert_eq!((flushed.durable, flushed.snapshot.unwrap().unwrap()), (Some(4), Seq(1)));
    // The newest of those that waited comes next, and is small.
    assert_eq!(log.flush().snapshot.unwrap().unwrap(), Seq(4));
    assert!(!log.is_writing_snapshot());
    drop(log);
    cut_power_hard(&disk);
    assert_eq!(open(&disk).1.unwrap().at, Seq(4));
    assert_eq!(read_after(&disk), 4);
}

#[test]
fn a_snapshot_of_which_a_part_is_written_when_the_power_fails_is_none() {
    let disk = MemoryDisk::default();
    let mut log = log(&disk, 0).in_pieces_of(10);
    log.push(1, 7, payload(1));
    log.push_snapshot(Seq(1), 1, vec![1; 35]);
    assert!(log.flush().snapshot.is_none() && log.flush().snapshot.is_none());
    drop(log);
    cut_power_hard(&disk);
    assert_eq!(open(&disk).1, None);
    assert_eq!(disk.bytes(&Path::new(DIR).join("snapshot.tmp")), None, "what there was of it is gone");
    assert_eq!(read_after(&disk), 1);
}

#[test]
fn after_an_error_a_snapshot_begins_afresh() {
    let disk = MemoryDisk::default();
    let (mut journal, _) = open(&disk);
    journal.append(7, &payload(1)).unwrap();
    assert!(!journal.snapshot_piece(Seq(1), 1, &[1; 35], 10).unwrap());
    journal.snapshot_piece(Seq(99), 1, &[1; 35], 10).unwrap_err();
    assert!(journal.snapshot_piece(Seq(1), 1, &[2; 5], 10).unwrap(), "another state, and a shorter one");
    drop(journal);
    let kept = open(&disk).1.unwrap();
    assert_eq!((kept.at, kept.state.read(|_, bytes| bytes.to_vec())), (Seq(1), vec![2; 5]));
}
