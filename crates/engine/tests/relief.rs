//! A region hands over the vehicle that is nearer to another's order, each vehicle and each order once, and keeps what it needs itself.

mod common;

use common::{Bench, region_id};
use paceline_engine::{FleetOptions, Outlook, OutlookSize, ReliefRules, relieve};
use paceline_model::{Instant, Millis};
use paceline_road::{Search, TravelTimes};
use proptest::prelude::*;

const RULES: ReliefRules = ReliefRules {
    gain_min: Millis::from_secs(30),
    pickup_time_max: Millis::from_secs(100),
    at: Instant(1_000_000),
    snap_m_max: 500,
};

fn bench(script: &str) -> Bench {
    let mut bench = Bench::new(FleetOptions::default());
    bench.script(script);
    bench
}

/// What regions with these stories come to: a block is 10 s.
fn reliefs(regions: &[(&str, &str)]) -> Vec<String> {
    let benches: Vec<Bench> = regions.iter().map(|(_, script)| bench(script)).collect();
    let outlooks: Vec<Outlook> = benches
        .iter()
        .zip(regions)
        .map(|(bench, (name, _))| bench.fleet.outlook(region_id(name), OutlookSize::ALL))
        .collect();
    let roads = &benches[0].roads;
    let reliefs = relieve(&outlooks, RULES, roads, &mut Search::new(roads));
    reliefs
        .into_iter()
        .map(|relief| format!("{} of {} to {} for {}", relief.vehicle, relief.from, relief.to, relief.order))
        .collect()
}

fn check(west: &str, east: &str, expected: &[&str]) {
    assert_eq!(reliefs(&[("west", west), ("east", east)]), expected);
}

#[test]
fn a_vehicle_is_handed_over_where_it_is_sooner_by_enough() {
    let order = "0 order o1 from D1 to A3";
    // West has nobody, then somebody 100 s away, then somebody who is hardly later.
    check(order, "0 vehicle e1 at E1", &["e1 of east to west for o1"]);
    check(&format!("{order}\n0 vehicle w1 at A8"), "0 vehicle e1 at E1", &["e1 of east to west for o1"]);
    check(&format!("{order}\n0 vehicle w1 at A1"), "0 vehicle e1 at E1", &[]);
}

#[test]
fn what_a_region_needs_itself_stays() {
    check("0 order o1 from C1 to A3", "0 vehicle e1 at E1\n0 order o2 from E2 to H2", &[]);
    check(
        "0 order o1 from D1 to A3",
        "0 vehicle e1 at E1\n0 order o2 from E4 to H2",
        &["e1 of east to west for o1"],
    );
}

#[test]
fn each_order_and_each_vehicle_counts_once() {
    let orders = "0 order o1 from D1 to A3\n0 order o2 from C1 to A3";
    check(orders, "0 vehicle e1 at E1", &["e1 of east to west for o1"]);
    let vehicles = "0 vehicle e1 at E1\n0 vehicle e2 at E2";
    check("0 order o1 from D1 to A3", vehicles, &["e1 of east to west for o1"]);
    check(orders, vehicles, &["e1 of east to west for o1", "e2 of east to west for o2"]);
}

#[test]
fn nobody_is_sent_who_could_not_serve_the_order() {
    // Too far, too late, without what is asked for, too low on charge, silent since a restart.
    check("0 order o1 from A1 to A3", "0 vehicle e1 at H8", &[]);
    check("0 order o1 from A1 to A3 within=30", "0 vehicle e1 at E1", &[]);
    check("0 order o1 from D1 to A3 wheelchair", "0 vehicle e1 at E1", &[]);
    check("0 order o1 from D1 to A3", "0 charger c1 at H8 plugs 1\n0 vehicle e1 at E1 battery=10", &[]);
    check("0 order o1 from D1 to A3", "0 vehicle e1 at E1\n0 restart", &[]);
}

fn corner_name((column, row): (u8, u8)) -> String {
    format!("{}{}", char::from(b'A' + column), row + 1)
}

fn corners(most: usize) -> impl Strategy<Value = Vec<(u8, u8)>> {
    proptest::collection::vec((0..8_u8, 0..8_u8), 0..=most)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    /// One order, held against every vehicle one by one.
    #[test]
    fn one_order_gets_the_nearest_vehicle_unless_its_own_is_hardly_later(
        order in (0..8_u8, 0..8_u8),
        own in corners(5),
        others in proptest::collection::vec(corners(5), 1..=3),
    ) {
        let vehicles = |region: usize, at: &[(u8, u8)]| -> String {
            let lines = at.iter().enumerate();
            lines.map(|(number, at)| format!("0 vehicle v{region}-{number} at {}\n", corner_name(*at))).collect()
        };
        let all: Vec<&[(u8, u8)]> = std::iter::once(&own).chain(&others).map(Vec::as_slice).collect();
        let place = corner_name(order);
        let ask = format!("0 order o1 from {place} to {}\n", if place == "A1" { "B1" } else { "A1" });
        let stories: Vec<(String, String)> = all.iter().enumerate().map(|(region, at)| {
            let story = vehicles(region, at) + if region == 0 { &ask } else { "" };
            (format!("r{region}"), if story.is_empty() { "0 tick".into() } else { story })
        }).collect();
        let stories: Vec<(&str, &str)> = stories.iter().map(|(name, story)| (name.as_str(), story.as_str())).collect();
        let said = reliefs(&stories);
        let roads = common::town();
        let mut search = Search::new(&roads);
        let mut time = |at: (u8, u8)| {
            let point = |(column, row): (u8, u8)| {
                roads.snap(common::corner(column.into(), row.into()), 500.0).expect("a corner").point
            };
            roads.leg(&mut search, point(at), point(order)).time
        };
        let mut within = |at: &[(u8, u8)]| at.iter().map(|at| time(*at)).filter(|time| *time <= RULES.pickup_time_max).min();
        let nearest_own = within(&own);
        let nearest = others.iter().filter_map(|at| within(at)).min();
        let helps = nearest.is_some_and(|nearest| nearest_own.is_none_or(|own| own >= nearest.saturating_add(RULES.gain_min)));
        prop_assert_eq!(said.len(), usize::from(helps), "{:?}: own {:?}, others {:?}", said, nearest_own, nearest);
    }
}
