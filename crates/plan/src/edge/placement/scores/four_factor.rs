//! One formula of four factors for nodes of a city, as it is given and as it would have to be for its weights to mean something.

use crate::edge::placement::mix::{Score, Step};
use crate::edge::placement::readings::Readings;

/// α of the GPU, β of the round trip, γ of the model, δ of the battery, as given.
const WEIGHTS: [f64; 4] = [0.4, 0.35, 0.2, 0.05];

/// A node of which something is not known ranks behind all others.
const UNKNOWN: i32 = -1;

/// Least use of a GPU that is told from none: a formula that divides by it needs one.
const USE_LEAST: f64 = 0.01;

/// *Four-factor, as given*: `w = α·1/gpu_util + β·1/rtt + γ·log(model_size) + δ·battery_level` with α 0.4, β 0.35, γ 0.2, δ 0.05; the highest wins.
/// Use is the part of the node's GPU shares that is taken (1 to 100 %), the round trip in milliseconds, the model's memory in MiB, the battery 0 to 1.
/// Points: hundredths of w, 40 to about 4,400; -1 where round trip or charge is not known. Work: a logarithm.
///
/// Here to be measured, not to be used: its terms have no common unit. `1/gpu_util` spans 1 to 100 and `1/rtt` 0.0005 to 1, so that the weights
/// of 0.4 and 0.35 are in truth as 40 to 0.35, and another unit of time is another order of nodes; the third term is the same on every
/// node. Source: a published account of a city's edge cloud, which calls w a cost: read so, it prefers what is busy, far away and empty.
pub struct FourFactor;

impl FourFactor {
    /// The formula. Units are the caller's, and the order of nodes follows from them: that is what is wrong with it.
    pub fn w(gpu_use: f64, round_trip: f64, model_size: f64, battery: f64) -> f64 {
        let terms = [1.0 / gpu_use, 1.0 / round_trip, model_size.ln(), battery];
        WEIGHTS.iter().zip(terms).map(|(weight, term)| weight * term).sum()
    }
}

impl Score for FourFactor {
    fn points(&self, step: &Step<'_>) -> i32 {
        let Readings { round_trip_ms: Some(ms), charge_percent: Some(charge), .. } = step.profile.readings
        else {
            return UNKNOWN;
        };
        let size = f64::from(step.task.device_memory_mib.max(1));
        let (busy, near) = (gpu_use(step).max(USE_LEAST), f64::from(ms.max(1)));
        (Self::w(busy, near, size, f64::from(charge) / 100.0) * 100.0).round() as i32
    }
}

/// A round trip at which nobody waits any longer, in milliseconds.
const FAR_MS: f64 = 500.0;

/// A model that takes longer to arrive is as bad as one that takes this long, in seconds.
const SLOW_S: f64 = 60.0;

/// Seconds that one MiB takes at 1 Mbit/s.
const MIB_S: f64 = 8.388_608;

/// *Four-factor, comparable*: the same four wishes with the same weights, each term from 0 (worst) to 1 (best) on a scale that is stated: the part of GPU shares
/// that is free; the round trip, 500 ms to none; the time that the model takes over the free bandwidth, 60 s to none; the battery's charge.
/// A weight is then what the whole way from worst to best is worth. Points: thousandths, 0 to 1,000; -1 where something is not known. Work: constant. Source: ours.
pub struct FourFactorComparable;

impl Score for FourFactorComparable {
    fn points(&self, step: &Step<'_>) -> i32 {
        let Readings {
            round_trip_ms: Some(ms),
            charge_percent: Some(charge),
            bandwidth_mbit: Some(mbit),
            ..
        } = step.profile.readings
        else {
            return UNKNOWN;
        };
        let arrives_s = f64::from(step.task.device_memory_mib) * MIB_S / f64::from(mbit.max(1));
        let worst_to_best = |value: f64, worst: f64| (1.0 - value / worst).max(0.0);
        let terms = [
            1.0 - gpu_use(step),
            worst_to_best(f64::from(ms), FAR_MS),
            worst_to_best(arrives_s, SLOW_S),
            f64::from(charge.min(100)) / 100.0,
        ];
        (WEIGHTS.iter().zip(terms).map(|(weight, term)| weight * term).sum::<f64>() * 1000.0).round() as i32
    }
}

/// The part of the node's GPU shares that is taken before the step; of a node without GPUs, all of it.
fn gpu_use(step: &Step<'_>) -> f64 {
    let sum = |shares: &[u16]| shares.iter().map(|milli| f64::from(*milli)).sum::<f64>();
    let (all, free) = (sum(&step.profile.capacity.device_milli), sum(&step.before.device_milli));
    if all > 0.0 { (1.0 - free / all).max(0.0) } else { 1.0 }
}
