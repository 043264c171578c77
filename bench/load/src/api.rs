//! The server, as the load generator sees it: every request is timed and its refusal counted.

use crate::ledger::{Kind, Ledger};
use anyhow::Context as _;
use reqwest::{Client, Response};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

const TIMEOUT: Duration = Duration::from_secs(30);

#[derive(Clone)]
pub(crate) struct Api {
    http: Client,
    base: String,
    pub(crate) ledger: Arc<Ledger>,
}

impl Api {
    pub(crate) fn new(base: &str, ledger: Arc<Ledger>) -> anyhow::Result<Self> {
        let http = Client::builder().no_proxy().build().context("making an HTTP client")?;
        Ok(Self { http, base: base.trim_end_matches('/').to_owned(), ledger })
    }
    /// Sends JSON and says whether it was taken.
    pub(crate) async fn send(&self, kind: Kind, path: &str, body: &Value) -> bool {
        let url = format!("{}{path}", self.base);
        let request = if kind == Kind::Join { self.http.put(url) } else { self.http.post(url) };
        let began = Instant::now();
        let answer = request.timeout(TIMEOUT).json(body).send().await;
        let refusal = match answer {
            Ok(response) if response.status().is_success() => None,
            Ok(response) => {
                Some(format!("{}: {}", response.status(), response.text().await.unwrap_or_default()))
            }
            Err(error) => Some(error.to_string()),
        };
        let taken = refusal.is_none();
        self.ledger.note(kind, began.elapsed(), refusal);
        taken
    }
    pub(crate) async fn get(&self, path: &str) -> anyhow::Result<Response> {
        Ok(self.http.get(format!("{}{path}", self.base)).send().await?.error_for_status()?)
    }
    /// The server's counters without labels, by name.
    pub(crate) async fn metrics(&self) -> anyhow::Result<BTreeMap<String, f64>> {
        let text = self.get("/metrics").await?.text().await?;
        let rows = text.lines().filter(|line| !line.starts_with('#'));
        let row = |line: &str| {
            let (name, value) = line.rsplit_once(' ')?;
            Some((name.to_owned(), value.parse().ok()?))
        };
        Ok(rows.filter_map(row).collect())
    }
}
