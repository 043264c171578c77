//! A station as a dense matrix: its generator, the flows as one more column each, and the exponential by scaling and squaring of a
//! Taylor series. Slow and plain.

use paceline_plan::bikes::inventory::{FirstPassage, LostRides, Passage};
use paceline_plan::forecast::stations::RateSlot;

type Matrix = Vec<Vec<f64>>;

/// What a station loses, and when it comes to its ends, by stock.
pub(super) struct Dense {
    rentals: Vec<f64>,
    returns: Vec<f64>,
    empty: Vec<(f64, f64)>,
    full: Vec<(f64, f64)>,
    horizon_h: f64,
}

impl Dense {
    pub(super) fn of(capacity: u32, slots: &[RateSlot]) -> Self {
        let top = capacity as usize;
        let lost = |end: usize, rental: bool| {
            let flow = move |slot: &RateSlot, stock: usize| match (stock == end, rental) {
                (false, _) => 0.0,
                (true, true) => slot.rates.rentals_per_hour,
                (true, false) => slot.rates.returns_per_hour,
            };
            expected(top, slots, None, flow)
        };
        let first = |end: usize| {
            let hours = expected(top, slots, Some(end), |_, stock| f64::from(u8::from(stock != end)));
            reaches(top, slots, end).into_iter().zip(hours).collect()
        };
        let horizon_h = slots.iter().map(RateSlot::hours).sum();
        Self {
            rentals: lost(0, true),
            returns: lost(top, false),
            empty: first(0),
            full: first(top),
            horizon_h,
        }
    }

    /// Says where the two differ.
    pub(super) fn compare(&self, stock: u32, lost: &LostRides, first: &FirstPassage) -> Result<(), String> {
        let at = stock as usize;
        near("rentals", lost.rentals(stock), self.rentals[at])?;
        near("returns", lost.returns(stock), self.returns[at])?;
        self.passage("empty", first.empty(stock), self.empty[at])?;
        self.passage("full", first.full(stock), self.full[at])
    }

    /// `hours` is the mean of a passage where one that does not happen counts as the horizon.
    fn passage(&self, what: &str, ours: Passage, (chance, hours): (f64, f64)) -> Result<(), String> {
        near(what, ours.chance, chance)?;
        let Some(after) = ours.after.filter(|_| chance > 1e-3) else { return Ok(()) };
        let mean = (hours - self.horizon_h * (1.0 - chance)) / chance;
        let off = (f64::from(after.0) / 3.6e6 - mean).abs();
        if off < 1e-6 { Ok(()) } else { Err(format!("{what}: after {after:?}, and exactly {mean} h")) }
    }
}

fn near(what: &str, ours: f64, exact: f64) -> Result<(), String> {
    if (ours - exact).abs() < 1e-8 { Ok(()) } else { Err(format!("{what}: {ours}, and exactly {exact}")) }
}

/// Flows over the horizon from each stock: the last column of the exponential of the generator with the flows beside it.
fn expected(
    top: usize,
    slots: &[RateSlot],
    stops: Option<usize>,
    flow: impl Fn(&RateSlot, usize) -> f64,
) -> Vec<f64> {
    let mut value = vec![0.0; top + 2];
    value[top + 1] = 1.0;
    for slot in slots.iter().rev() {
        let mut generator = generator(top, slot, stops);
        (0..=top).for_each(|stock| generator[stock][top + 1] = flow(slot, stock));
        value = apply(&exponential(&generator, slot.hours()), &value);
    }
    value.truncate(top + 1);
    value
}

fn reaches(top: usize, slots: &[RateSlot], end: usize) -> Vec<f64> {
    let mut value = vec![0.0; top + 2];
    value[end] = 1.0;
    for slot in slots.iter().rev() {
        value = apply(&exponential(&generator(top, slot, Some(end)), slot.hours()), &value);
    }
    value.truncate(top + 1);
    value
}

/// One row and column more than stocks, for the flows.
fn generator(top: usize, slot: &RateSlot, stops: Option<usize>) -> Matrix {
    let mut generator = vec![vec![0.0; top + 2]; top + 2];
    for stock in (0..=top).filter(|stock| Some(*stock) != stops) {
        if stock > 0 {
            generator[stock][stock - 1] = slot.rates.rentals_per_hour;
        }
        if stock < top {
            generator[stock][stock + 1] = slot.rates.returns_per_hour;
        }
        generator[stock][stock] = -generator[stock].iter().sum::<f64>();
    }
    generator
}

fn exponential(of: &Matrix, hours: f64) -> Matrix {
    let size = of.len();
    let halvings = 12;
    let scaled: Matrix =
        of.iter().map(|row| row.iter().map(|x| x * hours / f64::from(1 << halvings)).collect()).collect();
    let mut sum: Matrix =
        (0..size).map(|i| (0..size).map(|j| f64::from(u8::from(i == j))).collect()).collect();
    let mut term = sum.clone();
    for order in 1..12 {
        term = product(&term, &scaled)
            .iter()
            .map(|row| row.iter().map(|x| x / f64::from(order)).collect())
            .collect();
        sum.iter_mut().flatten().zip(term.iter().flatten()).for_each(|(sum, term)| *sum += term);
    }
    (0..halvings).for_each(|_| sum = product(&sum, &sum));
    sum
}

fn product(a: &Matrix, b: &Matrix) -> Matrix {
    let size = a.len();
    let cell = |i: usize, j: usize| (0..size).map(|k| a[i][k] * b[k][j]).sum();
    (0..size).map(|i| (0..size).map(|j| cell(i, j)).collect()).collect()
}

fn apply(matrix: &Matrix, to: &[f64]) -> Vec<f64> {
    matrix.iter().map(|row| row.iter().zip(to).map(|(a, b)| a * b).sum()).collect()
}
