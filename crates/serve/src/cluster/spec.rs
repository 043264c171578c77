//! A cluster, and a server's place in it, as it is configured and as it has joined.

use super::forward;
use crate::any_region::AnyRegion;
use crate::error::ServeError;
use paceline_client::ApiKey;
use paceline_cluster::{ClusterOptions, Incarnation, Joining, Store};
use paceline_engine::record::level::NEWEST;
use paceline_model::{FormatLevel, RegionId, ServerId};
use paceline_tls::ClientTls;

/// A cluster, and this server's place in it, as it is configured.
pub struct ClusterSpec {
    /// This server's name, which no other has.
    pub name: ServerId,
    /// Where other servers reach it. `None`: where it listens.
    pub url: Option<String>,
    /// How many regions it is to have beside others.
    pub weight: f64,
    /// How quickly it notices and moves.
    pub options: ClusterOptions,
    /// The table of owners.
    pub store: Box<dyn Store>,
    /// How other servers are spoken to.
    pub tls: ClientTls,
    /// What other servers know this one by, where they ask who somebody is.
    pub bearer: Option<ApiKey>,
    /// All regions of the cluster, each with a journal that every server reaches.
    pub regions: Vec<AnyRegion>,
}

/// A server that has joined.
pub(crate) struct Joined {
    pub(crate) spec: ClusterSpec,
    /// What asks other servers.
    pub(super) http: reqwest::Client,
    pub(crate) incarnation: Incarnation,
    /// Up to which level the cluster writes.
    pub(crate) level: FormatLevel,
}

impl ClusterSpec {
    /// Joins as a server that listens at `url`.
    ///
    /// Errors: a region whose journal other servers do not reach; what other servers are asked with cannot be had; the table cannot be asked; a cluster that writes
    /// what this program cannot read.
    pub(crate) fn join(mut self, url: String) -> Result<Joined, ServeError> {
        self.regions.iter().try_for_each(AnyRegion::reached_by_all)?;
        let url = self.url.clone().unwrap_or(url);
        let http = forward::client(self.tls.config(&url)?)?;
        let version = env!("CARGO_PKG_VERSION").to_owned();
        let joining = Joining { name: self.name.clone(), url, weight: self.weight, version, reads: NEWEST };
        let incarnation = self.store.join(&joining)?;
        // Read behind joining: whoever raises it from now on counts this server.
        let level = self.store.read()?.level;
        if level > NEWEST {
            return Err(ServeError::TooOld { reads: NEWEST, level });
        }
        Ok(Joined { spec: self, http, incarnation, level })
    }

    /// All regions of the cluster.
    pub(crate) fn names(&self) -> impl Iterator<Item = RegionId> {
        self.regions.iter().map(|region| region.name().clone())
    }
}
