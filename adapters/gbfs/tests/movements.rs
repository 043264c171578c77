//! Loose bikes from poll to poll: what is a movement, and what is not.

mod common;

use common::{NOW, reading};
use paceline_gbfs::{CellBikes, Files, LooseBikes, Movement, Movements, StandingBike};
use paceline_model::bikes::{AsOf, BikeId, BikeReading, BikeState, FeedReading, Health, Standing, StationId};
use paceline_model::{Instant, Millis, Position};

/// A poll every two minutes. Each character of a row is what one poll says of a bike: `.` it is absent, a digit how many times 50 m it is
/// north of its place, `x` it is there and broken.
fn run(rows: &[(&str, &str)]) -> (Vec<String>, Movements) {
    let polls = rows.iter().map(|(_, row)| row.len()).max().unwrap_or(0);
    let (mut movements, mut said) = (Movements::default(), Vec::new());
    for poll in 0..polls {
        let at = NOW + Millis::from_secs(120 * poll as u32);
        let bikes = rows.iter().zip(0..).filter_map(|((id, row), number)| {
            let mark = row.as_bytes().get(poll).copied()?;
            let north = f64::from(if mark.is_ascii_digit() { mark - b'0' } else { 0 }) * 50.0 / 111_195.0;
            // Half a kilometre between two of them, unless they share a letter.
            let place = id.bytes().next().map_or(number, i32::from);
            let state = if mark == b'x' { BikeState::Broken } else { BikeState::ForHire };
            (mark != b'.').then(|| bike(id, 59.9 + f64::from(place) * 0.005 + north, state, at))
        });
        let poll_says =
            FeedReading { bikes: bikes.map(|bike| (bike.id.clone(), bike)).collect(), ..poll_at(at) };
        said.extend(
            movements.observe(&poll_says).iter().map(|movement| format!("{poll}: {}", words(movement))),
        );
    }
    (said, movements)
}

fn poll_at(at: Instant) -> FeedReading {
    FeedReading { asked_at: at, as_of: Some(at), health: Health::Fresh, ..reading(&Files::default()) }
}

fn bike(id: &str, lat: f64, state: BikeState, at: Instant) -> BikeReading {
    BikeReading {
        id: BikeId::new(id).expect("a name"),
        kind: None,
        standing: Standing::Loose(Position::new(lat, 10.75).expect("a place")),
        state,
        range_m: None,
        charge: None,
        as_of: AsOf::Said(at),
    }
}

fn words(movement: &Movement) -> String {
    match movement {
        Movement::Departed(seen) => format!("{} left", seen.bike),
        Movement::Arrived(seen) => format!("{} came", seen.bike),
        Movement::Returned(seen) => format!("{} never left", seen.bike),
        Movement::Became { bike, to, .. } => format!("{} is {to:?}", bike.bike),
        Movement::Renamed { from, to } => format!("{from} is called {to}"),
    }
}

fn check(rows: &[(&str, &str)], expected: &[&str]) {
    assert_eq!(run(rows).0, expected);
}

#[test]
fn what_stands_jitters_or_misses_a_poll_did_not_move() {
    check(&[("a", "00000000")], &[]);
    check(&[("a", "02120201")], &[]);
    check(&[("a", "000.0.00")], &[]);
    check(&[("a", "0090000")], &[]);
    check(&[("a", "0090950")], &[]);
}

#[test]
fn what_leaves_and_comes_is_told_once_and_never_as_one_bike() {
    check(&[("a", "000...."), ("b", ".....00"), ("c", "0000000")], &["4: a left", "5: b came"]);
}

#[test]
fn what_comes_back_under_its_name_at_its_place_never_left() {
    check(&[("a", "00..0")], &["3: a left", "4: a never left"]);
    check(&[("a", "00..9")], &["3: a left", "4: a came"]);
}

#[test]
fn what_stays_elsewhere_under_its_name_has_moved() {
    check(&[("a", "000999")], &["5: a left", "5: a came"]);
}

#[test]
fn another_name_at_the_same_place_in_the_same_poll_is_the_same_bike() {
    check(
        &[("a1", "00...."), ("a2", "..00.."), ("a3", "....00")],
        &["2: a1 is called a2", "4: a2 is called a3"],
    );
    check(
        &[("a1", "00."), ("a2", "..0"), ("k1", "00."), ("k2", "..0"), ("z", "..0")],
        &["2: a1 is called a2", "2: k1 is called k2", "2: z came"],
    );
    // Of two that are near, nobody knows which.
    check(&[("a1", "00.."), ("a2", "..00"), ("a3", "..00")], &["2: a2 came", "2: a3 came", "3: a1 left"]);
}

#[test]
fn what_breaks_goes_from_supply_to_repair() {
    check(&[("a", "00x")], &["2: a is Broken"]);
}

#[test]
fn a_bike_stands_in_the_middle_of_what_is_read_of_it() {
    // The first reading is 100 m off: it holds until there are enough others.
    let (said, movements) = run(&[("a", "20000000")]);
    assert_eq!(said, Vec::<String>::new());
    let StandingBike { at, state, .. } = movements.standing().next().expect("it is there");
    let place = Position::new(59.9 + 97.0 * 0.005, 10.75).expect("a place");
    assert!(at.distance_m(place) < 1.0 && state == BikeState::ForHire);
}

#[test]
fn polls_that_are_not_fresh_or_say_nothing_newer_say_nothing_of_movements() {
    let mut movements = Movements::default();
    let there = bike("a", 59.9, BikeState::ForHire, NOW);
    let first = FeedReading { bikes: [(there.id.clone(), there)].into(), ..poll_at(NOW) };
    movements.observe(&first);
    for poll in 1..10 {
        let later = NOW + Millis::from_secs(120 * poll);
        let stale = FeedReading { health: Health::Stale { since: NOW }, ..poll_at(later) };
        assert_eq!(movements.observe(&stale), []);
        assert_eq!(movements.observe(&FeedReading { asked_at: later, ..poll_at(NOW) }), []);
    }
    assert_eq!(movements.standing().count(), 1);
}

/// Cells of 0.005 degrees from north to south.
fn band(at: Position) -> StationId {
    StationId::new(&format!("b{}", at.lat_e7().div_euclid(50_000))).expect("a name")
}

/// Bikes for hire and broken ones by band, with the age of the count in seconds.
fn counted(bikes: &LooseBikes, now: Instant) -> Vec<(u32, u32, u32)> {
    let count = |of: &CellBikes| {
        let stock = &of.stock;
        (stock.bikes.total(), stock.bikes_broken, now.since(stock.as_of.instant()).0 / 1_000)
    };
    bikes.by_cell(band).values().map(count).collect()
}

fn poll_of(at: Instant, bikes: impl IntoIterator<Item = BikeReading>) -> FeedReading {
    let bikes = bikes.into_iter().map(|bike| (bike.id.clone(), bike)).collect();
    FeedReading { bikes, ..poll_at(at) }
}

#[test]
fn a_cell_counts_the_bikes_that_are_sure_and_reserved_ones_are_none() {
    let mut loose = LooseBikes::default();
    let states = [("a", BikeState::ForHire), ("b", BikeState::Broken), ("c", BikeState::Reserved)];
    let there = states.map(|(id, state)| bike(id, 59.9012, state, NOW));
    assert!(loose.observe(&poll_of(NOW, there)));
    assert_eq!(counted(&loose, NOW), [(1, 1, 0)]);
    let named: Vec<String> =
        loose.by_cell(band).values().flat_map(|of| &of.bikes).map(|bike| bike.id.to_string()).collect();
    assert_eq!(named, ["a", "b"], "a crew is not told of what it may not fetch");
}

#[test]
fn a_count_that_rests_on_a_bike_which_is_not_listed_is_as_old_as_the_list_that_had_it() {
    let mut loose = LooseBikes::default();
    let later = |polls: u32| NOW + Millis::from_secs(60 * polls);
    let two = |at| [bike("a", 59.9012, BikeState::ForHire, at), bike("b", 59.9012, BikeState::ForHire, at)];
    loose.observe(&poll_of(NOW, two(NOW)));
    loose.observe(&poll_of(later(1), two(later(1)).into_iter().take(1)));
    assert_eq!(counted(&loose, later(1)), [(2, 0, 60)], "a crew that took it between the two knows better");
    loose.observe(&poll_of(later(2), two(later(2)).into_iter().take(1)));
    assert_eq!(counted(&loose, later(2)), [(1, 0, 0)], "it is gone");
}

#[test]
fn nothing_rests_on_a_list_that_is_not_fresh_is_older_or_has_suddenly_nothing() {
    let mut loose = LooseBikes::default();
    assert!(!loose.observe(&poll_of(NOW, [])), "nobody has named a bike yet: nobody knows what stands where");
    let many = |at: Instant| (0..20).map(move |of| bike(&format!("k{of}"), 59.9012, BikeState::ForHire, at));
    assert!(loose.observe(&poll_of(NOW, many(NOW))));
    let later = NOW + Millis::from_secs(60);
    let stale = FeedReading { health: Health::Stale { since: NOW }, ..poll_of(later, []) };
    assert!(!loose.observe(&stale) && !loose.observe(&poll_of(Instant(NOW.0 - 1), many(NOW))));
    for polls in 1..5 {
        assert!(!loose.observe(&poll_of(NOW + Millis::from_secs(60 * polls), [])), "twenty do not all leave");
    }
    assert_eq!(counted(&loose, NOW), [(20, 0, 0)]);
    let few = NOW + Millis::from_secs(400);
    assert!(loose.observe(&poll_of(few, many(few).take(1))), "one of them is a list again");
}

#[test]
fn bikes_that_jitter_on_a_border_are_all_there_at_every_poll_and_no_cell_flutters() {
    for seed in 1..40_u64 {
        let (mut random, mut loose) = (seed, LooseBikes::default());
        let mut changes = 0;
        let mut before: Option<Vec<(u32, u32, u32)>> = None;
        for poll in 0..60_u32 {
            let at = NOW + Millis::from_secs(60 * poll);
            let there = (0..8).map(|of| {
                // A generator of its own (Knuth's MMIX): up to 50 m north and south of a border between two cells.
                random =
                    random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                let metres = (random >> 33) as f64 / f64::from(1_u32 << 31) * 100.0 - 50.0;
                bike(&format!("q{of}"), 59.905 + metres / 111_195.0, BikeState::ForHire, at)
            });
            let there: Vec<BikeReading> = there.collect();
            assert!(loose.observe(&poll_of(at, there)));
            let now = counted(&loose, at);
            assert_eq!(now.iter().map(|(bikes, ..)| bikes).sum::<u32>(), 8, "seed {seed}, poll {poll}");
            changes += u32::from(before.is_some_and(|before| before != now));
            before = Some(now);
        }
        assert!(changes <= 16, "seed {seed}: {changes} changes in 60 polls, at most two for each bike");
    }
}
