//! The rules, one a function.

mod damage;
mod faults;
mod writers;

use crate::random_life::random_lives;
use crate::subject::{Subject, append_to, open, options, payload, read_after};
use damage::{damage_is_found, damaged_only_snapshot, damaged_snapshot, with_snapshots};
use faults::{answer_lost, full, idle, late, question_lost};
use paceline_journal::{Identity, JournalError, LogAddress, Options, Seq, copy};
use writers::{fenced_for_ever, one_writer, taken_over_at_work};

/// Every log takes payloads of so many bytes, whatever it is kept by.
const LARGEST_AT_LEAST: usize = 1_000_000;

/// A rule, and what it says.
type Rule = (&'static str, fn(&dyn Subject));

pub(crate) const ALL: &[Rule] = &[
    ("records come back in order, from any of them on", in_order),
    ("what is committed is there after a power cut, what is not need not be", durable_before_told),
    ("nobody reads what was not committed", unseen_until_committed),
    ("of two writers one commits", one_writer),
    ("a log is taken over from a writer that goes on", taken_over_at_work),
    ("a writer that was fenced says so for ever", fenced_for_ever),
    ("a changed record is refused by whoever reads", damage_is_found),
    ("a damaged snapshot is passed over for the one before it", damaged_snapshot),
    ("a damaged snapshot that alone holds a record is refused", damaged_only_snapshot),
    ("where there is no room nothing is told, and it goes on once there is", full),
    ("what breaks while nothing is written is made good", idle),
    ("a group whose answer is lost is there once", answer_lost),
    ("a group that never came is there once", question_lost),
    ("a group that comes late is not done any more", late),
    ("snapshots take the place of what came before", snapshots),
    ("a journal that is not the wanted one is refused", identity),
    ("what is too large is refused, and the log goes on", too_large),
    ("groups larger than a statement are whole", large_groups),
    ("a copy is what its source is, and takes no place that is taken", copies),
    ("what is not there is no journal", not_there),
    ("random lives come to what they would without a fault", random_lives),
];

fn in_order(subject: &dyn Subject) {
    let address = subject.fresh();
    let opened = open(&address);
    assert!(opened.begun && opened.snapshot.is_none());
    let mut log = opened.journal;
    assert_eq!((log.last(), log.committed()), (Seq(0), Seq(0)));
    for last in [1, 2, 30, 31, 200, 1_500] {
        append_to(&mut *log, last);
        assert_eq!(log.committed(), Seq(last));
    }
    log.check_place().unwrap();
    for after in [0, 1, 7, 1_499, 1_500] {
        assert_eq!(read_after(&address, after), 1_500);
    }
    assert_eq!(address.replay(None).unwrap().count(), 1_500);
    let verified = address.verify().unwrap();
    assert_eq!((verified.records, verified.first, verified.last), (1_500, Seq(1), Seq(1_500)));
    assert_eq!(verified.formats.into_iter().collect::<Vec<_>>(), [7]);
}

fn durable_before_told(subject: &dyn Subject) {
    let address = subject.fresh();
    let mut log = open(&address).journal;
    for cut in 1..=5 {
        append_to(&mut *log, 10 * cut);
        log.append(7, &payload(10 * cut + 1)).unwrap();
        subject.cut_power(&address);
        log = {
            drop(log);
            open(&address).journal
        };
        let last = read_after(&address, 0);
        assert!(last >= 10 * cut, "{last} of {}", 10 * cut);
        assert_eq!(log.last(), Seq(last));
    }
}

fn unseen_until_committed(subject: &dyn Subject) {
    let address = subject.fresh();
    let mut log = open(&address).journal;
    append_to(&mut *log, 3);
    log.append(7, &payload(4)).unwrap();
    assert_eq!(log.committed(), Seq(3));
    assert_eq!(read_after(&address, 0), 3);
    log.commit().unwrap();
    assert_eq!(read_after(&address, 0), 4);
}

fn snapshots(subject: &dyn Subject) {
    let address = subject.fresh();
    let mut log = open(&address).journal;
    let state: Vec<u8> = (0..9_000_000_u32).map(|n| (n % 251) as u8).collect();
    for round in 1..=4 {
        append_to(&mut *log, 50 * round);
        log.snapshot(Seq(50 * round), 3, &state).unwrap();
        log.snapshot(Seq(50 * round), 3, &state).unwrap();
    }
    assert!(matches!(log.snapshot(Seq(10), 3, b""), Err(JournalError::SnapshotOutOfRange { .. })));
    assert!(matches!(log.snapshot(Seq(900), 3, b""), Err(JournalError::SnapshotOutOfRange { .. })));
    append_to(&mut *log, 210);
    drop(log);
    let opened = open(&address);
    let snapshot = opened.snapshot.unwrap();
    assert_eq!(snapshot.at, Seq(200));
    snapshot.state.read(|format, bytes| assert!(format == 3 && bytes == state));
    assert_eq!((read_after(&address, 200), opened.journal.last()), (210, Seq(210)));
    let verified = address.verify().unwrap();
    assert_eq!((verified.last, verified.snapshot), (Seq(210), Some(Seq(200))));
    assert!(verified.first > Seq(100), "what the older of two snapshots covers is gone: {}", verified.first);
    let gone = address.replay(Some(Seq(0))).map(drop);
    assert!(matches!(gone, Err(JournalError::Missing { wanted: Seq(1), .. })), "{gone:?}");
    // An empty log behind its snapshot goes on, too.
    let mut log = opened.journal;
    log.snapshot(Seq(210), 3, b"").unwrap();
    drop(log);
    let mut log = open(&address).journal;
    append_to(&mut *log, 211);
    assert_eq!(read_after(&address, 210), 211);
}

fn identity(subject: &dyn Subject) {
    let address = subject.fresh();
    let wanted = |identity| Options { wanted: Some(Identity(identity)), ..options() };
    let begun = Options { begin_as: Identity(5), ..options() };
    assert!(matches!(address.open(wanted(5)), Err(JournalError::OtherJournal { found: None, .. })));
    assert_eq!(address.open(begun).unwrap().identity, Identity(5));
    let opened = address.open(Options { begin_as: Identity(6), ..options() }).unwrap();
    assert_eq!((opened.identity, opened.begun), (Identity(5), false));
    drop(opened);
    assert!(address.open(wanted(5)).is_ok());
    let other = address.open(wanted(6)).map(drop);
    assert!(matches!(other, Err(JournalError::OtherJournal { found: Some(Identity(5)), .. })), "{other:?}");
    assert_eq!(address.verify().unwrap().identity, Some(Identity(5)));
}

fn too_large(subject: &dyn Subject) {
    let address = subject.fresh();
    let mut log = open(&address).journal;
    append_to(&mut *log, 1);
    let refused = log.append(7, &vec![0; log.payload_bytes_max() + 1]);
    assert!(matches!(refused, Err(JournalError::TooLarge { .. })), "{refused:?}");
    append_to(&mut *log, 2);
    assert_eq!(read_after(&address, 0), 2);
}

fn large_groups(subject: &dyn Subject) {
    let address = subject.fresh();
    let mut log = open(&address).journal;
    let largest = log.payload_bytes_max();
    assert!(largest >= LARGEST_AT_LEAST);
    let large = vec![9; largest];
    log.append(7, &large).unwrap();
    for _ in 0..4_500 {
        log.append(7, b"small").unwrap();
    }
    log.append(7, &large).unwrap();
    assert_eq!(log.commit().unwrap(), Seq(4_502));
    let sizes =
        address.replay(None).unwrap().map(|record| record.unwrap().payload.read(|_, bytes| bytes.len()));
    let sizes: Vec<usize> = sizes.collect();
    assert_eq!((sizes[0], sizes[4_501], sizes.len()), (largest, largest, 4_502));
}

fn copies(subject: &dyn Subject) {
    let source = subject.fresh();
    with_snapshots(&source);
    append_to(&mut *open(&source).journal, 33);
    let dir = tempfile::tempdir().unwrap();
    let files = LogAddress::from(&dir.path().join("copy"));
    let target = subject.fresh();
    let copied = copy(&source, &files, Identity(1)).unwrap();
    assert_eq!((copied.last, copied.snapshot), (Seq(33), Some(Seq(20))));
    if subject.name() != "memory" {
        // Its directories cannot be renamed.
        copy(&files, &target, Identity(1)).unwrap();
        assert_eq!(read_after(&target, 20), 33);
        let again = copy(&files, &target, Identity(1)).map(drop);
        assert!(matches!(again, Err(JournalError::NotEmpty { .. })), "{again:?}");
        let mut log = open(&target).journal;
        append_to(&mut *log, 34);
    }
    let again = copy(&source, &files, Identity(1)).map(drop);
    assert!(matches!(again, Err(JournalError::NotEmpty { .. })), "{again:?}");
    assert_eq!(open(&files).identity, source.verify().unwrap().identity.unwrap());
}

fn not_there(subject: &dyn Subject) {
    let address = subject.fresh();
    assert!(address.replay(None).is_err());
    assert!(address.verify().is_err());
    assert!(address.replay(None).is_err(), "looking begins none");
}
