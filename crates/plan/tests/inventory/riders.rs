//! A station played rider by rider.

use paceline_plan::Rng;
use paceline_plan::bikes::inventory::Passage;
use paceline_plan::forecast::stations::RateSlot;

/// Sums, and sums of squares, over runs.
#[derive(Clone, Copy, Default)]
struct Mean {
    runs: f64,
    sum: f64,
    squares: f64,
}

impl Mean {
    fn add(&mut self, value: f64) {
        self.runs += 1.0;
        self.sum += value;
        self.squares += value * value;
    }
    /// Whether `expected` lies within five standard errors, and a little for runs that are all alike.
    fn check(&self, what: &str, expected: f64) {
        let mean = self.sum / self.runs;
        let error = ((self.squares / self.runs - mean * mean).max(0.0) / self.runs).sqrt();
        assert!(
            (mean - expected).abs() <= 5.0 * error + 1e-4,
            "{what}: played {mean} (error {error}), expected {expected}"
        );
    }
}

/// What came of all runs.
#[derive(Default)]
pub(super) struct Riders {
    rentals: Mean,
    returns: Mean,
    empty: Mean,
    full: Mean,
    /// In hours, of those that happened.
    empty_after: Mean,
    full_after: Mean,
}

impl Riders {
    pub(super) fn play(capacity: u32, slots: &[RateSlot], stock: u32, runs: u32) -> Self {
        let mut rng = Rng::of(u64::from(stock), "riders");
        let mut riders = Self::default();
        (0..runs).for_each(|_| riders.run(capacity, slots, stock, &mut rng));
        riders
    }

    fn run(&mut self, capacity: u32, slots: &[RateSlot], mut stock: u32, rng: &mut Rng) {
        let (mut lost_rentals, mut lost_returns, mut began) = (0.0, 0.0, 0.0);
        let mut empty = (stock == 0).then_some(0.0);
        let mut full = (stock == capacity).then_some(0.0);
        for slot in slots {
            let per_hour = slot.rates.rentals_per_hour + slot.rates.returns_per_hour;
            let mut at = began;
            loop {
                at -= (1.0 - rng.unit()).ln() / per_hour;
                // Without riders the next one comes at infinity.
                if at.is_nan() || at >= began + slot.hours() {
                    break;
                }
                match rng.unit() * per_hour < slot.rates.rentals_per_hour {
                    true if stock == 0 => lost_rentals += 1.0,
                    true => stock -= 1,
                    false if stock == capacity => lost_returns += 1.0,
                    false => stock += 1,
                }
                empty = empty.or((stock == 0).then_some(at));
                full = full.or((stock == capacity).then_some(at));
            }
            began += slot.hours();
        }
        self.rentals.add(lost_rentals);
        self.returns.add(lost_returns);
        self.empty.add(f64::from(u8::from(empty.is_some())));
        self.full.add(f64::from(u8::from(full.is_some())));
        empty.into_iter().for_each(|at| self.empty_after.add(at));
        full.into_iter().for_each(|at| self.full_after.add(at));
    }

    pub(super) fn compare(&self, rentals: f64, returns: f64, empty: Passage, full: Passage) {
        self.rentals.check("lost rentals", rentals);
        self.returns.check("lost returns", returns);
        self.empty.check("chance to run empty", empty.chance);
        self.full.check("chance to run full", full.chance);
        let hours = |passage: Passage| f64::from(passage.after.expect("it happens now and then").0) / 3.6e6;
        self.empty_after.check("time until empty", hours(empty));
        self.full_after.check("time until full", hours(full));
    }
}
