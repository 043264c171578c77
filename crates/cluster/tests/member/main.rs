//! A server's part in its cluster, one case after the other: what it is told, and what it asks for. The server is `a`; of the regions, `city-1`
//! ranks a c b, `city-0` c b a and `city-4` a b c.
#![allow(clippy::unwrap_used, reason = "a helper that fails is a test that fails")]

mod leaving;
mod script;

use expect_test::expect;
use paceline_cluster::{ClusterOptions, Incarnation, Input, Member, Term};
use paceline_model::{Instant, Millis};
use script::{check, region, server, table};
use std::collections::BTreeMap;

#[test]
fn a_region_that_nobody_has_is_claimed_opened_and_run() {
    check(
        &["city-1"],
        "0 read a
         1 claimed city-1 1
         2 opened city-1
         300 read a | city-1 1 a",
        expect![[r#"
            0 read a; claim city-1 after 0  []
            1 claimed city-1 1; open city-1  []
            2 opened city-1  [city-1]
            300 read a | city-1 1 a  [city-1]
        "#]],
    );
}

#[test]
fn who_lost_the_race_asks_again_only_if_the_winner_is_lost() {
    check(
        &["city-1"],
        "0 read a b
         1 claimed city-1 lost
         300 read a b | city-1 1 b
         600 read a b= | city-1 1 b
         900 read a b= | city-1 1 b
         1200 read a b= | city-1 1 b
         1500 read a b= | city-1 1 b
         1800 read a b= | city-1 1 b",
        expect![[r#"
            0 read a b; claim city-1 after 0  []
            1 claimed city-1 lost  []
            300 read a b | city-1 1 b; follow city-1  []
            600 read a b= | city-1 1 b  []
            900 read a b= | city-1 1 b  []
            1200 read a b= | city-1 1 b  []
            1500 read a b= | city-1 1 b  []
            1800 read a b= | city-1 1 b; claim city-1 after 1  []
        "#]],
    );
}

#[test]
fn a_region_goes_to_its_first_server_once_that_has_settled_and_replayed_it() {
    check(
        &["city-0"],
        "0 read a
         1 claimed city-0 1
         2 opened city-0
         300 read a c | city-0 1 a
         900 read a c | city-0 1 a >c
         1800 read a c | city-0 1 a >c
         2700 read a c | city-0 1 a >c
         3600 read a c | city-0 1 a >c
         4500 read a c | city-0 1 a >c
         5400 read a c | city-0 1 a >c
         5450 closed city-0
         5460 released city-0
         5700 read a c | city-0 2 c",
        expect![[r#"
            0 read a; claim city-0 after 0  []
            1 claimed city-0 1; open city-0  []
            2 opened city-0  [city-0]
            300 read a c | city-0 1 a  [city-0]
            900 read a c | city-0 1 a >c  [city-0]
            1800 read a c | city-0 1 a >c  [city-0]
            2700 read a c | city-0 1 a >c  [city-0]
            3600 read a c | city-0 1 a >c  [city-0]
            4500 read a c | city-0 1 a >c  [city-0]
            5400 read a c | city-0 1 a >c; close city-0  []
            5450 closed city-0; give city-0 to c in 1  []
            5460 released city-0  []
            5700 read a c | city-0 2 c; follow city-0  []
        "#]],
    );
}

#[test]
fn the_next_owner_replays_says_so_and_takes_what_it_is_given() {
    check(
        &["city-1"],
        "0 read a b | city-1 1 b
         100 caught-up city-1
         300 read a b | city-1 1 b >a
         600 read a b | city-1 2 a
         601 claimed city-1 3
         602 opened city-1",
        expect![[r#"
            0 read a b | city-1 1 b; follow city-1  []
            100 caught-up city-1; ready for city-1 in 1  []
            300 read a b | city-1 1 b >a  []
            600 read a b | city-1 2 a; claim city-1 after 2; follow city-1 no more  []
            601 claimed city-1 3; open city-1  []
            602 opened city-1  [city-1]
        "#]],
    );
}

#[test]
fn a_standby_follows_without_asking_for_the_region() {
    check(
        &["city-4"],
        "0 read a b c | city-4 1 b ^b
         100 caught-up city-4
         300 read a b c | city-4 1 b ^b
         600 read a b c ",
        expect![[r#"
            0 read a b c | city-4 1 b ^b; follow city-4  []
            100 caught-up city-4  []
            300 read a b c | city-4 1 b ^b  []
            600 read a b c; claim city-4 after 0; follow city-4 no more  []
        "#]],
    );
}

#[test]
fn a_paused_server_that_wakes_finds_its_region_taken_and_closes_it() {
    check(
        &["city-1"],
        "0 read a b
         1 claimed city-1 1
         2 opened city-1
         9000 read a b | city-1 2 b
         9001 closed city-1
         9300 read a b | city-1 2 b",
        expect![[r#"
            0 read a b; claim city-1 after 0  []
            1 claimed city-1 1; open city-1  []
            2 opened city-1  [city-1]
            9000 read a b | city-1 2 b; close city-1  []
            9001 closed city-1  []
            9300 read a b | city-1 2 b; follow city-1  []
        "#]],
    );
}

#[test]
fn after_its_own_sleep_nobody_is_lost_at_once() {
    check(
        &["city-1"],
        "0 read a b | city-1 1 b
         9000 read a b= | city-1 1 b
         9300 read a b= | city-1 1 b
         9900 read a b= | city-1 1 b
         10500 read a b= | city-1 1 b",
        expect![[r#"
            0 read a b | city-1 1 b; follow city-1  []
            9000 read a b= | city-1 1 b  []
            9300 read a b= | city-1 1 b  []
            9900 read a b= | city-1 1 b  []
            10500 read a b= | city-1 1 b; claim city-1 after 1  []
        "#]],
    );
}

#[test]
fn a_log_that_was_taken_closes_the_region_which_is_claimed_again_if_it_is_ones_own() {
    check(
        &["city-1"],
        "0 read a
         1 claimed city-1 1
         2 opened city-1
         3 fenced city-1
         4 closed city-1
         300 read a | city-1 1 a",
        expect![[r#"
            0 read a; claim city-1 after 0  []
            1 claimed city-1 1; open city-1  []
            2 opened city-1  [city-1]
            3 fenced city-1; close city-1  []
            4 closed city-1  []
            300 read a | city-1 1 a; claim city-1 after 1  []
        "#]],
    );
}

#[test]
fn a_region_that_cannot_be_opened_is_given_up_and_tried_again_later() {
    check(
        &["city-1"],
        "0 read a
         1 claimed city-1 1
         2 failed city-1
         3 released city-1
         300 read a | city-1 2 -
         5300 read a | city-1 2 -",
        expect![[r#"
            0 read a; claim city-1 after 0  []
            1 claimed city-1 1; open city-1  []
            2 failed city-1; give city-1 up in 1  []
            3 released city-1  []
            300 read a | city-1 2 -  []
            5300 read a | city-1 2 -; claim city-1 after 2  []
        "#]],
    );
}

#[test]
fn another_process_of_the_same_name_ends_all_that_this_one_does() {
    check(
        &["city-1", "city-4"],
        "0 read a
         1 claimed city-1 1
         2 opened city-1
         3 claimed city-4 1
         300 read a' | city-1 1 a | city-4 1 a
         301 closed city-1
         302 opened city-4
         600 read a' | city-1 2 a | city-4 1 a
         601 closed city-4
         900 read a' | city-1 2 a | city-4 2 a",
        expect![[r#"
            0 read a; claim city-1 after 0; claim city-4 after 0  []
            1 claimed city-1 1; open city-1  []
            2 opened city-1  [city-1]
            3 claimed city-4 1; open city-4  [city-1]
            300 read a' | city-1 1 a | city-4 1 a; close city-1  []
            301 closed city-1  []
            302 opened city-4  [city-4]
            600 read a' | city-1 2 a | city-4 1 a; close city-4  []
            601 closed city-4  []
            900 read a' | city-1 2 a | city-4 2 a  []
        "#]],
    );
}

#[test]
fn a_pin_moves_a_region_at_once_and_holds_while_the_server_lives() {
    check(
        &["city-1"],
        "0 read a b
         1 claimed city-1 1
         2 opened city-1
         300 read a b | city-1 1 a ^b
         350 read a b | city-1 1 a >b ^b
         351 closed city-1
         352 released city-1
         600 read a b | city-1 3 b ^b
         900 read a b= | city-1 3 b ^b
         1500 read a b= | city-1 3 b ^b
         2100 read a b= | city-1 3 b ^b",
        expect![[r#"
            0 read a b; claim city-1 after 0  []
            1 claimed city-1 1; open city-1  []
            2 opened city-1  [city-1]
            300 read a b | city-1 1 a ^b  [city-1]
            350 read a b | city-1 1 a >b ^b; close city-1  []
            351 closed city-1; give city-1 to b in 1  []
            352 released city-1  []
            600 read a b | city-1 3 b ^b; follow city-1  []
            900 read a b= | city-1 3 b ^b  []
            1500 read a b= | city-1 3 b ^b  []
            2100 read a b= | city-1 3 b ^b; claim city-1 after 3  []
        "#]],
    );
}

#[test]
fn the_table_is_read_more_often_while_a_region_changes_hands() {
    let mut member = Member::new(server("a"), Incarnation(1), ClusterOptions::default(), [region("city-1")]);
    assert_eq!(member.read_after(), Millis(300));
    member.handle(Instant(0), Input::Read(table("a", &mut BTreeMap::new())));
    assert_eq!(member.read_after(), Millis(50), "it is being claimed");
    member.handle(Instant(1), Input::Claimed(region("city-1"), Some(Term(1))));
    member.handle(Instant(2), Input::Opened(region("city-1")));
    assert_eq!(member.read_after(), Millis(300));
    member.handle(Instant(3), Input::End);
    assert_eq!(member.read_after(), Millis(50), "it is about to end");
}
