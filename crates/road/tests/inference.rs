//! Spatial inference: the time of streets without drives, from drives on those around them.
#![allow(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

mod common;

use common::{Link, lattice, network};
use paceline_model::{Instant, Millis, Position};
use paceline_road::traffic::{ProbeVehicle, Profile, SpeedReport, SpeedSource, Subject, Traffic};
use paceline_road::{EdgeId, Mark, RoadPoint, Roads, Stretch};
use std::collections::BTreeSet;

/// Streets 100 m apart, ten by ten corners, in both directions, at 10 m/s.
fn town() -> Roads {
    let link = |from: usize, to: usize| Link { from, to, metres: 100.0, kmh: 36.0 };
    let across = (0..100).filter(|corner| corner % 10 < 9).map(|corner| (corner, corner + 1));
    let up = (0..90).map(|corner| (corner, corner + 10));
    let links: Vec<Link> = across.chain(up).flat_map(|(a, b)| [link(a, b), link(b, a)]).collect();
    network(100, &links).unwrap()
}

fn later(seconds: u32) -> Instant {
    "2026-11-24T08:00:00Z".parse::<Instant>().unwrap() + Millis::from_secs(seconds)
}

/// The street from one corner to the next one.
fn street(roads: &Roads, from: usize, to: usize) -> EdgeId {
    let ends = [from, to].map(lattice);
    let is_it = |&edge: &EdgeId| {
        let line = roads.edge_geometry(edge);
        line[0] == ends[0] && line[line.len() - 1] == ends[1]
    };
    (0..roads.edge_count() as u32).map(EdgeId).find(is_it).unwrap()
}

/// A drive along streets one after the other, each in so many seconds, that ends at a time.
fn drive(roads: &Roads, corners: &[usize], seconds: u32, end: u32) -> Stretch {
    let edges: Vec<EdgeId> = corners.windows(2).map(|pair| street(roads, pair[0], pair[1])).collect();
    let count = edges.len() as u32;
    let begin = end - count * seconds;
    let mark = |edge: u32, fraction, s| Mark { edge: edge as usize, fraction, at: later(s) };
    let both = |i: u32| [mark(i, 0, begin + i * seconds), mark(i, u16::MAX, begin + (i + 1) * seconds)];
    let point = |index: usize, fraction| RoadPoint { edge: edges[index], fraction };
    Stretch {
        start: point(0, 0),
        end: point(edges.len() - 1, u16::MAX),
        marks: (0..count).flat_map(both).collect(),
        edges,
        ..Stretch::default()
    }
}

/// The traffic after drives of so many seconds for each street, by a vehicle each.
fn after(roads: &Roads, drives: &[(&[usize], u32)], end: u32) -> Traffic {
    let mut traffic = Traffic::new(roads, Profile::free_flow());
    for (vehicle, (corners, seconds)) in (0..).zip(drives) {
        traffic.observe(roads, &drive(roads, corners, *seconds, end), ProbeVehicle(vehicle));
    }
    traffic
}

/// How many times as long as usual a street takes.
fn slowdown(roads: &Roads, traffic: &Traffic, (from, to): (usize, usize), at: u32) -> f64 {
    f64::from(traffic.edge(street(roads, from, to), later(at)).0.time.0) / 10_000.0
}

/// Six streets around the block between corners 44 and 55, of which 44 to 54 is not driven.
const AROUND: [&[usize]; 6] =
    [&[34, 44, 45], &[54, 55, 45], &[64, 54, 53], &[43, 44, 34], &[53, 43], &[45, 55, 54]];

fn jam(seconds: u32) -> Vec<(&'static [usize], u32)> {
    AROUND.into_iter().map(|corners| (corners, seconds)).collect()
}

#[test]
fn without_drives_nothing_is_inferred_and_drives_as_usual_change_nothing() {
    let roads = town();
    let traffic = Traffic::new(&roads, Profile::free_flow());
    let free = roads.metric().weights();
    assert_eq!(traffic.weights(later(900)), free);
    let traffic = after(&roads, &jam(10), 900);
    assert_eq!(traffic.weights(later(900)), free);
}

#[test]
fn a_street_amid_a_jam_is_held_to_be_slow_and_one_across_the_town_is_not() {
    let roads = town();
    let traffic = after(&roads, &jam(50), 900);
    let amid = slowdown(&roads, &traffic, (44, 54), 900);
    assert!((3.5..=5.0).contains(&amid), "{amid}");
    let (_, source) = traffic.edge(street(&roads, 44, 54), later(900));
    assert_eq!(source, SpeedSource::Inferred);
    assert_eq!(slowdown(&roads, &traffic, (1, 2), 900), 1.0);
    // What was driven keeps what was observed on it.
    assert!((slowdown(&roads, &traffic, (44, 45), 900) - 5.0).abs() < 0.5);
    assert_eq!(traffic.edge(street(&roads, 44, 45), later(900)).1, SpeedSource::Observed);
}

#[test]
fn a_blocked_street_stays_one_street_however_long_it_is_and_however_often_it_is_driven() {
    let roads = town();
    let row: Vec<usize> = (40..50).collect();
    for (corners, times) in [(&row[3..5], 1), (&row[3..7], 1), (&row[3..7], 5), (&row[..], 5)] {
        let traffic = after(&roads, &vec![(corners, 60); times], 900);
        let driven = corners.windows(2).map(|pair| street(&roads, pair[0], pair[1]));
        let known: BTreeSet<EdgeId> = traffic.known(later(900)).map(|known| known.edge).collect();
        assert_eq!(known, driven.collect(), "{corners:?} {times} times");
    }
    // Neither does it when the streets across are known to be free.
    let crossing = |corner| [[corner - 10, corner, corner + 10], [corner + 10, corner, corner - 10]];
    let crossing: Vec<[usize; 3]> = (42..=46).flat_map(crossing).collect();
    let mut drives: Vec<(&[usize], u32)> = crossing.iter().map(|corners| (corners.as_slice(), 10)).collect();
    drives.extend([(&row[2..7], 60); 3]);
    let traffic = after(&roads, &drives, 900);
    for edge in traffic.slow(0.6, later(900)) {
        let along = |corner| [(corner, corner + 1), (corner + 1, corner)];
        let is_on_it = (40..49).flat_map(along).any(|(from, to)| street(&roads, from, to) == edge);
        assert!(is_on_it, "{edge:?} is on another street");
    }
}

#[test]
fn one_slow_vehicle_slows_no_street_but_those_that_it_drove_however_it_turns() {
    let roads = town();
    // All round a block and across the next ones, in one drive and in three.
    let corners = [33, 43, 44, 34, 35, 45, 55, 54, 53, 63];
    for parts in [
        &corners.chunks(corners.len()).collect::<Vec<_>>(),
        &vec![&corners[..4], &corners[3..7], &corners[6..]],
    ] {
        let mut traffic = Traffic::new(&roads, Profile::free_flow());
        for part in parts {
            traffic.observe(&roads, &drive(&roads, part, 60, 900), ProbeVehicle(1));
        }
        let driven = corners.windows(2).map(|pair| street(&roads, pair[0], pair[1]));
        let known: BTreeSet<EdgeId> = traffic.known(later(900)).map(|known| known.edge).collect();
        assert_eq!(known, driven.collect());
    }
}

#[test]
fn the_order_of_drives_on_different_streets_changes_nothing() {
    let roads = town();
    // No edge is driven twice, so that no belief depends on the order.
    let forth: Vec<(u64, _)> = (0..).zip(jam(50)).collect();
    let back: Vec<_> = forth.iter().rev().copied().collect();
    let [one, two] = [forth, back].map(|drives| {
        let mut traffic = Traffic::new(&roads, Profile::free_flow());
        for (vehicle, (corners, seconds)) in drives {
            traffic.observe(&roads, &drive(&roads, corners, seconds, 900), ProbeVehicle(vehicle));
        }
        traffic.weights(later(930))
    });
    assert_eq!(one, two);
}

#[test]
fn a_report_about_a_street_goes_before_what_is_inferred() {
    let roads = town();
    let mut traffic = after(&roads, &jam(50), 900);
    let amid = street(&roads, 44, 54);
    let report = |kmh| SpeedReport { on: Subject::Edge(amid), kmh, until: later(1_500) };
    traffic.ingest(&roads, &[report(Some(36.0))], later(900)).unwrap();
    assert_eq!(traffic.edge(amid, later(900)), (roads.free_flow(amid), SpeedSource::Reported));
    traffic.ingest(&roads, &[report(None)], later(900)).unwrap();
    let (leg, source) = traffic.edge(amid, later(900));
    assert!(!leg.is_reachable() && source == SpeedSource::Reported);
}

#[test]
fn a_street_that_was_free_ten_minutes_ago_believes_its_neighbours_and_one_driven_now_does_not() {
    let roads = town();
    for (driven, expected) in [(300, 2.5..=5.0), (900, 1.0..=1.9)] {
        let mut traffic = Traffic::new(&roads, Profile::free_flow());
        traffic.observe(&roads, &drive(&roads, &[44, 54], 10, driven), ProbeVehicle(100));
        for (vehicle, (corners, seconds)) in (0..).zip(jam(50)) {
            traffic.observe(&roads, &drive(&roads, corners, seconds, 900), ProbeVehicle(vehicle));
        }
        let slowdown = slowdown(&roads, &traffic, (44, 54), 900);
        assert!(expected.contains(&slowdown), "free at {driven} s: {slowdown}");
    }
}

#[test]
fn a_street_that_was_observed_to_be_blocked_stays_so_however_free_the_streets_around_it_are() {
    let roads = town();
    let slowdown_after = |around: &[(&[usize], u32)]| {
        let mut traffic = Traffic::new(&roads, Profile::free_flow());
        for _ in 0..2 {
            traffic.observe(&roads, &drive(&roads, &[44, 54], 60, 600), ProbeVehicle(100));
        }
        for (vehicle, (corners, seconds)) in (0..).zip(around) {
            traffic.observe(&roads, &drive(&roads, corners, *seconds, 900), ProbeVehicle(vehicle));
        }
        slowdown(&roads, &traffic, (44, 54), 900)
    };
    let (alone, amid) = (slowdown_after(&[]), slowdown_after(&jam(10)));
    assert!(alone > 5.0 && alone == amid, "{alone} and {amid}");
}

#[test]
fn an_estimate_is_forgotten_with_the_drives_that_it_comes_from() {
    let roads = town();
    let traffic = after(&roads, &jam(50), 900);
    assert!(slowdown(&roads, &traffic, (44, 54), 1_200) > 1.5);
    assert_eq!(traffic.weights(later(900 + 7_200)), roads.metric().weights());
}

#[test]
fn estimates_reach_so_far_and_no_further_however_much_is_observed() {
    let roads = town();
    let drives: Vec<Vec<usize>> = (1..5).map(|row| (row * 10 + 1..row * 10 + 5).collect()).collect();
    let drives: Vec<(&[usize], u32)> = drives.iter().map(|corners| (corners.as_slice(), 60)).collect();
    let traffic = after(&roads, &drives, 900);
    let touched: Vec<EdgeId> = traffic.known(later(900)).map(|known| known.edge).collect();
    assert!(touched.len() > 20, "{touched:?}");
    for edge in touched {
        let line = roads.edge_geometry(edge);
        // The jam is 300 m by 300 m; an observation counts for half a kilometre, to the middle of an edge.
        let far = |place: &Position| [11, 14, 41, 44].map(|corner| place.distance_m(lattice(corner)));
        let near = line.iter().any(|place| far(place).iter().any(|&metres| metres < 550.0));
        assert!(near, "{edge:?} lies at {line:?}");
    }
}
