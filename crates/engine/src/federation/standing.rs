//! What each cluster is told now of a workload.

use super::row::{ClusterRow, FederatedRow};
use super::world::Federation;
use paceline_model::edge::WorkloadSpec;
use paceline_model::federation::ClusterId;
use paceline_plan::edge::federation::{Standing, tell};

/// What a cluster is told of one workload.
#[derive(Clone, Debug, PartialEq)]
pub struct Told {
    /// The part that it is asked for; with 0 replicas it is to end it.
    pub part: WorkloadSpec,
    /// Replicas that are asked of it as it says.
    pub known: u32,
}

impl Federation {
    /// All that a cluster is told now: nothing if it cannot be reached.
    pub fn told(&self, cluster: &ClusterId) -> Vec<Told> {
        let concerned = self.workloads().filter(|row| row.concerns(cluster));
        concerned.filter_map(|row| self.told_of(row, cluster)).collect()
    }

    fn told_of(&self, row: &FederatedRow, cluster: &ClusterId) -> Option<Told> {
        let known = self.cluster(cluster)?.of_workload(row.spec.id())?.wanted;
        let concerned: Vec<&ClusterRow> =
            self.clusters().map(|of| &**of).filter(|of| row.concerns(&of.spec.id)).collect();
        let standings: Vec<Standing> = concerned.iter().map(|of| standing(row, of)).collect();
        let wanted = if row.ending { 0 } else { row.spec.workload.replicas };
        let at = concerned.iter().position(|of| of.spec.id == *cluster)?;
        let replicas = (*tell(wanted, row.spec.workload.single, &standings).get(at)?)?;
        Some(Told { part: row.spec.part(cluster, replicas), known })
    }
}

fn standing(row: &FederatedRow, of: &ClusterRow) -> Standing {
    let id = &of.spec.id;
    // By an operator's word nothing runs there.
    let residue = if of.gone { 0 } else { row.residue_of(id) };
    let known = of.of_workload(row.spec.id()).map(|known| (known.wanted, known.placed));
    Standing { target: row.of(id), residue, known }
}
