//! Usual speeds by hour of the week: shares of the empty street's speed, for all edges alike or for some of them.
//! A profile is written as CSV, see [`Profile::parse`]; reading the file is the caller's work.

use crate::leg::EdgeId;
use crate::network::Roads;
use crate::ways::WayIndex;
use paceline_model::Instant;
use std::collections::BTreeMap;
use std::ops::Range;

/// Hours of a week, from Monday 00:00 in UTC.
const HOURS: usize = 168;
/// 1970-01-01 was a Thursday: three days into the week.
const EPOCH_HOUR: i64 = 72;
/// The first line of a profile.
const HEADER: &str = "streets,days,hours,factor";
/// Factors on the speed of the empty street.
const FACTOR: (f64, f64) = (0.05, 2.0);
/// Most lines, and most different courses of a week that they may give to edges.
const LINES_MAX: usize = 200_000;
const ROWS_MAX: usize = 200_000;
const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// Shares of the empty street's speed, by hour of the week.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Profile {
    /// Rows of 168 shares; empty for streets that are always empty.
    rows: Vec<Vec<f64>>,
    /// For each edge its row; empty if all have the first.
    row_of: Vec<u32>,
}

/// Why a text is no profile of a network: in which line, counted from 1 with the header, and what broke which rule.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {field} is {value}: {rule}")]
pub struct ProfileError {
    /// From 1, header included.
    pub line: usize,
    /// Column name of the header, `header` or `line`.
    pub field: &'static str,
    /// As it stood in the text.
    pub value: String,
    /// What the field must be, ready to show.
    pub rule: String,
}

impl Profile {
    /// Streets are driven as if empty, at any hour.
    pub fn free_flow() -> Self {
        Self::default()
    }
    /// `shares`: 168 shares of the empty street's speed, for all edges alike; hour 0 is Monday 00:00 UTC.
    /// `None` unless there are 168, each within 0.05 and 2.
    pub fn by_hour(shares: Vec<f64>) -> Option<Self> {
        let fits = shares.len() == HOURS && shares.iter().all(|share| (FACTOR.0..=FACTOR.1).contains(share));
        fits.then(|| Self { rows: vec![shares], row_of: Vec::new() })
    }
    /// Reads `streets,days,hours,factor` lines, in local time that is `utc_offset_h` ahead of UTC. Where two lines speak of the
    /// same edge and hour the later one holds; an hour of which none speaks has factor 1.
    ///
    /// ```text
    /// streets,days,hours,factor
    /// all,mon-fri,7-9,0.7            every street, from 7:00 until 9:00
    /// kmh 50-130,mon-fri,7-9,0.55    streets whose speed when empty lies there: the larger roads
    /// way 5669843,sat,0-24,0.8       all edges along a way of the input
    /// edge 17,all,0-24,0.9           one edge of this network
    /// ```
    ///
    /// Errors: another header, a field that is none of the above, an edge or a way that is not known, a factor outside 0.05 to 2,
    /// more lines or different weeks than there is room for; the first of them, by line.
    pub fn parse(text: &str, roads: &Roads, utc_offset_h: i8) -> Result<Self, ProfileError> {
        let mut lines = text.lines().enumerate().map(|(index, text)| (index + 1, text.trim()));
        let header = lines.next().map_or("", |(_, text)| text);
        if header.trim_start_matches('\u{feff}') != HEADER {
            return Err(wrong(1, "header", header, format!("must be {HEADER}")));
        }
        let ways = WayIndex::new(roads);
        let mut weeks = Weeks::new(roads.edge_count());
        for (line, text) in lines.filter(|(_, text)| !text.is_empty() && !text.starts_with('#')) {
            if line > LINES_MAX {
                return Err(wrong(line, "line", text, format!("at most {LINES_MAX} lines are read")));
            }
            let row = ProfileRow::parse(line, text)?;
            let edges = edges(line, &row, roads, &ways)?;
            weeks.change(edges, row.change).ok_or_else(|| {
                wrong(line, "streets", row.streets, format!("at most {ROWS_MAX} different weeks have room"))
            })?;
        }
        Ok(weeks.profile(utc_offset_h))
    }
    /// The share at a moment, straight between the middles of two hours.
    pub(super) fn share(&self, edge: EdgeId, at: Instant) -> f64 {
        let row = self.row_of.get(edge.index()).copied().unwrap_or(0);
        let Some(shares) = self.rows.get(row as usize) else { return 1.0 };
        let half_hours = at.0 as f64 / 3_600_000.0 - 0.5;
        let hour = half_hours.floor();
        let (now, part) = (((hour as i64 + EPOCH_HOUR).rem_euclid(HOURS as i64)) as usize, half_hours - hour);
        let next = (now + 1) % HOURS;
        shares[now] * (1.0 - part) + shares[next] * part
    }
}

/// A factor for some hours of the week, in local time.
#[derive(Clone, Copy, Debug)]
struct Change {
    days: (usize, usize),
    hours: (usize, usize),
    factor: f64,
}

/// One line of the text, read.
struct ProfileRow<'a> {
    streets: &'a str,
    change: Change,
}

fn wrong(line: usize, field: &'static str, value: &str, rule: impl Into<String>) -> ProfileError {
    ProfileError { line, field, value: value.chars().take(60).collect(), rule: rule.into() }
}

impl<'a> ProfileRow<'a> {
    fn parse(line: usize, text: &'a str) -> Result<Self, ProfileError> {
        let fields: Vec<&str> = text.split(',').map(str::trim).collect();
        let [streets, days, hours, factor] = fields[..] else {
            return Err(wrong(line, "line", text, format!("must have 4 fields, {HEADER}")));
        };
        let day = |name: &str| DAYS.iter().position(|day| *day == name);
        let days = match days.split_once('-') {
            None if days == "all" => Some((0, 6)),
            None => day(days).map(|day| (day, day)),
            Some((first, last)) => day(first).zip(day(last)).filter(|(first, last)| first <= last),
        };
        let days = days
            .ok_or_else(|| wrong(line, "days", fields[1], "must be all, mon, or a range such as mon-fri"))?;
        let range = hours.split_once('-').and_then(|(from, to)| from.parse().ok().zip(to.parse().ok()));
        let hours = range
            .filter(|(from, to)| from < to && *to <= 24)
            .ok_or_else(|| wrong(line, "hours", hours, "must be a range within 0-24, such as 7-9"))?;
        let parsed = factor.parse().ok().filter(|factor| (FACTOR.0..=FACTOR.1).contains(factor));
        let factor = parsed.ok_or_else(|| {
            wrong(line, "factor", factor, format!("must lie within {} and {}", FACTOR.0, FACTOR.1))
        })?;
        Ok(Self { streets, change: Change { days, hours, factor } })
    }
}

/// The edges that a line is about.
fn edges(
    line: usize,
    row: &ProfileRow<'_>,
    roads: &Roads,
    ways: &WayIndex,
) -> Result<Vec<EdgeId>, ProfileError> {
    let streets = row.streets;
    let all = 0..roads.edge_count() as u32;
    match streets.split_once(' ') {
        None if streets == "all" => Ok(all.map(EdgeId).collect()),
        Some(("edge", number)) => {
            let known = number.parse().ok().filter(|edge| all.contains(edge));
            let rule = || format!("must be an edge of this network, 0 to {}", all.end.saturating_sub(1));
            Ok(vec![EdgeId(known.ok_or_else(|| wrong(line, "streets", streets, rule()))?)])
        }
        Some(("way", number)) => {
            let found: Vec<EdgeId> = number.parse().map_or(Vec::new(), |way| ways.edges(way).collect());
            if found.is_empty() {
                return Err(wrong(
                    line,
                    "streets",
                    streets,
                    "must be a way that a street of this network runs along",
                ));
            }
            Ok(found)
        }
        Some(("kmh", range)) => {
            let range = range.split_once('-').and_then(|(low, high)| low.parse().ok().zip(high.parse().ok()));
            let (low, high): (f64, f64) = range
                .filter(|(low, high)| low <= high)
                .ok_or_else(|| wrong(line, "streets", streets, "must be a range such as kmh 50-90"))?;
            let speed = |edge: &EdgeId| {
                let free = roads.free_flow(*edge);
                free.distance.as_metres() * 3.6 / free.time.as_secs_f64().max(1e-3)
            };
            Ok(all.map(EdgeId).filter(|edge| (low..=high).contains(&speed(edge))).collect())
        }
        _ => Err(wrong(line, "streets", streets, "must be all, edge N, way N or kmh A-B")),
    }
}

/// The weeks that the lines read so far give to the edges: each is another week with one change.
struct Weeks {
    /// The week that each is a change of, and the change; the first is none.
    made_from: Vec<Option<(u32, Change)>>,
    week_of: Vec<u32>,
}

impl Weeks {
    fn new(edges: usize) -> Self {
        Self { made_from: vec![None], week_of: vec![0; edges] }
    }
    /// `None`: no room.
    fn change(&mut self, edges: Vec<EdgeId>, change: Change) -> Option<()> {
        let mut changed = BTreeMap::new();
        for edge in edges {
            let week = &mut self.week_of[edge.index()];
            *week = *changed.entry(*week).or_insert_with(|| {
                self.made_from.push(Some((*week, change)));
                self.made_from.len() as u32 - 1
            });
        }
        (self.made_from.len() <= LINES_MAX + ROWS_MAX).then_some(())
    }
    fn profile(self, utc_offset_h: i8) -> Profile {
        let mut row_of_week = BTreeMap::new();
        let mut rows = Vec::new();
        let row_of = self.week_of.iter().map(|&week| {
            *row_of_week.entry(week).or_insert_with(|| {
                rows.push(self.row(week, utc_offset_h));
                rows.len() as u32 - 1
            })
        });
        let row_of = row_of.collect();
        Profile { rows, row_of }
    }
    fn row(&self, week: u32, utc_offset_h: i8) -> Vec<f64> {
        let mut changes = Vec::new();
        let mut at = week;
        while let Some((before, change)) = self.made_from[at as usize] {
            changes.push(change);
            at = before;
        }
        let mut shares = vec![1.0; HOURS];
        for Change { days, hours, factor } in changes.into_iter().rev() {
            for day in days.0..=days.1 {
                for hour in hour_range(day, hours) {
                    let utc = (hour as i64 - i64::from(utc_offset_h)).rem_euclid(HOURS as i64);
                    shares[utc as usize] = factor;
                }
            }
        }
        shares
    }
}

fn hour_range(day: usize, (from, to): (usize, usize)) -> Range<usize> {
    day * 24 + from..day * 24 + to
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
        assert_eq!(Profile::free_flow().share(EdgeId(0), Instant::ZERO), 1.0);
    }
}
