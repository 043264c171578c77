//! FGD the slow way, from its definition: every typical task against every node, nothing kept. The oracle of tests, and the plain
//! implementation that benchmarks stand beside. It must say the same as [`super::Placer`] with [`super::scores::Fragmentation`].

use super::amounts::Amounts;
use super::choices::choices;
use super::cluster::Cluster;
use super::expected::Expected;
use super::filter::refusal;
use super::rows::{ClassRow, Placement};
use super::scores::sigmoid_points;
use super::task::Task;

/// Where FGD puts `task`; `None` where it fits nowhere.
pub fn find(cluster: &Cluster, task: &Task, expected: &Expected) -> Option<Placement> {
    let typical = expected.typical();
    let tasks: i64 = typical.iter().map(|(_, count)| *count as i64).sum::<i64>().max(1);
    let mut best: Option<(i32, u32, Placement)> = None;
    for node in cluster.rows() {
        let (profile, rank) = (cluster.profile(node), cluster.rank(node));
        let Some(free) = cluster.free(node).filter(|free| refusal(profile, free, task).is_none()) else {
            continue;
        };
        let before = fragmented(profile.class, free, typical);
        for devices in choices(profile, free, task) {
            let after = fragmented(profile.class, &free.after(task, devices), typical);
            let points = sigmoid_points((before - after) as f64 / tasks as f64);
            let better = |(highest, first, found): &(i32, u32, Placement)| {
                points > *highest || (points == *highest && rank < *first && found.node != node)
            };
            if best.as_ref().is_none_or(better) {
                best = Some((points, rank, Placement { node, devices, points }));
            }
        }
    }
    best.map(|(_, _, placement)| placement)
}

/// Shares (thousandths) that typical tasks could not use, summed over tasks.
fn fragmented(class: ClassRow, free: &Amounts, typical: &[(Task, u64)]) -> i64 {
    let all = sum(free, |_| true);
    let for_one = |(task, count): &(Task, u64)| {
        let enough = free.device_milli.iter().filter(|milli| **milli >= task.device_milli.max(1)).count();
        let fits = free.cpu_milli >= task.cpu_milli && enough >= usize::from(task.devices);
        let usable = task.devices > 0 && task.allows(class) && fits;
        let lost = if usable { sum(free, |milli| milli < task.device_milli) } else { all };
        lost * *count as i64
    };
    typical.iter().map(for_one).sum()
}

fn sum(free: &Amounts, of: impl Fn(u16) -> bool) -> i64 {
    free.device_milli.iter().filter(|milli| of(**milli)).map(|milli| i64::from(*milli)).sum()
}
