//! Who asks, and what they may ask for: a role, and within it the regions and the vehicle that they are bound to.

use crate::problem::Problem;
use crate::tls::PeerCertificate;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use paceline_api::{Code, OrderView, Role};
use paceline_model::edge::NodeId;
use paceline_model::{RegionId, VehicleId};
use std::convert::Infallible;
use std::sync::Arc;

/// Somebody who has said who they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Principal {
    /// As logs and the audit name them; also whose requests are counted together. Never a secret.
    pub(crate) name: String,
    pub(crate) role: Role,
    /// The regions that they may ask; empty: all.
    pub(crate) regions: Vec<RegionId>,
    /// The one vehicle that they speak for.
    pub(crate) vehicle: Option<VehicleId>,
    /// The one node that they speak for.
    pub(crate) node: Option<NodeId>,
    /// Requests a second, if not as many as usual.
    pub(crate) rate: Option<u32>,
}

impl Principal {
    /// Errors: a region that they are not bound to.
    pub(super) fn within(&self, regions: &[RegionId]) -> Result<(), Problem> {
        let outside = |region: &&RegionId| !self.regions.is_empty() && !self.regions.contains(region);
        match regions.iter().find(outside) {
            None => Ok(()),
            Some(region) => {
                let detail = format!("{} may not ask region {region}.", self.name);
                Err(Problem::new(Code::E0608, detail))
            }
        }
    }

    /// Errors: another vehicle than their own.
    pub(super) fn speak_for(&self, vehicle: &str) -> Result<(), Problem> {
        match &self.vehicle {
            Some(own) if own.as_str() != vehicle => {
                let detail =
                    format!("{} speaks for vehicle {own} only, and not for {vehicle:.64}.", self.name);
                Err(Problem::new(Code::E0608, detail))
            }
            _ => Ok(()),
        }
    }
}

/// Who a request comes from.
#[derive(Clone, Debug)]
pub(crate) enum Who {
    /// Nobody is asked.
    Unasked,
    /// They did not say, or have a certificate that is nobody's, and were not refused yet: some things are for anybody.
    Unknown(Option<Arc<PeerCertificate>>),
    Known(Arc<Principal>),
}

impl Who {
    /// Errors: another vehicle than the only one that they speak for.
    pub(crate) fn speak_for(&self, vehicle: &VehicleId) -> Result<(), Problem> {
        match self {
            Self::Unasked => Ok(()),
            // The gate lets none of these through.
            Self::Unknown(certificate) => Err(unknown(certificate.as_deref())),
            Self::Known(principal) => principal.speak_for(vehicle.as_str()),
        }
    }
    /// The only node that they speak for. `None`: they are none.
    pub(crate) fn node(&self) -> Option<&NodeId> {
        self.principal()?.node.as_ref()
    }
    /// Errors: another node than the only one that they speak for.
    pub(crate) fn speak_for_node(&self, node: &NodeId) -> Result<(), Problem> {
        match self.principal() {
            Some(Principal { name, node: Some(own), .. }) if own != node => {
                let detail = format!("{name} speaks for node {own} only, and not for {node}.");
                Err(Problem::new(Code::E0608, detail))
            }
            _ => Ok(()),
        }
    }
    /// Whether they may know of this order: a vehicle only of its own.
    pub(crate) fn may_read(&self, order: &OrderView) -> bool {
        match self.principal().and_then(|principal| principal.vehicle.as_ref()) {
            None => true,
            own => order.vehicle.as_ref() == own,
        }
    }
    /// The audit's word for them.
    pub(super) fn principal(&self) -> Option<&Principal> {
        match self {
            Self::Known(principal) => Some(principal),
            _ => None,
        }
    }
}

/// What is said to whoever did not say who they are.
pub(super) fn unknown(certificate: Option<&PeerCertificate>) -> Problem {
    let detail = match certificate {
        None => "Say who you are: `Authorization: Bearer KEY`.".to_owned(),
        Some(certificate) => format!(
            "The certificate of {certificate} is not known here: add it to [auth] certificates_file, or say who you are by \
             `Authorization: Bearer KEY`."
        ),
    };
    Problem::new(Code::E0602, detail)
}

impl<S: Sync> FromRequestParts<S> for Who {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        // A request that came past the first door is nobody's.
        Ok(parts.extensions.get().cloned().unwrap_or(Self::Unknown(None)))
    }
}
