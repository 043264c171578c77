//! What a shadow policy would have done otherwise.

use paceline_api as api;
use paceline_plan::shadow::{Difference, Predicted};

pub(crate) fn difference(of: &Difference) -> api::ShadowDifference {
    api::ShadowDifference {
        same: of.same,
        other_vehicle: of.other_vehicle,
        live_only: of.live_only,
        shadow_only: of.shadow_only,
        live: predicted(&of.live),
        shadow: predicted(&of.shadow),
    }
}

fn predicted(of: &Predicted) -> api::Predicted {
    let (pickup_s, pickup_m) = (of.pickup_ms as f64 / 1e3, of.pickup_cm as f64 / 1e2);
    api::Predicted { orders: of.orders, pickup_s, pickup_m }
}
