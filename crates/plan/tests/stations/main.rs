//! Rates of stations that are learnt from riders who were drawn from known ones.

mod town;

use paceline_model::{Instant, Millis, UtcOffset};
use paceline_plan::Rng;
use paceline_plan::forecast::stations::{
    Count, Parked, Score, SeasonalMean, Seen, Side, StationForecast, Unseen,
};
use town::{BEGIN, DAY_MS, Town, poisson};

const SPAN_MS: u64 = 20 * 60_000;

fn utc() -> UtcOffset {
    UtcOffset::default()
}

#[test]
fn a_station_that_runs_empty_is_known_by_the_time_in_which_it_had_bikes() {
    // Three riders an hour, and one to three bikes for the twenty minutes: of half of the spans more may have come than were seen.
    let mut forecast = StationForecast::new(utc());
    let station = forecast.add_station(None);
    let mut rng = Rng::of(1, "censored");
    let (mut riders, mut hours) = (0.0, 0.0);
    for span in 0..28 * 72 {
        let from = Instant(BEGIN.0 + span * SPAN_MS);
        let room = 1 + rng.below(3) as u32;
        let rentals = Count { riders: poisson(&mut rng, 1.0).min(room), room };
        let seen = Seen { station, from, to: Instant(from.0 + SPAN_MS), rentals, returns: Count::default() };
        forecast.learn(&seen);
        riders += f64::from(rentals.riders);
        hours += 1.0 / 3.0;
    }
    let now = Instant(BEGIN.0 + 28 * DAY_MS);
    let slots = forecast.rates(station, now, Millis(86_400_000));
    let mean = slots.iter().map(|slot| slot.rates.rentals_per_hour).sum::<f64>() / slots.len() as f64;
    assert!(riders / hours < 2.6, "what was seen is too little: {}", riders / hours);
    assert!((mean - 3.0).abs() < 0.25, "{mean}");
}

#[test]
fn an_empty_station_says_nothing_of_rentals() {
    let learn = |with_empty: bool| {
        let mut forecast = StationForecast::new(utc());
        let station = forecast.add_station(None);
        for span in 0..500 {
            let from = Instant(BEGIN.0 + span * SPAN_MS);
            let room = if span % 2 == 0 { 9 } else { 0 };
            let rentals = Count { riders: u32::from(room > 0), room };
            let seen =
                Seen { station, from, to: Instant(from.0 + SPAN_MS), rentals, returns: Count::default() };
            if room > 0 || with_empty {
                forecast.learn(&seen);
            }
        }
        forecast.rates(station, Instant(BEGIN.0 + 500 * SPAN_MS), Millis(3_600_000))
    };
    assert_eq!(learn(true), learn(false));
}

#[test]
fn the_rates_of_a_town_are_found_more_closely_than_by_means_of_the_hour() {
    let town = Town::new(40);
    let mut forecast = town.forecast();
    let mut seasonal = SeasonalMean::new(utc());
    (0..40).for_each(|_| seasonal.add_station());
    town.play(0..42, 1, |seen| {
        forecast.learn(seen);
        seasonal.learn(seen);
    });
    let (mut off, mut means_off, mut all) = (0.0, 0.0, 0.0);
    for (station, hour) in (0..40).flat_map(|station| (0..24).map(move |hour| (station, hour))) {
        let from = Instant(BEGIN.0 + 42 * DAY_MS + hour * 3_600_000);
        let slots = forecast.rates(station, from, Millis(3_600_000));
        let learnt = slots.iter().map(|slot| slot.rates.rentals_per_hour).sum::<f64>() / 4.0;
        let exact = town.per_hour(station, hour as usize);
        let mean = seasonal.predict(station, Side::Rental, from, Instant(from.0 + 3_600_000)).mean;
        off += (learnt - exact).abs();
        means_off += (mean - exact).abs();
        all += exact;
    }
    assert!(
        off / all < 0.2 && off < 0.7 * means_off,
        "off by {:.3}, means by {:.3}",
        off / all,
        means_off / all
    );
}

#[test]
fn a_new_station_has_the_day_of_those_around_it() {
    let town = Town::new(40);
    let mut forecast = town.forecast();
    town.play(0..28, 2, |seen| forecast.learn(seen));
    // Stations of the west lose bikes in the morning, those of the east in the evening.
    let share_of_morning = |forecast: &StationForecast, station| {
        let slots = forecast.rates(station, Instant(BEGIN.0 + 28 * DAY_MS), Millis(DAY_MS as u32));
        let at = |hour: usize| slots[hour * 4].rates.rentals_per_hour;
        at(8) / (at(8) + at(17))
    };
    let late = forecast.add_station(town.place(0));
    let region = share_of_morning(&forecast, late);
    assert!((0.4..0.6).contains(&region), "what was seen before it came is the region's alone: {region}");
    let mut forecast = town.forecast();
    let (west, east) = (forecast.add_station(town.place(0)), forecast.add_station(town.place(39)));
    town.play(0..28, 2, |seen| forecast.learn(seen));
    let (west, east) = (share_of_morning(&forecast, west), share_of_morning(&forecast, east));
    assert!(west > 0.7 && east < 0.3, "nothing was ever seen of them: {west} {east}");
}

#[test]
fn it_scores_better_than_the_seasonal_mean_and_is_as_sure_as_it_says() {
    let town = Town::new(40);
    let mut forecast = town.forecast();
    let mut seasonal = SeasonalMean::new(utc());
    (0..40).for_each(|_| seasonal.add_station());
    let (mut ours, mut yardstick) = (Score::default(), Score::default());
    let judged_from = Instant(BEGIN.0 + 28 * DAY_MS);
    town.play(0..42, 3, |seen| {
        if seen.from >= judged_from {
            for side in Side::BOTH {
                ours.judge(forecast.predict(seen.station, side, seen.from, seen.to), seen.of(side));
                yardstick.judge(seasonal.predict(seen.station, side, seen.from, seen.to), seen.of(side));
            }
        }
        forecast.learn(seen);
        seasonal.learn(seen);
    });
    assert!(ours.mean_log() > yardstick.mean_log() + 0.01, "{} {}", ours.mean_log(), yardstick.mean_log());
    for (covered, central) in ours.coverage().into_iter().zip(Score::CENTRAL) {
        assert!((covered - central).abs() < 0.03, "{covered} of {central}");
    }
}

#[test]
fn what_was_learnt_is_saved_and_goes_on() {
    let town = Town::new(6);
    let mut forecast = town.forecast();
    town.play(0..3, 4, |seen| forecast.learn(seen));
    let bytes = postcard::to_stdvec(&forecast).expect("it is written");
    let mut again: StationForecast = postcard::from_bytes(&bytes).expect("it is read");
    assert_eq!(again, forecast);
    town.play(3..5, 4, |seen| forecast.learn(seen));
    town.play(3..5, 4, |seen| again.learn(seen));
    assert_eq!(again, forecast);
}

#[test]
fn what_cannot_be_learnt_from_changes_nothing() {
    let town = Town::new(2);
    let mut forecast = town.forecast();
    let before = forecast.clone();
    let count = Count { riders: 1, room: 5 };
    let seen = Seen { station: 0, from: BEGIN, to: BEGIN, rentals: count, returns: count };
    forecast.learn(&seen);
    forecast.learn(&Seen { to: Instant(BEGIN.0 + DAY_MS), ..seen });
    forecast.learn(&Seen { station: 2, to: Instant(BEGIN.0 + SPAN_MS), ..seen });
    assert_eq!(forecast, before);
}

#[test]
fn two_readings_show_the_net_flow_and_no_vans() {
    let parked = |bikes, docks| Parked { bikes, docks };
    let between = |before, after| Seen::between(0, (BEGIN, before), (Instant(BEGIN.0 + SPAN_MS), after));
    let left = between(parked(3, 7), parked(1, 9)).expect("riders");
    assert_eq!((left.rentals, left.returns), (Count { riders: 2, room: 3 }, Count { riders: 0, room: 7 }));
    let emptied = between(parked(2, 8), parked(0, 10)).expect("riders");
    assert!(emptied.rentals.is_cut() && !emptied.returns.is_cut());
    assert_eq!(between(parked(0, 10), parked(8, 2)), Err(Unseen::Van));
    let far = Seen::between(0, (BEGIN, parked(1, 1)), (Instant(BEGIN.0 + 3_600_001), parked(1, 1)));
    assert_eq!(far, Err(Unseen::FarApart));
    assert_eq!(Seen::between(0, (BEGIN, parked(1, 1)), (BEGIN, parked(0, 2))), Err(Unseen::NotLater));
}
