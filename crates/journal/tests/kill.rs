//! A process that writes a journal is killed, again and again: whatever it said was committed is there.
#![allow(clippy::unwrap_used, reason = "a helper that fails is a test that fails")]

use paceline_journal::{Journal, Options, Seq};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

const CHILD_DIR: &str = "PACELINE_JOURNAL_TEST_DIR";
const KILLS: u64 = 20;

fn payload(seq: u64) -> Vec<u8> {
    seq.to_le_bytes().repeat(1 + seq as usize % 40)
}

/// Not a case of its own: the body of the process that is killed. Does nothing when run without its directory.
#[test]
fn child_writes_until_it_is_killed() {
    let Some(dir) = std::env::var_os(CHILD_DIR) else { return };
    // Small segments, so that a kill often meets the creation of one.
    let options = Options { segment_bytes: 4096, ..Options::default() };
    let mut journal = Journal::open(Path::new(&dir), options).unwrap().journal;
    for commits in 1_u64.. {
        for _ in 0..=commits % 7 {
            journal.append(1, &payload(journal.last().0 + 1)).unwrap();
        }
        println!("committed {}", journal.commit().unwrap());
        if commits.is_multiple_of(8) {
            journal.snapshot(Seq(journal.last().0 - 5), 1, b"a state").unwrap();
        }
    }
}

/// Starts a writer, kills it after it has committed a few groups more, and gives the last number that it printed.
fn write_and_kill(dir: &Path, groups: u64) -> u64 {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child_writes_until_it_is_killed", "--nocapture"])
        .env(CHILD_DIR, dir)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let committed = |line: String| line.split_once("committed ").and_then(|(_, seq)| seq.parse().ok());
    let mut last = 0;
    for _ in 0..groups {
        last =
            lines.by_ref().map_while(Result::ok).find_map(committed).expect("the child writes until killed");
    }
    child.kill().unwrap();
    child.wait().unwrap();
    // It ran on while we killed it. A line that the kill cut off shows a smaller number, never a larger one.
    lines.map_while(Result::ok).filter_map(committed).fold(last, u64::max)
}

#[test]
fn what_was_committed_before_a_kill_is_there_after_it() {
    let dir = tempfile::tempdir().unwrap();
    for kill in 1..=KILLS {
        let committed = write_and_kill(dir.path(), 3 + kill * 5 % 11);
        let opened = Journal::open(dir.path(), Options::default()).unwrap();
        let after = opened.snapshot.map_or(Seq(0), |snapshot| snapshot.at);
        let mut next = after.0 + 1;
        for record in Journal::replay(dir.path(), after).unwrap() {
            let record = record.unwrap();
            assert_eq!((record.seq.0, record.payload.read(|_, bytes| bytes.to_vec())), (next, payload(next)));
            next += 1;
        }
        assert!(next > committed, "kill {kill}: {committed} was committed, {} is the last there", next - 1);
    }
}
