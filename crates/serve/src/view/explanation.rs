//! Why an order stands where it does.

use paceline_api as api;
use paceline_engine::Explanation;

pub(crate) fn explanation(of: Explanation) -> api::Explanation {
    api::Explanation {
        order: of.order,
        phase: of.phase.into(),
        vehicle: of.vehicle,
        failures: of.failures,
        weighing: of.weighing.as_ref().map(Into::into),
        route_cut: of.route_cut.as_ref().map(Into::into),
        words: of.words,
    }
}
