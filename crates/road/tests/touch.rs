//! Whether a street comes near an area, against places along all streets and along the outline.
#![allow(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

mod common;

use common::{Link, lattice, network};
use paceline_model::{Geofence, GeofenceId, Position};
use paceline_road::Roads;
use proptest::prelude::*;

/// Hundreds of metres north and east of the lattice's corner.
fn at(north: f64, east: f64) -> Position {
    let zero = lattice(0);
    let degree = lattice(10).lat() - zero.lat();
    Position::new(zero.lat() + north * degree, zero.lon() + east * degree).unwrap()
}

fn area(corners: &[(f64, f64)]) -> Geofence {
    let ring = corners.iter().map(|&(north, east)| at(north, east)).collect();
    Geofence::new(GeofenceId::new("a").unwrap(), ring).unwrap()
}

/// Places on a line, at most two metres apart.
fn along(line: &[Position]) -> Vec<Position> {
    let piece = |pair: &[Position]| {
        let (a, b) = (pair[0], pair[1]);
        let steps = (a.distance_m(b) / 2.0).ceil().max(1.0) as u32;
        let mix = |a: f64, b: f64, step: u32| a + (b - a) * f64::from(step) / f64::from(steps);
        let place =
            move |step| Position::new(mix(a.lat(), b.lat(), step), mix(a.lon(), b.lon(), step)).unwrap();
        (0..=steps).map(place).collect::<Vec<_>>()
    };
    line.windows(2).flat_map(piece).collect()
}

/// How far the nearest place on a street is from an area, to two metres; 0 inside.
fn distance_m(roads: &Roads, area: &Geofence) -> f64 {
    let closed: Vec<Position> = area.ring().iter().chain(area.ring().first()).copied().collect();
    let outline = along(&closed);
    let streets = roads.street_polylines().flat_map(|(_, line)| along(&line));
    let off = |place: Position| {
        if area.contains(place) {
            return 0.0;
        }
        outline.iter().map(|corner| corner.distance_m(place)).fold(f64::INFINITY, f64::min)
    };
    streets.map(off).fold(f64::INFINITY, f64::min)
}

fn links() -> impl Strategy<Value = Vec<Link>> {
    let link = (0..100usize, 0..100usize).prop_map(|(from, to)| Link { from, to, metres: 100.0, kmh: 36.0 });
    prop::collection::vec(link, 1..4).prop_map(|links| {
        let back = |link: &Link| Link { from: link.to, to: link.from, ..*link };
        links.iter().flat_map(|link| [*link, back(link)]).collect()
    })
}

/// The outline of an area of three to six corners about a middle, so that it does not cross itself.
fn outlines() -> impl Strategy<Value = Vec<(f64, f64)>> {
    let spoke = 0.05..6.0f64;
    ((-8.0..18.0f64, -8.0..18.0f64), prop::collection::vec(spoke, 3..7)).prop_map(
        |((north, east), spokes)| {
            let count = spokes.len() as f64;
            let corner = |(number, spoke): (usize, &f64)| {
                let (sin, cos) = (number as f64 / count * std::f64::consts::TAU).sin_cos();
                (north + spoke * sin, east + spoke * cos)
            };
            spokes.iter().enumerate().map(corner).collect()
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn an_area_is_touched_where_a_street_is_near_it(
        links in links(), corners in outlines(), near_m in 0.0..200.0f64,
    ) {
        let Ok(roads) = network(100, &links) else { return Ok(()) };
        let area = area(&corners);
        let off_m = distance_m(&roads, &area);
        // Places are two metres apart, on either line.
        if (off_m - near_m).abs() > 4.0 {
            prop_assert_eq!(roads.touches(&area, near_m), off_m < near_m, "{} m off, {} m wanted", off_m, near_m);
        }
    }
}

#[test]
fn a_street_that_only_crosses_an_area_touches_it() {
    let there_and_back = |from, to| {
        [Link { from, to, metres: 900.0, kmh: 36.0 }, Link { from: to, to: from, metres: 900.0, kmh: 36.0 }]
    };
    let roads = network(10, &there_and_back(0, 9)).unwrap();
    let across = |middle: f64| area(&[(-3.0, middle), (3.0, middle - 0.2), (3.0, middle + 0.2)]);
    assert!(roads.touches(&across(4.5), 0.0));
    assert!(!roads.touches(&across(14.5), 0.0));
    // All around: the street lies in it, and no corner is near.
    assert!(roads.touches(&area(&[(-50.0, -50.0), (-50.0, 50.0), (50.0, 50.0), (50.0, -50.0)]), 0.0));
}
