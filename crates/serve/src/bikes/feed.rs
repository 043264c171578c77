//! Reads the region's own GBFS feed, in a task of its own, and puts what it says to the region: stations that are new, what stands at those
//! that are known, and bikes that stand at none. Where the feed is not fresh nothing of it is taken: what was known grows old, and nothing new is ordered by it.

use super::BikesModel;
use crate::error::ServeError;
use crate::http::App;
use crate::problem::Problem;
use paceline_engine::bikes::{Bikes, StationRow};
use paceline_gbfs::{Feed, FeedOptions};
use paceline_model::bikes::{
    BatteryCount, Capacity, Command, FeedReading, Health, SiteKind, StationReading, StationReport,
    StationSpec,
};
use paceline_model::limits::STATION_DOCKS_MAX;
use paceline_model::{Instant, Invalid, Millis, Request, Rule};
use paceline_supervise::{NamedExt as _, Scope, Until};
use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;
use std::time::Duration;

/// The least time between two looks at what is due: a feed that is due at once, for ever, is no reason to spin.
const PAUSE: Duration = Duration::from_secs(1);

/// How a poll of the feed came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelValue)]
enum Outcome {
    Fresh,
    Stale,
    Implausible,
    Partial,
    Gone,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ByOutcome {
    health: Outcome,
}

impl From<Health> for ByOutcome {
    fn from(of: Health) -> Self {
        let health = match of {
            Health::Fresh => Outcome::Fresh,
            Health::Stale { .. } => Outcome::Stale,
            Health::Implausible { .. } => Outcome::Implausible,
            Health::Partial { .. } => Outcome::Partial,
            Health::Gone { .. } => Outcome::Gone,
        };
        Self { health }
    }
}

/// How often the feed was read, and what came of it.
#[derive(Clone, Default)]
pub(super) struct FeedMetrics {
    polls: Family<ByOutcome, Counter>,
    taken: Counter,
    refused: Counter,
    odd: Counter,
}

impl FeedMetrics {
    pub(super) fn register(&self, r: &mut Registry) {
        let polls = "Polls of the region's feed, by how it was; what is not fresh is not taken";
        r.register("feed_polls", polls, self.polls.clone());
        r.register(
            "feed_stations_taken",
            "Stations and cells of which the feed said something new",
            self.taken.clone(),
        );
        let refused = "Stations of the feed that break a rule, and polls that the region could not take";
        r.register("feed_refused", refused, self.refused.clone());
        r.register("feed_oddities", "Odd things that the feed said", self.odd.clone());
    }
}

/// A region's feed, not yet asked.
pub(super) struct Source {
    feed: Feed,
}

impl Source {
    /// Errors: no address, no folder and no file of a feed.
    pub(super) fn open(place: Option<&str>) -> Result<Option<Self>, ServeError> {
        let Some(place) = place else { return Ok(None) };
        let feed = Feed::open(place, &FeedOptions::default()).map_err(|error| {
            Invalid::new("feed", place, Rule::Shape(format!("must be a feed that can be asked: {error}")))
        })?;
        Ok(Some(Self { feed }))
    }

    /// Starts the task, which ends when the server begins to.
    pub(super) fn start(self, scope: &Scope, app: App<Bikes>, metrics: FeedMetrics) {
        let closing = app.region.closing.clone();
        let follower = Follower { feed: self.feed, app, metrics, told: None };
        scope.spawn("feed", Until::Owner, async move {
            // It has no end of its own.
            _ = closing.run_until_cancelled(follower.run()).await;
        });
    }
}

struct Follower {
    feed: Feed,
    app: App<Bikes>,
    metrics: FeedMetrics,
    /// The health that was logged last.
    told: Option<ByOutcome>,
}

impl Follower {
    async fn run(mut self) {
        loop {
            let now = self.app.clock.now();
            let reading = self.feed.next(now).named("an answer of the feed").await;
            self.tell(&reading);
            if reading.health.is_fresh()
                && let Err(problem) = self.take(&reading).await
            {
                self.metrics.refused.inc();
                tracing::warn!(?problem, "what the feed said was not taken: the next poll says it again");
            }
            let wait = self.app.clock.real(self.feed.due().since(self.app.clock.now()));
            tokio::time::sleep(wait.max(PAUSE)).named("next look at the feed").await;
        }
    }

    fn tell(&mut self, reading: &FeedReading) {
        let outcome = ByOutcome::from(reading.health);
        self.metrics.polls.get_or_create(&outcome).inc();
        self.metrics.odd.inc_by(reading.told.iter().map(|(_, of)| of.count).sum());
        if self.told.replace(outcome) != Some(outcome) {
            let (health, stations) = (reading.health, reading.stations.len());
            tracing::info!(%health, stations, "the feed is so now");
        }
    }

    /// Errors: the region cannot take it now.
    async fn take(&self, reading: &FeedReading) -> Result<(), Problem> {
        self.take_stations(reading).await?;
        let Some(resolution) = self.app.region.look(|world| world.options().cells).await? else {
            return Ok(());
        };
        let cells = self.app.own.loose.command(&self.app, reading, resolution).await?;
        match cells.filter(|cells| !cells.is_empty()) {
            Some(cells) => {
                self.metrics.taken.inc_by(cells.news());
                self.put(cells.into_command()).await
            }
            None => Ok(()),
        }
    }

    async fn take_stations(&self, reading: &FeedReading) -> Result<(), Problem> {
        let stations: Vec<StationReading> = reading.stations.values().cloned().collect();
        let (stale, rules) =
            self.app.region.look(|world| (world.options().stale_after, world.options().batteries)).await?;
        let batteries = self.app.own.loose.batteries(reading, rules).unwrap_or_default();
        let report = move |of: &StationReading| report(of, batteries.get(&of.id).copied());
        let now = self.app.clock.now();
        let sort = move |model: &BikesModel| {
            let specs: Vec<StationSpec> =
                stations.iter().filter_map(|of| described(of, model.stations.get(&of.id))).collect();
            let is_news = |of: &&StationReading| {
                model.stations.get(&of.id).is_none_or(|row| is_news(&report(of), row, now, stale))
            };
            let news: Vec<StationReport> = stations.iter().filter(is_news).map(&report).collect();
            (specs, news)
        };
        let (specs, news) = self.app.view.read(sort).await?;
        for spec in specs {
            let id = spec.id.clone();
            if let Err(problem) = self.put(Command::PutStation(spec)).await {
                self.metrics.refused.inc();
                tracing::warn!(station = %id, ?problem, "a station of the feed was not taken");
            }
        }
        self.metrics.taken.inc_by(news.len() as u64);
        if news.is_empty() { Ok(()) } else { self.put(Command::TakeStock(news)).await }
    }

    async fn put(&self, command: Command) -> Result<(), Problem> {
        self.app.region.command(Request { command, key: None }).await.map(drop)
    }
}

fn report(of: &StationReading, batteries: Option<BatteryCount>) -> StationReport {
    StationReport { station: of.id.clone(), service: of.service, stock: of.stock.clone(), batteries }
}

/// Whether a report is worth telling: it says something else, or what has not changed is told again before it counts as silence.
pub(super) fn is_news(of: &StationReport, row: &StationRow, now: Instant, stale_after: Millis) -> bool {
    let is_old = row.heard_at.is_none_or(|at| now.since(at).0 > stale_after.0 / 2);
    is_old || says_more(of, row)
}

/// Whether a report says something else than what is known, or crews have moved bikes since that a newer count would confirm.
fn says_more(of: &StationReport, row: &StationRow) -> bool {
    let counts = |stock: &paceline_model::bikes::StockReading| {
        let known = stock.known()?;
        Some((known.bikes.clone(), known.bikes_broken, known.docks_broken, known.room.clone()))
    };
    row.stock.batteries.is_news(of.batteries)
        || row.service != of.service
        || row.stock.since() != 0
        || counts(&row.stock.reported) != counts(&of.stock)
}

/// A station as the feed describes it, if it is new, or has other docks, another place or another name than before. What an operator wants to
/// stand there stays, unless it was what is usual for the docks that it had.
fn described(of: &StationReading, known: Option<&StationRow>) -> Option<StationSpec> {
    let position = of.place.known()?;
    let docks = match of.capacity {
        Capacity::Docks(docks) => Some(docks.clamp(1, STATION_DOCKS_MAX)),
        Capacity::Unlimited => None,
        Capacity::Unknown => known.and_then(|row| row.spec.docks),
    };
    let name = of.names.values().next().cloned();
    let Some(row) = known else {
        return Some(StationSpec {
            id: of.id.clone(),
            kind: SiteKind::Station,
            name,
            position,
            docks,
            target: None,
        });
    };
    let spec = &row.spec;
    let target = spec.target.filter(|target| docks.is_none_or(|docks| target.high <= docks));
    let other = StationSpec { name, position, docks, target, ..(**spec).clone() };
    (spec.kind == SiteKind::Station && other != **spec).then_some(other)
}
