//! Where idle vehicles stand in a small town, and what the forecast learns.

#![allow(clippy::unwrap_used, reason = "a helper that fails is a test that fails")]

mod common;

use common::Town;
use paceline_model::{Charge, Instant, Millis, Position};
use paceline_plan::fleet::reposition::{Idle, Look, RebalanceSpec, Stand, Standing, check, solve};
use paceline_plan::forecast::{Forecast, QUARTER_MS};
use paceline_plan::{Budget, Snapshot};
use paceline_road::Search;

/// Ten minutes of driving for a rider, for a battery, and at most to a stand.
fn spec() -> RebalanceSpec {
    let ten = Millis::from_secs(600);
    RebalanceSpec { drive_max: ten, worth: ten, charge_worth: ten, ..RebalanceSpec::default() }
}

/// The script's vehicles are idle; each of `stands` is a corner, expected riders in thousandths, and how many hold it.
fn town(script: &str, spec: RebalanceSpec, stands: &[(&str, u32, u32)]) -> Town {
    let mut town = Town::new(script);
    let stand = |&(corner, expected_milli, held): &(&str, u32, u32)| {
        let (position, place) = common::spot(corner);
        Stand { position, place, expected_milli, held }
    };
    let idle =
        town.snapshot.vehicles.drain(..).map(|supply| Idle { supply, stand: None, plugged: false }).collect();
    town.snapshot.standing = Some(Standing {
        spec,
        idle,
        stands: stands.iter().map(stand).collect(),
        top_up_below: Charge::from_percent(60.0).unwrap(),
        charge_until: Charge::from_percent(80.0).unwrap(),
        charge_worth_percent: 100,
    });
    town
}

/// Who goes where, by vehicle; the answer is checked against the rules.
fn stood(town: &Town, budget: &mut Budget) -> Vec<String> {
    let (roads, snapshot): (_, &Snapshot) = (&common::ROADS, &town.snapshot);
    let mut search = Search::new(roads);
    let standing = snapshot.standing.as_ref().unwrap();
    let look = Look { snapshot, standing, plugs: &snapshot.plugs };
    let stood = solve(roads, &mut search, &look, budget);
    assert_eq!(check(roads, &mut search, snapshot, standing, &stood.stands, &stood.charges), []);
    let place = |position| standing.stands.iter().position(|stand| stand.position == position).unwrap();
    let stands = stood
        .stands
        .iter()
        .map(|sent| format!("v{} to {}", sent.vehicle.slot(), place(sent.decision.position)));
    let charges = stood
        .charges
        .iter()
        .map(|sent| format!("v{} to c{}", sent.vehicle.slot(), sent.decision.charger.slot()));
    let mut lines: Vec<String> = stands.chain(charges).collect();
    lines.sort();
    lines
}

const TWO: &str = "vehicle v1 at A1 charge 50\nvehicle v2 at C1 charge 50";

fn check_stood(script: &str, spec: RebalanceSpec, stands: &[(&str, u32, u32)], expected: &[&str]) {
    assert_eq!(stood(&town(script, spec, stands), &mut Budget::unlimited()), expected);
}

#[test]
fn all_drives_together_are_shortest() {
    check_stood(TWO, spec(), &[("B1", 8_000, 0), ("H1", 1_000, 0)], &["v1 to 0", "v2 to 0"]);
    check_stood(TWO, spec(), &[("B1", 700, 0), ("H1", 700, 0)], &["v1 to 0", "v2 to 1"]);
}

#[test]
fn nobody_goes_where_enough_will_be_anyhow() {
    check_stood(TWO, spec(), &[("B1", 500, 4)], &[]);
}

#[test]
fn nobody_goes_further_than_it_is_worth() {
    let little = RebalanceSpec { worth: Millis::from_secs(60), ..spec() };
    check_stood(TWO, little, &[("H1", 5_000, 0)], &[]);
}

#[test]
fn a_vehicle_that_lacks_charge_charges_where_nobody_is_expected_and_stands_where_many_are() {
    let script = "vehicle v1 at A1 charge 20\nsite s1 at A1 free 1";
    check_stood(script, spec(), &[("C1", 10, 0)], &["v1 to c1"]);
    check_stood(script, spec(), &[("C1", 9_000, 0)], &["v1 to 0"]);
}

/// The script's one vehicle is at a plug.
fn check_plugged(charge: u32, stands: &[(&str, u32, u32)], expected: &[&str]) {
    let mut town = town(&format!("vehicle v1 at A1 charge {charge}"), spec(), stands);
    town.snapshot.standing.as_mut().unwrap().idle[0].plugged = true;
    assert_eq!(stood(&town, &mut Budget::unlimited()), expected);
}

#[test]
fn a_vehicle_leaves_its_plug_when_the_street_is_worth_more_than_the_charge_it_lacks() {
    check_plugged(60, &[("C1", 10, 0)], &[]);
    check_plugged(60, &[("C1", 9_000, 0)], &["v1 to 0"]);
    check_plugged(60, &[("A1", 9_000, 0)], &["v1 to 0"]);
    check_plugged(60, &[("C1", 1_000, 6)], &[]);
    let charge_first = RebalanceSpec { charge_worth: Millis::from_secs(3_600), ..spec() };
    for (charge, expected) in [(30, &[][..]), (75, &["v1 to 0"][..])] {
        let mut town = town(&format!("vehicle v1 at A1 charge {charge}"), charge_first, &[("C1", 9_000, 0)]);
        town.snapshot.standing.as_mut().unwrap().idle[0].plugged = true;
        assert_eq!(stood(&town, &mut Budget::unlimited()), expected, "at {charge} %");
    }
}

#[test]
fn charging_is_worth_more_before_busier_hours() {
    let script = "vehicle v1 at A1 charge 50\nsite s1 at A1 free 1";
    for (percent, expected) in [(50, &["v1 to 0"][..]), (200, &["v1 to c1"][..])] {
        let mut town = town(script, spec(), &[("C1", 600, 0)]);
        town.snapshot.standing.as_mut().unwrap().charge_worth_percent = percent;
        assert_eq!(stood(&town, &mut Budget::unlimited()), expected, "at {percent} %");
    }
}

#[test]
fn plugs_are_given_to_those_who_lack_most() {
    let script = "vehicle v1 at A1 charge 50\nvehicle v2 at A1 charge 10\nsite s1 at A1 free 1";
    let keen = RebalanceSpec { charge_worth: Millis::from_secs(3_600), ..spec() };
    check_stood(script, keen, &[], &["v2 to c1"]);
}

#[test]
fn whenever_it_is_stopped_the_answer_keeps_the_rules() {
    let town = town(TWO, spec(), &[("B1", 8_000, 0), ("H1", 3_000, 0)]);
    (0..200).for_each(|steps| _ = stood(&town, &mut Budget::steps(steps)));
}

fn at(quarter: u64) -> Instant {
    Instant(1_419_120_000_000 / QUARTER_MS * QUARTER_MS + quarter * QUARTER_MS)
}

/// `count` orders at each of two places in every quarter of `quarters`, by the place's own count.
fn learn(forecast: &mut Forecast, quarters: std::ops::Range<u64>, count: impl Fn(u64) -> [u32; 2]) {
    for quarter in quarters {
        for (place, orders) in (0..).zip(count(quarter)) {
            let position = Position::new(40.7 + 0.05 * f64::from(place), -74.0).unwrap();
            (0..orders).for_each(|_| forecast.see(at(quarter), at(quarter), position));
        }
    }
}

/// As a quarter begins.
fn expected(forecast: &Forecast) -> Vec<i64> {
    expected_at(forecast, at(0))
}

fn expected_at(forecast: &Forecast, moment: Instant) -> Vec<i64> {
    let mut rows = forecast.expected(moment);
    rows.sort_by(|a, b| a.centre.lat().total_cmp(&b.centre.lat()));
    rows.iter().map(|row| row.orders.round() as i64).collect()
}

#[test]
fn steady_demand_is_expected_to_go_on_cell_by_cell() {
    let mut forecast = Forecast::new(8);
    learn(&mut forecast, 0..20, |_| [9, 3]);
    forecast.advance(at(20));
    assert_eq!(expected(&forecast), [9, 3]);
    // The first quarter came without warning, the next ones while the level was still rising.
    assert!(forecast.errors().wape() < 0.15, "{:?}", forecast.errors());
}

#[test]
fn what_a_quarter_has_brought_so_far_corrects_its_forecast() {
    let a_third_of_a_quarter_on = |orders: [u32; 2]| {
        let mut forecast = Forecast::new(8);
        learn(&mut forecast, 0..20, |_| [9, 3]);
        forecast.advance(at(20));
        learn(&mut forecast, 20..21, |_| orders);
        expected_at(&forecast, at(20) + Millis(QUARTER_MS as u32 / 3))
    };
    assert_eq!(a_third_of_a_quarter_on([3, 1]), [9, 3]);
    assert_eq!(a_third_of_a_quarter_on([30, 1]), [36, 3]);
    assert_eq!(a_third_of_a_quarter_on([0, 0]), [6, 3]);
}

#[test]
fn rides_booked_ahead_do_not_make_a_quarter_look_busy_as_it_begins() {
    let mut forecast = Forecast::new(8);
    learn(&mut forecast, 0..10, |_| [9, 3]);
    let booked = Position::new(40.7, -74.0).unwrap();
    (0..30).for_each(|_| forecast.see(at(9), at(10), booked));
    forecast.advance(at(10));
    assert_eq!(expected(&forecast), [9, 3]);
}

#[test]
fn a_week_later_the_same_quarter_is_expected_again_as_far_as_today_is_like_it() {
    let busy = |quarter: u64| if quarter % 96 < 48 { [2, 2] } else { [20, 2] };
    let mut forecast = Forecast::new(8);
    learn(&mut forecast, 0..672, busy);
    forecast.advance(at(672));
    let first_week = forecast.errors();
    learn(&mut forecast, 672..720, busy);
    forecast.advance(at(720));
    assert_eq!(expected(&forecast), [20, 2]);
    let errors = forecast.errors();
    assert!(errors.forecast - first_week.forecast < 1e-6, "the second week has no surprise: {errors:?}");
    assert_eq!(errors.wape_last_week().map(|wape| (wape * 100.0) as i64), Some(0));
}

#[test]
fn the_outlook_is_the_busiest_hour_to_come_against_this_one_where_the_week_is_known() {
    let busy = |quarter: u64| if quarter % 96 < 48 { [2, 2] } else { [14, 2] };
    let mut forecast = Forecast::new(8);
    learn(&mut forecast, 0..600, busy);
    assert_eq!(forecast.outlook(32), None, "the days to come have not been seen");
    learn(&mut forecast, 600..692, busy);
    let percent = |forecast: &Forecast| forecast.outlook(32).map(|share| (share * 100.0).round() as i64);
    forecast.advance(at(672 + 24));
    assert_eq!(percent(&forecast), Some(400));
    forecast.advance(at(672 + 84));
    assert_eq!(percent(&forecast), Some(100));
    forecast.advance(at(672 + 92));
    assert_eq!(percent(&forecast), Some(25));
}

#[test]
fn a_ride_booked_ahead_counts_in_its_quarter_and_not_before() {
    let booked = Position::new(40.7, -74.0).unwrap();
    let [mut plain, mut with_booking] = [Forecast::new(8), Forecast::new(8)];
    for forecast in [&mut plain, &mut with_booking] {
        learn(forecast, 0..10, |_| [9, 3]);
    }
    with_booking.see(at(9), at(14), booked);
    for forecast in [&mut plain, &mut with_booking] {
        learn(forecast, 10..14, |_| [9, 3]);
        forecast.advance(at(14));
        assert_eq!(expected(forecast), [9, 3]);
    }
    plain.see(at(14), at(14), booked);
    for forecast in [&mut plain, &mut with_booking] {
        forecast.advance(at(15));
    }
    assert_eq!(plain, with_booking);
}

#[test]
fn what_was_saved_goes_on_as_if_nothing_had_happened() {
    let busy = |quarter: u64| [(quarter % 7) as u32, (quarter % 3) as u32];
    let mut forecast = Forecast::new(8);
    learn(&mut forecast, 0..700, busy);
    let saved = serde_json::to_string(&forecast).unwrap();
    let mut restored: Forecast = serde_json::from_str(&saved).unwrap();
    for forecast in [&mut forecast, &mut restored] {
        learn(forecast, 700..720, busy);
    }
    assert_eq!(forecast, restored);
}

#[test]
fn silence_is_learnt_too() {
    let mut forecast = Forecast::new(8);
    learn(&mut forecast, 0..20, |_| [9, 3]);
    forecast.advance(at(30));
    assert_eq!(expected(&forecast), [0, 0]);
}
