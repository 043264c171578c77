//! What a region of edge nodes should do: which node runs which workload, now.

pub mod federation;
pub mod placement;
pub mod policy;
pub mod rollout;
pub mod round;
