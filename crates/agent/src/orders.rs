//! What the region has placed on this node, with what is needed to run it.

use crate::replica::{Order, Variant};
use paceline_client::api::edge::{ModelView, PlacementView, WorkloadView};
use paceline_client::{Client, ClientError};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

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
}

impl Orders {
    /// All that is placed on `node` now. Errors: no answer, after all attempts.
    pub(crate) async fn read(&mut self, client: &Client, node: &str) -> Result<Vec<Placed>, ClientError> {
        let mut read = BTreeMap::new();
        for view in client.placements_on(node).await?.rows {
            let placed = match self.read.get(&view.id) {
                Some((known, placed)) if *known == view => Some(placed.clone()),
                _ => placed(client, &view).await?,
            };
            if let Some(placed) = placed {
                read.insert(view.id.clone(), (view, placed));
            }
        }
        self.read = read;
        Ok(self.read.values().map(|(_, placed)| placed.clone()).collect())
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
