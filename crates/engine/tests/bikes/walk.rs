//! Any history of counts, words, closures and restarts: the rules of `Bench` hold after each input, bikes that crews move are never lost and
//! never twice, and the journal gives the world back.

use crate::bench::{Bench, at, closed, counted, order_id, station, station_id, van, van_id};
use paceline_model::bikes::{
    Command, CrewReport, CrewWord, DoneWork, OrderPhase, ReportId, Task, VanState, WorkOrderId,
};
use paceline_model::{Instant, Millis};
use proptest::prelude::*;

const STATIONS: [&str; 4] = ["A", "B", "C", "D"];
const VANS: [&str; 3] = ["u", "v", "w"];

/// One thing that happens.
#[derive(Clone, Debug)]
enum Step {
    /// A station is counted: bikes of twenty docks, and how many seconds ago.
    Count(usize, u32, u32),
    /// A station closes, or opens.
    Close(usize, bool),
    /// A van says what its n-th order, or one of all that there ever were, makes it say.
    Word(usize, Said, usize, bool),
    Wait(u32),
    /// The process dies and goes on.
    Restart,
    /// A solver answers late from now on, or at once; and hands in what it has.
    Late(bool),
    Withdraw(usize),
}

#[derive(Clone, Copy, Debug)]
enum Said {
    Accepted,
    Declined,
    Arrived,
    /// So many bikes, so many seconds ago.
    Done(u32, u32),
    BrokenDown,
    Recovered,
}

fn said() -> impl Strategy<Value = Said> {
    prop_oneof![
        3 => Just(Said::Accepted),
        1 => Just(Said::Declined),
        2 => Just(Said::Arrived),
        5 => (1..12_u32, 0..400_u32).prop_map(|(bikes, ago)| Said::Done(bikes, ago)),
        1 => Just(Said::BrokenDown),
        1 => Just(Said::Recovered),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        5 => (0..4_usize, prop_oneof![2 => Just(0_u32), 1 => Just(20), 3 => 0..=20_u32], 0..300_u32)
            .prop_map(|(station, bikes, ago)| Step::Count(station, bikes, ago)),
        1 => (0..4_usize, any::<bool>()).prop_map(|(station, shut)| Step::Close(station, shut)),
        8 => (0..3_usize, said(), 0..6_usize, prop::bool::weighted(0.8))
            .prop_map(|(van, said, order, own)| Step::Word(van, said, order, own)),
        4 => (1..400_u32).prop_map(Step::Wait),
        1 => Just(Step::Restart),
        1 => any::<bool>().prop_map(Step::Late),
        1 => (0..6_usize).prop_map(Step::Withdraw),
    ]
}

/// Bikes that crews have moved, by the test's own book: what is aboard, and what each move did.
fn aboard(bench: &Bench) -> Vec<u32> {
    VANS.map(|van| bench.van(van).aboard).to_vec()
}

fn begin(bench: &mut Bench) {
    for (number, name) in (0..).zip(STATIONS) {
        bench.must(station(name, at(15 * number, 3 * number), 20));
    }
    for (name, (east, aboard)) in VANS.iter().zip([(0, 10), (20, 0), (40, 18)]) {
        bench.must(van(name, at(east, 1), aboard));
    }
}

/// The order that a word is about: the van's own, or any that there ever was.
fn about(bench: &Bench, van: &str, number: usize, own: bool) -> WorkOrderId {
    let orders = &bench.van(van).orders;
    match orders.len() {
        0 => order_id(&format!("wo-{}", number + 1)),
        _ if !own => order_id(&format!("wo-{}", number + 1)),
        count => orders[number % count].clone(),
    }
}

fn word(said: Said, order: WorkOrderId, task: Option<Task>) -> CrewWord {
    match said {
        Said::Accepted => CrewWord::Accepted(order),
        Said::Declined => CrewWord::Declined(order, "no".into()),
        Said::Arrived => CrewWord::Arrived(order),
        Said::Done(bikes, _) => {
            let bikes = if task.is_some_and(|task| !task.moves_bikes()) { 0 } else { bikes };
            CrewWord::Done(order, DoneWork { bikes, docks_broken: bikes / 9 })
        }
        Said::BrokenDown => CrewWord::BrokenDown(String::new()),
        Said::Recovered => CrewWord::Recovered,
    }
}

/// A crew speaks. If it is believed, exactly what it says is what has changed aboard; sent again it changes nothing.
fn speak(bench: &mut Bench, van: &'static str, said: Said, (number, own): (usize, bool), name: &str) {
    let order = about(bench, van, number, own);
    let known = bench.region.ledger().order(&order).map(|known| (known.task, known.station.clone()));
    let ago = if let Said::Done(_, ago) = said { ago } else { 0 };
    let done_at = Instant(bench.now.0.saturating_sub(u64::from(ago) * 1_000));
    let word = word(said, order, known.as_ref().map(|(task, _)| *task));
    let report = CrewReport {
        id: ReportId::new(name).expect("a name"),
        van: van_id(van),
        done_at,
        word: word.clone(),
    };
    let since = |bench: &Bench| -> i64 {
        let known = known.as_ref().and_then(|(_, at)| bench.region.ledger().station(at));
        known.map_or(0, |row| row.stock.since())
    };
    let counted = known.as_ref().and_then(|(_, at)| bench.region.ledger().station(at)?.counted_at());
    let (before, stood) = (aboard(bench), since(bench));
    let believed = bench.ask(Command::Report(report.clone())).is_ok();
    let after = aboard(bench);
    let at = VANS.iter().position(|known| *known == van).expect("a van");
    let moved = i64::from(after[at]) - i64::from(before[at]);
    for (number, (before, after)) in before.iter().zip(&after).enumerate() {
        assert!(number == at || before == after, "nobody else's bikes move");
    }
    match (&word, known.as_ref().map(|(task, _)| *task)) {
        (CrewWord::Done(_, done), Some(task)) if believed && task.moves_bikes() => {
            let bikes = i64::from(done.bikes);
            assert_eq!(moved, if task == Task::Collect { bikes } else { -bikes });
            // What left the van stands at the station, unless that was counted since.
            let in_count = counted.is_some_and(|counted| counted > done_at);
            assert_eq!(since(bench) - stood, if in_count { 0 } else { -moved });
        }
        _ => assert_eq!((moved, since(bench)), (0, stood), "{word:?}"),
    }
    if believed {
        let stands = since(bench);
        bench.ask(Command::Report(report)).expect("the same word again");
        assert_eq!((aboard(bench), since(bench)), (after, stands));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]
    #[test]
    fn whatever_happens_no_bike_is_in_two_places_and_no_order_with_two_vans(
        steps in prop::collection::vec(step(), 1..60),
    ) {
        let dir = tempfile::tempdir().expect("a directory");
        let mut bench = Bench::open(dir.path(), 7, Instant(10 * 3_600_000));
        begin(&mut bench);
        for (number, step) in steps.into_iter().enumerate() {
            match step {
                Step::Count(at, bikes, ago) => {
                    let as_of = Instant(bench.now.0 - u64::from(ago) * 1_000);
                    bench.must(Command::TakeStock(vec![counted(STATIONS[at], bikes, 20 - bikes, as_of)]));
                }
                Step::Close(at, true) => {
                    bench.must(Command::TakeStock(vec![closed(counted(STATIONS[at], 0, 0, bench.now))]));
                }
                Step::Close(at, false) => bench.must(Command::OpenStation(station_id(STATIONS[at]))),
                Step::Word(van, said, order, own) => {
                    speak(&mut bench, VANS[van], said, (order, own), &format!("r{number}"));
                }
                Step::Wait(seconds) => bench.wait(seconds),
                Step::Late(late) => {
                    bench.hand_in();
                    bench.late = late;
                }
                Step::Withdraw(order) => {
                    // It may not be there, or be done.
                    _ = bench.ask(Command::Withdraw(order_id(&format!("wo-{}", order + 1)), String::new()));
                }
                Step::Restart => {
                    let (now, late) = (bench.now, bench.late);
                    let digest = bench.region.ledger().checkpoint().digest();
                    drop(bench);
                    bench = Bench::open(dir.path(), 7, now);
                    bench.late = late;
                    prop_assert_eq!(bench.region.ledger().checkpoint().digest(), digest);
                }
            }
        }
        // Left alone, everything that a van is out for comes to an end: nobody answers any more.
        bench.hand_in();
        bench.late = false;
        bench.wait(1);
        for van in VANS {
            let broken = bench.van(van).state == VanState::BrokenDown;
            prop_assert!(!broken || bench.van(van).orders.is_empty());
        }
        bench.until(bench.now + Millis::from_secs(1));
        let world = bench.region.ledger();
        prop_assert!(world.orders().filter(|order| order.phase.has_ended()).count() + world.open_orders() == world.orders().count());
        prop_assert!(world.orders().all(|order| order.phase != OrderPhase::Proposed || order.van.is_none()));
    }
}
