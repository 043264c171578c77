//! When a station that has bikes and gives none is to be looked at.

use crate::bikes::row::StationRow;
use crate::bikes::world::Bikes;
use paceline_model::bikes::OrderCause;
use paceline_plan::bikes::hotspots::{Jammed, SilenceTest};

/// Riders at a station, of whom fewer say nothing of how many come: it is not judged.
const RIDERS_MIN: f64 = 1.0;

/// Whether a station that has bikes has given none for too long, with the evidence.
pub(super) fn silent(world: &Bikes, row: &StationRow) -> Option<OrderCause> {
    let rules = world.options.silence;
    let bikes = row.bikes().filter(|bikes| *bikes > 0 && rules.inspect && row.lends())?;
    // Rates that rest on few riders are no surer than these.
    let seen = world.demand.known.rentals_seen(&row.spec.id);
    let shape = rules.shape.min(seen);
    let test = SilenceTest { rentals_per_false_alarm: rules.rentals_per_false_alarm, shape };
    let Jammed { since, expected, chance } = test.judge(row.watch.silence).filter(|_| seen >= RIDERS_MIN)?;
    Some(OrderCause::NoRentals {
        bikes,
        since: since.unwrap_or(world.now),
        expected_centi: (expected * 100.0) as u32,
        one_in: (1.0 / chance) as u64,
    })
}
