//! Where a replica runs, and what it holds there.

use super::id::{DeviceUuid, NodeId};
use super::model::{Precision, VariantRef};
use super::units::Mebibytes;
use semver::Version;
use serde::{Deserialize, Serialize};

/// Where a replica runs, and as what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "StoredBound", into = "StoredBound")]
pub struct Bound {
    /// The node.
    pub node: NodeId,
    /// Its devices, by UUID and in its order; none where it runs on the CPU.
    pub devices: Vec<DeviceUuid>,
    /// Version and precision.
    pub variant: VariantRef,
    /// What is taken of each of the devices' memory.
    pub device_memory: Mebibytes,
    /// The size of the variant's file on the node's disk, which all replicas there that run as it share.
    pub file: Mebibytes,
}

/// The same as it is written down, in the order in which it always was. What was added since stands behind the byte that once said only the
/// precision: its first values mean what they always did.
#[derive(Serialize, Deserialize)]
struct StoredBound {
    node: NodeId,
    devices: Vec<DeviceUuid>,
    version: Version,
    rest: BoundRest,
}

/// What ends it: the precision with what is taken of each device's memory, and nothing of the disk; or more. New variants follow at the end.
#[derive(Serialize, Deserialize)]
enum BoundRest {
    Fp32(Mebibytes),
    Bf16(Mebibytes),
    Fp16(Mebibytes),
    Int8(Mebibytes),
    Int4(Mebibytes),
    With { precision: Precision, device_memory: Mebibytes, file: Mebibytes },
}

impl From<Bound> for StoredBound {
    fn from(Bound { node, devices, variant, device_memory, file }: Bound) -> Self {
        let VariantRef { version, precision } = variant;
        let rest = match precision {
            _ if file != Mebibytes::default() => BoundRest::With { precision, device_memory, file },
            Precision::Fp32 => BoundRest::Fp32(device_memory),
            Precision::Bf16 => BoundRest::Bf16(device_memory),
            Precision::Fp16 => BoundRest::Fp16(device_memory),
            Precision::Int8 => BoundRest::Int8(device_memory),
            Precision::Int4 => BoundRest::Int4(device_memory),
        };
        Self { node, devices, version, rest }
    }
}

impl From<StoredBound> for Bound {
    fn from(StoredBound { node, devices, version, rest }: StoredBound) -> Self {
        let nothing = Mebibytes::default();
        let (precision, device_memory, file) = match rest {
            BoundRest::Fp32(memory) => (Precision::Fp32, memory, nothing),
            BoundRest::Bf16(memory) => (Precision::Bf16, memory, nothing),
            BoundRest::Fp16(memory) => (Precision::Fp16, memory, nothing),
            BoundRest::Int8(memory) => (Precision::Int8, memory, nothing),
            BoundRest::Int4(memory) => (Precision::Int4, memory, nothing),
            BoundRest::With { precision, device_memory, file } => (precision, device_memory, file),
        };
        Self { node, devices, variant: VariantRef { version, precision }, device_memory, file }
    }
}
