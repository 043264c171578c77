//! Identifiers of the edge. A device is known by its UUID and never by its index: the driver counts anew when a card is gone.

use crate::id::id;
use crate::limits::{Invalid, Rule};
use crate::table::Idx;
use serde::{Deserialize, Deserializer, Serialize};
use std::fmt;

id!(
    /// The lasting name of an edge node.
    NodeId, "node_id"
);
id!(
    /// The UUID by which a driver knows a GPU, such as `GPU-5b1a…`.
    DeviceUuid, "device_uuid"
);
id!(
    /// The lasting name of a model.
    ModelId, "model_id"
);
id!(
    /// The lasting name of a workload.
    WorkloadId, "workload_id"
);

/// A node's row.
pub type NodeIdx = Idx<NodeId>;
/// A workload's row.
pub type WorkloadIdx = Idx<WorkloadId>;

/// One replica of a workload, by its number from 0: `detector-3`. What runs where is named by it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReplicaId {
    /// Of which workload.
    pub workload: WorkloadId,
    /// Which of its replicas, from 0.
    pub ordinal: u32,
}

impl fmt::Display for ReplicaId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.workload, self.ordinal)
    }
}

impl std::str::FromStr for ReplicaId {
    type Err = Invalid;
    /// Errors: no name of a workload with a number after its last hyphen.
    fn from_str(text: &str) -> Result<Self, Invalid> {
        let refused = || {
            let rule =
                Rule::Shape("must be a workload's name, a hyphen and a number, such as detector-0".into());
            Invalid::new("placement", text, rule)
        };
        let (workload, ordinal) = text.rsplit_once('-').ok_or_else(refused)?;
        let ordinal = ordinal.parse().map_err(|_| refused())?;
        Ok(Self { workload: WorkloadId::new(workload)?, ordinal })
    }
}

impl Serialize for ReplicaId {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ReplicaId {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?.parse().map_err(serde::de::Error::custom)
    }
}
