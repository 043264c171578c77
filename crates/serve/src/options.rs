//! The server's settings and limits, each with its unit and its default's reason: the section `[serve]` of its file.
//! The page of all keys is `docs/configuration.md`.

use crate::tls::TlsOptions;
use paceline_engine::TICK;
use paceline_model::duration::within as span_within;
use paceline_model::limits::{Invalid, within};
use paceline_model::{Millis, duration};
use serde::{Deserialize, Serialize};
use std::net::{Ipv4Addr, SocketAddr};

/// How a region is served.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ServeOptions {
    /// Where to listen. Loopback unless told otherwise: on any other address identity must be configured.
    pub listen: SocketAddr,
    /// By which certificate it speaks TLS; without, it speaks plain HTTP.
    pub tls: Option<TlsOptions>,
    /// Time between two rounds.
    #[serde(with = "duration")]
    pub tick: Millis,
    /// Time that one round may take before it falls back to a cheaper answer.
    #[serde(with = "duration")]
    pub round_budget: Millis,
    /// Commands that may wait for the region. Beyond them callers are told to come back: 429.
    pub queue_length: usize,
    /// Longest that new work waits for the region while a queue stands, as in a flood. Beyond it callers are told to come back: 429.
    #[serde(with = "duration")]
    pub queue_delay_max: Millis,
    /// Largest request body. 10,000 readings of 200 bytes fit.
    pub body_bytes_max: usize,
    /// Most readings in one batch.
    pub telemetry_batch_max: usize,
    /// Changes kept for streams that come back: about ten minutes of a busy region.
    pub stream_ring: usize,
    /// Most streams at once. Each is a connection, and no more however far its client is behind.
    pub stream_clients_max: usize,
    /// Most connections at once; fewer where the limit of open files, less what the journal needs, allows no more.
    pub connections_max: usize,
    /// Most connections from one address, so that nobody takes them all.
    pub connections_per_address_max: usize,
    /// How long a caller waits for an answer at most.
    #[serde(with = "duration")]
    pub request_timeout: Millis,
    /// Longest wait that an order allows when it does not say.
    #[serde(with = "duration")]
    pub max_wait_default: Millis,
    /// Records between two snapshots: a restart replays at most so many.
    pub snapshot_every: u64,
    /// How long tasks may take to end after being asked to.
    #[serde(with = "duration")]
    pub drain_grace: Millis,
}

impl Default for ServeOptions {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8080)),
            tls: None,
            tick: TICK,
            round_budget: Millis(300),
            queue_length: 4_096,
            queue_delay_max: Millis(20),
            body_bytes_max: 2 << 20,
            telemetry_batch_max: 10_000,
            stream_ring: 65_536,
            stream_clients_max: 8_192,
            connections_max: 16_384,
            connections_per_address_max: 12_288,
            request_timeout: Millis::from_secs(10),
            max_wait_default: Millis::from_secs(600),
            snapshot_every: 100_000,
            drain_grace: Millis::from_secs(5),
        }
    }
}

impl ServeOptions {
    /// Errors: a span or size of nothing, or beyond reason.
    pub fn validate(self) -> Result<Self, Invalid> {
        let minute = Millis::from_secs(60);
        span_within("tick", self.tick, (Millis(10), minute))?;
        span_within("round_budget", self.round_budget, (Millis(1), minute))?;
        span_within("request_timeout", self.request_timeout, (Millis(10), Millis::from_secs(600)))?;
        span_within(
            "max_wait_default",
            self.max_wait_default,
            (Millis::from_secs(1), Millis::from_secs(86_400)),
        )?;
        span_within("drain_grace", self.drain_grace, (Millis(10), Millis::from_secs(600)))?;
        span_within("queue_delay_max", self.queue_delay_max, (Millis(1), minute))?;
        within("queue_length", self.queue_length as f64, (1.0, 1e6))?;
        within("body_bytes_max", self.body_bytes_max as f64, (1_024.0, 1e9))?;
        within("telemetry_batch_max", self.telemetry_batch_max as f64, (1.0, 1e6))?;
        within("stream_ring", self.stream_ring as f64, (1.0, 1e7))?;
        within("stream_clients_max", self.stream_clients_max as f64, (1.0, 1e5))?;
        within("connections_max", self.connections_max as f64, (1.0, 1e6))?;
        within("connections_per_address_max", self.connections_per_address_max as f64, (1.0, 1e6))?;
        if let Some(tls) = &self.tls {
            tls.validate()?;
        }
        within("snapshot_every", self.snapshot_every as f64, (100.0, 1e9))?;
        Ok(self)
    }
}
