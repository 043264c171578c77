//! What files come to.

use anyhow::ensure;
use paceline_client::api::edge::{NewModel, NewNode, NewWorkload};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

/// What is to be registered, by name.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Inventory {
    #[serde(default)]
    pub(crate) models: BTreeMap<String, NewModel>,
    #[serde(default)]
    pub(crate) nodes: BTreeMap<String, NewNode>,
    #[serde(default)]
    pub(crate) workloads: BTreeMap<String, NewWorkload>,
    /// Nodes on which nothing new is to be placed.
    #[serde(default)]
    pub(crate) cordoned: BTreeSet<String>,
    /// What whoever brings this should know of it.
    #[serde(skip)]
    pub(crate) remarks: Vec<String>,
}

impl Inventory {
    /// Takes in what another file has. Errors: a name that is there already.
    pub(super) fn join(&mut self, more: Self) -> anyhow::Result<()> {
        fn join<T>(
            what: &str,
            all: &mut BTreeMap<String, T>,
            more: BTreeMap<String, T>,
        ) -> anyhow::Result<()> {
            for (name, one) in more {
                ensure!(all.insert(name.clone(), one).is_none(), "{what} {name} is in another file, too");
            }
            Ok(())
        }
        join("model", &mut self.models, more.models)?;
        join("node", &mut self.nodes, more.nodes)?;
        join("workload", &mut self.workloads, more.workloads)?;
        self.cordoned.extend(more.cordoned);
        self.remarks.extend(more.remarks);
        Ok(())
    }
}
