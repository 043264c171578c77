//! What is counted while days are played.

use super::heard::Heard;
use paceline_model::Instant;
use paceline_model::bikes::WorkOrderId;
use std::collections::BTreeMap;

/// Counts of a run.
#[derive(Default)]
pub(super) struct Counts {
    pub(super) riders: u64,
    pub(super) rides: u64,
    pub(super) lost: u64,
    pub(super) walked: u64,
    pub(super) refused_returns: u64,
    proposed: BTreeMap<WorkOrderId, Instant>,
    pub(super) orders: u64,
    pub(super) done: u64,
    issued_after_s: Vec<f64>,
}

impl Counts {
    /// Takes in what the region said at `now`.
    pub(super) fn see(&mut self, now: Instant, heard: &Heard) {
        match heard {
            Heard::Proposed(order, ..) => {
                self.orders += 1;
                self.proposed.insert(order.clone(), now);
            }
            Heard::Issued(order, ..) => {
                let needed = self.proposed.remove(order);
                self.issued_after_s.extend(needed.map(|needed| now.since(needed).as_secs_f64()));
            }
            Heard::Done(_) => self.done += 1,
            Heard::Withdrawn(order, _) => _ = self.proposed.remove(order),
            Heard::Cut(..) | Heard::Returned(..) => {}
        }
    }
    /// Seconds from need to issue, of orders that were issued: the median and the slowest hundredth.
    pub(super) fn issued_after_s(&mut self) -> [f64; 2] {
        self.issued_after_s.sort_unstable_by(f64::total_cmp);
        [0.5, 0.99].map(|share| {
            let at = (self.issued_after_s.len() as f64 * share) as usize;
            self.issued_after_s.get(at).copied().unwrap_or_default()
        })
    }
}
