//! Which answers are taken.

use crate::fixtures::now;
use jiff::Span;
use paceline_attest::{Answer, Challenges};

#[test]
fn an_answer_closes_its_challenge_and_its_double_is_dropped() {
    let mut challenges = Challenges::new();
    let (at, until) = (now(), now() + Span::new().seconds(60));
    challenges.open("a", [1; 32], until);
    assert_eq!(challenges.answer(&"a", &[1; 32], at), Answer::Present { earlier: vec![] });
    assert_eq!(challenges.answer(&"a", &[1; 32], at), Answer::Late);
    challenges.open("a", [2; 32], until);
    assert_eq!(challenges.answer(&"a", &[1; 32], at), Answer::Late, "the link doubled it");
    assert_eq!(challenges.answer(&"a", &[2; 32], at), Answer::Present { earlier: vec![[1; 32]] });
    assert_eq!(challenges.dropped(), 2);
}

#[test]
fn one_challenge_of_a_node_is_open_and_only_for_a_time() {
    let mut challenges = Challenges::new();
    let (at, until) = (now(), now() + Span::new().seconds(60));
    challenges.open("a", [1; 32], until);
    challenges.open("a", [2; 32], until);
    assert_eq!(challenges.answer(&"a", &[1; 32], at), Answer::Late, "another was asked since");
    assert_eq!(challenges.answer(&"b", &[2; 32], at), Answer::Late, "another node was asked");
    assert_eq!(challenges.answer(&"a", &[2; 32], until + Span::new().seconds(1)), Answer::Late, "too late");
    assert_eq!(challenges.answer(&"a", &[2; 32], until), Answer::Present { earlier: vec![[1; 32]] });
}

#[test]
fn earlier_nonces_are_remembered_up_to_a_bound() {
    let mut challenges = Challenges::new();
    for number in 0..100 {
        challenges.open("a", [number; 32], now());
    }
    let Answer::Present { earlier } = challenges.answer(&"a", &[99; 32], now()) else { panic!("it is open") };
    assert_eq!(earlier, (83..99).map(|number| [number; 32]).collect::<Vec<_>>());
}
