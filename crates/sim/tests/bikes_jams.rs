//! Days of a made-up city in which stations begin to give no bikes: how soon that is found, and how often somebody is sent to look at one that
//! is well.

use paceline_plan::Rng;
use paceline_sim::bikes::{BikesKpis, BikesPolicy, BikesRun, BikesScenario, run};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// Six stations of forty docks a kilometre apart, counted every five minutes: from six to ten at night some eight riders an hour take a bike at
/// each and as many bring one, at night one.
fn city(folder: &Path, days: u32, rest: &str) -> PathBuf {
    let mut stations = "station_id,name,address,lat,lon,capacity\n".to_owned();
    for at in 0..6 {
        let (lat, lon) = (59.90 + f64::from(at / 3) * 0.009, 10.70 + f64::from(at % 3) * 0.018);
        _ = writeln!(stations, "s{at},Station {at},,{lat},{lon},40");
    }
    let mut rng = Rng::of(1, "city");
    let mut may = "time,station_id,bikes,ebikes,docks,open\n".to_owned();
    let mut stock = [20_u32; 6];
    for day in 1..=days {
        for step in 0..288 {
            for (at, bikes) in stock.iter_mut().enumerate() {
                let chance = if (72..264).contains(&step) { 0.66 } else { 0.08 };
                let (less, more) = (u32::from(rng.unit() < chance), u32::from(rng.unit() < chance));
                *bikes = (bikes.saturating_sub(less) + more).min(40);
                let (hour, minute) = (step / 12, step % 12 * 5);
                _ = writeln!(
                    may,
                    "2023-05-{day:02}T{hour:02}:{minute:02}:00Z,s{at},{bikes},0,{},1",
                    40 - *bikes
                );
            }
        }
    }
    std::fs::write(folder.join("stations.csv"), stations).expect("it is written");
    std::fs::write(folder.join("2023-05.csv"), may).expect("it is written");
    let file = folder.join("scenario.toml");
    let text = format!(
        "kind = \"bikes\"\nname = \"six stations\"\ndays = \"2023-05-08..2023-05-{:02}\"\ntick = \"5 s\"\n{rest}\n\
         [history]\nfolder = \".\"\nzone = \"UTC\"\nriders = \"2023-05-08..2023-05-{:02}\"\nknown = \"2023-05-01..2023-05-08\"\n\
         [vans]\ncount = 1\ncapacity = 20\ndepot = {{ lat = 59.905, lon = 10.72 }}\n",
        days + 1,
        days + 1
    );
    std::fs::write(&file, text).expect("it is written");
    file
}

fn played(days: u32, rest: &str, seed: u64) -> Result<BikesKpis, String> {
    let folder = tempfile::tempdir().expect("a folder");
    let scenario =
        BikesScenario::load(&city(folder.path(), days, rest)).map_err(|error| error.to_string())?;
    let options = BikesRun { policy: BikesPolicy::Forecast, ..BikesRun::of_seed(seed) };
    run(&scenario, &options, &mut |_| {}).map_err(|error| error.to_string())
}

const JAMS: &str = "jammed = [{ station = \"s1\", from = \"2023-05-09T08:00:00Z\" }, { station = \"s4\", from = \"2023-05-10T21:00:00Z\" }]";

/// By the seldom false alarms that are usual: a station of eight riders an hour is found within half a day, over a night too, and mended.
#[test]
fn jammed_stations_are_found_and_mended_and_a_quiet_night_is_no_alarm() {
    for seed in 1..=2 {
        let kpis = played(11, JAMS, seed).expect("it is played");
        assert_eq!(
            (kpis.jams, kpis.jams_found, kpis.inspections, kpis.false_alarms),
            (2, 2, 2, 0),
            "{kpis:?}"
        );
        assert!(kpis.jam_found_h > 0.5 && kpis.jam_found_h < 12.0, "{} h", kpis.jam_found_h);
        assert!(
            kpis.jam_mended_h > kpis.jam_found_h && kpis.jam_mended_h < kpis.jam_found_h + 2.0,
            "{kpis:?}"
        );
        assert!(kpis.jam_lost_rides > 0 && kpis.jam_lost_rides <= kpis.lost_rides);
    }
}

/// One in three hundred rentals, over ten days and two seeds: no more than that, with room for chance.
#[test]
fn no_more_alarms_are_false_than_is_said() {
    let often = "bikes.silence.rentals_per_false_alarm = 300.0";
    let (mut alarms, mut rides) = (0, 0);
    for seed in 1..=2 {
        let kpis = played(17, often, seed).expect("it is played");
        assert_eq!((kpis.jams, kpis.inspections), (0, kpis.false_alarms), "{kpis:?}");
        (alarms, rides) = (alarms + kpis.false_alarms, rides + kpis.rides);
    }
    let most = rides as f64 / 300.0;
    assert!(rides > 5_000 && alarms as f64 <= most + 3.0 * most.sqrt(), "{alarms} of {rides} rides");
    // The other way round: the test is no better than it says because it never says anything.
    let always = played(11, "bikes.silence.rentals_per_false_alarm = 10.0", 1).expect("it is played");
    assert!(always.false_alarms > 10, "{} of {} rides", always.false_alarms, always.rides);
}

#[test]
fn nobody_is_sent_where_the_operator_does_not_want_it() {
    let kpis = played(11, &format!("{JAMS}\nbikes.silence.inspect = false"), 1).expect("it is played");
    assert_eq!((kpis.jams, kpis.jams_found, kpis.inspections), (2, 0, 0));
    let found = played(11, JAMS, 1).expect("it is played");
    assert!(
        found.jam_lost_rides < kpis.jam_lost_rides,
        "{} and {}",
        found.jam_lost_rides,
        kpis.jam_lost_rides
    );
}

#[test]
fn a_jam_that_cannot_be_played_is_refused_in_words() {
    let said = |jam: &str| played(11, jam, 1).expect_err("it is refused");
    let early = said("jammed = [{ station = \"s1\", from = \"2023-05-01T08:00:00Z\" }]");
    assert!(early.contains("jammed.from is 2023-05-01T08:00:00.000Z: must lie in the days"), "{early}");
    let unknown = said("jammed = [{ station = \"x9\", from = \"2023-05-09T08:00:00Z\" }]");
    assert!(unknown.contains("jammed.station is x9: must be a station of the history"), "{unknown}");
}
