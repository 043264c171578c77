//! Who judges proofs: challenges that are open, boxes that are being enrolled, the reference policy. It answers what nodes ask and calls nobody, so that no
//! node can hold it up; judging is some tenths of a millisecond, beside the region and not on its thread. What comes of a judgement is the
//! region's to decide (`paceline_engine::edge`).

mod enrolment;
mod proofs;
mod reference;

pub(crate) use enrolment::{Enrolments, Open};
pub(crate) use proofs::{Judged, Proofs};
pub(crate) use reference::timestamp;

use crate::error::ServeError;
use crate::problem::Problem;
use crate::watched::Watched;
use paceline_api::Code;
use paceline_attest::Policy;
use paceline_engine::edge::AttestationOptions;
use paceline_model::Millis;
use paceline_supervise::Scope;
use prometheus_client::registry::Registry;
use reference::Authorities;
use std::sync::Arc;

/// The verifier of a region.
pub(crate) struct Verifier {
    policy: Option<Arc<Watched<Policy>>>,
    roots: Option<Arc<Watched<Authorities>>>,
    /// How often a node is to prove itself.
    pub(crate) every: Millis,
    pub(crate) enrolments: Arc<Enrolments>,
    pub(crate) proofs: Proofs,
}

impl Verifier {
    /// Errors: a file that cannot be read, or is not what it should be.
    pub(super) fn new(options: &AttestationOptions, enrolments: Enrolments) -> Result<Self, ServeError> {
        let policy = options.policy_file.clone().map(|file| {
            Watched::new("reference policies", vec![file.clone()], move || reference::policy(&file))
        });
        let roots = options
            .roots_file
            .clone()
            .map(|file| Watched::new("makers of TPMs", vec![file.clone()], move || Authorities::read(&file)));
        let unusable = |error: String| ServeError::Attestation(error);
        Ok(Self {
            policy: policy.transpose().map_err(unusable)?,
            roots: roots.transpose().map_err(unusable)?,
            every: options.every,
            enrolments: Arc::new(enrolments),
            proofs: Proofs::default(),
        })
    }

    /// Begins to watch its files. It ends with the scope.
    pub(super) fn start(&self, scope: &Scope, registry: &mut Registry) {
        self.policy.iter().for_each(|policy| policy.start(scope));
        self.roots.iter().for_each(|roots| roots.start(scope));
        self.proofs.register(registry);
    }

    /// Whether proofs are judged.
    pub(crate) fn is_there(&self) -> bool {
        self.policy.is_some()
    }

    /// What may have been measured. Errors: nobody says.
    pub(crate) fn policy(&self) -> Result<Arc<Policy>, Problem> {
        let none = || {
            let detail =
                "The region names no reference policy: set [regions.NAME.edge.attestation] policy_file.";
            Problem::new(Code::E0509, detail)
        };
        self.policy.as_ref().map(|policy| policy.get()).ok_or_else(none)
    }

    /// Makers of TPMs that are believed; `None`: they are not asked for.
    pub(crate) fn roots(&self) -> Option<Arc<Authorities>> {
        self.roots.as_ref().map(|roots| roots.get())
    }
}
