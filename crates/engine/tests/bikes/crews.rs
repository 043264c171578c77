//! What crews say: once, late, about orders that the world has overtaken, and what cannot be.

use crate::bench::{
    Bench, accepted, arrived, at, counted, declined, done, order_id, station, van, van_id, van_spec,
};
use paceline_engine::bikes::BikesOptions;
use paceline_model::bikes::{
    Command, CrewReport, CrewWord, DoneWork, OrderPhase, Refusal, ReportId, VanSpec, VanState,
};
use paceline_model::{Instant, Millis};
use tempfile::TempDir;

const START: Instant = Instant(1_000_000);

/// An empty station with a van beside it that has ten bikes, and another van further off with eight.
fn short() -> (Bench, TempDir) {
    let dir = tempfile::tempdir().expect("a directory");
    let mut bench = Bench::open(dir.path(), u64::MAX, START);
    bench.must(station("A", at(0, 0), 20));
    bench.must(van("near", at(2, 0), 10));
    bench.must(van("far", at(40, 0), 8));
    bench.counts("A", 0, 20);
    bench.wait(1);
    assert_eq!(bench.open_at("A"), ["wo-1: deliver 5, near"]);
    (bench, dir)
}

fn refused(bench: &mut Bench, van: &str, word: CrewWord) -> String {
    bench.says(van, word).expect_err("it cannot be").to_string()
}

#[test]
fn a_word_that_is_sent_again_counts_once_and_its_name_stands_for_nothing_else() {
    let (mut bench, _dir) = short();
    let id = ReportId::new("phone-7").expect("a name");
    let word =
        |done_at, word| Command::Report(CrewReport { id: id.clone(), van: van_id("near"), done_at, word });
    for _ in 0..3 {
        bench.must(word(bench.now, done("wo-1", 6)));
        bench.wait(1);
    }
    assert_eq!((bench.van("near").aboard, bench.station("A").bikes()), (4, Some(6)));
    assert_eq!(bench.ask(word(bench.now, done("wo-1", 4))), Err(Refusal::KeyReused));
    assert_eq!(bench.van("near").aboard, 4);
}

#[test]
fn what_was_done_before_a_count_is_in_it_however_late_it_is_heard() {
    let (mut bench, _dir) = short();
    let done_at = bench.now;
    bench.wait(120);
    // Riders took one of the six that the crew brought: the count knows.
    bench.must(Command::TakeStock(vec![counted("A", 5, 15, bench.now)]));
    assert_eq!(bench.order("wo-1").phase, OrderPhase::Withdrawn);
    bench.wait(60);
    bench.said("near", done_at, done("wo-1", 6)).expect("it was there");
    assert_eq!((bench.van("near").aboard, bench.station("A").bikes()), (4, Some(5)), "5, not 11");
    assert_eq!(bench.order("wo-1").phase, OrderPhase::Withdrawn, "that stays as it is");
    let again = refused(&mut bench, "near", done("wo-1", 4));
    assert_eq!(again, "E0520 work order wo-1 is withdrawn by near: it cannot be done again");
}

#[test]
fn an_order_that_went_to_another_crew_meanwhile_is_done_by_whoever_did_it() {
    let (mut bench, _dir) = short();
    bench.says("near", declined("wo-1", "flat tyre")).expect("it is theirs");
    bench.wait(1);
    assert_eq!(bench.open_at("A"), ["wo-1: deliver 5, far"]);
    bench.says("near", done("wo-1", 7)).expect("they went after all");
    assert_eq!((bench.van("near").aboard, bench.van("far").aboard), (3, 8));
    assert_eq!((bench.order("wo-1").phase, bench.station("A").bikes()), (OrderPhase::Done, Some(7)));
    assert!(bench.van("far").orders.is_empty());
    assert!(bench.why("wo-1").contains("taken from far: near has done it"), "{}", bench.why("wo-1"));
}

#[test]
fn bikes_that_cannot_be_are_refused_in_words_and_change_nothing() {
    let (mut bench, _dir) = short();
    let said = refused(&mut bench, "near", done("wo-1", 11));
    let rule = "it cannot have unloaded 11; say first how many are aboard";
    assert_eq!(said, format!("E0522 van near has 10 of 20 bikes aboard: {rule}"));
    let none = refused(&mut bench, "near", done("wo-1", 0));
    assert_eq!(none, "E0101 bikes is 0: must be at least 1: an order that cannot be done is declined");
    assert_eq!(
        refused(&mut bench, "far", done("wo-1", 2)),
        "E0521 work order wo-1 is near's: keep to your own plan"
    );
    assert_eq!(refused(&mut bench, "far", accepted("wo-9")), "E0201 no work order is called wo-9");
    assert_eq!(refused(&mut bench, "near", CrewWord::Recovered), "E0523 van near is working already");
    assert_eq!(
        refused(&mut bench, "near", CrewWord::Counted(21)),
        "E0101 aboard is 21: must lie within 0 and 20"
    );
    assert_eq!((bench.van("near").aboard, bench.station("A").bikes()), (10, Some(0)));
    bench.says("near", CrewWord::Counted(12)).expect("somebody counted");
    bench.says("near", done("wo-1", 11)).expect("there are enough");
    assert_eq!((bench.van("near").aboard, bench.station("A").bikes()), (1, Some(11)));
}

#[test]
fn a_crew_that_says_nothing_has_the_order_no_longer_and_one_that_accepted_keeps_it() {
    let dir = tempfile::tempdir().expect("a directory");
    let options = BikesOptions { answer_within: Millis::from_secs(60), ..BikesOptions::default() };
    let mut bench = Bench::run_by(options, dir.path(), u64::MAX, START);
    bench.must(station("A", at(0, 0), 20));
    bench.must(van("near", at(2, 0), 10));
    bench.must(van("far", at(40, 0), 8));
    bench.counts("A", 0, 20);
    bench.wait(62);
    assert_eq!(bench.open_at("A"), ["wo-1: deliver 5, far"]);
    assert!(bench.why("wo-1").contains("taken from near: no answer for 60 s"), "{}", bench.why("wo-1"));
    bench.says("far", accepted("wo-1")).expect("it is theirs");
    bench.wait(300);
    assert_eq!(bench.open_at("A"), ["wo-1: deliver 5, far"]);
    bench.says("far", arrived("wo-1")).expect("it is theirs");
    assert_eq!(bench.order("wo-1").phase, OrderPhase::UnderWay);
    // A crew that is there is not called back by riders.
    bench.counts("A", 9, 11);
    assert_eq!(bench.order("wo-1").phase, OrderPhase::UnderWay);
}

#[test]
fn when_nobody_is_left_the_order_waits_and_says_why_and_is_tried_again_when_a_crew_may_be_asked() {
    let (mut bench, _dir) = short();
    bench.says("near", declined("wo-1", "lunch")).expect("it is theirs");
    bench.says("far", CrewWord::BrokenDown("engine".into())).expect("it can");
    bench.wait(5);
    assert_eq!(bench.open_at("A"), ["wo-1: deliver 5, nobody"]);
    let why = bench.why("wo-1");
    assert!(why.contains("No van has it: of 2 1 broke down, 1 declined it or did not answer"), "{why}");
    assert_eq!(bench.van("far").state, VanState::BrokenDown);
    bench.wait(15 * 60);
    assert_eq!(bench.open_at("A"), ["wo-1: deliver 5, near"], "a quarter of an hour is over");
}

#[test]
fn a_van_leaves_empty_or_not_at_all_and_its_shift_ends_by_the_clock() {
    let (mut bench, _dir) = short();
    let aboard = bench.ask(Command::RemoveVan(van_id("near"))).expect_err("something is aboard").to_string();
    assert_eq!(aboard, "E0501 van near has 10 bikes aboard: unload them, or say that none is aboard");
    let ends = Some(bench.now + Millis::from_secs(30));
    let spec = VanSpec { shift_ends: ends, ..van_spec("near", at(2, 0)) };
    bench.must(Command::PutVan(spec, None));
    bench.wait(32);
    assert_eq!(bench.open_at("A"), ["wo-1: deliver 5, far"]);
    assert!(bench.why("wo-1").contains("taken from near: the shift is over"), "{}", bench.why("wo-1"));
    bench.says("near", CrewWord::Counted(0)).expect("unloaded at home");
    bench.must(Command::RemoveVan(van_id("near")));
    assert_eq!(bench.region.ledger().van_count(), 1);
}

#[test]
fn docks_that_a_crew_found_broken_wait_for_a_crew_that_mends_them() {
    let (mut bench, _dir) = short();
    let found = DoneWork { bikes: 5, docks_broken: 3 };
    bench.says("near", CrewWord::Done(order_id("wo-1"), found)).expect("it is theirs");
    bench.wait(1);
    assert_eq!(bench.open_at("A"), ["wo-2: repair 0, nobody"]);
    bench.must(Command::PutVan(VanSpec { repairs: true, ..van_spec("smith", at(9, 0)) }, None));
    bench.wait(1);
    assert_eq!(bench.open_at("A"), ["wo-2: repair 0, smith"]);
    bench.says("smith", CrewWord::Done(order_id("wo-2"), DoneWork::default())).expect("it is theirs");
    assert!(bench.open_at("A").is_empty());
    assert_eq!(bench.station("A").stock.docks_broken, 0);
}
