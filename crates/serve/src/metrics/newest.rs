//! The newest of what is measured again and again, for the percentiles of the page.

use std::collections::VecDeque;

/// Values that percentiles are of: of rounds, about two minutes.
const KEPT: usize = 600;

/// The newest values.
#[derive(Default)]
pub(crate) struct Newest(VecDeque<f64>);

impl Newest {
    pub(crate) fn push(&mut self, value: f64) {
        if self.0.len() == KEPT {
            self.0.pop_front();
        }
        self.0.push_back(value);
    }

    /// The median and the 99th percentile; `None` before the first value.
    pub(crate) fn quantiles(&self) -> Option<[f64; 2]> {
        let mut sorted: Vec<f64> = self.0.iter().copied().collect();
        sorted.sort_unstable_by(f64::total_cmp);
        let last = sorted.len().checked_sub(1)?;
        Some([50, 99].map(|percent| sorted[(sorted.len() * percent / 100).min(last)]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_of_the_newest_alone() {
        let mut newest = Newest::default();
        assert_eq!(newest.quantiles(), None);
        newest.push(7.0);
        assert_eq!(newest.quantiles(), Some([7.0, 7.0]));
        (1..=KEPT).for_each(|value| newest.push(value as f64));
        assert_eq!(newest.quantiles(), Some([301.0, 595.0]), "7 is forgotten");
    }
}
