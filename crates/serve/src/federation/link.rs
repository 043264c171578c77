//! Speaks to one cluster: asks for its summary, and tells it its part of each workload until it says that it has it. What it is told follows from what is
//! durable and from what it says itself, so that whoever begins anew tells the same; nothing is queued.
//!
//! ```text
//!   ask for the summary --> report it to the region --> what is it told by now? --> tell it what is new or not as it says --> wait, a poll at most
//! ```

use super::ways::{Outcome, Ways};
use paceline_client::{Client, ClientError, ClientOptions, ClientTls};
use paceline_engine::federation::{ClusterReport, FederationOptions, Told};
use paceline_model::edge::{WorkloadId, WorkloadSpec};
use paceline_model::federation::{CapacitySummary, ClusterSpec};
use paceline_supervise::NamedExt as _;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// Longest that a cluster may take to answer, however patient the federation is.
const ANSWER_MAX: Duration = Duration::from_secs(10);
/// Least time between two questions.
const APART: Duration = Duration::from_millis(50);
/// Largest answer that is read: the summary of a hundred thousand workloads.
const ANSWER_BYTES_MAX: usize = 16 << 20;

/// The way to one cluster.
pub(super) struct Link {
    ways: Ways,
    spec: Arc<ClusterSpec>,
    client: Option<Client>,
    /// What it took last, while it answers.
    taken: BTreeMap<WorkloadId, WorkloadSpec>,
    refused: BTreeMap<WorkloadId, String>,
    /// The step of the world by which it was told last; `None`: not yet.
    told_by: Option<u64>,
    /// Until then something that it was told, by this process or one before it, may still be on its way to it.
    unsettled_until: Instant,
}

impl Link {
    pub(super) fn new(ways: Ways, spec: Arc<ClusterSpec>) -> Self {
        let (taken, refused) = (BTreeMap::new(), BTreeMap::new());
        let unsettled_until = Instant::now() + ANSWER_MAX;
        Self { ways, spec, client: None, taken, refused, told_by: None, unsettled_until }
    }

    /// Has no end of its own.
    pub(super) async fn run(mut self) {
        let mut options = FederationOptions::default();
        loop {
            let began = Instant::now();
            self.ways.woken.borrow_and_update();
            self.ask(&options).await;
            let cluster = self.spec.id.clone();
            let look = self
                .ways
                .app
                .region
                .look(move |world| (world.options().clone(), world.steps(), world.told(&cluster)));
            // A region that is busy is asked again.
            if let Ok((holds, step, told)) = look.await {
                (options, self.told_by) = (holds, Some(step));
                for told in told {
                    self.tell(told, &options).await;
                }
            }
            // However often something happens, a cluster is asked no oftener than that.
            tokio::time::sleep(APART).named("the next question to a cluster").await;
            let left = Duration::from(options.poll_every).saturating_sub(began.elapsed());
            let woken = self.ways.woken.changed();
            _ = tokio::time::timeout(left, woken).named("something to tell a cluster").await;
        }
    }

    async fn ask(&mut self, options: &FederationOptions) {
        // What may still be on its way when it is asked is not in its answer.
        let told_by = self.told_by.filter(|_| Instant::now() >= self.unsettled_until);
        let asked = self.summary(options).await;
        let summary = asked.map(Arc::new).inspect_err(|_| {
            // It may be another server by the time that it answers again: it is told everything once more.
            self.taken.clear();
            self.client = None;
        });
        let refused = self.refused.clone();
        self.ways.reports.put(ClusterReport { cluster: self.spec.id.clone(), summary, told_by, refused });
    }

    /// Errors: no answer, or none that can be, in words.
    async fn summary(&mut self, options: &FederationOptions) -> Result<CapacitySummary, String> {
        let client = self.client(options)?;
        let outcome = client.capacity().await;
        self.ways.metrics.asked(outcome_of(&outcome));
        let capacity = outcome.map_err(|error| error.to_string())?;
        capacity.summary().map_err(|invalid| format!("its summary is none: {invalid}"))
    }

    /// The way to its server, with the key as its file is by now. Errors: no way, in words.
    fn client(&mut self, options: &FederationOptions) -> Result<Client, String> {
        if let Some(client) = &self.client {
            return Ok(client.clone());
        }
        let bearer = options.keys_dir.as_deref().and_then(|dir| {
            let file = Path::new(dir).join(format!("{}.key", self.spec.id));
            let text = std::fs::read_to_string(file).ok()?;
            Some(text.lines().next()?.trim().to_owned().into())
        });
        let client = ClientOptions {
            timeout: (Duration::from(options.lost_after) / 2).min(ANSWER_MAX),
            answer_bytes_max: ANSWER_BYTES_MAX,
            connections_idle_max: 1,
            bearer,
            tls: ClientTls { ca_file: options.ca_file.as_ref().map(Into::into), ..ClientTls::default() },
            // What is due comes again by itself.
            ..ClientOptions::once()
        };
        let client = Client::new(&self.spec.url, client).map_err(|error| error.to_string())?;
        let client = match &self.spec.region {
            Some(region) => client.in_region(region.clone()),
            None => client,
        };
        Ok(self.client.insert(client).clone())
    }

    async fn tell(&mut self, told: Told, options: &FederationOptions) {
        let Told { part, known } = told;
        let (id, is_new) = (part.id.clone(), self.taken.get(&part.id) != Some(&part));
        if !is_new && known == part.replicas {
            return;
        }
        let Ok(client) = self.client(options) else { return };
        let said = match part.replicas {
            0 if known == 0 => return,
            0 => match client.remove_workload(id.as_str()).await {
                // It has ended it already.
                Err(error) if error.status() == Some(404) => Ok(()),
                said => said.map(drop),
            },
            _ => client.put_workload(id.as_str(), &(&part).into()).await.map(drop),
        };
        let outcome = outcome_of(&said);
        self.ways.metrics.told(outcome);
        let Err(error) = said else {
            self.refused.remove(&id);
            self.taken.insert(id, part);
            return;
        };
        self.taken.remove(&id);
        if outcome == Outcome::Refused {
            tracing::warn!(cluster = %self.spec.id, workload = %id, %error, "a cluster does not take its part");
            self.refused.insert(id, error.to_string());
        } else {
            // It may come to it yet.
            self.unsettled_until = Instant::now() + ANSWER_MAX;
        }
    }
}

fn outcome_of<T>(said: &Result<T, ClientError>) -> Outcome {
    match said {
        Ok(_) => Outcome::Answered,
        Err(error) if error.status().is_some_and(|status| (400..500).contains(&status) && status != 429) => {
            Outcome::Refused
        }
        Err(_) => Outcome::Unanswered,
    }
}
