//! Which journal a directory holds, and what happens when it is taken away.
#![allow(clippy::unwrap_used, reason = "a helper that fails is a test that fails")]

mod common;

use common::{numbered, options, read, segments, write};
use paceline_journal::{DurableLog, Health, Identity, Journal, JournalError, Options};
use std::fs;

#[test]
fn a_second_opener_is_refused_whatever_files_are_deleted() {
    let dir = tempfile::tempdir().unwrap();
    let first = Journal::open(dir.path(), options(1000)).unwrap();
    for name in ["lock", "identity"] {
        _ = fs::remove_file(dir.path().join(name));
        let refused = Journal::open(dir.path(), options(1000)).unwrap_err();
        assert!(matches!(refused, JournalError::Locked { .. }), "{refused}");
        assert_eq!(refused.to_string(), format!("{}: the journal is open elsewhere", dir.path().display()));
    }
    drop(first);
    Journal::open(dir.path(), options(1000)).unwrap();
}

#[test]
fn an_emptied_directory_is_not_a_new_world() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), 200, &numbered(9, 20));
    segments(dir.path()).iter().for_each(|path| fs::remove_file(path).unwrap());
    let refused = Journal::open(dir.path(), options(200)).unwrap_err();
    assert!(matches!(refused, JournalError::Emptied { .. }), "{refused}");
    // The way on that it names.
    fs::remove_file(dir.path().join("identity")).unwrap();
    assert!(Journal::open(dir.path(), options(200)).unwrap().begun);
}

#[test]
fn whoever_asks_for_a_journal_gets_that_one_or_none() {
    let (own, other) = (Identity(7), Identity(8));
    let dir = tempfile::tempdir().unwrap();
    let begin = Options { begin_as: own, ..options(200) };
    let asking = |wanted| Options { wanted: Some(wanted), ..begin };
    // Nothing is mounted there.
    let refused = Journal::open(dir.path(), asking(own)).unwrap_err();
    assert!(matches!(refused, JournalError::OtherJournal { found: None, .. }), "{refused}");
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);

    assert_eq!(Journal::open(dir.path(), begin).unwrap().identity, own);
    let opened = Journal::open(dir.path(), asking(own)).unwrap();
    assert_eq!((opened.identity, opened.begun), (own, false));
    drop(opened);
    let refused = Journal::open(dir.path(), asking(other)).unwrap_err();
    assert!(matches!(refused, JournalError::OtherJournal { found, .. } if found == Some(own)), "{refused}");
    let said = refused.to_string();
    assert!(said.contains("holds the journal 00000000000000000000000000000007, not the journal 0"), "{said}");
}

#[test]
fn a_journal_without_a_name_gets_one_when_it_is_opened() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), 200, &numbered(9, 20));
    fs::remove_file(dir.path().join("identity")).unwrap();
    let opened = Journal::open(dir.path(), Options { begin_as: Identity(5), ..options(200) }).unwrap();
    assert_eq!((opened.identity, opened.begun, opened.journal.last().0), (Identity(5), false, 9));
}

#[test]
fn nothing_is_acknowledged_once_the_directory_is_gone() {
    type Take = fn(&std::path::Path);
    let ways: [Take; 3] = [
        |dir| fs::remove_dir_all(dir).unwrap(),
        |dir| fs::rename(dir, dir.with_extension("elsewhere")).unwrap(),
        |dir| segments(dir).iter().for_each(|path| fs::remove_file(path).unwrap()),
    ];
    for take in ways {
        let home = tempfile::tempdir().unwrap();
        let dir = home.path().join("journal");
        let mut log = DurableLog::new(Journal::open(&dir, Options::default()).unwrap().journal, 0);
        log.push(1, 7, b"kept".to_vec());
        assert_eq!(log.flush().durable, Some(1));
        take(&dir);
        // It is noticed without anything being written, and whoever begins anew in that place changes nothing.
        assert!(matches!(log.tend().failed, Some(JournalError::Gone { .. })));
        fs::create_dir_all(&dir).unwrap();
        log.push(2, 7, b"into the void".to_vec());
        let flushed = log.flush();
        assert!(matches!(flushed.failed, Some(JournalError::Gone { .. })));
        assert_eq!((flushed.durable, log.health()), (None, Health::Stalled));
    }
}

#[test]
fn a_directory_that_comes_back_is_written_to_again() {
    let home = tempfile::tempdir().unwrap();
    let (dir, away) = (home.path().join("journal"), home.path().join("away"));
    let mut log = DurableLog::new(Journal::open(&dir, Options::default()).unwrap().journal, 0);
    fs::rename(&dir, &away).unwrap();
    log.push(1, 7, b"waits".to_vec());
    assert_eq!(log.flush().durable, None);
    fs::rename(&away, &dir).unwrap();
    assert_eq!((log.tend().durable, log.health()), (Some(1), Health::Good));
    assert_eq!(read(&dir, 0).unwrap(), [b"waits".to_vec()]);
}
