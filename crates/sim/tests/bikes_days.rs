//! Two days of a made-up city of shared bikes: every rider is accounted for, runs repeat, and vans are worth their way.

use paceline_model::Millis;
use paceline_model::bikes::{Command, StationId, Task, VanId, WorkOrderId};
use paceline_plan::Rng;
use paceline_sim::bikes::{
    BikesAct, BikesCity, BikesKpis, BikesOutcome, BikesPolicy, BikesRun, BikesScenario, Heard, History, play,
    report::render, run,
};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// Nine stations with twelve docks, two kilometres apart. In the morning riders leave the first five for the other four; nobody rides back.
fn city(folder: &Path) -> PathBuf {
    let mut stations = "station_id,name,address,lat,lon,capacity\n".to_owned();
    for at in 0..9 {
        let (lat, lon) = (59.90 + f64::from(at / 3) * 0.018, 10.70 + f64::from(at % 3) * 0.036);
        _ = writeln!(stations, "s{at},Station {at},,{lat},{lon},12");
    }
    let mut rng = Rng::of(1, "city");
    let mut may = "time,station_id,bikes,ebikes,docks,open\n".to_owned();
    for day in 8..=10 {
        let mut stock = [7_u32, 7, 7, 7, 7, 3, 3, 3, 3];
        for half_hour in 0..48 {
            for (at, bikes) in stock.iter_mut().enumerate() {
                let moves = (12..30).contains(&half_hour) && rng.unit() < 0.5;
                let (less, more) = (u32::from(moves && at < 5), u32::from(moves && at >= 5));
                *bikes = (bikes.saturating_sub(less) + more).min(12);
                let (hour, minute) = (half_hour / 2, half_hour % 2 * 30);
                let at = format!("2023-05-{day:02}T{hour:02}:{minute:02}:00Z,s{at}");
                _ = writeln!(may, "{at},{bikes},0,{},1", 12 - *bikes);
            }
        }
    }
    std::fs::write(folder.join("stations.csv"), stations).expect("it is written");
    std::fs::write(folder.join("2023-05.csv"), may).expect("it is written");
    let file = folder.join("scenario.toml");
    std::fs::write(&file, SCENARIO).expect("it is written");
    file
}

const SCENARIO: &str = r#"kind = "bikes"
name = "nine stations"
days = "2023-05-09..2023-05-11"
tick = "5 s"
[history]
folder = "."
zone = "UTC"
riders = "2023-05-09..2023-05-11"
known = "2023-05-08..2023-05-09"
[vans]
count = 1
capacity = 10
depot = { lat = 59.91, lon = 10.72 }
"#;

fn played(policy: BikesPolicy, vans: u32, seed: u64) -> BikesKpis {
    let folder = tempfile::tempdir().expect("a folder");
    let scenario = BikesScenario::load(&city(folder.path())).expect("it is read");
    let options = BikesRun { policy, vans: Some(vans), seed, journal: None };
    let kpis = run(&scenario, &options, &mut |_| {}).expect("it is played");
    BikesKpis { sim_seconds: 0.0, decision_p99_ms: 0.0, ..kpis }
}

#[test]
fn every_rider_rides_or_is_lost_and_the_same_seed_plays_the_same_days() {
    for policy in [BikesPolicy::NoVans, BikesPolicy::Usual, BikesPolicy::Forecast, BikesPolicy::Classical] {
        let kpis = played(policy, 2, 1);
        assert!(kpis.riders > 100, "{kpis:?}");
        assert_eq!(kpis.riders, kpis.rides + kpis.lost_rides, "{policy}: nobody is still on a walk at night");
        assert!(kpis.empty + kpis.full <= 1.0 && kpis.done <= kpis.orders);
        assert_eq!(kpis, played(policy, 2, 1), "{policy}");
        assert_ne!(kpis.riders, played(policy, 2, 2).riders, "{policy}: another seed, other riders");
    }
}

/// It plans by the hour and by exact numbers; what riders do in between it does not see.
#[test]
fn the_classical_way_moves_bikes_to_some_use_and_loses_more_rides_than_ours() {
    let [without, classical, ours] = [BikesPolicy::NoVans, BikesPolicy::Classical, BikesPolicy::Forecast]
        .map(|policy| played(policy, 2, 1).lost_rides);
    assert!(ours < classical && classical < without, "{ours}, {classical} and {without}");
}

#[test]
fn vans_bring_back_what_riders_take_away() {
    let (without, with) = (played(BikesPolicy::NoVans, 2, 1), played(BikesPolicy::Usual, 2, 1));
    assert_eq!((without.vans, without.done, without.moved), (0, 0, 0));
    assert!(with.done > 0 && with.moved > 0 && with.van_km > 0.0);
    assert!(with.lost_rides * 4 < without.lost_rides * 3, "{} and {}", with.lost_rides, without.lost_rides);
    assert!(with.empty + with.full < without.empty + without.full);
}

#[test]
fn the_report_draws_every_station_every_rider_and_every_van() {
    let folder = tempfile::tempdir().expect("a folder");
    let scenario = BikesScenario::load(&city(folder.path())).expect("it is read");
    let played = |policy| {
        play(&scenario, &BikesRun { policy, ..BikesRun::of_seed(1) }, &mut |_| {}).expect("it is played")
    };
    let outcomes = [played(BikesPolicy::NoVans), played(BikesPolicy::Usual)];
    for BikesOutcome { kpis, sketch } in &outcomes {
        assert_eq!(u64::from(sketch.riders.iter().sum::<u32>()), kpis.riders);
        assert_eq!(u64::from(sketch.lost.iter().sum::<u32>()), kpis.lost_rides);
        assert_eq!(
            (sketch.looks.len(), sketch.stations.len(), sketch.tours.len()),
            (192, 9, kpis.vans as usize)
        );
        let of = |share: fn(&paceline_sim::bikes::SketchedStation) -> f64| {
            sketch.stations.iter().map(share).sum::<f64>() / 9.0
        };
        let close = |one: f64, other: f64| (one - other).abs() < 1e-9;
        assert!(
            close(of(|station| station.empty), kpis.empty) && close(of(|station| station.full), kpis.full)
        );
    }
    let html = render(&scenario, &outcomes).expect("it is written");
    assert_eq!(html, render(&scenario, &outcomes).expect("it is written"));
    for said in [
        "nine stations",
        "Empty and full time",
        "Lost rides over the day",
        "Empty and full stations",
        "usual, one van",
    ] {
        assert!(html.contains(said), "{said}");
    }
    assert_eq!(html.matches("Ways of vans</h2>").count(), 1, "no vans, no ways");
    assert!(!html.contains("NaN") && !html.contains("inf "), "every place is a number");
    assert!(!html.contains("http"), "it needs nothing else");
}

fn name<T>(id: Result<T, paceline_model::Invalid>) -> T {
    id.expect("a good name")
}

#[test]
fn a_city_may_begin_in_the_middle_of_a_day_with_what_stood_there_then() {
    let folder = tempfile::tempdir().expect("a folder");
    let scenario = BikesScenario::load(&city(folder.path())).expect("it is read");
    let at = |hour: i8| {
        let from = scenario.first_day_at(paceline_sim::TimeOfDay::constant(hour, 0, 0, 0));
        let mut history = History::open(&scenario.history.folder).expect("it is read");
        BikesCity::new(&scenario, &BikesRun::of_seed(1), &mut history, from).expect("it is made").count()
    };
    let (night, evening) = (at(0), at(20));
    assert_eq!((night.stations, night.bikes, night.empty, night.full), (9, 47, 0, 0));
    assert!(evening.empty > 0, "it is not as at night: {evening:?}");
}

#[test]
fn a_van_is_seen_on_its_way_and_turns_round_where_it_is() {
    let folder = tempfile::tempdir().expect("a folder");
    let scenario = BikesScenario::load(&city(folder.path())).expect("it is read");
    let start = scenario.first_day_at(paceline_sim::TimeOfDay::constant(0, 0, 0, 0));
    let mut history = History::open(&scenario.history.folder).expect("it is read");
    let mut city = BikesCity::new(&scenario, &BikesRun::of_seed(1), &mut history, start).expect("it is made");
    let (order, van) = (name(WorkOrderId::new("wo-1")), name(VanId::new("van-1")));
    city.hear(start, &Heard::Proposed(order.clone(), name(StationId::new("s8")), Task::Collect));
    let answer = city.hear(start, &Heard::Issued(order.clone(), van.clone(), 3));
    assert!(matches!(&answer[..], [BikesAct::Command(Command::Report(_))]), "it accepts: {answer:?}");
    let mut lons = Vec::new();
    for minute in 0..4_u32 {
        let now = start + Millis::from_secs(60 * minute);
        if minute == 3 {
            city.hear(now, &Heard::Withdrawn(order.clone(), Some(van.clone())));
        }
        while let Some(acts) = city.step(now) {
            for act in acts {
                if let BikesAct::Positions(vans) = act {
                    lons.push(vans[0].1.lon());
                }
            }
        }
    }
    let [first, second, third, last] = lons[..] else { panic!("once a minute: {lons:?}") };
    assert!(10.72 == first && first < second && second < third && third < last && last < 10.77, "{lons:?}");
    let after = start + Millis::from_secs(600);
    let mut newest = last;
    while let Some(acts) = city.step(after) {
        let vans = acts.into_iter().find_map(|act| match act {
            BikesAct::Positions(vans) => Some(vans[0].1.lon()),
            BikesAct::Command(_) => None,
        });
        newest = vans.unwrap_or(newest);
    }
    assert!((newest - last).abs() < 1e-9, "it stays where it was called back: {last}, {newest}");
}

#[test]
fn what_a_scenario_may_not_say_is_refused_in_words() {
    let said = |what: &str, instead: &str| {
        let folder = tempfile::tempdir().expect("a folder");
        let file = city(folder.path());
        std::fs::write(&file, SCENARIO.replace(what, instead)).expect("it is written");
        let loaded = BikesScenario::load(&file);
        let options = BikesRun { policy: BikesPolicy::Forecast, vans: None, seed: 1, journal: None };
        let played = loaded.and_then(|scenario| run(&scenario, &options, &mut |_| {}));
        played.expect_err("it is refused").to_string()
    };
    let known = r#"known = "2023-05-08..2023-05-09""#;
    let overlapping = said(known, r#"known = "2023-05-08..2023-05-10""#);
    assert!(overlapping.contains("history.known is 2023-05-08..2023-05-10"), "{overlapping}");
    let unknown = said(known, "");
    assert!(unknown.contains("history.known") && unknown.contains("must name other days"), "{unknown}");
    let none = said("capacity = 10", "capacity = 0");
    assert!(none.contains("vans.capacity is 0"), "{none}");
    let field = said("tick =", "tock =");
    assert!(field.contains("tock"), "{field}");
    let zone = said(r#""UTC""#, r#""Europe/Atlantis""#);
    assert!(zone.contains("Europe/Atlantis"), "{zone}");
    let empty = said(r#"days = "2023-05-09..2023-05-11""#, r#"days = "2023-06-09..2023-06-11""#);
    assert!(empty.contains("must have stations in the history"), "{empty}");
}
