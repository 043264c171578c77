//! Records and snapshots that are not what was acknowledged.

use crate::subject::{Part, Subject, append_to, open, options, read_after};
use paceline_journal::{JournalError, LogAddress, Seq, Warning};

fn is_damage(error: &JournalError) -> bool {
    let missing = matches!(error, JournalError::Missing { .. });
    missing || matches!(error, JournalError::Damaged { .. } | JournalError::DamagedRecord { .. })
}

pub(super) fn damage_is_found(subject: &dyn Subject) {
    for seq in [1, 4, 6] {
        for n in 0.. {
            let address = subject.fresh();
            append_to(&mut *open(&address).journal, 6);
            if !subject.damage(&address, Part::Record(Seq(seq)), n) {
                assert!(n > 0, "a record can be damaged");
                break;
            }
            let found = |error: JournalError| assert!(is_damage(&error), "record {seq}, way {n}: {error}");
            found(address.verify().expect_err("it is verified"));
            found(address.open(options()).expect_err("it is opened"));
            let read =
                address.replay(Some(Seq(0))).and_then(|mut all| all.try_for_each(|record| record.map(drop)));
            found(read.expect_err("it is read"));
        }
    }
}

pub(super) fn with_snapshots(address: &LogAddress) {
    let mut log = open(address).journal;
    append_to(&mut *log, 20);
    log.snapshot(Seq(10), 3, b"ten").unwrap();
    log.snapshot(Seq(20), 3, b"twenty").unwrap();
}

pub(super) fn damaged_snapshot(subject: &dyn Subject) {
    for n in 0.. {
        let address = subject.fresh();
        with_snapshots(&address);
        if !subject.damage(&address, Part::Snapshot(Seq(20)), n) {
            assert!(n > 0, "a snapshot can be damaged");
            return;
        }
        assert_eq!(address.verify().unwrap().snapshot, Some(Seq(10)));
        let opened = open(&address);
        assert_eq!(opened.snapshot.unwrap().at, Seq(10));
        let passed_over = matches!(&opened.warnings[..], [Warning::SnapshotPassedOver { used: Seq(10), .. }]);
        assert!(passed_over, "{:?}", opened.warnings);
        assert_eq!(read_after(&address, 10), 20);
        // It is none to fall back on: what the sound one needs stays.
        let mut log = opened.journal;
        append_to(&mut *log, 30);
        log.snapshot(Seq(30), 3, b"thirty").unwrap();
        assert_eq!(read_after(&address, 10), 30);
    }
}

pub(super) fn damaged_only_snapshot(subject: &dyn Subject) {
    let address = subject.fresh();
    with_snapshots(&address);
    let mut log = open(&address).journal;
    append_to(&mut *log, 60);
    log.snapshot(Seq(60), 3, b"sixty").unwrap();
    drop(log);
    for at in [20, 60] {
        assert!(subject.damage(&address, Part::Snapshot(Seq(at)), 0));
    }
    assert!(is_damage(&address.verify().unwrap_err()));
    assert!(is_damage(&address.open(options()).unwrap_err()));
}
