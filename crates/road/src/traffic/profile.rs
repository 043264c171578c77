//! Usual speeds by hour of the week: shares of the empty street's speed, for all edges alike or for classes of them.

use crate::leg::EdgeId;
use paceline_model::Instant;

/// Hours of a week, from Monday 00:00 in UTC.
const HOURS: u64 = 168;
/// 1970-01-01 was a Thursday: three days into the week.
const EPOCH_HOUR: u64 = 72;

/// Shares of the empty street's speed, by hour of the week.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Profile {
    /// Rows of 168 shares; empty for streets that are always empty.
    rows: Vec<Vec<f64>>,
    /// For each edge its row; empty if all have the first.
    row_of: Vec<u32>,
}

impl Profile {
    /// Streets are driven as if empty, at any hour.
    pub fn free_flow() -> Self {
        Self::default()
    }
    /// `shares`: 168 shares of the empty street's speed, for all edges alike; hour 0 is Monday 00:00 UTC.
    /// `None` unless there are 168, each above 0 and at most 2.
    pub fn by_hour(shares: Vec<f64>) -> Option<Self> {
        Self::by_edge(vec![shares], Vec::new())
    }
    /// The same with several rows, and for each edge the row that it follows. `None` for rows that do not fit or are not there.
    pub fn by_edge(rows: Vec<Vec<f64>>, row_of: Vec<u32>) -> Option<Self> {
        let fits = |row: &Vec<f64>| {
            row.len() == HOURS as usize && row.iter().all(|&share| share > 0.0 && share <= 2.0)
        };
        let holds = rows.iter().all(fits) && row_of.iter().all(|&row| (row as usize) < rows.len());
        holds.then_some(Self { rows, row_of })
    }
    /// The share at a moment, straight between the middles of two hours.
    pub(super) fn share(&self, edge: EdgeId, at: Instant) -> f64 {
        let row = self.row_of.get(edge.index()).copied().unwrap_or(0);
        let Some(shares) = self.rows.get(row as usize) else { return 1.0 };
        let half_hours = at.0 as f64 / 3_600_000.0 - 0.5;
        let hour = half_hours.floor();
        let (now, part) =
            (((hour as i64 + EPOCH_HOUR as i64).rem_euclid(HOURS as i64)) as usize, half_hours - hour);
        let next = (now + 1) % HOURS as usize;
        shares[now] * (1.0 - part) + shares[next] * part
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_share_follows_the_hour_of_the_week_and_is_straight_between() {
        let mut shares = vec![1.0; 168];
        shares[8] = 0.5; // Monday 08:00 to 09:00
        let profile = Profile::by_hour(shares).unwrap();
        // 2026-11-23 is a Monday.
        let at = |time: &str| profile.share(EdgeId(3), time.parse().unwrap());
        assert_eq!(at("2026-11-23T08:30:00Z"), 0.5);
        assert_eq!(at("2026-11-23T08:00:00Z"), 0.75);
        assert_eq!(at("2026-11-23T07:30:00Z"), 1.0);
        assert_eq!(at("2026-11-24T08:30:00Z"), 1.0);
        assert_eq!(at("2026-11-30T08:30:00Z"), 0.5);
    }

    #[test]
    fn rows_that_do_not_fit_are_refused() {
        assert_eq!(Profile::by_hour(vec![1.0; 167]), None);
        assert_eq!(Profile::by_hour(vec![0.0; 168]), None);
        assert_eq!(Profile::by_edge(vec![vec![1.0; 168]], vec![1]), None);
        assert_eq!(Profile::free_flow().share(EdgeId(0), Instant::ZERO), 1.0);
    }
}
