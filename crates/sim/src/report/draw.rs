//! Shapes of a report in SVG units, as the text of paths.

use paceline_model::Position;
use paceline_road::Roads;
use serde::Serialize;
use std::fmt::Write as _;

/// Dots drawn at most: beyond this a map only grows darker.
const POINTS_MAX: usize = 20_000;
/// Width of a course's drawing; its height; both in SVG units.
pub(crate) const COURSE: (f64, f64) = (640.0, 390.0);

/// One path, with its class.
#[derive(Serialize)]
pub(crate) struct Path {
    pub(crate) class: &'static str,
    pub(crate) d: String,
}

/// A label.
#[derive(Serialize)]
pub(crate) struct Mark {
    pub(crate) x: f64,
    pub(crate) y: f64,
    pub(crate) anchor: &'static str,
    pub(crate) label: String,
    /// The height of the rule that goes across.
    pub(crate) rule: Option<f64>,
}

/// Positions to SVG units: north up, metres kept in proportion. Manhattan stands taller than wide.
pub(crate) struct Projection {
    west: f64,
    north: f64,
    x_scale: f64,
    y_scale: f64,
    pub(crate) width: f64,
    pub(crate) height: f64,
}

impl Projection {
    pub(crate) fn new((a, b): (Position, Position)) -> Self {
        let (south, north) = (a.lat().min(b.lat()), a.lat().max(b.lat()));
        let (west, east) = (a.lon().min(b.lon()), a.lon().max(b.lon()));
        let narrow = ((south + north) / 2.0).to_radians().cos();
        let (wide, high) = ((east - west).max(1e-6) * narrow, (north - south).max(1e-6));
        let scale = (1_000.0 / high).min(1_400.0 / wide);
        let (width, height) = ((wide * scale).ceil(), (high * scale).ceil());
        Self { west, north, x_scale: scale * narrow, y_scale: scale, width, height }
    }
    pub(crate) fn place(&self, at: Position) -> (f64, f64) {
        ((at.lon() - self.west) * self.x_scale, (self.north - at.lat()) * self.y_scale)
    }
}

/// Roads as one path.
pub(crate) fn streets(roads: &Roads, projection: &Projection) -> String {
    let mut path = String::new();
    for (_, polyline) in roads.street_polylines() {
        for (index, position) in polyline.iter().enumerate() {
            let (x, y) = projection.place(*position);
            _ = write!(path, "{}{x:.1} {y:.1}", if index == 0 { "M" } else { "L" });
        }
    }
    path
}

/// Dots as one path of zero-length strokes with round ends: a third of the size of as many circles.
pub(crate) fn dots(class: &'static str, at: &[Position], projection: &Projection) -> Path {
    let every = at.len().div_ceil(POINTS_MAX).max(1);
    let mut d = String::new();
    for position in at.iter().step_by(every) {
        let (x, y) = projection.place(*position);
        _ = write!(d, "M{x:.1} {y:.1}h0");
    }
    Path { class, d }
}

/// Squares as one path, for what stands in rows that are so many degrees apart.
pub(crate) fn tiles(class: &'static str, at: &[Position], apart: f64, projection: &Projection) -> Path {
    let side = apart * projection.y_scale * 0.8;
    let mut d = String::new();
    for position in at {
        let (x, y) = projection.place(*position);
        _ = write!(d, "M{:.1} {:.1}h{side:.1}v{side:.1}h-{side:.1}z", x - side / 2.0, y - side / 2.0);
    }
    Path { class, d }
}

/// Where a point of a course lies that is `bin` of so many from its beginning.
pub(crate) fn x_of(bin: f64, bins: usize) -> f64 {
    COURSE.0 * bin / bins.max(1) as f64
}

/// A line over the values, each in the middle of its bin, on a scale from `low` to `high`; what is not known breaks it.
pub(crate) fn line(
    class: &'static str,
    values: impl IntoIterator<Item = Option<f64>>,
    bins: usize,
    (low, high): (f64, f64),
) -> Path {
    let (mut d, mut broken) = (String::new(), true);
    for (bin, value) in values.into_iter().enumerate() {
        let Some(value) = value else {
            broken = true;
            continue;
        };
        let (x, y) = (x_of(bin as f64 + 0.5, bins), COURSE.1 * (1.0 - (value - low) / (high - low)));
        _ = write!(d, "{}{x:.1} {y:.1}", if broken { "M" } else { "L" });
        broken = false;
    }
    Path { class, d }
}

/// Values per bin as bars behind the lines; one of `most` has the full height.
pub(crate) fn bars(class: &'static str, values: &[u32], bins: usize, most: u32) -> Path {
    let mut d = String::new();
    for (bin, value) in values.iter().enumerate() {
        let height = COURSE.1 * f64::from(*value) / f64::from(most.max(1));
        let (x, width) = (x_of(bin as f64 + 0.1, bins), x_of(0.8, bins));
        _ = write!(d, "M{x:.1} {:.1}h{width:.1}v-{height:.1}h-{width:.1}z", COURSE.1);
    }
    Path { class, d }
}

/// A level across a course, on a scale from `low` to `high`.
pub(crate) fn level(class: &'static str, value: f64, (low, high): (f64, f64)) -> Path {
    let y = COURSE.1 * (1.0 - (value - low) / (high - low));
    Path { class, d: format!("M0 {y:.1}h{:.1}", COURSE.0) }
}

/// Classes of stacked areas, by colour.
const STACKED: [&str; 7] = ["state0", "state1", "state2", "state3", "state4", "state5", "state6"];

/// Counts of so many in all, stacked from below in their order, each in its colour; `x` is where a look lies.
pub(crate) fn areas<const N: usize>(
    looks: &[[u32; N]],
    all: u32,
    x: impl Fn(usize) -> f64,
    colours: [usize; N],
) -> Vec<Path> {
    let top_of = |counts: &[u32; N], state: usize| {
        let stacked: u32 = counts[..state].iter().sum();
        COURSE.1 * (1.0 - f64::from(stacked) / f64::from(all.max(1)))
    };
    let area = |state: usize| {
        let mut d = String::new();
        for (look, counts) in looks.iter().enumerate() {
            let (move_to, y) = (if look == 0 { "M" } else { "L" }, top_of(counts, state + 1));
            _ = write!(d, "{move_to}{:.1} {y:.1}", x(look));
        }
        for (look, counts) in looks.iter().enumerate().rev() {
            _ = write!(d, "L{:.1} {:.1}", x(look), top_of(counts, state));
        }
        Path { class: STACKED[colours[state] % STACKED.len()], d: d + "z" }
    };
    (0..N).map(area).collect()
}

/// Labels left of a course, on a scale from `low` to `high`, with a rule across if `ruled`.
pub(crate) fn side_marks(
    values: impl IntoIterator<Item = f64>,
    (low, high): (f64, f64),
    ruled: bool,
    label: impl Fn(f64) -> String,
) -> Vec<Mark> {
    let mark = |value: f64| {
        let y = COURSE.1 * (1.0 - (value - low) / (high - low));
        Mark { x: -8.0, y: y + 4.0, anchor: "end", label: label(value), rule: ruled.then_some(y) }
    };
    values.into_iter().map(mark).collect()
}

/// Labels under a course that begins `start_ms` after midnight and is so long.
pub(crate) fn clock_marks(start_ms: u64, span_ms: f64) -> Vec<Mark> {
    let step = STEPS_MIN.into_iter().find(|step| span_ms / 60_000.0 / step <= 9.0).unwrap_or(2_880.0);
    let start = start_ms as f64 / 60_000.0;
    let first = (start / step).ceil() * step;
    let count = ((start + span_ms / 60_000.0 - first) / step).floor().max(0.0) as u32;
    let minutes = (0..=count).map(|mark| first + f64::from(mark) * step);
    let mark = |minute: f64| Mark {
        x: COURSE.0 * (minute - start) * 60_000.0 / span_ms,
        y: COURSE.1 + 18.0,
        anchor: "middle",
        label: format!("{:02}:{:02}", (minute as u64 / 60) % 24, minute as u64 % 60),
        rule: None,
    };
    minutes.map(mark).collect()
}

/// Labels under a course of whole days, each in the middle of its own.
pub(crate) fn day_marks(span_ms: f64) -> Vec<Mark> {
    let days = (span_ms / DAY_MS).round().max(1.0) as u32;
    let every = days.div_ceil(DAYS_MARKED_MAX);
    let mark = |day: u32| Mark {
        x: COURSE.0 * (f64::from(day) + 0.5) * DAY_MS / span_ms,
        y: COURSE.1 + 18.0,
        anchor: "middle",
        label: format!("day {}", day + 1),
        rule: None,
    };
    (0..days).step_by(every as usize).map(mark).collect()
}

/// A day.
const DAY_MS: f64 = 24.0 * 3_600_000.0;
/// Days that have room for a label under a course.
const DAYS_MARKED_MAX: u32 = 8;

/// Minutes between two marks of a clock: the first that gives at most ten marks, up to the 14 days that a scene may last.
const STEPS_MIN: [f64; 12] =
    [1.0, 5.0, 10.0, 30.0, 60.0, 120.0, 180.0, 240.0, 360.0, 720.0, 1_440.0, 2_880.0];

#[cfg(test)]
mod tests {
    use super::{clock_marks, day_marks};

    #[test]
    fn days_are_marked_in_the_middle_of_each_and_not_too_many_of_them() {
        let week = day_marks(7.0 * 24.0 * 3_600_000.0);
        assert_eq!((week.len(), week[6].label.as_str()), (7, "day 7"));
        assert!((week[0].x - 640.0 / 14.0).abs() < 1e-9);
        assert_eq!(day_marks(61.0 * 24.0 * 3_600_000.0).len(), 8);
    }

    #[test]
    fn a_clock_has_at_most_ten_marks_however_long_it_goes() {
        for minutes in 1..=14 * 1_440 {
            let marks = clock_marks(0, f64::from(minutes) * 60_000.0).len();
            assert!((1..=10).contains(&marks), "{marks} marks of {minutes} minutes");
        }
    }
}
