//! Positions that lie closer than their error become one observation at their mean. Pure.

use super::matched::Fix;
use paceline_model::{Instant, Position};

/// Positions taken together: `fixes[first..=last]`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Group {
    pub(super) first: usize,
    pub(super) last: usize,
    pub(super) centre: Position,
    pub(super) at: Instant,
    /// The error of the mean, with what the street's bends add.
    pub(super) sigma_m: f64,
}

/// Driving distance that one group covers, in sigmas: beyond it a mean cuts corners by more than it gains.
const SPAN_SIGMAS: f64 = 2.0;
/// The least and most of the same, in metres.
const SPAN_M: (f64, f64) = (12.0, 50.0);
/// Positions of a standing vehicle lie closer than this, in sigmas, beside the distance that a group covers: four for each axis of one, and
/// more than that for both axes of two once in thousands.
const APART_SIGMAS: f64 = 5.0;
/// A group of a standing vehicle covers no more time than this, in milliseconds.
const SPAN_MS: u64 = 30_000;
/// Positions this far to either side give the speed, in milliseconds.
const SPEED_MS: u64 = 10_000;
/// What map and road width add to every error, in metres.
const MAP_M: f64 = 3.0;

pub(super) fn groups(fixes: &[Fix], sigma_m: f64) -> Vec<Group> {
    let span_m = (SPAN_SIGMAS * sigma_m).clamp(SPAN_M.0, SPAN_M.1);
    let speeds: Vec<f64> = (0..fixes.len()).map(|i| speed(fixes, i)).collect();
    let mut groups = Vec::new();
    let mut first = 0;
    while first < fixes.len() {
        let (mut last, mut driven_m) = (first, 0.0);
        while last + 1 < fixes.len() {
            driven_m += driven(&fixes[last..=last + 1], &speeds[last..=last + 1]);
            // Times may be coarse, or all the same: then the distance itself says that it was driven.
            let apart_m = fixes[first].position.distance_m(fixes[last + 1].position);
            if driven_m > span_m
                || apart_m > span_m + APART_SIGMAS * sigma_m
                || fixes[last + 1].at.0 - fixes[first].at.0 > SPAN_MS
            {
                break;
            }
            last += 1;
        }
        groups.push(group(fixes, first, last, sigma_m));
        first = last + 1;
    }
    groups
}

/// Metres driven between two positions, by their speeds; of two with one time, by how far they lie apart.
fn driven(fixes: &[Fix], speeds: &[f64]) -> f64 {
    match fixes[1].at.0 - fixes[0].at.0 {
        0 => fixes[0].position.distance_m(fixes[1].position),
        ms => ms as f64 / 1e3 * (speeds[0] + speeds[1]) / 2.0,
    }
}

fn group(fixes: &[Fix], first: usize, last: usize, sigma_m: f64) -> Group {
    let all = &fixes[first..=last];
    let centre = mean(all);
    let count = all.len() as f64;
    let span_m = all[0].position.distance_m(all[all.len() - 1].position).min(SPAN_M.1);
    // A right-angled bend in the middle pulls the mean an eighth of the span off either street.
    let bend_m = if all.len() > 1 { span_m / 8.0 } else { 0.0 };
    let sigma_m = (sigma_m * sigma_m / count + bend_m * bend_m + MAP_M * MAP_M).sqrt();
    let at = Instant(all[0].at.0 + (all[all.len() - 1].at.0 - all[0].at.0) / 2);
    Group { first, last, centre, at, sigma_m }
}

/// Metres per second around position `i`: from the mean of the positions before it to the mean of those after.
fn speed(fixes: &[Fix], i: usize) -> f64 {
    let at = fixes[i].at.0;
    let low = fixes[..i].partition_point(|fix| fix.at.0 + SPEED_MS < at).min(i.saturating_sub(1));
    let high = i + fixes[i..].partition_point(|fix| fix.at.0 <= at + SPEED_MS);
    let high = high.max((i + 2).min(fixes.len()));
    let (before, after) = (&fixes[low..=i], &fixes[i..high]);
    let middle = |part: &[Fix]| {
        part.iter().map(|fix| (fix.at.0 - fixes[low].at.0) as f64).sum::<f64>() / part.len() as f64
    };
    let seconds = (middle(after) - middle(before)) / 1e3;
    if seconds <= 0.0 { 0.0 } else { mean(before).distance_m(mean(after)) / seconds }
}

fn mean(fixes: &[Fix]) -> Position {
    let average = |axis: fn(Position) -> i32| {
        let sum: i64 = fixes.iter().map(|fix| i64::from(axis(fix.position))).sum();
        (sum / fixes.len() as i64) as i32
    };
    // A mean of valid positions is valid.
    Position::from_e7(average(Position::lat_e7), average(Position::lon_e7)).unwrap_or(fixes[0].position)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A drive due north at the equator; `noise_m` moves every second position aside.
    fn drive(count: u64, every_ms: u64, metres_per_s: f64, noise_m: f64) -> Vec<Fix> {
        let degrees = |metres: f64| metres / 111_195.08;
        let fix = |i: u64| {
            let north = degrees(metres_per_s * (i * every_ms) as f64 / 1e3);
            let east = degrees(if i.is_multiple_of(2) { noise_m } else { -noise_m });
            Fix { position: Position::new(north, east).unwrap(), at: Instant(i * every_ms) }
        };
        (0..count).map(fix).collect()
    }

    #[test]
    fn sparse_positions_stay_alone_and_dense_ones_are_averaged() {
        let sparse = groups(&drive(10, 15_000, 10.0, 0.0), 10.0);
        assert!(sparse.len() == 10 && sparse.iter().all(|group| group.sigma_m > 10.0));
        let dense = groups(&drive(60, 1_000, 10.0, 20.0), 20.0);
        assert!((12..=16).contains(&dense.len()), "{} groups", dense.len());
        assert!(dense[3].centre.distance_m(Position::new(dense[3].centre.lat(), 0.0).unwrap()) < 7.0);
    }

    #[test]
    fn positions_of_one_time_are_parted_by_their_distance() {
        let mut fixes = drive(20, 5_000, 10.0, 4.0);
        fixes.iter_mut().for_each(|fix| fix.at = Instant(1_000));
        assert_eq!(groups(&fixes, 10.0).len(), 20);
        // Times to the minute, a position every second.
        let mut coarse = drive(240, 1_000, 10.0, 4.0);
        coarse.iter_mut().for_each(|fix| fix.at = Instant(fix.at.0 / 60_000 * 60_000));
        let groups = groups(&coarse, 10.0);
        assert!((60..=240).contains(&groups.len()), "{} groups of at most 20 m each", groups.len());
    }

    #[test]
    fn a_standing_vehicle_is_one_observation_per_half_minute() {
        assert_eq!(groups(&drive(61, 1_000, 0.0, 5.0), 10.0).len(), 2);
    }

    #[test]
    fn groups_part_the_trace_without_gap_or_overlap() {
        let fixes = drive(100, 1_300, 7.0, 3.0);
        let groups = groups(&fixes, 10.0);
        assert_eq!((groups[0].first, groups[groups.len() - 1].last), (0, 99));
        assert!(groups.windows(2).all(|pair| pair[0].last + 1 == pair[1].first));
    }
}
