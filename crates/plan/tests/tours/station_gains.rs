//! What a van saves at a station, from the rates of its riders: beside the chain it is made of, and beside riders who come one by one.

use paceline_model::Millis;
use paceline_plan::bikes::inventory::{LostRides, OutagePrice, Station, outlook};
use paceline_plan::bikes::tours::{Gains, StationOutlook};
use paceline_plan::forecast::stations::{RateSlot, Rates};

const QUARTER: Millis = Millis::from_secs(900);

fn slots(rates: &[(f64, f64)]) -> Vec<RateSlot> {
    let slot = |&(rentals_per_hour, returns_per_hour): &(f64, f64)| RateSlot {
        lasts: QUARTER,
        rates: Rates { rentals_per_hour, returns_per_hour },
    };
    rates.iter().map(slot).collect()
}

fn gains(capacity: u32, stock: u32, slots: &[RateSlot]) -> Gains {
    let outlook = StationOutlook { capacity: Some(capacity), stock, slots, price: OutagePrice::default() };
    Gains::of_station(outlook, (20, 20)).expect("the station is within its limits")
}

#[test]
fn a_van_that_is_there_now_saves_what_the_chain_says() {
    let slots = slots(&[(12.0, 2.0), (16.0, 1.0), (4.0, 9.0)]);
    let lost = LostRides::of(Station::new(Some(10), &slots).unwrap());
    let gains = gains(10, 3, &slots);
    for change in -3..=7 {
        let saved = lost.rides(3) - lost.rides(3_u32.saturating_add_signed(change));
        let found = gains.of_change(Millis::ZERO, change).unwrap();
        assert!((found - saved).abs() < 1e-9, "{change}: {found} and {saved}");
    }
    assert_eq!((gains.take_max(), gains.bring_max()), (3, 7), "no more than there are bikes and docks");
}

#[test]
fn gains_are_concave_in_the_bikes_and_nothing_is_saved_behind_the_horizon() {
    let slots = slots(&[(12.0, 2.0), (16.0, 1.0), (4.0, 9.0)]);
    let gains = gains(10, 3, &slots);
    for three in gains.at(Millis::ZERO).windows(3) {
        assert!(three[2] - three[1] <= three[1] - three[0] + 1e-9, "{three:?}");
    }
    let best = |quarter| gains.at(Millis(quarter * QUARTER.0)).iter().copied().fold(0.0, f64::max);
    assert!(best(0) > best(1) && best(1) > best(2) && best(2) > 0.0, "who comes later saves less");
}

#[test]
fn the_stock_that_a_van_finds_is_that_of_riders_who_come_one_by_one() {
    let slots = slots(&[(12.0, 2.0), (16.0, 1.0), (4.0, 9.0)]);
    let further: Vec<RateSlot> = slots.iter().copied().chain(slots.first().copied()).collect();
    let moments = outlook(Station::new(Some(10), &further).unwrap(), 6, OutagePrice::default());
    let chances = &moments[slots.len()].chances;
    assert!((chances.iter().sum::<f64>() - 1.0).abs() < 1e-9);
    let mut seen = [0_u32; 11];
    let mut rng = paceline_plan::Rng::new(7);
    const DAYS: u32 = 100_000;
    for _ in 0..DAYS {
        let mut stock = 6_usize;
        for slot in &slots {
            let Rates { rentals_per_hour, returns_per_hour } = slot.rates;
            let per_hour = rentals_per_hour + returns_per_hour;
            let mut hours = 0.0;
            loop {
                hours -= (1.0 - rng.unit()).ln() / per_hour;
                if hours > slot.hours() {
                    break;
                }
                let rents = rng.unit() * per_hour < rentals_per_hour;
                stock = if rents { stock.saturating_sub(1) } else { (stock + 1).min(10) };
            }
        }
        seen[stock] += 1;
    }
    for (stock, (&seen, &chance)) in seen.iter().zip(chances).enumerate() {
        let error = 5.0 * (chance * (1.0 - chance) / f64::from(DAYS)).sqrt() + 1e-5;
        let share = f64::from(seen) / f64::from(DAYS);
        assert!((share - chance).abs() < error, "{stock} bikes: {share} seen, {chance} reckoned");
    }
}

#[test]
fn hours_without_a_bike_or_a_dock_cost_what_they_are_said_to() {
    let still = slots(&[(0.0, 0.0); 4]);
    let price = OutagePrice { empty: 0.5, full: 0.25 };
    let gains = |stock| {
        let outlook = StationOutlook { capacity: Some(10), stock, slots: &still, price };
        Gains::of_station(outlook, (20, 20)).expect("the station is within its limits")
    };
    let half_an_hour = Millis(2 * QUARTER.0);
    assert_eq!(gains(0).of_change(Millis::ZERO, 1), Some(0.5), "an hour with a bike");
    assert_eq!(gains(0).of_change(half_an_hour, 1), Some(0.25), "half an hour of it is left");
    assert_eq!(gains(10).of_change(Millis::ZERO, -1), Some(0.25));
    assert_eq!(gains(5).of_change(Millis::ZERO, -5), Some(-0.5));
    let later = gains(0).began(Millis(QUARTER.0 / 3));
    assert_eq!(
        later.of_change(Millis(QUARTER.0 * 2 / 3), 1),
        Some(0.375),
        "the first quarter is over by then"
    );
    assert_eq!(later.with(f64::from).of_change(Millis::ZERO, 2), Some(2.5));
}

#[test]
fn a_station_without_limit_is_never_full() {
    let slots = slots(&[(2.0, 30.0); 4]);
    let outlook = StationOutlook { capacity: None, stock: 40, slots: &slots, price: OutagePrice::default() };
    let gains = Gains::of_station(outlook, (10, 5)).unwrap();
    assert!(gains.of_change(Millis::ZERO, -10).unwrap().abs() < 1e-3, "nobody is turned away");
    assert_eq!(gains.bring_max(), 5);
    assert!(Gains::of_station(StationOutlook { capacity: Some(20_000), ..outlook }, (1, 1)).is_err());
}
