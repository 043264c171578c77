//! A city that is cut into regions: every vehicle is in one of them or on its way to one, every order has one outcome, one region is as if
//! nothing had been cut, and one seed gives the same bytes.

mod common;

use common::{RULES, Town, bytes};
use paceline_journal::{Journal, Seq};
use paceline_model::{Event, HandOverNumber, Instant, VehicleId};
use paceline_sim::{Draw, Outcome, RunOptions, Scenario, SimError};
use std::collections::BTreeMap;
use std::path::Path;

fn options(seed: u64, regions: Option<u32>, journal: Option<&Path>) -> RunOptions {
    let draw = Draw { seed, demand_scale: 1.2, ..Draw::default() };
    RunOptions { draw, regions, journal: journal.map(Path::to_owned), ..RunOptions::default() }
}

fn play(town: &Town, options: &RunOptions) -> Outcome {
    let seed = options.draw.seed;
    paceline_sim::run(&town.scenario, &town.roads, options, &mut |_| {})
        .unwrap_or_else(|error| panic!("seed {seed}: {error}"))
}

#[test]
fn one_region_is_the_city_as_it_was() {
    let town = Town::new();
    let [whole, one] = ["whole", "one"].map(|name| town.dir.path().join(name));
    let first = play(&town, &options(7, None, Some(&whole)));
    let second = play(&town, &options(7, Some(1), Some(&one)));
    assert!(bytes(&whole) == bytes(&one), "the journals differ");
    assert_eq!((first.digest, second.kpis.regions), (second.digest, None));
}

#[test]
fn over_40_seeds_a_city_of_several_regions_loses_no_order_and_no_vehicle() {
    let town = Town::new();
    let (mut handed_over, mut near_border, mut faults) = (0, 0, 0);
    for seed in 1..=40 {
        let regions = 2 + seed as u32 % 3;
        let kpis = play(&town, &options(seed, Some(regions), None)).kpis;
        assert_eq!(
            kpis.check_notes, 0,
            "seed {seed}: a plan broke a rule, or a vehicle was in no region or in two"
        );
        let ended = kpis.served + kpis.timed_out + kpis.cancelled + kpis.refused;
        assert_eq!(ended, kpis.orders, "seed {seed}: each order has one outcome");
        let between = kpis.regions.expect("there are borders");
        assert_eq!(between.regions, u64::from(regions));
        handed_over += between.handed_over;
        near_border += between.near_border;
        faults += kpis.faults;
    }
    // The rules are such that everything happens: quiet days would prove little.
    assert!(
        handed_over > 1_000 && near_border > 1_000 && faults > 100,
        "{handed_over} {near_border} {faults}"
    );
}

#[test]
fn regions_that_hand_over_what_is_nearer_elsewhere_serve_more_riders() {
    let town = Town::new();
    let apart = Town::with(&format!("{RULES}\n[regions]\nrelief = false\n"));
    let (mut with, mut without, mut relieved) = (0, 0, 0);
    for seed in 1..=10 {
        let options = options(seed, Some(4), None);
        let outcomes = [&town, &apart].map(|town| play(town, &options).kpis);
        let between = outcomes.each_ref().map(|kpis| kpis.regions.expect("there are borders"));
        assert!(outcomes.iter().all(|kpis| kpis.check_notes == 0), "seed {seed}");
        assert_eq!(between[1].relieved, 0);
        relieved += between[0].relieved;
        with += outcomes[0].served;
        without += outcomes[1].served;
    }
    println!("{with} served, {without} without {relieved} reliefs");
    assert!(relieved > 100 && with > without + 20, "{with} {without} {relieved}");
}

#[test]
fn one_seed_gives_the_same_journals_of_all_regions_byte_for_byte() {
    let town = Town::new();
    let dirs = ["first", "second", "other"].map(|name| town.dir.path().join(name));
    let digests = [(7, 0), (7, 1), (8, 2)]
        .map(|(seed, dir)| play(&town, &options(seed, Some(4), Some(&dirs[dir]))).digest);
    for region in ["r1", "r2", "r3", "r4"] {
        let [first, second, other] = dirs.each_ref().map(|dir| bytes(&dir.join(region)));
        assert!(first == second, "the journals of {region} differ");
        assert!(first != other, "another seed is another day");
    }
    assert!(digests[0] == digests[1] && digests[0] != digests[2]);
}

/// What a journal says of a vehicle.
#[derive(Debug, PartialEq)]
enum Said {
    Joined,
    Left(String, HandOverNumber),
    Received(String, HandOverNumber),
    Retired,
}

/// What the journal of a region says of vehicles, with when and of which region it is.
fn said(dir: &Path, region: &str) -> Vec<(Instant, String, Option<VehicleId>, Said)> {
    let mut all = Vec::new();
    for record in Journal::replay(&dir.join(region), Seq(0)).expect("a sound journal") {
        let record =
            record.expect("a sound record").payload.read(paceline_engine::record::decode).expect("a record");
        for event in record.events {
            let (vehicle, said) = match event {
                Event::VehicleRegistered { spec, .. } => (Some(spec.id), Said::Joined),
                Event::VehicleHandedOver { vehicle, to, number, .. } => {
                    (Some(vehicle), Said::Left(to.as_str().into(), number))
                }
                Event::HandOverReceived { from, number } => {
                    (None, Said::Received(from.as_str().into(), number))
                }
                Event::VehicleRetired { vehicle } => (Some(vehicle), Said::Retired),
                _ => continue,
            };
            all.push((record.at, region.to_owned(), vehicle, said));
        }
    }
    all
}

/// Read from the journals alone: whoever a vehicle joins, nobody else has it, and it was given to that region and to no other.
#[test]
fn at_no_moment_does_a_journal_have_a_vehicle_that_another_has() {
    let town = Town::new();
    for seed in 1..=5 {
        let dir = town.dir.path().join(format!("seed-{seed}"));
        let outcome = play(&town, &options(seed, Some(4), Some(&dir)));
        let mut all: Vec<_> = ["r1", "r2", "r3", "r4"].iter().flat_map(|region| said(&dir, region)).collect();
        // Of one region they stand in their order, and what goes from one to another takes time.
        all.sort_by_key(|(at, ..)| *at);
        let (mut with, mut given, mut received) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        let mut came = 0;
        for (at, region, vehicle, said) in all {
            let is_new = match said {
                Said::Received(from, number) => received.insert(region.clone(), (from, number)).is_none(),
                Said::Joined => {
                    let vehicle = vehicle.expect("it has a name");
                    if let Some((from, to, number)) = given.remove(&vehicle) {
                        assert_eq!(
                            (to, received.remove(&region)),
                            (region.clone(), Some((from, number))),
                            "{at:?} {vehicle}"
                        );
                        came += 1;
                    }
                    with.insert(vehicle, region).is_none()
                }
                Said::Left(to, number) => {
                    let vehicle = vehicle.expect("it has a name");
                    let had = with.remove(&vehicle) == Some(region.clone());
                    had && given.insert(vehicle, (region, to, number)).is_none()
                }
                Said::Retired => with.remove(&vehicle.expect("it has a name")) == Some(region),
            };
            assert!(is_new, "seed {seed}: at {at:?}");
        }
        assert_eq!(with.len() + given.len(), 20, "seed {seed}: all vehicles are somewhere");
        let handed_over = outcome.kpis.regions.expect("there are borders").handed_over;
        assert_eq!(came + given.len() as u64, handed_over);
    }
}

#[test]
fn areas_are_taken_as_the_scenario_gives_them() {
    let areas = "\n[regions]\nareas = [
        { id = \"west\", ring = [[39.9, -74.1], [41.0, -74.1], [41.0, -73.99], [39.9, -73.99]] },
        { id = \"east\", ring = [[39.9, -73.98], [41.0, -73.98], [41.0, -73.9], [39.9, -73.9]] },
    ]\n";
    let town = Town::with(&format!("{RULES}{areas}"));
    let dir = town.dir.path().join("journals");
    let kpis = play(&town, &options(3, None, Some(&dir))).kpis;
    // What lies between the two is of whoever is nearer.
    assert_eq!((kpis.check_notes, kpis.refused), (0, 0));
    assert!(
        kpis.served > kpis.orders / 2 && kpis.regions.is_some_and(|regions| regions.handed_over > 10),
        "{kpis:?}"
    );
    assert!(["west", "east"].iter().all(|region| !bytes(&dir.join(region)).is_empty()));
}

#[test]
fn regions_that_are_none_are_refused_with_field_value_and_rule() {
    let square = "ring = [[40.0, -74.0], [40.1, -74.0], [40.1, -73.9]]";
    let cases = [
        ("number = 0".to_owned(), "regions.number is 0: must lie within 1 and 64"),
        (
            format!("number = 2\nareas = [{{ id = \"a\", {square} }}]"),
            "regions.number is 2: must be left out where areas is given",
        ),
        (
            format!("areas = [{{ id = \"a\", {square} }}, {{ id = \"a\", {square} }}]"),
            "regions.areas[1].id is a: must be the only area of that name",
        ),
        (
            "areas = [{ id = \"a\", ring = [[40.0, -74.0]] }]".into(),
            "regions.areas[0].ring is 1 corners: must have between 3 and 10000 corners",
        ),
        ("delay = \"0 s\"".into(), "regions.delay is 0 s: must lie within 1 ms and 1 min"),
    ];
    for (section, expected) in cases {
        let parsed = Scenario::parse(&format!("{RULES}\n[regions]\n{section}\n"), Path::new("town.toml"));
        let said = parsed.map(|_| ()).map_err(|error: SimError| error.to_string());
        assert_eq!(said, Err(format!("town.toml: {expected}")));
    }
}
