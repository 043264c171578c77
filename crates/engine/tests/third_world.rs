//! The seam between a world and what keeps it: a world of lockers and parcels gets tickets, idempotency, a journal, replay, snapshots,
//! digests and streams by saying what its events do, and no more.

mod journaled;
mod lockers;

use journaled::{Journaled, Outward};
use lockers::{Command, Event, KEPT_FOR, Lockers, Plan, Problem, Refusal};
use paceline_engine::ledger::Entry;
use paceline_engine::region::{Input, RegionOptions};
use paceline_model::{Answer, Instant, Millis, Receipt, Version};
use std::path::Path;

const TICK: Millis = Millis(1_000);

/// A region of lockers with a journal on disk, a solver and a stream.
struct Bench {
    journaled: Journaled<Lockers>,
    stream: Vec<(Version, Entry<Event, Refusal>)>,
}

impl std::ops::Deref for Bench {
    type Target = Journaled<Lockers>;
    fn deref(&self) -> &Journaled<Lockers> {
        &self.journaled
    }
}

/// Solves, and keeps what is told.
fn heard(
    stream: &mut Vec<(Version, Entry<Event, Refusal>)>,
) -> impl FnMut(Outward<Lockers>) -> Option<Box<Plan>> {
    |outward| match outward {
        Outward::Solve(problem) => Some(Box::new(solve(*problem))),
        Outward::Publish(change) => {
            stream.push((change.version, change.event.clone()));
            None
        }
    }
}

impl Bench {
    /// Begins anew or goes on, by what the directory holds.
    fn open(dir: &Path, snapshot_every: u64, now: Instant) -> Self {
        let options = RegionOptions { tick: TICK, snapshot_every };
        Self { journaled: Journaled::open(dir, Lockers::default(), options, now), stream: Vec::new() }
    }

    fn input(&mut self, input: Input<Lockers>) {
        self.journaled.input(input, &mut heard(&mut self.stream));
    }

    fn ask(&mut self, command: Command, key: Option<(&str, u64)>) -> Answer<Refusal> {
        self.journaled.ask(command, key, &mut heard(&mut self.stream))
    }

    fn bring(&mut self, parcel: &str, key: Option<(&str, u64)>) -> Answer<Refusal> {
        self.ask(Command::Bring { parcel: parcel.into() }, key)
    }

    fn wait(&mut self, span: Millis) {
        self.journaled.until(self.now + span, &mut heard(&mut self.stream));
    }

    fn locker_of(&self, parcel: &str) -> Option<&str> {
        self.region.ledger().parcels.get(parcel)?.1.as_deref()
    }
}

/// Each parcel goes into the first locker with room.
fn solve(problem: Problem) -> Plan {
    let mut free = problem.free;
    let place = |parcel| {
        let (locker, room) = free.iter_mut().find(|(_, room)| *room > 0)?;
        *room -= 1;
        Some((parcel, locker.clone()))
    };
    problem.waiting.into_iter().filter_map(place).collect()
}

fn receipt(version: u64) -> Answer<Refusal> {
    Ok(Receipt { version: Version(version) })
}

fn morning(bench: &mut Bench) {
    assert_eq!(bench.ask(Command::Open { locker: "north".into(), boxes: 1 }, None), receipt(1));
    assert_eq!(bench.bring("p1", Some(("k1", 1))), receipt(2));
    assert_eq!(bench.bring("p2", None), receipt(4), "the kept reply is an event too");
    bench.wait(TICK);
}

#[test]
fn it_has_tickets_rounds_and_idempotency() {
    let dir = tempfile::tempdir().expect("a directory");
    let mut bench = Bench::open(dir.path(), u64::MAX, Instant(1_000));
    morning(&mut bench);
    assert_eq!((bench.locker_of("p1"), bench.locker_of("p2")), (Some("north"), None));
    assert_eq!(bench.bring("p1", None), Err(Refusal::Duplicate));
    assert_eq!(bench.bring("p1", Some(("k1", 1))), receipt(2), "a repeat has its first answer");
    assert_eq!(bench.bring("p3", Some(("k1", 3))), Err(Refusal::KeyReused));
    assert_eq!(bench.ask(Command::Fetch { parcel: "p1".into() }, None), receipt(6));
    // Its door is open: what was proposed would not hold.
    bench.input(Input::Telemetry(vec![("north".into(), true)]));
    bench.wait(TICK);
    assert_eq!(bench.locker_of("p2"), None);
    bench.input(Input::Telemetry(vec![("north".into(), false)]));
    bench.wait(TICK);
    assert_eq!(bench.locker_of("p2"), Some("north"));
    bench.wait(KEPT_FOR);
    assert!(bench.region.ledger().parcels.is_empty(), "it has gone back");
}

#[test]
fn its_stream_numbers_every_event_once() {
    let dir = tempfile::tempdir().expect("a directory");
    let mut bench = Bench::open(dir.path(), u64::MAX, Instant(1_000));
    morning(&mut bench);
    let versions: Vec<u64> = bench.stream.iter().map(|(version, _)| version.0).collect();
    assert_eq!(versions, [1, 2, 3, 4, 5]);
    assert!(matches!(&bench.stream[2].1, Entry::Reply(reply) if reply.key.as_str() == "k1"));
    let put = Event::Put { parcel: "p1".into(), locker: "north".into() };
    assert_eq!(bench.stream[4].1, Entry::Event(put));
}

#[test]
fn its_journal_gives_it_back_from_records_and_from_snapshots() {
    for snapshot_every in [u64::MAX, 2, 1] {
        let dir = tempfile::tempdir().expect("a directory");
        let mut bench = Bench::open(dir.path(), snapshot_every, Instant(1_000));
        morning(&mut bench);
        let (now, digest) = (bench.now, bench.region.ledger().checkpoint().digest());
        drop(bench);
        let mut again = Bench::open(dir.path(), snapshot_every, now);
        assert_eq!(again.region.ledger().checkpoint().digest(), digest);
        assert_eq!(again.bring("p1", Some(("k1", 1))), receipt(2), "replies outlive a restart");
        again.input(Input::Close);
        assert!(again.region.is_closed());
        assert_eq!(again.region.due(), None);
    }
}
