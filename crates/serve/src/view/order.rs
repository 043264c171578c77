//! An order as it stands.

use super::rows::OrderRow;
use paceline_api as api;

pub(crate) fn order(of: &OrderRow) -> api::OrderView {
    api::OrderView {
        id: of.spec.id.clone(),
        phase: of.phase.into(),
        vehicle: of.vehicle.clone(),
        pickup: of.spec.pickup.into(),
        dropoff: of.spec.dropoff.into(),
        party: of.spec.party,
        placed_at: of.placed_at,
        since: of.since,
        earliest_pickup: of.spec.earliest_pickup,
        latest_pickup: of.latest_pickup,
        picked_up_at: of.picked_up_at,
        ended_at: of.ended_at,
        failures: of.failures,
        priority: of.spec.priority.clone(),
        attributes: of.spec.attributes.clone(),
    }
}
