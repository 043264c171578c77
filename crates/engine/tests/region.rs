//! How a region is driven: the grid of ticks, rounds that take too long, settings, and the way to a clean end.

mod lockers;

use lockers::{Command, Lockers, Problem};
use paceline_engine::Ledger;
use paceline_engine::ledger::Ticket;
use paceline_engine::region::{Due, Input, Output, Region, RegionOptions, Round, Tick};
use paceline_model::{Instant, Millis, Request, Version};

const OPTIONS: RegionOptions = RegionOptions { tick: Millis(1_000), snapshot_every: 2 };

fn region() -> Region<Lockers> {
    Region::new(Ledger::new(Lockers::default()), OPTIONS, Instant(1_000))
}

fn outputs(region: &mut Region<Lockers>, at: u64, input: Input<Lockers>) -> Vec<Output<Lockers>> {
    region.handle(Instant(at), input);
    std::iter::from_fn(|| region.poll()).collect()
}

fn bring(region: &mut Region<Lockers>, at: u64, parcel: &str) -> Vec<Output<Lockers>> {
    let request = Request { command: Command::Bring { parcel: parcel.into() }, key: None };
    outputs(region, at, Input::Command(Ticket(1), request))
}

/// The tick of an instant, and the problem of its round.
fn tick(region: &mut Region<Lockers>, at: u64) -> (Option<Tick>, Option<(Box<Problem>, Due)>) {
    let (mut tick, mut solve) = (None, None);
    for output in outputs(region, at, Input::Elapsed) {
        match output {
            Output::Tick(come) => tick = Some(come),
            Output::Solve(problem, due) => solve = Some((problem, due)),
            _ => {}
        }
    }
    (tick, solve)
}

#[test]
fn ticks_stand_on_a_grid_whatever_made_one_late() {
    let mut region = region();
    assert_eq!(tick(&mut region, 999).0, None, "not before it is due");
    let late = |due, late, missed| Tick { due: Instant(due), late: Millis(late), missed, overrun: false };
    assert_eq!(tick(&mut region, 1_010).0, Some(late(1_000, 10, 0)));
    assert_eq!(region.due(), Some(Instant(2_000)));
    assert_eq!(tick(&mut region, 4_500).0, Some(late(2_000, 2_500, 2)));
    assert_eq!(region.due(), Some(Instant(5_000)));
    assert_eq!(tick(&mut region, 4_600).0, None);
}

#[test]
fn a_round_that_is_late_keeps_others_from_beginning_and_says_how_late_it_was() {
    let mut region = region();
    bring(&mut region, 500, "p1");
    let (_, solve) = tick(&mut region, 1_020);
    let (_, due) = solve.expect("a parcel waits");
    assert_eq!(due, Due(Instant(1_000)));
    let (second, none) = tick(&mut region, 2_000);
    assert!(second.is_some_and(|tick| tick.overrun) && none.is_none());
    let done = outputs(&mut region, 2_300, Input::Proposed(Box::default()));
    let round = done.into_iter().find_map(|output| match output {
        Output::Round(round) => Some(round),
        _ => None,
    });
    let Some(Round { summary: 0, took: Millis(1_300), late: true }) = round else { panic!("{round:?}") };
    assert!(tick(&mut region, 3_000).1.is_some(), "and the next begins");
}

#[test]
fn a_setting_holds_from_the_next_tick_on_and_is_answered_then() {
    let mut region = region();
    assert!(outputs(&mut region, 500, Input::Set(Ticket(9), ())).is_empty());
    let replies = outputs(&mut region, 1_000, Input::Elapsed).into_iter().filter_map(|output| match output {
        Output::Reply(ticket, answer) => Some((ticket, answer.is_ok())),
        _ => None,
    });
    assert_eq!(replies.collect::<Vec<_>>(), [(Ticket(9), true)]);
}

#[test]
fn a_snapshot_follows_the_records_that_it_stands_for() {
    let mut region = region();
    let kinds = |outputs: Vec<Output<Lockers>>| {
        outputs
            .iter()
            .map(|output| match output {
                Output::Append(_) => 'a',
                Output::Snapshot(_) => 's',
                _ => '.',
            })
            .collect::<String>()
    };
    assert_eq!(kinds(bring(&mut region, 100, "p1")), "a");
    assert_eq!(kinds(bring(&mut region, 100, "p2")), "as");
    assert_eq!(kinds(bring(&mut region, 100, "p3")), "a");
}

#[test]
fn a_region_ends_once_everything_that_it_accepted_is_durable_and_answered() {
    let mut region = region();
    bring(&mut region, 100, "p1");
    assert!(outputs(&mut region, 200, Input::Close).is_empty());
    assert_eq!(region.due(), None, "no more ticks");
    assert!(!region.is_closed());
    let last = outputs(&mut region, 300, Input::Durable(Version(1)));
    let [Output::Publish(_), Output::Reply(..), Output::Snapshot(_)] = &last[..] else {
        panic!("{} outputs", last.len())
    };
    assert!(region.is_closed());
}
