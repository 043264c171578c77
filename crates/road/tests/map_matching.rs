//! Map matching on traces of known drives: what was driven is found again.
#![allow(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

mod common;
#[path = "common/traces.rs"]
mod traces;

use common::{Link, Map, document};
use paceline_model::{Instant, Position};
use paceline_road::{Fix, MatchError, MatchOptions, Matched, Matcher, Roads, Search};
use traces::{Rng, Score, random_drive, trace};

/// A town of 14 by 14 junctions, blocks of 100 m by 200 m; every second street is one-way, every fifth is faster.
fn town() -> Roads {
    const SIDE: usize = 14;
    let degrees = |metres: f64| metres / 111_195.08;
    let place = |i: usize| {
        let (row, column) = (i / SIDE, i % SIDE);
        Position::new(degrees(row as f64 * 100.0), degrees(column as f64 * 200.0)).unwrap()
    };
    let places: Vec<Position> = (0..SIDE * SIDE).map(place).collect();
    let mut links = Vec::new();
    for a in 0..SIDE * SIDE {
        for (b, line) in [(a + 1, a / SIDE), (a + SIDE, a % SIDE)] {
            if b >= SIDE * SIDE || (b == a + 1 && b % SIDE == 0) {
                continue;
            }
            let kmh = if line % 5 == 0 { 50.0 } else { 30.0 };
            let metres = places[a].distance_m(places[b]);
            let (ahead, back) = (Link { from: a, to: b, metres, kmh }, Link { from: b, to: a, metres, kmh });
            match line % 4 {
                1 => links.push(ahead),
                3 => links.push(back),
                _ => links.extend([ahead, back]),
            }
        }
    }
    Roads::import_node_link(document(&places, &links, false).as_bytes()).unwrap().0
}

/// Matches traces of 20 drives and checks what must hold of every answer; gives the score of all.
fn check(roads: &Roads, sigma_m: f64, every_ms: u32, seed: u64) -> Score {
    let (mut search, mut rng) = (Search::new(roads), Rng(seed));
    let mut matcher = Matcher::new(roads, MatchOptions::for_sigma(sigma_m.max(5.0)));
    let mut sum = Score::default();
    for _ in 0..20 {
        let path = random_drive(roads, &mut search, &mut rng, 800.0..3_000.0);
        let fixes = trace(&path, every_ms, sigma_m, &mut rng);
        let matched = matcher.run(&fixes).unwrap();
        holds(roads, &fixes, &matched);
        sum.add(Score::of(roads, &path, &matched));
    }
    println!("sigma {sigma_m} m, every {every_ms} ms, seed {seed}: {sum:?}");
    sum
}

/// What is true of every answer, right or wrong.
fn holds(roads: &Roads, fixes: &[Fix], matched: &Matched) {
    assert_eq!(matched.fixes.len(), fixes.len());
    for stretch in &matched.stretches {
        let ends = |edge| {
            let line = roads.edge_geometry(edge);
            (line[0], line[line.len() - 1])
        };
        assert!(
            stretch.edges.windows(2).all(|pair| ends(pair[0]).1 == ends(pair[1]).0),
            "edges follow each other"
        );
        assert!(
            stretch.marks.is_sorted_by_key(|mark| (mark.edge, mark.fraction)),
            "no mark lies behind another"
        );
        assert!(stretch.marks.is_sorted_by_key(|mark| mark.at));
        assert_eq!(stretch.start.edge, stretch.edges[0]);
        assert_eq!(Some(&stretch.end.edge), stretch.edges.last());
        let metres: f64 = stretch.line.windows(2).map(|pair| pair[0].distance_m(pair[1])).sum();
        let said = stretch.distance.as_metres();
        assert!((metres - said).abs() < 1.0 + said * 0.01, "{metres} m drawn, {said} m said");
    }
    for (place, fix) in matched.fixes.iter().flatten().zip(fixes) {
        assert!(matched.stretches[place.stretch].edges.contains(&place.point.edge));
        assert!((roads.position(place.point).distance_m(place.position)) < 0.5);
        _ = fix;
    }
}

#[test]
fn a_trace_without_noise_gives_back_every_edge_and_no_other() {
    let roads = town();
    for every_ms in [1_000, 5_000] {
        let score = check(&roads, 0.0, every_ms, 1);
        assert!(score.found() > 0.9999 && score.wrong() < 0.002, "{score:?}");
    }
}

#[test]
fn noisy_traces_give_back_nearly_every_edge() {
    let roads = town();
    for (sigma_m, every_ms, found, wrong) in [
        (10.0, 1_000, 0.99, 0.02),
        (10.0, 15_000, 0.98, 0.03),
        (30.0, 1_000, 0.99, 0.05),
        (30.0, 15_000, 0.94, 0.11),
    ] {
        for seed in 1..=3 {
            let score = check(&roads, sigma_m, every_ms, seed);
            assert!(
                score.found() >= found && score.wrong() <= wrong,
                "sigma {sigma_m}, seed {seed}: {score:?}"
            );
        }
    }
}

#[test]
fn the_same_trace_gives_the_same_answer_whatever_was_matched_before() {
    let roads = town();
    let (mut search, mut rng) = (Search::new(&roads), Rng(7));
    let traces: Vec<Vec<Fix>> = (0..3)
        .map(|_| trace(&random_drive(&roads, &mut search, &mut rng, 500.0..3_000.0), 4_000, 15.0, &mut rng))
        .collect();
    let options = MatchOptions::for_sigma(15.0);
    let alone = |fixes: &[Fix]| Matcher::new(&roads, options).run(fixes).unwrap();
    let mut used = Matcher::new(&roads, options);
    for fixes in traces.iter().chain(traces.iter().rev()) {
        assert_eq!(used.run(fixes).unwrap(), alone(fixes));
    }
}

fn fix(lat: f64, lon: f64, seconds: u64) -> Fix {
    Fix { position: Position::new(lat, lon).unwrap(), at: Instant(seconds * 1_000) }
}

#[test]
fn a_trace_in_the_sea_an_empty_one_and_one_out_of_order_are_refused() {
    let roads = Map::draw("A--B--C").roads;
    let mut matcher = Matcher::new(&roads, MatchOptions::for_sigma(10.0));
    assert_eq!(matcher.run(&[]), Err(MatchError::Empty));
    assert_eq!(matcher.run(&[fix(0.0, 0.0, 5), fix(0.0, 0.0, 4)]), Err(MatchError::Disordered { index: 1 }));
    let sea = matcher.run(&[fix(10.0, 10.0, 0), fix(10.0, 10.1, 60)]).unwrap_err();
    assert_eq!(sea.to_string(), "no position of the trace lies within 50 m of a street of this network");
}

#[test]
fn a_long_silence_cuts_the_trace_in_two() {
    let roads = Map::draw("A--B--C--D").roads;
    let mut matcher = Matcher::new(&roads, MatchOptions::for_sigma(10.0));
    let metres = |m: f64| m / 111_195.08;
    let fixes: Vec<Fix> =
        [0u64, 10, 20, 1_000, 1_010].map(|s| fix(0.0, metres(20.0 * (s % 900) as f64 / 10.0), s)).into();
    let matched = matcher.run(&fixes).unwrap();
    assert_eq!(matched.stretches.len(), 2);
    assert!(matched.fixes.iter().all(Option::is_some));
}

#[test]
fn a_budget_that_ends_leaves_the_rest_unmatched() {
    let roads = town();
    let (mut search, mut rng) = (Search::new(&roads), Rng(3));
    let fixes = trace(&random_drive(&roads, &mut search, &mut rng, 2_000.0..3_000.0), 10_000, 10.0, &mut rng);
    let options = MatchOptions { steps_max: 500, ..MatchOptions::for_sigma(10.0) };
    let matched = Matcher::new(&roads, options).run(&fixes).unwrap();
    assert!(matched.fixes[0].is_some() && matched.fixes.last().unwrap().is_none());
}
