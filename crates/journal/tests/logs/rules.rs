//! The rules, one a function.

use crate::random_life::random_lives;
use crate::subject::{Lost, Part, Subject, append_to, durable, open, options, payload, read_after};
use paceline_journal::{
    Health, Identity, JournalError, LogAddress, Options, PAYLOAD_BYTES_MAX, Seq, Warning, copy,
};

/// A rule, and what it says.
type Rule = (&'static str, fn(&dyn Subject));

pub(crate) const ALL: &[Rule] = &[
    ("records come back in order, from any of them on", in_order),
    ("what is committed is there after a power cut, what is not need not be", durable_before_told),
    ("nobody reads what was not committed", unseen_until_committed),
    ("of two writers one commits", one_writer),
    ("a writer that was fenced says so for ever", fenced_for_ever),
    ("a changed record is refused by whoever reads", damage_is_found),
    ("a damaged snapshot is passed over for the one before it", damaged_snapshot),
    ("a damaged snapshot that alone holds a record is refused", damaged_only_snapshot),
    ("where there is no room nothing is told, and it goes on once there is", full),
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

fn one_writer(subject: &dyn Subject) {
    let address = subject.fresh();
    let mut first = open(&address).journal;
    append_to(&mut *first, 5);
    let second = address.open(options());
    if subject.refuses_a_second() {
        assert!(matches!(second, Err(JournalError::Locked { .. })), "{second:?}");
        append_to(&mut *first, 6);
        return;
    }
    let mut second = second.unwrap().journal;
    first.append(7, b"of the first").unwrap();
    assert!(first.commit().unwrap_err().is_fenced());
    append_to(&mut *second, 9);
    assert_eq!(read_after(&address, 0), 9);
}

fn fenced_for_ever(subject: &dyn Subject) {
    if subject.refuses_a_second() {
        return;
    }
    let address = subject.fresh();
    let mut first = durable(&address);
    first.push(1, 7, payload(1));
    assert_eq!(first.flush().durable, Some(1));
    let mut second = open(&address).journal;
    // Nothing was to be written: it is noticed all the same.
    assert!(first.tend().failed.unwrap().is_fenced());
    assert_eq!(first.health(), Health::Stalled);
    first.push(2, 7, b"too late".to_vec());
    first.push_snapshot(Seq(1), 7, b"too late".to_vec());
    for _ in 0..3 {
        let flushed = first.tend();
        let error = flushed.failed.unwrap();
        assert!(error.to_string().starts_with("E0405 "), "{error}");
        assert_eq!((flushed.durable, first.health()), (None, Health::Stalled));
    }
    append_to(&mut *second, 2);
    drop(first);
    assert_eq!(read_after(&address, 0), 2);
    assert_eq!(address.newest_snapshot().unwrap(), None);
    // Whoever wakes up after several epochs is as late.
    let mut third = open(&address).journal;
    second.append(7, b"of the second").unwrap();
    assert!(second.commit().unwrap_err().is_fenced());
    assert!(second.recover().unwrap_err().is_fenced());
    append_to(&mut *third, 3);
}

fn is_damage(error: &JournalError) -> bool {
    let missing = matches!(error, JournalError::Missing { .. });
    missing || matches!(error, JournalError::Damaged { .. } | JournalError::DamagedRecord { .. })
}

fn damage_is_found(subject: &dyn Subject) {
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

fn with_snapshots(address: &LogAddress) {
    let mut log = open(address).journal;
    append_to(&mut *log, 20);
    log.snapshot(Seq(10), 3, b"ten").unwrap();
    log.snapshot(Seq(20), 3, b"twenty").unwrap();
}

fn damaged_snapshot(subject: &dyn Subject) {
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

fn damaged_only_snapshot(subject: &dyn Subject) {
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

fn full(subject: &dyn Subject) {
    let address = subject.fresh();
    let mut log = durable(&address);
    log.push(1, 7, payload(1));
    assert_eq!(log.flush().durable, Some(1));
    if !subject.set_full(true) {
        return;
    }
    for n in 2..=40 {
        log.push(n, 7, payload(n));
    }
    let flushed = log.flush();
    assert!(flushed.failed.is_some_and(|error| error.is_full()));
    assert_eq!((log.health(), log.is_settled()), (Health::Stalled, false));
    assert!(log.tend().durable.is_none_or(|durable| durable < 40));
    subject.set_full(false);
    while !log.is_settled() {
        log.tend();
    }
    assert_eq!(log.health(), Health::Good);
    assert_eq!(read_after(&address, 0), 40);
}

/// Loses what is asked next, and goes on as the shell of a region does.
fn lose(subject: &dyn Subject, lost: Lost) {
    let address = subject.fresh();
    let mut log = durable(&address);
    for n in 1..=3 {
        log.push(n, 7, payload(n));
    }
    assert_eq!(log.flush().durable, Some(3));
    if !subject.lose_next(lost) {
        return;
    }
    for n in 4..=6 {
        log.push(n, 7, payload(n));
    }
    let flushed = log.flush();
    assert!(flushed.failed.is_some(), "the answer is lost");
    assert_eq!(flushed.durable, None, "nobody is told what nobody knows");
    assert_eq!(log.health(), Health::Stalled);
    // More has come when it is tried again: the group is not the one that was sent.
    log.push(7, 7, payload(7));
    let flushed = log.tend();
    assert!(flushed.failed.is_none(), "{:?}", flushed.failed);
    subject.deliver();
    assert_eq!((flushed.durable, log.health()), (Some(7), Health::Good));
    assert_eq!(read_after(&address, 0), 7);
    log.push(8, 7, payload(8));
    assert_eq!(log.flush().durable, Some(8));
    assert_eq!(address.verify().unwrap().records, 8);
}

fn answer_lost(subject: &dyn Subject) {
    lose(subject, Lost::Answer);
}

fn question_lost(subject: &dyn Subject) {
    lose(subject, Lost::Question);
}

fn late(subject: &dyn Subject) {
    lose(subject, Lost::Late);
    // Whoever has dropped what was under way may say something else in its place.
    let address = subject.fresh();
    let mut log = open(&address).journal;
    append_to(&mut *log, 3);
    if !subject.lose_next(Lost::Late) {
        return;
    }
    log.append(7, b"late").unwrap();
    log.commit().unwrap_err();
    log.recover().unwrap();
    assert_eq!(log.committed(), Seq(3));
    subject.deliver();
    append_to(&mut *log, 5);
    assert_eq!(read_after(&address, 0), 5);
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
    let refused = log.append(7, &vec![0; PAYLOAD_BYTES_MAX + 1]);
    assert!(matches!(refused, Err(JournalError::TooLarge { .. })), "{refused:?}");
    append_to(&mut *log, 2);
    assert_eq!(read_after(&address, 0), 2);
}

fn large_groups(subject: &dyn Subject) {
    let address = subject.fresh();
    let mut log = open(&address).journal;
    let large = vec![9; PAYLOAD_BYTES_MAX];
    log.append(7, &large).unwrap();
    for _ in 0..4_500 {
        log.append(7, b"small").unwrap();
    }
    log.append(7, &large).unwrap();
    assert_eq!(log.commit().unwrap(), Seq(4_502));
    let sizes =
        address.replay(None).unwrap().map(|record| record.unwrap().payload.read(|_, bytes| bytes.len()));
    let sizes: Vec<usize> = sizes.collect();
    assert_eq!((sizes[0], sizes[4_501], sizes.len()), (PAYLOAD_BYTES_MAX, PAYLOAD_BYTES_MAX, 4_502));
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
