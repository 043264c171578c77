//! Devices and who has them. Source: Kubernetes, "Dynamic Resource Allocation", and `resource.k8s.io/v1` of its API.

mod allocation;
mod claim;
mod class;
mod slice;
mod written;

pub use allocation::{Allocation, DeviceId, Given};

pub use claim::{Alternative, Constraint, Count, DeviceClaim, DeviceRequest, PROTECTION, PodDevices};
pub use class::DeviceClass;
pub use slice::{Attribute, Capacity, Consumes, Device, Policy, QualifiedName, Reach, Slice};
pub use written::written;
