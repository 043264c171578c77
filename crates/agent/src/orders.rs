//! What the region has placed on this node, with what is needed to run it. The region is asked to answer when that changes.
//!
//! ```text
//!   ask, with what is known --something else, or the wait is over--> ask again
//!     |        ^
//!     |        +--a pause--+--no answer, or one that is not whole
//!     +--nothing is served there: an older server--> the list, each time after a pause, for ten minutes
//! ```

use crate::replica::{Order, Variant};
use paceline_client::api::Code;
use paceline_client::api::edge::{ModelView, PlacementView, WorkloadView};
use paceline_client::{Client, ClientError};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::time::Instant;

/// How long a server counts as one that cannot wait, before it is asked whether it can: it may be replaced any day.
const OLDER_FOR: Duration = Duration::from_secs(600);

/// A replica that is placed on this node.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Placed {
    /// Its lasting name, such as `detector-0`.
    pub(crate) replica: String,
    /// What it should run.
    pub(crate) order: Order,
    /// It may never run twice.
    pub(crate) single: bool,
    /// Memory of the host that it may take.
    pub(crate) memory_mib: u64,
}

/// Reads what is placed on a node.
#[derive(Debug, Default)]
pub(crate) struct Orders {
    /// As last read: what has not changed since is not asked for again.
    read: BTreeMap<String, (PlacementView, Placed)>,
    /// The revision that was read; `None`: all is asked for.
    known: Option<String>,
    /// Until when the server is taken for one that cannot wait.
    older_until: Option<Instant>,
}

/// The region's word.
pub(crate) struct Heard {
    /// All that is placed here.
    pub(crate) placed: Vec<Placed>,
    /// When it is asked for again.
    pub(crate) again: Again,
}

/// When the region is asked again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Again {
    /// At once: it answers when there is something new.
    Now,
    /// After a pause: it does not wait, or not all of its word could be made out.
    Later,
}

impl Orders {
    /// Waits until what is placed on `node` is something else than what was read last, for at most `wait`. A server that cannot wait answers at once.
    ///
    /// Errors: no answer.
    pub(crate) async fn next(
        &mut self,
        client: &Client,
        node: &str,
        wait: Duration,
    ) -> Result<Heard, ClientError> {
        if self.older_until.is_some_and(|until| Instant::now() < until) {
            return self.list(client, node).await;
        }
        let asked = Instant::now();
        let answer = match client.await_placements(node, self.known.as_deref(), wait).await {
            Err(error) if error.code() == Some(Code::E0104) => {
                tracing::info!(
                    "the server is older and does not wait: what is placed here is asked for again and again"
                );
                self.older_until = Some(asked + OLDER_FOR);
                return self.list(client, node).await;
            }
            answer => answer?,
        };
        let Some(views) = answer.placements else {
            // Whoever is told sooner that nothing has changed speaks to a server that ends, or does not mean to wait.
            let again = if asked.elapsed() < wait / 2 { Again::Later } else { Again::Now };
            return Ok(Heard { placed: self.placed(), again });
        };
        let whole = self.read(client, views).await?;
        self.known = whole.then_some(answer.revision);
        Ok(Heard { placed: self.placed(), again: if whole { Again::Now } else { Again::Later } })
    }

    async fn list(&mut self, client: &Client, node: &str) -> Result<Heard, ClientError> {
        let views = client.placements_on(node).await?.rows;
        self.read(client, views).await?;
        self.known = None;
        Ok(Heard { placed: self.placed(), again: Again::Later })
    }

    /// Returns whether all of it could be made out.
    async fn read(&mut self, client: &Client, views: Vec<PlacementView>) -> Result<bool, ClientError> {
        let (mut read, wanted) = (BTreeMap::new(), views.len());
        for view in views {
            let placed = match self.read.get(&view.id) {
                Some((known, placed)) if *known == view => Some(placed.clone()),
                _ => placed(client, &view).await?,
            };
            if let Some(placed) = placed {
                read.insert(view.id.clone(), (view, placed));
            }
        }
        self.read = read;
        Ok(self.read.len() == wanted)
    }

    fn placed(&self) -> Vec<Placed> {
        self.read.values().map(|(_, placed)| placed.clone()).collect()
    }
}

/// `None`: it has left its node, or its workload is gone, since the list was read.
async fn placed(client: &Client, view: &PlacementView) -> Result<Option<Placed>, ClientError> {
    let workload = match client.workload(&view.workload).await {
        Err(error) if error.status() == Some(404) => return Ok(None),
        workload => workload?,
    };
    let model = match client.model(&workload.spec.model).await {
        Err(error) if error.status() == Some(404) => return Ok(None),
        model => model?,
    };
    Ok(order(view, &workload, &model).map(|order| Placed {
        replica: view.id.clone(),
        order,
        single: workload.spec.single,
        memory_mib: workload.spec.memory_mib,
    }))
}

fn order(view: &PlacementView, workload: &WorkloadView, model: &ModelView) -> Option<Order> {
    let bound = view.bound.as_ref()?;
    let version = model.versions.iter().find(|version| version.version == bound.version);
    let variant = version.and_then(|of| of.variants.iter().find(|of| of.precision == bound.precision));
    let variant = Variant {
        model: workload.spec.model.clone(),
        version: bound.version.clone(),
        precision: bound.precision,
        artefact: variant.and_then(|variant| variant.artefact.clone()),
    };
    Some(Order { variant, devices: bound.devices.clone(), ordered_at: view.since })
}
