//! How numbers are spread: what `tidy` prints, and the one bound on a share of all functions.

use super::{Measured, Shape};
use std::fmt;

/// Nine in ten functions are no longer than this.
const FUNCTION_LINES_P90_MAX: usize = 23;

/// The numbers of one shape, sorted.
pub(crate) struct Spread {
    shape: Shape,
    numbers: Vec<usize>,
}

impl Spread {
    pub(crate) fn of(shape: Shape, all: &[Measured]) -> Self {
        let of = all.iter().filter(|measured| measured.shape == shape);
        let mut numbers: Vec<usize> = of.map(|measured| measured.number).collect();
        numbers.sort_unstable();
        Self { shape, numbers }
    }

    /// The least number that `percent` in a hundred do not exceed; 0 of none.
    fn percentile(&self, percent: usize) -> usize {
        let rank = (self.numbers.len() * percent).div_ceil(100);
        self.numbers.get(rank.saturating_sub(1)).copied().unwrap_or(0)
    }

    /// What is wrong with functions as a whole.
    pub(crate) fn too_long(&self) -> Option<String> {
        let p90 = self.percentile(90);
        (self.shape == Shape::FunctionLines && p90 > FUNCTION_LINES_P90_MAX).then(|| {
            format!(
                "the 90th percentile of function lengths is {p90} lines, at most {FUNCTION_LINES_P90_MAX}"
            )
        })
    }
}

impl fmt::Display for Spread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let over = self.numbers.iter().filter(|&&number| number > self.shape.bound()).count();
        write!(
            f,
            "{:<42} of {:>5}: p50 {:>3}, p90 {:>3}, p99 {:>3}, most {:>3}; {over} over {}",
            self.shape.to_string(),
            self.numbers.len(),
            self.percentile(50),
            self.percentile(90),
            self.percentile(99),
            self.percentile(100),
            self.shape.bound()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spread(numbers: impl IntoIterator<Item = usize>) -> Spread {
        let measured = |number| Measured {
            shape: Shape::FunctionLines,
            file: "a.rs".into(),
            line: 1,
            item: format!("f{number}"),
            number,
            remark: String::new(),
        };
        Spread::of(Shape::FunctionLines, &numbers.into_iter().map(measured).collect::<Vec<_>>())
    }

    #[test]
    fn percentiles_are_numbers_that_were_measured() {
        let ten = spread((1..=10).rev());
        assert_eq!([50, 90, 99, 100].map(|percent| ten.percentile(percent)), [5, 9, 10, 10]);
        assert_eq!(spread([]).percentile(90), 0);
    }

    #[test]
    fn one_in_ten_may_be_longer() {
        let nine_short = [FUNCTION_LINES_P90_MAX; 9];
        assert_eq!(spread(nine_short.into_iter().chain([50])).too_long(), None);
        assert!(spread(nine_short.into_iter().take(8).chain([50, 50])).too_long().is_some());
    }
}
