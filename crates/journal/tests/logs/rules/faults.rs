//! No room, and answers that are lost.

use crate::subject::{Lost, Subject, append_to, durable, open, payload, read_after};
use paceline_journal::{Health, Seq};

pub(super) fn full(subject: &dyn Subject) {
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

pub(super) fn idle(subject: &dyn Subject) {
    let address = subject.fresh();
    let mut log = durable(&address);
    log.push(1, 7, payload(1));
    assert_eq!(log.flush().durable, Some(1));
    if !subject.lose_next(Lost::Question) {
        return;
    }
    for _ in 0..3 {
        log.tend();
    }
    assert_eq!(log.health(), Health::Good);
    subject.all_is_well();
    log.push(2, 7, payload(2));
    assert_eq!(log.flush().durable, Some(2));
    assert_eq!(read_after(&address, 0), 2);
}

pub(super) fn answer_lost(subject: &dyn Subject) {
    lose(subject, Lost::Answer);
}

pub(super) fn question_lost(subject: &dyn Subject) {
    lose(subject, Lost::Question);
}

pub(super) fn late(subject: &dyn Subject) {
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
