//! On which devices of a node a task may go.

use super::amounts::Amounts;
use super::profile::Profile;
use super::rows::Devices;
use super::slices;
use super::task::Task;
use paceline_model::limits::NODE_DEVICES_MAX;

/// The choices worth a score, where `task` fits: for one GPU each device that fits and is not equal to an earlier one, for several
/// the least free that fit, ties to the lower device (Weng et al., ATC 2023, section 5); one empty choice for no GPU, and
/// the best place for a slice.
pub fn choices(profile: &Profile, free: &Amounts, task: &Task) -> impl Iterator<Item = Devices> {
    let one = task.devices == 1 && task.slice.is_none();
    let several = match task.slice {
        Some(_) => slices::best(profile, free, task),
        None => (!one).then(|| least_free(free, task)),
    };
    let each = (0..if one { NODE_DEVICES_MAX } else { 0 })
        .filter(move |&at| free.device_fits(at, task) && task_is_first(free, at))
        .map(|at| Devices::NONE.with(at));
    several.into_iter().chain(each)
}

/// Whether no earlier device is in the same state as `at`.
fn task_is_first(free: &Amounts, at: usize) -> bool {
    !(0..at).any(|earlier| {
        free.device_milli[earlier] == free.device_milli[at]
            && free.device_memory_mib[earlier] == free.device_memory_mib[at]
    })
}

fn least_free(free: &Amounts, task: &Task) -> Devices {
    let mut chosen = Devices::NONE;
    for _ in 0..task.devices {
        let left = (0..NODE_DEVICES_MAX).filter(|&at| !chosen.contains(at) && free.device_fits(at, task));
        if let Some(next) = left.min_by_key(|&at| (free.device_milli[at], free.device_memory_mib[at])) {
            chosen = chosen.with(next);
        }
    }
    chosen
}
