//! Stations come, change, go, and are closed by an operator.

use super::verdict::Verdict;
use crate::bikes::world::Bikes;
use paceline_model::bikes::{Event, Refusal, StationId, StationSpec, WithdrawReason};
use std::sync::Arc;

pub(super) fn put(world: &Bikes, spec: StationSpec) -> Verdict {
    let spec = spec.validate().map_err(Refusal::Invalid)?;
    let same = world.station(&spec.id).is_some_and(|known| *known.spec == spec);
    Ok(if same { Vec::new() } else { vec![Event::StationPut(Arc::new(spec))] })
}

/// Its orders are withdrawn first, so that each crew learns why.
pub(super) fn remove(world: &Bikes, station: StationId) -> Verdict {
    let row = world.station(&station).ok_or_else(|| Refusal::unknown("station", &station))?;
    let withdrawn = world.orders_at(row).map(|order| Event::OrderWithdrawn {
        order: order.id.clone(),
        van: order.van.clone(),
        why: WithdrawReason::StationRemoved,
    });
    Ok(withdrawn.chain([Event::StationRemoved(station.clone())]).collect())
}

pub(super) fn close(world: &Bikes, station: StationId) -> Verdict {
    let row = world.station(&station).ok_or_else(|| Refusal::unknown("station", &station))?;
    Ok(if row.closed { Vec::new() } else { vec![Event::StationClosed(station)] })
}

pub(super) fn open(world: &Bikes, station: StationId) -> Verdict {
    let row = world.station(&station).ok_or_else(|| Refusal::unknown("station", &station))?;
    Ok(if row.closed { vec![Event::StationOpened(station)] } else { Vec::new() })
}
