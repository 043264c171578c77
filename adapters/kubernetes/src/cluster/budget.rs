//! Budgets of disruption, and who may exceed them.

use super::labels::Labels;
use super::selector::Selector;
use k8s_openapi::api::policy::v1 as policy;
use k8s_openapi::api::scheduling::v1 as scheduling;

/// A priority class with this annotation set to `true` makes room also where that breaks a budget.
pub const BEYOND_BUDGETS: &str = "paceline.dev/preempts-beyond-budgets";

/// A disruption budget.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Budget {
    selector: Option<Selector>,
    /// How many of its pods may be ended now.
    pub allowed: i32,
}

impl Budget {
    /// Reads one.
    pub fn read(of: &policy::PodDisruptionBudget) -> Self {
        let selector = of.spec.as_ref().and_then(|spec| spec.selector.as_ref());
        let allowed = of.status.as_ref().and_then(|status| status.disruptions_allowed).unwrap_or(0);
        Self { selector: selector.map(Selector::read), allowed }
    }

    /// Whether a pod of its namespace is one of its pods.
    pub fn protects(&self, labels: &Labels) -> bool {
        self.selector.as_ref().is_some_and(|selector| selector.takes(labels))
    }
}

/// A priority class, as far as its value is not in the pod itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Class {
    /// Whether its pods make room also where that breaks a budget.
    pub is_beyond_budgets: bool,
}

impl Class {
    /// Reads one.
    pub fn read(of: &scheduling::PriorityClass) -> Self {
        let annotations = of.metadata.annotations.as_ref();
        let said = annotations.and_then(|annotations| annotations.get(BEYOND_BUDGETS));
        Self { is_beyond_budgets: said.is_some_and(|said| said == "true") }
    }
}
