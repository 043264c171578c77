//! Which stations are hotspots, in which order, in which words; and how often a station that is well is called jammed.

use expect_test::{Expect, expect};
use paceline_model::{Instant, Millis};
use paceline_plan::Rng;
use paceline_plan::bikes::hotspots::{HotspotRules, Silence, SilenceTest, StationNow, look, rank};
use paceline_plan::bikes::inventory::Station;
use paceline_plan::forecast::stations::{RateSlot, Rates};

const NOW: Instant = Instant(20_000 * 86_400_000);
const MINUTE_MS: u64 = 60_000;

fn three_hours(rentals_per_hour: f64, returns_per_hour: f64) -> Vec<RateSlot> {
    vec![RateSlot { lasts: Millis(900_000), rates: Rates { rentals_per_hour, returns_per_hour } }; 12]
}

fn station(docks: u32, bikes: u32, slots: &[RateSlot]) -> StationNow<'_> {
    StationNow {
        station: Station::new(Some(docks), slots).expect("the station is within its limits"),
        bikes,
        is_renting: true,
        is_returning: true,
        empty_since: None,
        full_since: None,
        silence: Silence::default(),
    }
}

fn check(stations: &[StationNow<'_>], expected: Expect) {
    let hotspots = rank(stations, &HotspotRules::default());
    let lines: Vec<String> =
        hotspots.iter().map(|hotspot| format!("{}: {}", hotspot.station, hotspot.why(NOW))).collect();
    expected.assert_eq(&lines.join("\n"));
}

#[test]
fn stations_are_ranked_by_the_rides_that_a_better_stock_saves() {
    let (leaving, coming, calm) = (three_hours(4.0, 1.0), three_hours(1.0, 5.0), three_hours(0.4, 0.4));
    let minutes_ago = |minutes: u64| Some(Instant(NOW.0 - minutes * MINUTE_MS));
    check(
        &[
            station(20, 10, &calm),
            station(20, 3, &leaving),
            StationNow { empty_since: minutes_ago(25), ..station(20, 0, &leaving) },
            StationNow { full_since: minutes_ago(4), ..station(15, 15, &coming) },
            station(15, 10, &coming),
            StationNow { empty_since: minutes_ago(600), ..station(20, 0, &calm) },
        ],
        expect![[r#"
            3: no free dock for 4 min; 12.2 rides are lost within 180 min, 11.3 fewer with 0 bikes
            2: no bike for 25 min; 9.3 rides are lost within 180 min, 9.3 fewer with 18 bikes
            4: 10 bikes, no free dock in about 72 min with a chance of 98 %; 7.3 rides are lost within 180 min, 6.4 fewer with 0 bikes
            1: 3 bikes, none in about 56 min with a chance of 98 %; 6.4 rides are lost within 180 min, 6.3 fewer with 18 bikes
            5: no bike for 600 min; 0.8 rides are lost within 180 min, 0.8 fewer with 10 bikes"#]],
    );
}

#[test]
fn a_station_that_does_not_lend_is_not_empty_and_can_still_run_full() {
    let slots = three_hours(0.0, 5.0);
    let shut = StationNow { is_renting: false, ..station(10, 6, &slots) };
    check(&[StationNow { bikes: 0, ..shut }], expect![]);
    check(
        &[shut],
        expect![
            "0: 6 bikes, no free dock in about 48 min with a chance of 100 %; 11.0 rides are lost within 180 min, 5.9 fewer with 0 bikes"
        ],
    );
}

#[test]
fn a_station_that_takes_no_bikes_back_is_not_full() {
    let slots = three_hours(0.1, 0.0);
    let shut = StationNow { is_returning: false, ..station(9, 9, &slots) };
    check(&[shut], expect![]);
}

#[test]
fn a_likely_end_that_costs_next_to_nothing_is_no_hotspot() {
    // One bike, and with luck somebody takes it within three hours: another bike would save a fifth of a ride.
    let slots = three_hours(0.3, 0.0);
    let now = station(10, 1, &slots);
    assert!(look(0, &now, &HotspotRules::default()).is_none());
    let keen = HotspotRules { saved_rides_min: 0.05, ..HotspotRules::default() };
    assert!(look(0, &now, &keen).is_some());
}

#[test]
fn a_station_that_has_bikes_and_gives_none_is_to_be_inspected() {
    let slots = three_hours(6.0, 2.0);
    let mut silence = Silence::default();
    silence.rental(Instant(NOW.0 - 600 * MINUTE_MS));
    let busy = Rates { rentals_per_hour: 9.0, returns_per_hour: 0.0 };
    silence.pass(Instant(NOW.0 - 600 * MINUTE_MS), Millis(600 * MINUTE_MS as u32), busy);
    let jammed = StationNow { silence, ..station(20, 8, &slots) };
    check(
        &[jammed],
        expect![
            "0: 8 bikes and no rental for 600 min, where 90.0 were expected (chance 1.0e-10): inspect it; 18.0 rides are lost within 180 min"
        ],
    );
    // One rental, and it is a station like any other.
    silence.rental(NOW);
    check(
        &[StationNow { silence, ..jammed }],
        expect![
            "0: 8 bikes, none in about 101 min with a chance of 86 %; 4.9 rides are lost within 180 min, 4.5 fewer with 18 bikes"
        ],
    );
    // Nobody can rent where there is no bike: then it is empty, and what was silent before says no more.
    check(
        &[StationNow { bikes: 0, ..jammed }],
        expect!["0: no bike; 12.5 rides are lost within 180 min, 12.1 fewer with 18 bikes"],
    );
}

/// Alarms among so many rentals at a station that is well, whose silences are told hour by hour.
fn false_alarms(test: &SilenceTest, rentals: u32, rng: &mut Rng, rate: impl Fn(&mut Rng) -> f64) -> f64 {
    let mut alarms = 0.0;
    for _ in 0..rentals {
        let gap = -(1.0 - rng.unit()).ln() / rate(rng);
        let silence = Silence { expected: gap, since: None };
        alarms += f64::from(u8::from(test.judge(silence).is_some()));
    }
    alarms
}

#[test]
fn one_alarm_in_as_many_rentals_as_stated_is_false() {
    let mut rng = Rng::of(1, "silence");
    let exact = SilenceTest { rentals_per_false_alarm: 999.0, shape: f64::INFINITY };
    let alarms = false_alarms(&exact, 1_000_000, &mut rng, |_| 1.0);
    assert!((alarms - 1_000.0).abs() < 5.0 * 1_000.0_f64.sqrt(), "{alarms} in a million");
    // Rates that are off by a gamma distribution of shape 4: the sum of four exponentials, over four.
    let unsure = SilenceTest { shape: 4.0, ..exact };
    let gamma = |rng: &mut Rng| (0..4).map(|_| -(1.0 - rng.unit()).ln()).sum::<f64>() / 4.0;
    let alarms = false_alarms(&unsure, 1_000_000, &mut rng, gamma);
    assert!((alarms - 1_000.0).abs() < 5.0 * 1_000.0_f64.sqrt(), "{alarms} in a million");
    // Taking such rates for exact ones would cry wolf.
    assert!(false_alarms(&exact, 1_000_000, &mut rng, gamma) > 5_000.0);
}

#[test]
fn the_mean_time_to_a_false_alarm_is_what_is_stated() {
    // Page's test on a Poisson process of rate 1: the first gap of ln(1 + n) comes after n in the mean.
    let test = SilenceTest { rentals_per_false_alarm: 50.0, shape: f64::INFINITY };
    let mut rng = Rng::of(2, "silence");
    let mut sum = 0.0;
    for _ in 0..40_000 {
        loop {
            let gap = -(1.0 - rng.unit()).ln();
            sum += gap.min(test.patience());
            if gap >= test.patience() {
                break;
            }
        }
    }
    assert!((sum / 40_000.0 - 50.0).abs() < 1.5, "{}", sum / 40_000.0);
}

#[test]
fn patience_is_where_the_verdict_turns() {
    for shape in [1.0, 4.0, 50.0, f64::INFINITY] {
        let test = SilenceTest { rentals_per_false_alarm: 100_000.0, shape };
        let after = |expected| test.judge(Silence { expected, since: None }).is_some();
        assert!(!after(test.patience() * 0.999) && after(test.patience() * 1.001), "{shape}");
    }
}

#[test]
fn time_in_which_nobody_could_rent_is_no_silence() {
    let mut silence = Silence::default();
    let rates = Rates { rentals_per_hour: 4.0, returns_per_hour: 1.0 };
    silence.pass(NOW, Millis(1_800_000), rates);
    silence.pass(Instant(NOW.0 + 7_200_000), Millis(900_000), rates);
    assert_eq!(silence, Silence { expected: 3.0, since: Some(NOW) });
}
