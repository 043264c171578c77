//! Put work where the link is good. Three scores, since a slow link may be wide and a strong signal slow.

use crate::edge::placement::mix::{Score, Step};

/// Beyond two seconds nobody waits for an answer: a geostationary satellite needs 600 ms.
const ROUND_TRIP_MS_MOST: u32 = 2_000;

/// *Round trip*: milliseconds to the region and back. Points: minus milliseconds, -2,000 (that, or more) to 0; -2,001 where it is not
/// known. Work: constant. Source: ours.
pub struct RoundTrip;

impl Score for RoundTrip {
    fn points(&self, step: &Step<'_>) -> i32 {
        let known = step.profile.readings.round_trip_ms.map(|ms| ms.min(ROUND_TRIP_MS_MOST));
        -(known.unwrap_or(ROUND_TRIP_MS_MOST + 1) as i32)
    }
}

/// What a receiver hears at best, beside the sender, and what it can make nothing of.
const RSSI_DBM: (i16, i16) = (-110, -40);

/// *Signal*: strength of a node's radio (RSSI). Points: decibels below -40 dBm, -70 (-110 dBm or weaker) to 0; -71 where it is not known.
/// Work: constant. Source: ours.
///
/// Known gap: a wired node has no radio to report and counts as unknown. Where both kinds stand side by side, weigh [`RoundTrip`] and [`Bandwidth`].
pub struct Signal;

impl Score for Signal {
    fn points(&self, step: &Step<'_>) -> i32 {
        let (weakest, strongest) = RSSI_DBM;
        let known = step.profile.readings.rssi_dbm.map(|dbm| dbm.clamp(weakest, strongest));
        i32::from(known.unwrap_or(weakest - 1)) - i32::from(strongest)
    }
}

/// A link as wide as this is as good as a wider one, in Mbit/s: a model of 10 GiB is there in nine seconds.
const WIDE_MBIT: u32 = 10_000;

/// Tenths of halvings from [`WIDE_MBIT`] down to 1 Mbit/s.
const NARROW: i32 = 133;

/// *Bandwidth*: what is free on a node's link. Points: tenths of halvings below 10 Gbit/s, -133 (1 Mbit/s or less) to 0, so that from 100 to 50 Mbit/s
/// is as far as from 2 to 1 Gbit/s: 10 points; -134 where it is not known. Work: a logarithm. Source: ours.
pub struct Bandwidth;

impl Score for Bandwidth {
    fn points(&self, step: &Step<'_>) -> i32 {
        let Some(mbit) = step.profile.readings.bandwidth_mbit else { return -NARROW - 1 };
        let halvings = (f64::from(WIDE_MBIT) / f64::from(mbit.clamp(1, WIDE_MBIT))).log2();
        -((halvings * 10.0).round() as i32).min(NARROW)
    }
}
