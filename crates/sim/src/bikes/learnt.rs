//! What days of a history teach: rates of riders, and how the operator's own vans kept it then.

use super::history::History;
use super::period::Period;
use crate::error::SimError;
use paceline_model::Instant;
use paceline_model::Zone;
use paceline_plan::forecast::stations::{Parked, Seen, StationForecast, Unseen};
use std::collections::BTreeMap;

/// A snapshot holds until the next one, but no longer than this: what comes after a gap is not known.
const HOLDS_MS_MAX: u64 = 3_600_000;

/// The rates of a period. Errors: a file that cannot be read, or nothing to learn from.
pub(super) fn rates(history: &mut History, zone: &Zone, period: Period) -> Result<StationForecast, SimError> {
    let mut forecast = StationForecast::new(zone.offset(period.span(zone).0));
    let mut newest: Vec<Option<(Instant, Parked)>> = Vec::new();
    let mut learnt = 0_u64;
    history.each((zone, period), |snapshot, stations| {
        for station in &stations[newest.len()..] {
            forecast.add_station(station.place);
            newest.push(None);
        }
        let now = snapshot.is_open.then_some((snapshot.at, snapshot.parked));
        let before = std::mem::replace(&mut newest[snapshot.station], now);
        let (Some(before), Some(now)) = (before, now) else { return };
        if let Ok(seen) = Seen::between(snapshot.station, before, now) {
            forecast.set_offset(zone.offset(seen.from));
            forecast.learn(&seen);
            learnt += 1;
        }
    })?;
    if learnt == 0 {
        return Err(history.lacks("history", &period, "must have two snapshots of one station"));
    }
    Ok(forecast)
}

/// How the operator kept it: time of stations in service without a bike and without a free dock, as shares.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Observed {
    /// Without a bike.
    pub empty: f64,
    /// Without a free dock.
    pub full: f64,
}

/// What a period saw. Errors: a file that cannot be read.
pub(super) fn observed(history: &mut History, zone: &Zone, period: Period) -> Result<Observed, SimError> {
    let mut newest: Vec<Option<(Instant, Parked)>> = Vec::new();
    let (mut all, mut empty, mut full) = (0, 0, 0);
    history.each((zone, period), |snapshot, stations| {
        newest.resize(stations.len(), None);
        let now = snapshot.is_open.then_some((snapshot.at, snapshot.parked));
        let Some((from, parked)) = std::mem::replace(&mut newest[snapshot.station], now) else { return };
        let held = snapshot.at.0.saturating_sub(from.0).min(HOLDS_MS_MAX);
        all += held;
        empty += if parked.bikes == 0 { held } else { 0 };
        full += if parked.docks == 0 { held } else { 0 };
    })?;
    let share = |part: u64| part as f64 / (all as f64).max(1.0);
    Ok(Observed { empty: share(empty), full: share(full) })
}

/// What an operator's van did: when it was seen, at which station, and bikes that came; below 0, went.
pub(super) type Move = (Instant, usize, i32);

/// Moves of the operator's own vans in a period, at stations with these numbers in the history: what changes by so much between two
/// snapshots is none of riders'. Smaller moves are not known from these. Errors: a file that cannot be read.
pub(super) fn moves(
    history: &mut History,
    (zone, period): (&Zone, Period),
    numbers: &[usize],
) -> Result<Vec<Move>, SimError> {
    let stations: BTreeMap<usize, usize> =
        numbers.iter().enumerate().map(|(at, number)| (*number, at)).collect();
    let mut newest: BTreeMap<usize, (Instant, Parked)> = BTreeMap::new();
    let mut moves = Vec::new();
    history.each((zone, period), |snapshot, _| {
        let now = (snapshot.at, snapshot.parked);
        let Some(before) = newest.insert(snapshot.station, now) else { return };
        let Some(&station) = stations.get(&snapshot.station) else { return };
        if Seen::between(0, before, now) == Err(Unseen::Van) {
            let bikes = i64::from(snapshot.parked.bikes) - i64::from(before.1.bikes);
            moves.push((snapshot.at, station, bikes as i32));
        }
    })?;
    Ok(moves)
}
