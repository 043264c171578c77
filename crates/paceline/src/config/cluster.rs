//! A server among others: section `[cluster]` of its file.

use crate::journal_at::JournalAt;
use anyhow::Context as _;
use paceline_client::ApiKey;
use paceline_cluster::{ClusterOptions, Store};
use paceline_model::{Invalid, Rule, ServerId};
use paceline_serve::{AnyRegion, ClusterSpec};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// Heaviest server: beyond it a lighter one has nothing.
const WEIGHT_MAX: f64 = 1_000.0;

/// How this server takes part in a cluster.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ClusterConfig {
    /// The database of the table of owners. `None`: this server is in no cluster.
    pub(crate) url: Option<String>,
    /// This server's name in the cluster.
    pub(crate) server: Option<ServerId>,
    /// Where other servers reach it. `None`: where it listens.
    pub(crate) advertise: Option<String>,
    /// How many regions it is to have beside others.
    pub(crate) weight: f64,
    /// The authorities whose certificates of other servers are believed. `None`: those that the system believes.
    pub(crate) ca_file: Option<PathBuf>,
    /// A file whose first line is the key that other servers know this one by, where they ask who somebody is.
    pub(crate) key_file: Option<PathBuf>,
    /// How quickly it notices and moves.
    pub(crate) timing: ClusterOptions,
}

impl Default for ClusterConfig {
    fn default() -> Self {
        let timing = ClusterOptions::default();
        Self { url: None, server: None, advertise: None, weight: 1.0, ca_file: None, key_file: None, timing }
    }
}

impl ClusterConfig {
    /// Errors: a value that breaks a rule; a cluster in which this server has no name.
    pub(crate) fn checked(&self) -> Result<(), Invalid> {
        self.timing.validate().map_err(|invalid| invalid.within("timing"))?;
        if !(self.weight.is_finite() && (0.0..=WEIGHT_MAX).contains(&self.weight)) {
            let rule = Rule::Shape(format!("must be from 0 to {WEIGHT_MAX}"));
            return Err(Invalid::new("weight", self.weight, rule));
        }
        if let Some(url) = &self.advertise
            && !(url.starts_with("http://") || url.starts_with("https://"))
        {
            let rule = Rule::Shape("must begin with http:// or https://".into());
            return Err(Invalid::new("advertise", url, rule));
        }
        if self.url.is_some() && self.server.is_none() {
            let rule = Rule::Shape("must name this server: no other of the cluster has its name".into());
            return Err(Invalid::new("server", "left out", rule));
        }
        Ok(())
    }

    /// Where the journals of regions are whose place nobody has said: in the same database, if there is one.
    pub(crate) fn journal(&self) -> Option<JournalAt> {
        self.url.as_deref().map(JournalAt::from)
    }

    /// This server's place in its cluster, if it is in one. Errors: the table's address; the key cannot be read.
    pub(crate) fn spec(self, regions: Vec<AnyRegion>) -> anyhow::Result<ClusterSpec> {
        let name = self.server.ok_or_else(|| anyhow::anyhow!("the server has no name"))?;
        let store = store(&self.url.unwrap_or_default())?;
        let tls = paceline_client::ClientTls { ca_file: self.ca_file, identity: None };
        let bearer = self.key_file.as_deref().map(key).transpose()?;
        let (url, weight, options) = (self.advertise, self.weight, self.timing);
        Ok(ClusterSpec { name, url, weight, options, store, tls, bearer, regions })
    }
}

/// How this server says who it is. Errors: the file cannot be read.
fn key(file: &Path) -> anyhow::Result<ApiKey> {
    let text = std::fs::read_to_string(file);
    let text = text.with_context(|| format!("E0610 cluster.key_file is {}", file.display()))?;
    Ok(text.lines().next().unwrap_or_default().trim().to_owned().into())
}

/// The table of owners at a URL. Errors: it is none of a server that this program knows.
#[cfg(feature = "postgres")]
pub(crate) fn store(url: &str) -> anyhow::Result<Box<dyn Store>> {
    if !paceline_journal::PostgresLog::is_address(url) {
        return Err(refused("must begin with postgresql://"));
    }
    Ok(Box::new(paceline_cluster::PostgresStore::open(url)?))
}

/// Without the feature there is no table.
#[cfg(not(feature = "postgres"))]
pub(crate) fn store(_: &str) -> anyhow::Result<Box<dyn Store>> {
    Err(refused("needs a program built with `--features postgres`"))
}

fn refused(rule: &str) -> anyhow::Error {
    // The URL may hold a password.
    anyhow::anyhow!("E0101 cluster.url {rule}")
}
