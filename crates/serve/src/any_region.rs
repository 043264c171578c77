//! A region of any kind, as it is configured and as it is recovered: what the server does with each, whatever it is.

use crate::bikes::{BikesSetup, BikesSpec};
use crate::clock::Clock;
use crate::edge::{EdgeSetup, EdgeSpec};
use crate::error::ServeError;
use crate::federation::{FederationSetup, FederationSpec};
use crate::region::recovery::{Recovered, Replica};
use crate::region::setup::{RegionSpec, Setup, Shared};
use crate::running::Running;
use paceline_engine::Fleet;
use paceline_engine::bikes::Bikes;
use paceline_engine::federation::Federation;
use paceline_journal::{Following, LogAddress};
use paceline_model::{Invalid, RegionId, Rule};

/// A region of any kind, as it is configured.
#[derive(Clone)]
pub enum AnyRegion {
    /// Vehicles and orders.
    Fleet(Box<RegionSpec>),
    /// Edge nodes and workloads.
    Edge(Box<EdgeSpec>),
    /// Shared bikes and the vans that move them.
    Bikes(Box<BikesSpec>),
    /// Clusters, and workloads that are spread over them.
    Federation(Box<FederationSpec>),
}

impl AnyRegion {
    /// Where its journal is.
    pub(crate) fn journal(&self) -> &LogAddress {
        match self {
            Self::Fleet(spec) => &spec.journal,
            Self::Edge(spec) => &spec.journal,
            Self::Bikes(spec) => &spec.journal,
            Self::Federation(spec) => &spec.journal,
        }
    }

    /// Errors: its journal is in a directory, which other machines do not have.
    pub(crate) fn reached_by_all(&self) -> Result<(), Invalid> {
        let journal = self.journal();
        if journal.directory().is_none() {
            return Ok(());
        }
        let rule = Rule::Shape("must be the URL of a server that all servers of the cluster reach".into());
        Err(Invalid::new("journal", journal.name(), rule).within(&format!("regions.{}", self.name())))
    }

    pub(crate) fn name(&self) -> &RegionId {
        match self {
            Self::Fleet(spec) => &spec.name,
            Self::Edge(spec) => &spec.name,
            Self::Bikes(spec) => &spec.name,
            Self::Federation(spec) => &spec.name,
        }
    }
}

impl From<RegionSpec> for AnyRegion {
    fn from(spec: RegionSpec) -> Self {
        Self::Fleet(Box::new(spec))
    }
}

impl From<EdgeSpec> for AnyRegion {
    fn from(spec: EdgeSpec) -> Self {
        Self::Edge(Box::new(spec))
    }
}

impl From<BikesSpec> for AnyRegion {
    fn from(spec: BikesSpec) -> Self {
        Self::Bikes(Box::new(spec))
    }
}

impl From<FederationSpec> for AnyRegion {
    fn from(spec: FederationSpec) -> Self {
        Self::Federation(Box::new(spec))
    }
}

/// A world of any kind that is on a server, as its journal has told it so far.
pub(crate) enum AnyReplica {
    Fleet(Box<Replica<Fleet>>),
    Bikes(Box<Replica<Bikes>>),
    Federation(Box<Replica<Federation>>),
}

impl AnyReplica {
    /// Begins from the newest snapshot. `None`: this kind's journals are on no server. Errors: the journal.
    pub(crate) fn begin(spec: &AnyRegion) -> Result<Option<Self>, ServeError> {
        Ok(match spec {
            AnyRegion::Fleet(spec) => Some(Self::Fleet(Box::new(spec.replica()?))),
            AnyRegion::Bikes(spec) => Some(Self::Bikes(Box::new(spec.replica()?))),
            AnyRegion::Federation(spec) => Some(Self::Federation(Box::new(spec.replica()?))),
            AnyRegion::Edge(_) => None,
        })
    }

    fn fleet(self) -> Option<Replica<Fleet>> {
        if let Self::Fleet(replica) = self { Some(*replica) } else { None }
    }

    fn bikes(self) -> Option<Replica<Bikes>> {
        if let Self::Bikes(replica) = self { Some(*replica) } else { None }
    }

    fn federation(self) -> Option<Replica<Federation>> {
        if let Self::Federation(replica) = self { Some(*replica) } else { None }
    }

    /// Replays what is there by now. Errors: it cannot be read; what follows was removed.
    pub(crate) fn catch_up(&mut self, log: &mut dyn Following) -> Result<u64, ServeError> {
        match self {
            Self::Fleet(replica) => replica.catch_up(log),
            Self::Bikes(replica) => replica.catch_up(log),
            Self::Federation(replica) => replica.catch_up(log),
        }
    }
}

/// A recovered region of any kind.
pub(crate) enum AnySetup {
    Fleet(Box<Setup>),
    Edge(Box<EdgeSetup>),
    Bikes(Box<BikesSetup>),
    Federation(Box<FederationSetup>),
}

impl AnySetup {
    /// Recovers a region from its journal. What was replayed of it before is not read again.
    pub(crate) fn recover(
        spec: AnyRegion,
        clock: Clock,
        replayed: Option<AnyReplica>,
    ) -> Result<Self, ServeError> {
        Ok(match spec {
            AnyRegion::Fleet(spec) => {
                Self::Fleet(Box::new(Setup::recover(*spec, clock, replayed.and_then(AnyReplica::fleet))?))
            }
            AnyRegion::Edge(spec) => Self::Edge(Box::new(EdgeSetup::recover(*spec)?)),
            AnyRegion::Bikes(spec) => {
                Self::Bikes(Box::new(BikesSetup::recover(*spec, replayed.and_then(AnyReplica::bikes))?))
            }
            AnyRegion::Federation(spec) => {
                let replayed = replayed.and_then(AnyReplica::federation);
                Self::Federation(Box::new(FederationSetup::recover(*spec, replayed)?))
            }
        })
    }
    pub(crate) fn name(&self) -> &RegionId {
        match self {
            Self::Fleet(setup) => &setup.name,
            Self::Edge(setup) => &setup.name,
            Self::Bikes(setup) => &setup.name,
            Self::Federation(setup) => &setup.name,
        }
    }
    pub(crate) fn recovered(&self) -> &Recovered {
        match self {
            Self::Fleet(setup) => &setup.recovered,
            Self::Edge(setup) => &setup.recovered,
            Self::Bikes(setup) => &setup.recovered,
            Self::Federation(setup) => &setup.recovered,
        }
    }
    pub(crate) fn start(self, shared: &Shared<'_>) -> Running {
        match self {
            Self::Fleet(setup) => setup.start(shared),
            Self::Edge(setup) => setup.start(shared),
            Self::Bikes(setup) => setup.start(shared),
            Self::Federation(setup) => setup.start(shared),
        }
    }
}
