//! A jam in the town: the fleet finds it, and riders wait less for it.

mod common;

use common::{RULES, Town};
use paceline_model::{Millis, Position};
use paceline_sim::{Draw, Jam, Outcome, RunOptions, TrafficOptions, run};

fn town() -> Town {
    // Enough energy, no faults, no hesitation: what differs between two runs is the traffic.
    let rules = RULES
        .replace("battery_kwh = 6.0", "battery_kwh = 60.0")
        .replace("per_vehicle_day = 10.0", "per_vehicle_day = 0.0")
        .replace("accept = 0.8", "accept = 1.0")
        .replace("cancel_share = 0.1", "cancel_share = 0.0")
        .replace("wait_max = \"5 min\"", "wait_max = \"15 min\"")
        .replace("moving = \"1 min\"", "moving = \"5 s\"");
    Town::with(&rules)
}

fn day(town: &Town, seed: u64, senses: bool) -> Outcome {
    let jam = Jam {
        around: Position::new(40.0099, -73.987).expect("in the town"),
        radius_m: 500.0,
        after: Millis::from_secs(300),
        lasts: Millis::from_secs(1_200),
        speed_share: 0.15,
    };
    let traffic = Some(TrafficOptions { jam: Some(jam), senses, every: Millis::from_secs(30) });
    let draw = Draw { seed, ..Draw::default() };
    let options = RunOptions { draw, traffic, ..RunOptions::default() };
    run(&town.scenario, &town.roads, &options, &mut |_| {})
        .unwrap_or_else(|error| panic!("seed {seed}: {error}"))
}

#[test]
fn the_fleet_finds_a_jam_within_three_minutes_and_its_speeds_within_a_fifth() {
    let town = town();
    let (mut driven, mut found, mut error) = (0, 0, 0.0);
    for seed in 1..=6 {
        let report = day(&town, seed, true).traffic.expect("a report");
        assert!(report.jam_edges > 10 && report.metrics > 30, "seed {seed}: {report:?}");
        let known = report.minutes.iter().rfind(|known| known.minute == 3).expect("the third minute");
        println!("seed {seed}: {known:?}");
        driven += known.driven;
        found += known.found_driven;
        error += known.speed_error_driven * known.driven as f64;
    }
    let error = error / driven as f64;
    assert!(driven >= 12 && found * 10 >= driven * 9, "{found} of {driven} edges that were driven are known");
    assert!(error < 0.2, "speeds are off by {error}");
}

#[test]
fn riders_wait_less_where_the_fleet_is_its_own_sensor_and_no_round_mixes_two_metrics() {
    let town = town();
    let mut waits = [0.0, 0.0];
    for seed in 1..=3 {
        for (wait, senses) in waits.iter_mut().zip([false, true]) {
            let outcome = day(&town, seed, senses);
            // The check looks every leg of a plan up again, under the metric of its round.
            assert_eq!(outcome.kpis.check_notes, 0, "seed {seed}: a plan was made of two metrics");
            *wait += outcome.kpis.wait_mean_s;
        }
    }
    println!("without {:.1} s, with {:.1} s", waits[0] / 3.0, waits[1] / 3.0);
    assert!(waits[1] < waits[0], "{waits:?}");
}

#[test]
fn a_run_with_traffic_repeats_exactly() {
    let town = town();
    let (one, two) = (day(&town, 4, true), day(&town, 4, true));
    assert_eq!((one.digest, one.traffic), (two.digest, two.traffic));
}

/// The town with a profile beside its other files.
fn with_profile(lines: &str) -> Town {
    let rules =
        RULES.replace("trips = \"trips.csv\"", "trips = \"trips.csv\"\nspeed_profile = \"speeds.csv\"");
    let town = Town::with(&rules);
    std::fs::write(town.dir.path().join("speeds.csv"), format!("streets,days,hours,factor\n{lines}\n"))
        .expect("a writable folder");
    town
}

#[test]
fn a_profile_makes_every_drive_take_what_is_usual_at_that_hour() {
    let served = |town: &Town| {
        let outcome = run(&town.scenario, &town.roads, &RunOptions::default(), &mut |_| {}).expect("a run");
        assert_eq!(outcome.kpis.check_notes, 0);
        outcome.kpis.served
    };
    // Twenty vehicles are too few for the town even when its streets are empty.
    let (free, slow) = (served(&Town::new()), served(&with_profile("all,all,8-9,0.5")));
    assert!(slow < free * 4 / 5, "{slow} and not {free}");
    // The day of the town is a Sunday from 8:00 to 8:30: what holds on other days changes nothing.
    assert_eq!(free, served(&with_profile("all,mon-sat,0-24,0.5\nall,sun,12-24,0.5")));
}

#[test]
fn a_profile_with_a_bad_line_is_refused_with_file_and_line() {
    let town = with_profile("all,all,8-9,0.5\nedge 7777,mon,7-9,0.5");
    let error = run(&town.scenario, &town.roads, &RunOptions::default(), &mut |_| {}).err().expect("no run");
    let text = error.to_string();
    assert!(
        text.ends_with("speeds.csv, line 3: streets is edge 7777: must be an edge of this network, 0 to 519"),
        "{text}"
    );
}
