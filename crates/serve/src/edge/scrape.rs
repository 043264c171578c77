//! Reads Prometheus exporters of nodes, each in a task of its own, and puts what they say beside what nodes report themselves. One that
//! cannot be read is counted, and what it said before is unknown.

use super::NodeReports;
use crate::clock::Clock;
use crate::error::ServeError;
use crate::fetch;
use paceline_model::edge::scrape::{MetricMapping, ScrapeOptions, ScrapeTarget, Scraped};
use paceline_model::{Invalid, Millis, Rule};
use paceline_supervise::{NamedExt as _, Scope, Until};
use paceline_tls::ClientTls;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::registry::Registry;
use std::sync::Arc;
use std::time::Duration;

/// Largest answer. A node exporter with all its collectors writes some 200 kB.
const ANSWER_BYTES_MAX: usize = 4 << 20;

/// How often exporters were read.
#[derive(Clone, Default)]
pub(super) struct ScrapeMetrics {
    read: Counter,
    failed: Counter,
}

impl ScrapeMetrics {
    pub(super) fn register(&self, registry: &mut Registry) {
        registry.register("scrapes_read", "Times that an exporter was read", self.read.clone());
        registry.register("scrapes_failed", "Times that one could not be read", self.failed.clone());
    }
}

/// Reads exporters of one region.
pub(super) struct Scraper {
    http: reqwest::Client,
    usual: Millis,
    targets: Vec<ScrapeTarget>,
    mapping: Arc<[MetricMapping]>,
}

impl Scraper {
    /// Errors: no client can be made, or a target's address is none.
    pub(super) fn new(options: &ScrapeOptions) -> Result<Option<Self>, ServeError> {
        let Some(first) = options.targets.first() else { return Ok(None) };
        check_addresses(options)?;
        // Authorities are read where any of them speaks TLS.
        let secure = options.targets.iter().find(|target| target.url.starts_with("https://"));
        let tls = ClientTls { ca_file: None, identity: None }.config(&secure.unwrap_or(first).url)?;
        let http = fetch::client(tls, options.timeout.into()).map_err(|error| {
            let rule = Rule::Shape(format!("must be left out: nothing can be asked from here: {error}"));
            Invalid::new("scrape.targets", "set", rule)
        })?;
        let (targets, mapping) = (options.targets.clone(), options.mapping().into());
        Ok(Some(Self { http, usual: options.interval, targets, mapping }))
    }

    /// Starts a task for each exporter, which ends with the scope.
    pub(super) fn start(
        self,
        scope: &Scope,
        clock: Clock,
        reports: &Arc<NodeReports>,
        metrics: &ScrapeMetrics,
    ) {
        let count = self.targets.len() as u32;
        for (number, target) in (0..).zip(self.targets) {
            let every = clock.real(target.interval.unwrap_or(self.usual));
            let one = One {
                http: self.http.clone(),
                every,
                // They are not all asked at once.
                first: every * number / count,
                target,
                mapping: self.mapping.clone(),
                clock,
                reports: reports.clone(),
                metrics: metrics.clone(),
            };
            let token = scope.token();
            scope.spawn("scrape", Until::Owner, async move {
                // It has no end of its own.
                _ = token.run_until_cancelled(one.run()).await;
            });
        }
    }
}

/// Errors: an address that is none, or one that names who asks: whoever may read a region's options sees it.
pub(super) fn check_addresses(options: &ScrapeOptions) -> Result<(), Invalid> {
    for target in &options.targets {
        let url = reqwest::Url::parse(&target.url).map_err(|error| {
            let rule = Rule::Shape(format!("must be an address: {error}"));
            Invalid::new("scrape.targets.url", &target.url, rule)
        })?;
        if !url.username().is_empty() || url.password().is_some() {
            let rule = Rule::Shape(
                "must have no user or password: whoever may read the region's options sees them".into(),
            );
            return Err(Invalid::new("scrape.targets.url", format!("of {}", target.node), rule));
        }
    }
    Ok(())
}

/// One exporter.
struct One {
    http: reqwest::Client,
    every: Duration,
    first: Duration,
    target: ScrapeTarget,
    mapping: Arc<[MetricMapping]>,
    clock: Clock,
    reports: Arc<NodeReports>,
    metrics: ScrapeMetrics,
}

impl One {
    async fn run(self) {
        let (mut scraped, mut failing) = (Scraped::default(), false);
        tokio::time::sleep(self.first).named("first look at an exporter").await;
        loop {
            let looked = self.look(&mut scraped).named("an exporter's answer").await;
            let was_failing = std::mem::replace(&mut failing, looked.is_err());
            let counter = if failing { &self.metrics.failed } else { &self.metrics.read };
            counter.inc();
            let node = &self.target.node;
            let report = looked.unwrap_or_else(|why| {
                if !was_failing {
                    tracing::warn!(%node, why, "an exporter cannot be read: what it said is unknown");
                }
                scraped.unreadable(node, self.clock.now())
            });
            // Where too many wait, the next look says more.
            _ = self.reports.put(vec![report]);
            tokio::time::sleep(self.every).named("next look at an exporter").await;
        }
    }

    /// Errors: in words, why nothing can be read.
    async fn look(&self, scraped: &mut Scraped) -> Result<paceline_model::edge::NodeReport, String> {
        let body = fetch::get(&self.http, &self.target.url, "it", ANSWER_BYTES_MAX).await?;
        let text = String::from_utf8(body).map_err(|_| "it answers no text".to_owned())?;
        let now = self.clock.now();
        scraped
            .report(&self.target.node, now, &self.mapping, &text)
            .map_err(|malformed| malformed.to_string())
    }
}
