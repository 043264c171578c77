//! A region of any kind, as it is configured and as it is recovered: what the server does with each, whatever it is.

use crate::bikes::{BikesSetup, BikesSpec};
use crate::clock::Clock;
use crate::edge::{EdgeSetup, EdgeSpec};
use crate::error::ServeError;
use crate::federation::{FederationSetup, FederationSpec};
use crate::region::recovery::Recovered;
use crate::region::setup::{RegionSpec, Running, Setup, Shared};
use paceline_model::RegionId;

/// A region of any kind, as it is configured.
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

/// A recovered region of any kind.
pub(crate) enum AnySetup {
    Fleet(Box<Setup>),
    Edge(Box<EdgeSetup>),
    Bikes(Box<BikesSetup>),
    Federation(Box<FederationSetup>),
}

impl AnySetup {
    pub(crate) fn recover(spec: AnyRegion, clock: Clock) -> Result<Self, ServeError> {
        match spec {
            AnyRegion::Fleet(spec) => Setup::recover(*spec, clock).map(|setup| Self::Fleet(Box::new(setup))),
            AnyRegion::Edge(spec) => EdgeSetup::recover(*spec).map(|setup| Self::Edge(Box::new(setup))),
            AnyRegion::Federation(spec) => {
                FederationSetup::recover(*spec).map(|setup| Self::Federation(Box::new(setup)))
            }
            AnyRegion::Bikes(spec) => BikesSetup::recover(*spec).map(|setup| Self::Bikes(Box::new(setup))),
        }
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
