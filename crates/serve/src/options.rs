//! The server's settings and limits, each with its unit and its default's reason.

use paceline_model::limits::{Invalid, within};
use serde::{Deserialize, Serialize};
use std::net::{Ipv4Addr, SocketAddr};

/// How a region is served.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ServeOptions {
    /// Where to listen. Loopback unless told otherwise: there is no authentication yet.
    pub listen: SocketAddr,
    /// Time between two rounds.
    pub tick_ms: u32,
    /// Time that one round may take before it falls back to a cheaper answer.
    pub round_budget_ms: u32,
    /// Commands that may wait for the region. Beyond them callers are told to come back: 429.
    pub queue_length: usize,
    /// Largest request body. 10,000 readings of 200 bytes fit.
    pub body_bytes_max: usize,
    /// Most readings in one batch.
    pub telemetry_batch_max: usize,
    /// Changes kept for streams that come back: about ten minutes of a busy region.
    pub stream_ring: usize,
    /// Most streams at once.
    pub stream_clients_max: usize,
    /// How long a caller waits for an answer at most.
    pub request_timeout_ms: u32,
    /// Longest wait that an order allows when it does not say.
    pub max_wait_default_s: u32,
    /// Records between two snapshots: a restart replays at most so many.
    pub snapshot_every: u64,
    /// How long tasks may take to end after being asked to.
    pub drain_grace_ms: u32,
}

impl Default for ServeOptions {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8080)),
            tick_ms: 200,
            round_budget_ms: 300,
            queue_length: 4_096,
            body_bytes_max: 2 << 20,
            telemetry_batch_max: 10_000,
            stream_ring: 65_536,
            stream_clients_max: 256,
            request_timeout_ms: 10_000,
            max_wait_default_s: 600,
            snapshot_every: 100_000,
            drain_grace_ms: 5_000,
        }
    }
}

impl ServeOptions {
    /// Errors: a span or size of nothing, or beyond reason.
    pub fn validate(self) -> Result<Self, Invalid> {
        within("tick_ms", self.tick_ms.into(), (10.0, 60_000.0))?;
        within("round_budget_ms", self.round_budget_ms.into(), (1.0, 60_000.0))?;
        within("queue_length", self.queue_length as f64, (1.0, 1e6))?;
        within("body_bytes_max", self.body_bytes_max as f64, (1_024.0, 1e9))?;
        within("telemetry_batch_max", self.telemetry_batch_max as f64, (1.0, 1e6))?;
        within("stream_ring", self.stream_ring as f64, (1.0, 1e7))?;
        within("stream_clients_max", self.stream_clients_max as f64, (1.0, 1e5))?;
        within("request_timeout_ms", self.request_timeout_ms.into(), (10.0, 600_000.0))?;
        within("max_wait_default_s", self.max_wait_default_s.into(), (1.0, 86_400.0))?;
        within("snapshot_every", self.snapshot_every as f64, (100.0, 1e9))?;
        within("drain_grace_ms", self.drain_grace_ms.into(), (10.0, 600_000.0))?;
        Ok(self)
    }
}
