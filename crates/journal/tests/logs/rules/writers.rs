//! Several writers of one log.

use crate::subject::{Subject, append_to, durable, open, options, payload, read_after};
use paceline_journal::{Health, JournalError, Seq};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

/// What a writer at work lets pass between two groups: a busy region commits more seldom.
const PAUSE: Duration = Duration::from_millis(5);

pub(super) fn one_writer(subject: &dyn Subject) {
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

pub(super) fn taken_over_at_work(subject: &dyn Subject) {
    if subject.refuses_a_second() {
        return;
    }
    let address = subject.fresh();
    let mut first = open(&address).journal;
    append_to(&mut *first, 5);
    let at_work = thread::spawn(move || {
        let (_asleep, never) = mpsc::channel::<()>();
        for n in 6.. {
            first.append(7, &payload(n)).unwrap();
            if let Err(error) = first.commit() {
                assert!(error.is_fenced(), "{error}");
                return n - 1;
            }
            _ = never.recv_timeout(PAUSE);
        }
        unreachable!("it is fenced")
    });
    let mut second = open(&address).journal;
    let last = at_work.join().unwrap();
    assert_eq!(second.committed(), Seq(last), "all that was acknowledged, and no more");
    append_to(&mut *second, last + 2);
    assert_eq!(read_after(&address, 0), last + 2);
}

pub(super) fn fenced_for_ever(subject: &dyn Subject) {
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
    // Nor does it keep a snapshot, though it has nothing to append.
    let mut third = open(&address).journal;
    assert!(second.snapshot(Seq(2), 3, b"too late").unwrap_err().is_fenced());
    assert_eq!(address.newest_snapshot().unwrap(), None);
    // Whoever wakes up after several epochs is as late.
    second.append(7, b"of the second").unwrap();
    assert!(second.commit().unwrap_err().is_fenced());
    assert!(second.recover().unwrap_err().is_fenced());
    append_to(&mut *third, 3);
}
