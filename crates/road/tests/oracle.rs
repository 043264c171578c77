//! The search against a slow oracle, and the import against its input, on random networks.
#![allow(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

mod common;

use common::relaxation::{Oracle, ends};
use common::slow::{Cost, Slow, cost};
use common::{Link, lattice, network};
use paceline_model::{Millis, MilliwattHours, MilliwattHoursPerKm, Position};
use paceline_road::{
    Customisation, Direction, EdgeId, Found, Leg, NearestIndex, NearestQuery, RoadPoint, Roads, Search,
    Targets, TravelTimes, TurnRestriction, TurnRule,
};
use proptest::prelude::*;
use std::num::NonZeroUsize;
use std::sync::Arc;

fn links() -> impl Strategy<Value = Vec<Link>> {
    let link = (
        0..12usize,
        0..12usize,
        20.0..900.0f64,
        prop::sample::select(vec![20.0, 40.0, 40.0, 90.0]),
        any::<bool>(),
    );
    prop::collection::vec(link, 4..40).prop_map(|links| {
        let both = |(from, to, metres, kmh, two_way)| {
            let link = Link { from, to, metres, kmh };
            let back = Link { from: to, to: from, ..link };
            if two_way { vec![link, back] } else { vec![link] }
        };
        links.into_iter().flat_map(both).collect()
    })
}

/// The network of `links` with the turn restrictions that `raw` picks: the number of an edge, of an edge after it, and the rule.
fn restricted(links: &[Link], raw: &[(u32, u32, bool)]) -> Option<Roads> {
    let roads = network(12, links).ok()?;
    let edges = roads.edge_count() as u32;
    let restriction = |&(from, to, compulsory): &(u32, u32, bool)| {
        let from = EdgeId(from % edges);
        let on: Vec<EdgeId> =
            (0..edges).map(EdgeId).filter(|&to| roads.edge_ends(to).0 == roads.edge_ends(from).1).collect();
        let rule = if compulsory { TurnRule::Compulsory } else { TurnRule::Forbidden };
        TurnRestriction { from, to: on[to as usize % on.len()], rule }
    };
    let restrictions: Vec<TurnRestriction> = raw.iter().map(restriction).collect();
    // Every third of them begins a walk that is forbidden as a whole, of three or four edges.
    let walks: Vec<Vec<EdgeId>> =
        raw.iter().step_by(3).map(|&(from, step, long)| walk(&roads, from, step, long)).collect();
    Some(roads.with_restrictions(&restrictions, &walks).unwrap())
}

/// A walk that takes, wherever it comes to, the exit that `step` picks.
fn walk(roads: &Roads, from: u32, step: u32, long: bool) -> Vec<EdgeId> {
    let edges = roads.edge_count() as u32;
    let on = |at: EdgeId| -> Vec<EdgeId> {
        (0..edges).map(EdgeId).filter(|&to| roads.edge_ends(to).0 == roads.edge_ends(at).1).collect()
    };
    let mut walk = vec![EdgeId(from % edges)];
    for turn in 0..if long { 3 } else { 2 } {
        let exits = on(walk[walk.len() - 1]);
        walk.push(exits[(step >> (turn * 8)) as usize % exits.len()]);
    }
    walk
}

fn restrictions() -> impl Strategy<Value = Vec<(u32, u32, bool)>> {
    prop::collection::vec((any::<u32>(), any::<u32>(), prop::bool::weighted(0.2)), 0..10)
}

/// New times for some edges, some of them closed: edge numbers and milliseconds.
fn traffic() -> impl Strategy<Value = Vec<(u32, u32)>> {
    prop::collection::vec(
        (any::<u32>(), prop::sample::select(vec![0, 1, 500, 4_000, 60_000, u32::MAX])),
        0..8,
    )
}

fn changes(roads: &Roads, raw: &[(u32, u32)]) -> Vec<(EdgeId, Leg)> {
    let change = |&(edge, time): &(u32, u32)| {
        let edge = EdgeId(edge % roads.edge_count() as u32);
        let leg = if time == u32::MAX {
            Leg::UNREACHABLE
        } else {
            Leg { time: Millis(time), ..roads.free_flow(edge) }
        };
        (edge, leg)
    };
    raw.iter().map(change).collect()
}

const ONE: NonZeroUsize = NonZeroUsize::MIN;
const TWO: NonZeroUsize = NonZeroUsize::MIN.saturating_add(1);

/// The answers to `queries` of up to `count` within 300 s, by Dijkstra's algorithm.
fn one_by_one(
    roads: &Roads,
    targets: &Targets,
    direction: Direction,
    queries: &[NearestQuery],
    count: usize,
) -> Vec<Vec<Found>> {
    let mut search = Search::new(roads);
    let mut answer = |query: &NearestQuery| {
        let (count, bound) = (query.count.min(count), query.bound.min(Millis(300_000)));
        roads.nearest(&mut search, NearestQuery { count, bound, ..*query }, targets, direction)
    };
    queries.iter().map(&mut answer).collect()
}

/// Every leg between `places`, by every method, is what the oracle says; paths too.
fn check_all(roads: &Roads, places: &[RoadPoint]) -> Result<(), TestCaseError> {
    let slow = Slow::new(roads);
    let mut search = Search::new(roads);
    let targets = Targets::new(roads, places);
    let wanted: Vec<Vec<Option<Cost>>> = places.iter().map(|&from| slow.from(from, places)).collect();
    for (from, row) in places.iter().zip(&wanted) {
        for (to, &wanted) in places.iter().zip(row) {
            prop_assert_eq!(cost(roads.leg(&mut search, *from, *to)), wanted);
            prop_assert_eq!(cost(roads.leg_without_hierarchy(&mut search, *from, *to)), wanted);
            check_path(roads, &mut search, *from, *to, wanted)?;
        }
    }
    let table = roads.table(places, places, TWO);
    let flat: Vec<Option<Cost>> = wanted.iter().flatten().copied().collect();
    prop_assert_eq!(table.into_iter().map(cost).collect::<Vec<_>>(), flat);
    for (number, &source) in places.iter().enumerate() {
        for direction in [Direction::FromSource, Direction::ToSource] {
            let query = NearestQuery { place: source, count: usize::MAX, bound: Millis::MAX };
            let all = roads.nearest(&mut search, query, &targets, direction);
            let mut found: Vec<Option<Cost>> = vec![None; places.len()];
            all.iter().for_each(|it| found[it.target as usize] = cost(it.leg));
            let wanted: Vec<Option<Cost>> = match direction {
                Direction::FromSource => wanted[number].clone(),
                Direction::ToSource => wanted.iter().map(|row| row[number]).collect(),
            };
            prop_assert_eq!(found, wanted);
            prop_assert!(all.is_sorted_by_key(|it| (it.leg.time, it.target)));
        }
    }
    Ok(())
}

/// The path is a drive that the turn restrictions allow, and takes what it says.
fn check_path(
    roads: &Roads,
    search: &mut Search,
    from: RoadPoint,
    to: RoadPoint,
    wanted: Option<Cost>,
) -> Result<(), TestCaseError> {
    let path = roads.path(search, from, to);
    prop_assert_eq!(path.as_ref().and_then(|path| cost(path.leg)), wanted);
    let Some(path) = path else { return Ok(()) };
    for pair in path.edges.windows(2) {
        prop_assert!(roads.may_turn(pair[0], pair[1]), "{:?}", pair);
    }
    for walk in roads.forbidden_walks() {
        prop_assert!(!path.edges.windows(walk.len()).any(|part| part == walk), "{:?}", walk);
    }
    prop_assert_eq!(path.steps[0].at, Leg::default());
    prop_assert_eq!(path.steps[path.steps.len() - 1].at, path.leg);
    Ok(())
}

fn places(roads: &Roads, raw: &[(u32, u16)]) -> Vec<RoadPoint> {
    let edges = roads.edge_count() as u32;
    // One in four lies at a junction.
    let end = |fraction: u16| match fraction % 8 {
        0 => 0,
        1 => u16::MAX,
        _ => fraction,
    };
    let place =
        |&(edge, fraction): &(u32, u16)| RoadPoint { edge: EdgeId(edge % edges), fraction: end(fraction) };
    raw.iter().map(place).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3_000))]

    /// Random streets, random turn restrictions, random traffic with closed streets: customised whole, in part, basic, perfect.
    #[test]
    fn restrictions_and_traffic_are_obeyed_as_the_oracle_obeys_them(
        links in links(),
        restrictions in restrictions(),
        traffic in traffic(),
        raw in prop::collection::vec((any::<u32>(), any::<u16>()), 1..7),
    ) {
        let Some(roads) = restricted(&links, &restrictions) else { return Ok(()) };
        let places = places(&roads, &raw);
        check_all(&roads, &places)?;
        let changes = changes(&roads, &traffic);
        let mut weights = roads.metric().weights().to_vec();
        changes.iter().for_each(|&(edge, leg)| weights[edge.0 as usize] = leg);
        let basic = roads.customise(weights.clone(), Customisation::Basic, ONE).unwrap();
        let perfect = roads.customise(weights, Customisation::Perfect, TWO).unwrap();
        let partial = roads.customise_changes(&changes, ONE).unwrap();
        prop_assert_eq!(format!("{partial:?}"), format!("{perfect:?}"));
        for metric in [basic, perfect] {
            check_all(&roads.with_metric(Arc::new(metric)).unwrap(), &places)?;
        }
    }

    /// For all at once, by sweeps, what Dijkstra's algorithm finds for one after the other; before and after targets move.
    #[test]
    fn the_nearest_for_all_are_the_nearest_for_each(
        links in links(),
        restrictions in restrictions(),
        raw in prop::collection::vec((any::<u32>(), any::<u16>()), 1..16),
        moved in prop::collection::vec((any::<u32>(), any::<u16>()), 0..4),
        queries in prop::collection::vec((any::<u32>(), any::<u16>(), 0..6usize, 0..400_000u32), 1..8),
        count in 0..6usize,
    ) {
        let Some(roads) = restricted(&links, &restrictions) else { return Ok(()) };
        let before = places(&roads, &raw);
        let mut after = before.clone();
        for (place, new) in after.iter_mut().zip(places(&roads, &moved)) {
            *place = new;
        }
        let query = |&(edge, fraction, count, bound): &(u32, u16, usize, u32)| {
            NearestQuery { place: places(&roads, &[(edge, fraction)])[0], count, bound: Millis(bound) }
        };
        let queries: Vec<NearestQuery> = queries.iter().map(query).collect();
        for direction in [Direction::FromSource, Direction::ToSource] {
            let (old, new) = (Targets::new(&roads, &before), Targets::new(&roads, &after));
            let mut index = NearestIndex::new(&roads, old.clone(), direction, count, Millis(300_000), ONE);
            prop_assert_eq!(index.answer(&queries, ONE).0, one_by_one(&roads, &old, direction, &queries, count));
            index.update(new.clone());
            prop_assert_eq!(index.answer(&queries, TWO).0, one_by_one(&roads, &new, direction, &queries, count));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn searches_find_what_the_oracle_finds(
        links in links(),
        raw in prop::collection::vec((any::<u32>(), any::<u16>()), 1..12),
        count in 0..12usize,
        bound in 0..200_000u32,
    ) {
        let Ok(roads) = network(12, &links) else { return Ok(()) };
        let oracle = Oracle::of(&roads);
        let places = places(&roads, &raw);
        let targets = Targets::new(&roads, &places);
        let mut search = Search::new(&roads);
        let source = places[0];
        for direction in [Direction::FromSource, Direction::ToSource] {
            let slow = |&there: &RoadPoint| match direction {
                Direction::FromSource => oracle.drive(&roads, source, there),
                Direction::ToSource => oracle.drive(&roads, there, source),
            };
            let mut wanted: Vec<(u64, u32)> = places.iter().map(slow).zip(0..).collect();
            wanted.retain(|&(time, _)| time <= u64::from(bound));
            wanted.sort_unstable();
            wanted.truncate(count);
            let query = NearestQuery { place: source, count, bound: Millis(bound) };
            let found = roads.nearest(&mut search, query, &targets, direction);
            let found: Vec<(u64, u32)> = found.iter().map(|f| (u64::from(f.leg.time.0), f.target)).collect();
            prop_assert_eq!(found, wanted);
        }
    }

    #[test]
    fn a_cached_drive_is_what_a_search_finds(
        links in links(),
        raw in prop::collection::vec((any::<u32>(), any::<u16>()), 2..8),
    ) {
        let Ok(roads) = network(12, &links) else { return Ok(()) };
        let places = places(&roads, &raw);
        let mut search = Search::new(&roads);
        for &to in &places {
            let goal = roads.prepare_point(to);
            roads.cache_drives_to(&mut search, &goal);
            prop_assert_eq!(roads.cache_drives_to(&mut search, &goal), 0, "kept");
            for &from in &places {
                let found = roads.cached_leg(&search, &roads.prepare_point(from), &goal);
                prop_assert_eq!(found.time, roads.leg(&mut Search::new(&roads), from, to).time);
            }
        }
    }

    #[test]
    fn paths_hold_together_and_take_what_their_leg_says(
        links in links(),
        raw in prop::collection::vec((any::<u32>(), any::<u16>()), 2),
    ) {
        let Ok(roads) = network(12, &links) else { return Ok(()) };
        let places = places(&roads, &raw);
        let mut search = Search::new(&roads);
        let path = roads.path(&mut search, places[0], places[1]).expect("everything is connected");
        prop_assert_eq!(u64::from(path.leg.time.0), Oracle::of(&roads).drive(&roads, places[0], places[1]));
        prop_assert_eq!(path.leg, roads.leg(&mut search, places[0], places[1]));
        for pair in path.edges.windows(2) {
            prop_assert_eq!(ends(&roads, pair[0]).1, ends(&roads, pair[1]).0);
        }
        prop_assert_eq!(path.steps[0].at, Leg::default());
        prop_assert_eq!(path.steps[path.steps.len() - 1].at, path.leg);
        for pair in path.steps.windows(2) {
            prop_assert!(pair[0].at.time <= pair[1].at.time && pair[0].at.distance <= pair[1].at.distance);
        }
    }

    /// What the import keeps is the largest part, and joining chains changes no travel time but by rounding.
    #[test]
    fn the_network_has_the_travel_times_of_its_input(links in links()) {
        let Ok(roads) = network(12, &links) else { return Ok(()) };
        let weigh = |l: &Link| (lattice(l.from), lattice(l.to), (l.metres * 3.6 / l.kmh * 1e3).round() as u64);
        let input = Oracle::new(&links.iter().map(weigh).collect::<Vec<_>>());
        let output = Oracle::of(&roads);
        for &from in output.node.keys() {
            for &to in output.node.keys() {
                prop_assert!(input.between(from, to).abs_diff(output.between(from, to)) <= 12);
            }
        }
    }

    #[test]
    fn a_file_read_back_is_the_same_network(links in links()) {
        let Ok(roads) = network(12, &links) else { return Ok(()) };
        let again = Roads::from_bytes(roads.as_bytes()).unwrap();
        prop_assert_eq!(roads.as_bytes(), again.as_bytes());
        prop_assert_eq!(roads.digest(), again.digest());
    }

    /// The grid finds what trying every street finds.
    #[test]
    fn snapping_finds_the_nearest_street(links in links(), lat in -0.02..0.03f64, lon in -0.02..0.03f64, max_m in 0.0..4_000.0f64, share in 0.5..2.0f64) {
        let Ok(roads) = network(12, &links) else { return Ok(()) };
        let p = Position::new(lat, lon).unwrap();
        let slow = roads
            .street_polylines()
            .flat_map(|(_, line)| line.windows(2).map(|w| to_segment(p, w[0], w[1])).collect::<Vec<_>>())
            .fold(f64::INFINITY, f64::min);
        let is_near = roads.snap(p, max_m).is_some();
        prop_assert_eq!(roads.is_near(p, max_m), is_near);
        roads.cover(max_m * share);
        prop_assert_eq!(roads.is_near(p, max_m), is_near);
        match roads.snap(p, max_m) {
            Some(snapped) => {
                // A junction may be a metre further off than the nearest place.
                let further = snapped.distance_m - slow;
                prop_assert!(further > -0.05 && further < 1.05 && slow < max_m + 0.05);
                let at_junction = matches!(snapped.point.fraction, 0 | u16::MAX);
                prop_assert!(at_junction || further < 0.05);
                prop_assert!((snapped.position.distance_m(p) - snapped.distance_m).abs() < 0.05);
                prop_assert!(roads.position(snapped.point).distance_m(snapped.position) < 0.1);
            }
            None => prop_assert!(slow > max_m - 0.05),
        }
    }
}

proptest! {
    #[test]
    fn a_battery_reaches_what_the_oracle_reaches(
        links in links(),
        raw in (any::<u32>(), any::<u16>()),
        energy in 0..300_000u32,
    ) {
        let Ok(roads) = network(12, &links) else { return Ok(()) };
        let from = places(&roads, &[raw])[0];
        // The oracle orders drives by time: under a metric where times are efforts, that is by effort.
        let thrifty = |edge| Leg { time: Millis(roads.edge_leg(edge).effort.0), ..roads.edge_leg(edge) };
        let weights = (0..roads.edge_count() as u32).map(|edge| thrifty(EdgeId(edge))).collect();
        let metric = roads.customise(weights, Customisation::Basic, ONE).unwrap();
        let by_effort = roads.with_metric(Arc::new(metric)).unwrap();
        // 100 Wh per km are 1 mWh per cm.
        let consumption = MilliwattHoursPerKm(100_000);
        let reached = Slow::new(&by_effort).ends_from(from);
        let all = (0..).map(EdgeId).zip(&reached);
        let wanted: Vec<EdgeId> = all
            .filter(|(_, cost)| cost.is_some_and(|(effort, ..)| effort <= u64::from(energy)))
            .map(|(edge, _)| edge)
            .collect();
        let mut search = Search::new(&roads);
        prop_assert_eq!(roads.reachable(&mut search, from, consumption, MilliwattHours(energy)), wanted);
    }
}

/// Metres from `p` to a segment, by halving: slow, and written without the formula under test.
fn to_segment(p: Position, a: Position, b: Position) -> f64 {
    let at = |share: f64| {
        let mix = |a: f64, b: f64| a + (b - a) * share;
        p.distance_m(Position::new(mix(a.lat(), b.lat()), mix(a.lon(), b.lon())).unwrap())
    };
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..60 {
        let third = (high - low) / 3.0;
        if at(low + third) < at(high - third) { high -= third } else { low += third }
    }
    at((low + high) / 2.0)
}
