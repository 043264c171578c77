//! The server, as the load generator sees it: every request is timed and its refusal counted. Nothing is repeated.

use crate::Args;
use crate::ledger::{Kind, Ledger};
use paceline_api::Operation;
use paceline_client::{Client, ClientError, ClientOptions, ClientTls, Prepared};
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

const TIMEOUT: Duration = Duration::from_secs(30);
/// As many connections as there are requests under way, whatever comes.
const CONNECTIONS_IDLE_MAX: usize = 4_096;

#[derive(Clone)]
pub(crate) struct Api {
    pub(crate) client: Client,
    pub(crate) ledger: Arc<Ledger>,
}

impl Api {
    pub(crate) fn new(args: &Args, ledger: Arc<Ledger>) -> anyhow::Result<Self> {
        let connections_idle_max = CONNECTIONS_IDLE_MAX;
        let options = ClientOptions {
            timeout: TIMEOUT,
            connections_idle_max,
            bearer: args.key.clone(),
            tls: ClientTls { ca_file: args.ca.clone(), ..ClientTls::default() },
            ..ClientOptions::once()
        };
        Ok(Self { client: Client::new(&args.url, options)?, ledger })
    }
    /// Sends JSON and says whether it was taken. A command goes without a key, so that the server keeps nothing of it.
    pub(crate) async fn send(&self, kind: Kind, to: &Operation, id: &str, body: &impl Serialize) -> bool {
        let began = Instant::now();
        let sent = async { self.client.send(&Prepared::new(to, id, body)?.unkeyed()).await }.await;
        let taken = sent.is_ok();
        self.ledger.note(kind, began.elapsed(), sent.err().map(|error| error.to_string()));
        taken
    }
    /// The server's counters without labels, by name.
    pub(crate) async fn metrics(&self) -> Result<BTreeMap<String, f64>, ClientError> {
        let text = self.client.metrics().await?;
        let rows = text.lines().filter(|line| !line.starts_with('#'));
        let row = |line: &str| {
            let (name, value) = line.rsplit_once(' ')?;
            Some((unregioned(name), value.parse().ok()?))
        };
        Ok(rows.filter_map(row).collect())
    }
}

/// A metric's name with its labels, without that of the region: whoever is measured has one.
fn unregioned(name: &str) -> String {
    let Some((before, rest)) = name.split_once("region=\"") else { return name.to_owned() };
    let after = rest.split_once('"').map_or("", |(_, after)| after);
    format!("{before}{}", after.trim_start_matches(',')).replace("{}", "")
}
