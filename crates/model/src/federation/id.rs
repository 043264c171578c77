//! Identifiers of a federation.

use crate::id::id;

id!(
    /// The lasting name of a cluster.
    ClusterId, "cluster_id"
);
