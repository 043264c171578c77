//! What a run of shared bikes came to.

use super::learnt::Observed;
use crate::kpi::ratio;
use crate::report::Row;
use crate::report::table::{Better, table_row};
use serde::Serialize;

/// The table of a run. Shares are of 1; a ride is lost where a rider finds no bike within a walk.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct BikesKpis {
    /// The scenario.
    pub scenario: String,
    /// How targets were set, or that there were no vans.
    pub policy: String,
    /// What fixed all chance.
    pub seed: u64,
    /// Stations that were played.
    pub stations: u32,
    /// Bikes in the city at the beginning.
    pub bikes: u32,
    /// Vans on the road.
    pub vans: u32,
    /// Riders who wanted a bike.
    pub riders: u64,
    /// Who rode.
    pub rides: u64,
    /// Who found no bike, and gave up.
    pub lost_rides: u64,
    /// Who walked to another station for a bike.
    pub walked: u64,
    /// Times that a rider found no free dock, and rode on to another station.
    pub refused_returns: u64,
    /// Share of time that stations had no bike.
    pub empty: f64,
    /// Share of time that stations had no free dock.
    pub full: f64,
    /// The same of the operator's own vans, as the history saw it.
    pub observed_empty: f64,
    /// And without a free dock.
    pub observed_full: f64,
    /// Work orders that were proposed.
    pub orders: u64,
    /// Of these, done.
    pub done: u64,
    /// Bikes that vans loaded or unloaded.
    pub moved: u64,
    /// Stations that began to give no bikes.
    pub jams: u64,
    /// Of these, such as somebody was sent to look at.
    pub jams_found: u64,
    /// From the jam to the order to look, in the mean of those that were found, in hours.
    pub jam_found_h: f64,
    /// From the jam to when it was mended, in the mean of those that were, in hours.
    pub jam_mended_h: f64,
    /// Rides that were lost because a station gave none of its bikes.
    pub jam_lost_rides: u64,
    /// Orders to look.
    pub inspections: u64,
    /// Of these, at stations that were well.
    pub false_alarms: u64,
    /// Kilometres that vans drove, by the straight line.
    pub van_km: f64,
    /// Share of these with no bike aboard and not to fetch any.
    pub van_idle: f64,
    /// From need to the order's issue, of orders that were issued, in seconds of the city's time.
    pub issue_p50_s: f64,
    /// The slowest hundredth.
    pub issue_p99_s: f64,
    /// Wall time of a round that had something to decide, the slowest hundredth.
    pub decision_p99_ms: f64,
    /// How long the run took.
    pub sim_seconds: f64,
}

impl BikesKpis {
    pub(super) fn observe(&mut self, observed: Observed) {
        (self.observed_empty, self.observed_full) = (observed.empty, observed.full);
    }
}

/// The table as rows of text, as the command prints it.
pub fn rows(kpis: &[&BikesKpis]) -> Vec<Row> {
    let row = |name, hint, better, digits, unit, value: fn(&BikesKpis) -> f64| {
        table_row(kpis, (name, hint), (better, digits, unit), value)
    };
    use Better::{High, Low, Neither};
    let mut rows = vec![
        row("Vans", "on the road all the time", Neither, 0, "", |k| k.vans.into()),
        row("Riders", "who wanted a bike", Neither, 0, "", |k| k.riders as f64),
        row("Rides", "that were made", High, 0, "", |k| k.rides as f64),
        row("Rides lost", "no bike within a walk", Low, 0, "", |k| k.lost_rides as f64),
        row("Rides lost, share", "of riders", Low, 2, " %", |k| {
            100.0 * ratio(k.lost_rides as f64, k.riders as f64)
        }),
        row("Walked", "to another station for a bike", Low, 0, "", |k| k.walked as f64),
        row("No free dock", "rode on to another station", Low, 0, "", |k| k.refused_returns as f64),
        row("Empty", "of the time of stations", Low, 1, " %", |k| 100.0 * k.empty),
        row("Full", "of the time of stations", Low, 1, " %", |k| 100.0 * k.full),
        row("Empty or full", "of the time of stations", Low, 1, " %", |k| 100.0 * (k.empty + k.full)),
        row("By the operator", "empty or full in these days, as the history saw it", Neither, 1, " %", |k| {
            100.0 * (k.observed_empty + k.observed_full)
        }),
        row("Work orders", "proposed", Neither, 0, "", |k| k.orders as f64),
        row("Done", "of these", Neither, 0, "", |k| k.done as f64),
        row("Bikes moved", "loaded or unloaded", Neither, 0, "", |k| k.moved as f64),
        row("Driven", "by all vans", Low, 0, " km", |k| k.van_km),
        row("Driven for nothing", "without bikes, and not to fetch any", Low, 1, " %", |k| {
            100.0 * k.van_idle
        }),
        row("Need to order p50", "in the city's time", Low, 1, " s", |k| k.issue_p50_s),
        row("Need to order p99", "in the city's time", Low, 1, " s", |k| k.issue_p99_s),
        row("Decision p99", "tick to commit", Low, 2, " ms", |k| k.decision_p99_ms),
        row("Took", "of wall time", Neither, 1, " s", |k| k.sim_seconds),
    ];
    if kpis.iter().any(|kpis| kpis.jams + kpis.inspections > 0) {
        rows.extend([
            row("Jammed stations", "had bikes and gave none", Neither, 0, "", |k| k.jams as f64),
            row("Found", "of these", High, 0, "", |k| k.jams_found as f64),
            row("Jam to order", "to look, of those found, in the mean", Low, 2, " h", |k| k.jam_found_h),
            row("Jam to mended", "of those mended, in the mean", Low, 2, " h", |k| k.jam_mended_h),
            row("Rides lost by jams", "bikes stood there", Low, 0, "", |k| k.jam_lost_rides as f64),
            row("Inspections", "ordered", Neither, 0, "", |k| k.inspections as f64),
            row("False alarms", "of these, at stations that were well", Low, 0, "", |k| {
                k.false_alarms as f64
            }),
        ]);
    }
    rows
}
