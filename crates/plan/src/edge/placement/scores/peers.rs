//! Scores of the field that the others are measured by, as in Weng et al., ATC 2023, section 6.1.

use crate::edge::placement::mix::{Score, Step};

/// Parts of a node's capacity are counted in ten thousandths.
const PARTS: f64 = 10_000.0;

/// *Dot product*: align what is asked with what is free (Tetris; Grandl et al., SIGCOMM 2014), least alignment of scarce resources
/// first. Points: -20,000 to 0, minus the sum over CPU and GPU of free times asked, each in parts of the node's capacity.
pub struct DotProduct;

impl Score for DotProduct {
    fn points(&self, step: &Step<'_>) -> i32 {
        let all = &step.profile.capacity;
        let gpu = |shares: &[u16]| shares.iter().map(|milli| f64::from(*milli)).sum::<f64>();
        let gpus = gpu(&all.device_milli).max(1.0);
        let cpus = f64::from(all.cpu_milli.max(1));
        let product = f64::from(step.before.cpu_milli) / cpus * f64::from(step.task.cpu_milli) / cpus
            + gpu(&step.before.device_milli) / gpus * f64::from(step.task.gpu_milli()) / gpus;
        -(product * PARTS) as i32
    }
}

/// *Packing*: GPUs in use before idle ones, on nodes in use before idle ones, and of them the fullest (Weng et al., NSDI 2022).
/// Points: 0 to 30,000.
pub struct Packing;

impl Score for Packing {
    fn points(&self, step: &Step<'_>) -> i32 {
        let all = &step.profile.capacity.device_milli;
        let devices = || all.iter().zip(&step.before.device_milli).zip(&step.after.device_milli);
        let wakes = devices().any(|((all, before), after)| before == all && after < before);
        let idle = devices().all(|((all, before), _)| before == all);
        let free: i32 = step.after.device_milli.iter().map(|milli| i32::from(*milli)).sum();
        i32::from(!wakes) * 20_000 + i32::from(!idle) * 10_000 - free / 2
    }
}

/// *Clustering*: tasks of one size together, so that whole GPUs stay together too (Gandiva; Xiao et al., OSDI 2018): nodes whose devices
/// already hold just such shares first, then idle nodes. Points: 0 to 16.
pub struct Clustering;

impl Score for Clustering {
    fn points(&self, step: &Step<'_>) -> i32 {
        let all = &step.profile.capacity.device_milli;
        let of_this_size = |(all, free): (&u16, &u16)| {
            let used = all - free;
            used > 0 && step.task.device_milli > 0 && used.is_multiple_of(step.task.device_milli)
        };
        all.iter().zip(&step.before.device_milli).filter(|pair| of_this_size(*pair)).count() as i32
    }
}
