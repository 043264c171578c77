//! Why a workload is spread as it is.

use crate::mirror::mirror;
use crate::schema;
use paceline_model::federation as model;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

mirror! {
    /// Why a cluster gets nothing, or nothing more, of a workload.
    ClusterRule beside paceline_model::federation::ClusterRule {
        /// Its policy names other clusters or locations.
        NotChosen,
        /// It has not been heard since the federation began.
        Unheard,
        /// It cannot be reached.
        Unreachable,
        /// An operator has said that it is gone.
        Gone,
        /// An operator lets nothing new in.
        Cordoned,
        /// An operator lets its work move away.
        Draining,
        /// It has no variant of the model that fits what is asked for.
        NoVariant,
        /// It has a workload of that name that is not the federation's.
        NameTaken,
        /// It has no room, or not for as many as it must have at least.
        Full,
        /// Replicas that it was given have found no node there.
        FoundFull,
        /// It has refused it.
        Refused,
        /// Others were enough.
        NotNeeded,
    }
}

/// What a cluster could have had.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ClusterShare {
    /// Which cluster.
    #[schema(value_type = schema::Id)]
    pub cluster: String,
    /// Replicas that it was given before.
    pub before: u32,
    /// Replicas that it is given.
    pub replicas: u32,
    /// Replicas that it could have, those before included.
    pub room: u32,
    /// Why it gets nothing, or nothing more; null: nothing speaks against it.
    pub rule: Option<ClusterRule>,
}

/// Clusters that get nothing for one reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ExcludedClusters {
    /// Which reason.
    pub rule: ClusterRule,
    /// How many clusters.
    pub count: u32,
    /// The first of them, by name.
    pub first: Vec<String>,
}

/// Why a workload is spread as it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FederatedWorkloadExplained {
    /// Its name.
    #[schema(value_type = schema::Id)]
    pub id: String,
    /// Replicas that no cluster has room for.
    pub unplaced: u32,
    /// Clusters that are lacking to the least that its policy wants.
    pub clusters_lacking: u32,
    /// Locations that are lacking.
    pub locations_lacking: u32,
    /// Of each cluster that has some or had.
    pub shares: Vec<ClusterShare>,
    /// All others, by why they have none.
    pub excluded: Vec<ExcludedClusters>,
    /// The same in words.
    pub text: String,
}

impl FederatedWorkloadExplained {
    /// What was decided last; `None`: nothing yet.
    pub fn of(id: &str, wanted: u32, decision: Option<&model::SpreadDecision>) -> Self {
        let nothing = model::SpreadDecision { unplaced: wanted, ..model::SpreadDecision::default() };
        let of = decision.unwrap_or(&nothing);
        let share = |of: &model::ClusterShare| ClusterShare {
            cluster: of.cluster.to_string(),
            before: of.before,
            replicas: of.replicas,
            room: of.room,
            rule: of.rule.map(Into::into),
        };
        let excluded = |of: &model::ExcludedClusters| ExcludedClusters {
            rule: of.rule.into(),
            count: of.count,
            first: of.first.iter().map(ToString::to_string).collect(),
        };
        Self {
            id: id.to_owned(),
            unplaced: of.unplaced,
            clusters_lacking: of.clusters_lacking,
            locations_lacking: of.locations_lacking,
            shares: of.shares.iter().map(share).collect(),
            excluded: of.excluded.iter().map(excluded).collect(),
            text: match decision {
                Some(of) => words(id, wanted, of),
                None => format!(
                    "{id} has not been looked at yet: clusters that may answer any moment are waited for."
                ),
            },
        }
    }
}

fn words(id: &str, wanted: u32, of: &model::SpreadDecision) -> String {
    let mut lines = vec![match of.unplaced {
        0 => format!("All {wanted} replicas of {id} have a cluster."),
        unplaced => format!("{unplaced} of {wanted} replicas of {id} have no cluster."),
    }];
    for (lacking, what) in [(of.clusters_lacking, "cluster"), (of.locations_lacking, "location")] {
        if lacking > 0 {
            let plural = if lacking == 1 { "" } else { "s" };
            lines.push(format!(
                "{lacking} {what}{plural} with room are lacking to the least that its policy wants."
            ));
        }
    }
    for share in &of.shares {
        let before = match share.before {
            before if before == share.replicas => String::new(),
            before => format!(" ({before} before)"),
        };
        let rule = share.rule.map(|rule| format!("; {rule}")).unwrap_or_default();
        let (cluster, replicas, room) = (&share.cluster, share.replicas, share.room);
        lines.push(format!("- {cluster}: {replicas}{before}, of {room} that it could have{rule}"));
    }
    for excluded in &of.excluded {
        let names: Vec<&str> = excluded.first.iter().map(|name| name.as_str()).collect();
        let more = excluded.count as usize - names.len().min(excluded.count as usize);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        lines.push(format!("- none in {}{more}: {}", names.join(", "), excluded.rule));
    }
    lines.join("\n")
}
