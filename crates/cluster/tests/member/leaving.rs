//! Servers that give their regions away: because they end, or are to have none.

use super::script::{check, check_with};
use expect_test::expect;
use paceline_cluster::ClusterOptions;

#[test]
fn a_server_that_ends_gives_all_away_and_stays_until_the_table_knows() {
    check(
        &["city-1"],
        "0 read a b
         1 claimed city-1 1
         2 opened city-1
         3 end
         300 read a~ b | city-1 1 a
         350 read a~ b | city-1 1 a >b
         351 closed city-1
         352 released city-1
         400 read a~ b | city-1 2 b",
        expect![[r#"
            0 read a b; claim city-1 after 0  []
            1 claimed city-1 1; open city-1  []
            2 opened city-1  [city-1]
            3 end  [city-1]
            300 read a~ b | city-1 1 a  [city-1]
            350 read a~ b | city-1 1 a >b; close city-1  []
            351 closed city-1; give city-1 to b in 1  []
            352 released city-1  []
            400 read a~ b | city-1 2 b  [, ended]
        "#]],
    );
}

#[test]
fn a_server_without_regions_ends_only_once_nobody_can_give_it_one() {
    check(
        &["city-1"],
        "0 read a b | city-1 1 b
         1 end
         50 read a b | city-1 2 a
         51 released city-1
         100 read a~ b | city-1 3 -",
        expect![[r#"
            0 read a b | city-1 1 b; follow city-1  []
            1 end  []
            50 read a b | city-1 2 a; give city-1 up in 2; follow city-1 no more  []
            51 released city-1  []
            100 read a~ b | city-1 3 -  [, ended]
        "#]],
    );
}

#[test]
fn the_last_server_that_ends_gives_up_what_nobody_else_can_take() {
    check(
        &["city-1"],
        "0 read a
         1 claimed city-1 1
         2 opened city-1
         3 end
         300 read a~ | city-1 1 a
         301 closed city-1
         302 released city-1
         350 read a~ | city-1 2 -",
        expect![[r#"
            0 read a; claim city-1 after 0  []
            1 claimed city-1 1; open city-1  []
            2 opened city-1  [city-1]
            3 end  [city-1]
            300 read a~ | city-1 1 a; close city-1  []
            301 closed city-1; give city-1 up in 1  []
            302 released city-1  []
            350 read a~ | city-1 2 -  [, ended]
        "#]],
    );
}

#[test]
fn a_draining_server_gives_away_and_takes_nothing() {
    check(
        &["city-1", "city-4"],
        "0 read a b
         1 claimed city-1 1
         2 opened city-1
         3 claimed city-4 lost
         300 read a! b | city-1 1 a | city-4 0 -
         350 read a! b | city-1 1 a >b | city-4 0 -
         351 closed city-1
         352 released city-1
         600 read a! b | city-1 2 b | city-4 1 b",
        expect![[r#"
            0 read a b; claim city-1 after 0; claim city-4 after 0  []
            1 claimed city-1 1; open city-1  []
            2 opened city-1  [city-1]
            3 claimed city-4 lost  [city-1]
            300 read a! b | city-1 1 a | city-4 0 -  [city-1]
            350 read a! b | city-1 1 a >b | city-4 0 -; close city-1  []
            351 closed city-1; give city-1 to b in 1  []
            352 released city-1  []
            600 read a! b | city-1 2 b | city-4 1 b  []
        "#]],
    );
}

#[test]
fn no_more_regions_are_given_away_at_once_than_the_options_say() {
    let options = ClusterOptions { moves_max: 1, ..ClusterOptions::default() };
    check_with(
        options,
        &["city-1", "city-4"],
        "0 read a b
         1 claimed city-1 1
         2 claimed city-4 1
         3 opened city-1
         4 opened city-4
         300 read a! b | city-1 1 a >b | city-4 1 a >b
         301 closed city-1
         302 released city-1
         350 read a! b | city-1 2 b | city-4 1 a >b",
        expect![[r#"
            0 read a b; claim city-1 after 0; claim city-4 after 0  []
            1 claimed city-1 1; open city-1  []
            2 claimed city-4 1; open city-4  []
            3 opened city-1  [city-1]
            4 opened city-4  [city-1 city-4]
            300 read a! b | city-1 1 a >b | city-4 1 a >b; close city-1  [city-4]
            301 closed city-1; give city-1 to b in 1  [city-4]
            302 released city-1  [city-4]
            350 read a! b | city-1 2 b | city-4 1 a >b; close city-4  []
        "#]],
    );
}
