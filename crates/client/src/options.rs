//! How patient a client is, each limit with its reason.

use crate::key::ApiKey;
use paceline_tls::ClientTls;
use std::time::Duration;

/// How patient a client is.
#[derive(Clone, Debug)]
pub struct ClientOptions {
    /// Longest that one attempt may take. The server itself gives up after 10 s and says so.
    pub timeout: Duration,
    /// Attempts of one call, or to open a stream again; 1: nothing is repeated.
    pub attempts_max: u32,
    /// Wait before the second attempt; it doubles with each. Between half of it and all of it is waited, at random, so that
    /// callers who were turned away together do not come back together.
    pub backoff_first: Duration,
    /// Longest such wait.
    pub backoff_max: Duration,
    /// Longest `Retry-After` that is waited for. A server that asks for more is busy for good: the call fails at once.
    pub retry_after_max: Duration,
    /// Largest answer that is read, and largest item of a stream. Positions of 100,000 vehicles take some 6 MB.
    pub answer_bytes_max: usize,
    /// Longest silence of a stream before it is opened again. The server says something every 15 s.
    pub silence_max: Duration,
    /// Positions sent in one request, as many as a server takes unless told otherwise.
    pub positions_batch_max: usize,
    /// Idle connections that are kept.
    pub connections_idle_max: usize,
    /// How long they are kept.
    pub idle_timeout: Duration,
    /// Carried by each request as `Authorization: Bearer`.
    pub bearer: Option<ApiKey>,
    /// Whom it believes where the server speaks TLS, and by which certificate it says who it is.
    pub tls: ClientTls,
}

impl Default for ClientOptions {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(15),
            attempts_max: 6,
            backoff_first: Duration::from_millis(200),
            backoff_max: Duration::from_secs(5),
            retry_after_max: Duration::from_secs(30),
            answer_bytes_max: 64 << 20,
            silence_max: Duration::from_secs(45),
            positions_batch_max: 10_000,
            connections_idle_max: 64,
            idle_timeout: Duration::from_secs(90),
            bearer: None,
            tls: ClientTls::default(),
        }
    }
}

impl ClientOptions {
    /// Nothing is repeated: for whoever measures, or repeats by itself.
    pub fn once() -> Self {
        Self { attempts_max: 1, ..Self::default() }
    }
}
