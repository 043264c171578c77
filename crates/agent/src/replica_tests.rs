//! A replica's life, step by step.

use super::*;

/// As the field has it.
const TRIES_MAX: u32 = 3;

fn variant(version: &str) -> Variant {
    Variant { model: "weld".into(), version: version.into(), precision: Precision::Int8, artefact: None }
}
fn order(version: &str, at_s: u64) -> Order {
    Order { variant: variant(version), devices: Vec::new(), ordered_at: Instant(at_s * 1_000) }
}
fn runs(version: &str) -> Replica {
    let mut replica = Replica::new(order(version, 0));
    walk(&mut replica, [Input::Fetched, Input::Begun, Input::Answered(ProbeAnswer { latency_ms: 4 })]);
    replica
}
fn walk(replica: &mut Replica, inputs: impl IntoIterator<Item = Input>) {
    inputs.into_iter().for_each(|input| replica.on(input, TRIES_MAX));
}
fn died(of: &str) -> Input {
    Input::Died(of.into())
}
fn answered() -> Input {
    Input::Answered(ProbeAnswer { latency_ms: 5 })
}
fn serves(replica: &Replica) -> Option<&str> {
    replica.serving().map(|variant| variant.version.as_str())
}

/// A version that dies three times while it loads, on a node that ran the one before.
fn gone_back() -> Replica {
    let mut replica = runs("1.0.0");
    walk(&mut replica, [Input::Ordered(order("2.0.0", 10)), Input::Fetched, Input::Begun]);
    walk(&mut replica, [died("bad operator"), died("bad operator"), died("out of memory"), answered()]);
    replica
}

#[test]
fn what_ran_before_serves_until_the_new_version_is_begun() {
    let mut replica = runs("1.0.0");
    assert_eq!(serves(&replica), Some("1.0.0"));
    walk(&mut replica, [Input::Ordered(order("2.0.0", 10))]);
    assert_eq!(
        (serves(&replica), replica.todo()),
        (Some("1.0.0"), Todo::Fetch { variant: variant("2.0.0"), tries: 0 })
    );
    walk(&mut replica, [Input::Fetched]);
    assert_eq!(serves(&replica), Some("1.0.0"), "fetched is not running");
    walk(&mut replica, [Input::Begun]);
    assert_eq!(serves(&replica), None);
    walk(&mut replica, [answered()]);
    assert_eq!((serves(&replica), &replica.back), (Some("2.0.0"), &Some(variant("1.0.0"))));
}

#[test]
fn a_version_that_dies_three_times_goes_back_by_itself_and_says_so() {
    let replica = gone_back();
    let failure = Failure { tries: 3, error: "out of memory".into() };
    assert_eq!(replica.state, State::WentBack { failure, probe: ProbeAnswer { latency_ms: 5 } });
    assert_eq!((serves(&replica), replica.todo()), (Some("1.0.0"), Todo::Serve));
}

#[test]
fn what_was_left_is_not_tried_again_by_a_repeated_word_or_a_restart() {
    let mut replica = gone_back();
    walk(&mut replica, [Input::Ordered(order("2.0.0", 10)), Input::Restarted]);
    assert_eq!(replica.todo(), Todo::Load { variant: variant("1.0.0"), tries: 0 });
    walk(&mut replica, [answered(), Input::Ordered(order("2.0.0", 10))]);
    assert_eq!((serves(&replica), replica.todo()), (Some("1.0.0"), Todo::Serve));
    assert!(matches!(replica.state, State::WentBack { failure: Failure { tries: 3, .. }, .. }));
}

#[test]
fn a_new_order_of_the_same_version_is_tried_again() {
    let mut replica = gone_back();
    walk(&mut replica, [Input::Ordered(order("2.0.0", 900))]);
    assert_eq!(replica.todo(), Todo::Fetch { variant: variant("2.0.0"), tries: 0 });
    assert_eq!(serves(&replica), Some("1.0.0"));
    walk(&mut replica, [Input::Fetched, Input::Begun, answered()]);
    assert_eq!((serves(&replica), &replica.back), (Some("2.0.0"), &Some(variant("1.0.0"))));
}

#[test]
fn a_box_that_stops_while_it_loads_counts_as_a_try() {
    let mut replica = runs("1.0.0");
    walk(&mut replica, [Input::Ordered(order("2.0.0", 10)), Input::Fetched, Input::Begun]);
    walk(&mut replica, [Input::Restarted, Input::Restarted]);
    assert!(matches!(replica.state, State::Loading { tries: 2, .. }));
    walk(&mut replica, [Input::Restarted]);
    assert!(matches!(replica.state, State::GoingBack { .. }));
}

#[test]
fn with_nothing_to_go_back_to_it_has_failed() {
    let mut replica = Replica::new(order("2.0.0", 0));
    walk(&mut replica, [Input::Fetched, Input::Begun, died("a"), died("b"), died("c")]);
    assert_eq!(replica.state, State::Failed(Failure { tries: 3, error: "c".into() }));
    assert_eq!((replica.todo(), serves(&replica)), (Todo::Rest, None));
}

#[test]
fn a_way_back_that_dies_as_often_is_no_way_back() {
    let mut replica = gone_back();
    walk(&mut replica, [died("x"), died("y"), died("z")]);
    let failure = Failure { tries: 3, error: "out of memory".into() };
    assert_eq!((replica.state.clone(), replica.todo()), (State::Failed(failure), Todo::Rest));
}

#[test]
fn fetching_is_tried_for_as_long_as_it_is_ordered() {
    let mut replica = Replica::new(order("2.0.0", 0));
    (0..100).for_each(|_| replica.on(Input::NotFetched("the link is down".into()), TRIES_MAX));
    assert_eq!(replica.todo(), Todo::Fetch { variant: variant("2.0.0"), tries: 100 });
}

#[test]
fn what_runs_and_dies_is_loaded_again() {
    let mut replica = runs("1.0.0");
    walk(&mut replica, [died("signal 11")]);
    assert_eq!(replica.todo(), Todo::Load { variant: variant("1.0.0"), tries: 1 });
    walk(&mut replica, [answered()]);
    assert_eq!(serves(&replica), Some("1.0.0"));
}

#[test]
fn what_runs_already_meets_a_new_order_of_the_same_version() {
    let mut replica = runs("1.0.0");
    walk(&mut replica, [Input::Ordered(order("1.0.0", 900))]);
    assert_eq!((replica.todo(), replica.order.ordered_at), (Todo::Serve, Instant(900_000)));
}

#[test]
fn a_long_error_is_cut_between_two_letters() {
    let mut replica = Replica::new(order("2.0.0", 0));
    walk(&mut replica, [Input::NotFetched("ä".repeat(1_000))]);
    let State::Fetching { error: Some(error), .. } = replica.state else { panic!("it fetches") };
    assert_eq!(error, "ä".repeat(125));
}
