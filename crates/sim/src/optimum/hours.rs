//! The optimum hour by hour, in the bins in which a run counts its orders.

use crate::kpi::{BIN, HourOfOptimum, WaitPoint};
use crate::scenario::Scenario;
use paceline_model::{Instant, Millis};

const HOUR_MS: u64 = 3_600_000;

/// `planned` are the times of the orders that the plan serves.
pub(super) fn of(
    scenario: &Scenario,
    start: Instant,
    waits: &[WaitPoint],
    planned: &[Instant],
) -> Vec<HourOfOptimum> {
    let mut hours: Vec<HourOfOptimum> = Vec::new();
    for (bin, wait) in waits.iter().enumerate() {
        let hour = (scenario.since_midnight(start + Millis(BIN.0 * bin as u32)) / HOUR_MS) as u32;
        if hours.last().is_none_or(|last| last.hour != hour) {
            hours.push(HourOfOptimum { hour, ..HourOfOptimum::default() });
        }
        let Some(last) = hours.last_mut() else { continue };
        last.orders += u64::from(wait.orders);
        last.served += u64::from(wait.orders - wait.unserved);
        let of_bin = planned.iter().filter(|at| (at.since(start).0 / BIN.0) as usize == bin);
        last.planned += of_bin.count() as u64;
    }
    hours
}
