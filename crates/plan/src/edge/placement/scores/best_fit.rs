//! Leave as little as possible.

use crate::edge::placement::mix::{Score, Step};

/// CPU and GPU of the largest node in the field's published clusters, by which the two are made comparable: 128 cores, 8 GPUs.
const LARGEST: (i64, i64) = (128_000, 8_000);

/// *Best fit*: the node with the least left, CPU and GPU in parts of the largest node's. Points: -10,000 (twice a largest
/// node left) to 0. Source: as in Weng et al., ATC 2023, section 6.1.
pub struct BestFit;

impl Score for BestFit {
    fn points(&self, step: &Step<'_>) -> i32 {
        let gpu: i64 = step.after.device_milli.iter().map(|milli| i64::from(*milli)).sum();
        let left = i64::from(step.after.cpu_milli) * 5_000 / LARGEST.0 + gpu * 5_000 / LARGEST.1;
        i32::try_from(-left).unwrap_or(i32::MIN)
    }
}
