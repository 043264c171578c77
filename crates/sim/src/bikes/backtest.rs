//! How well rentals and returns could have been foretold: a history is walked through once, each count is foretold from what was known before it, judged beside the seasonal mean, and
//! learnt from afterwards.

use super::history::{History, HistoryStation, Snapshot};
use super::period::Period;
use crate::error::SimError;
use jiff::civil::Date;
use paceline_model::Zone;
use paceline_model::{Instant, Millis};
use paceline_plan::forecast::stations::{
    Parked, Predictive, Score, SeasonalMean, Seen, Side, StationForecast, Unseen,
};
use std::collections::{BTreeMap, VecDeque};
use std::path::Path;

const WEEK_MS: u64 = 7 * 86_400_000;

/// Whether learning goes on while it is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Learning {
    /// It does, as in a live system: a count is learnt from once it is over.
    GoesOn,
    /// What is known stays what the training taught.
    Ends,
}

/// What to learn from and what to judge.
#[derive(Clone, Debug)]
pub struct BacktestOptions {
    /// The city's time zone.
    pub zone: Zone,
    /// Learnt from, and not judged.
    pub train: Period,
    /// Judged.
    pub test: Period,
    /// How long before a span begins it is foretold: what is not over by then is not known.
    pub ahead: Millis,
    /// Whether learning goes on.
    pub learning: Learning,
}

/// A week of the test.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Week {
    /// Its first day.
    pub day: Date,
    /// The forecast.
    pub forecast: Score,
    /// The mean of each station's hour of the week, as wide as it was learnt to be.
    pub seasonal: Score,
    /// The same, as a Poisson distribution.
    pub seasonal_poisson: Score,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Backtest {
    /// Stations that were known in the end.
    pub stations: usize,
    /// Snapshots read in both periods.
    pub snapshots: u64,
    /// Of these, those of stations out of service.
    pub closed: u64,
    /// Pairs of snapshots that say nothing of riders, by reason.
    pub unseen: BTreeMap<Unseen, u64>,
    /// Pairs that do.
    pub seen: u64,
    /// Week by week; the last one may be short.
    pub weeks: Vec<Week>,
}

impl Week {
    /// The week that begins so many weeks after `first`.
    fn after(first: Date, weeks: usize) -> Self {
        let none = Score::default();
        let day = (0..weeks * 7).try_fold(first, |day, _| day.tomorrow()).unwrap_or(first);
        Self { day, forecast: none, seasonal: none, seasonal_poisson: none }
    }
}

impl Backtest {
    /// All weeks together: forecast, seasonal mean, seasonal mean as Poisson.
    pub fn all(&self) -> [Score; 3] {
        let sum = |of: fn(&Week) -> &Score| self.weeks.iter().map(of).fold(Score::default(), Score::and);
        [sum(|week| &week.forecast), sum(|week| &week.seasonal), sum(|week| &week.seasonal_poisson)]
    }
}

/// Walks through a history.
///
/// Errors: it cannot be read, the training ends after the test begins, or there is nothing to learn from or nothing to judge.
pub fn backtest(folder: &Path, options: &BacktestOptions) -> Result<Backtest, SimError> {
    let (train, test) = (options.train, options.test);
    let mut history = History::open(folder)?;
    if test.days().0 < train.days().1 {
        return Err(history.lacks("test", &test, "must not begin before the training ends"));
    }
    let mut walk = Walk::new(options, &history);
    walk.through(&mut history, train)?;
    if walk.done.seen == 0 {
        return Err(history.lacks("train", &train, "must have two snapshots of one station in the history"));
    }
    walk.through(&mut history, test)?;
    if walk.done.weeks.iter().all(|week| week.forecast.counts == 0) {
        return Err(history.lacks("test", &test, "must have two snapshots of one station in the history"));
    }
    walk.done.stations = history.stations().len();
    Ok(walk.done)
}

/// The two that are compared, on their way through the time.
struct Walk<'a> {
    options: &'a BacktestOptions,
    forecast: StationForecast,
    seasonal: SeasonalMean,
    /// The newest reading of each station in service.
    newest: Vec<Option<(Instant, Parked)>>,
    /// Not yet known, in the order of their ends.
    pending: VecDeque<Seen>,
    done: Backtest,
}

impl<'a> Walk<'a> {
    fn new(options: &'a BacktestOptions, history: &History) -> Self {
        let (begin, _) = options.train.span(&options.zone);
        let offset = options.zone.offset(begin);
        let mut walk = Self {
            options,
            forecast: StationForecast::new(offset),
            seasonal: SeasonalMean::new(offset),
            newest: Vec::new(),
            pending: VecDeque::new(),
            done: Backtest {
                stations: 0,
                snapshots: 0,
                closed: 0,
                unseen: BTreeMap::new(),
                seen: 0,
                weeks: Vec::new(),
            },
        };
        walk.add_stations(history.stations());
        walk
    }

    fn add_stations(&mut self, stations: &[HistoryStation]) {
        for station in &stations[self.newest.len()..] {
            self.forecast.add_station(station.place);
            self.seasonal.add_station();
            self.newest.push(None);
        }
    }

    fn through(&mut self, history: &mut History, period: Period) -> Result<(), SimError> {
        self.newest.iter_mut().for_each(|newest| *newest = None);
        history.each((&self.options.zone, period), |snapshot, stations| {
            self.add_stations(stations);
            self.take(snapshot);
        })
    }

    fn take(&mut self, snapshot: &Snapshot) {
        self.done.snapshots += 1;
        let now = (snapshot.at, snapshot.parked);
        if !snapshot.is_open {
            self.done.closed += 1;
            self.newest[snapshot.station] = None;
            return;
        }
        let Some(before) = self.newest[snapshot.station].replace(now) else { return };
        match Seen::between(snapshot.station, before, now) {
            Ok(seen) => self.judge_and_learn(seen),
            Err(reason) => *self.done.unseen.entry(reason).or_default() += 1,
        }
    }

    fn judge_and_learn(&mut self, seen: Seen) {
        self.done.seen += 1;
        let (judged_from, _) = self.options.test.span(&self.options.zone);
        let is_judged = seen.from >= judged_from;
        self.learn_until(seen.from);
        if is_judged {
            let number = (seen.from.0 - judged_from.0) / WEEK_MS;
            while self.done.weeks.len() as u64 <= number {
                self.done.weeks.push(Week::after(self.options.test.days().0, self.done.weeks.len()));
            }
            self.judge(&seen, number as usize);
        }
        if !is_judged || self.options.learning == Learning::GoesOn {
            self.pending.push_back(seen);
        }
    }

    /// Learns from what was over so long before `at` that it is known when `at` is foretold.
    fn learn_until(&mut self, at: Instant) {
        let known = |seen: &Seen| seen.to.0.saturating_add(self.options.ahead.0.into()) <= at.0;
        let count = self.pending.iter().take_while(|seen| known(seen)).count();
        for seen in self.pending.drain(..count) {
            let offset = self.options.zone.offset(seen.from);
            self.forecast.set_offset(offset);
            self.seasonal.set_offset(offset);
            self.forecast.learn(&seen);
            self.seasonal.learn(&seen);
        }
    }

    fn judge(&mut self, seen: &Seen, week: usize) {
        let offset = self.options.zone.offset(seen.from);
        self.forecast.set_offset(offset);
        self.seasonal.set_offset(offset);
        let week = &mut self.done.weeks[week];
        for side in Side::BOTH {
            let count = seen.of(side);
            let seasonal = self.seasonal.predict(seen.station, side, seen.from, seen.to);
            week.forecast.judge(self.forecast.predict(seen.station, side, seen.from, seen.to), count);
            week.seasonal.judge(seasonal, count);
            week.seasonal_poisson.judge(Predictive::poisson(seasonal.mean), count);
        }
    }
}
