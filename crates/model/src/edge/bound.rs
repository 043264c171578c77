//! Where a replica runs, and what it holds there.

use super::id::{DeviceUuid, NodeId};
use super::model::{Precision, VariantRef};
use super::slices::Slice;
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
    /// The slice of its device that it has, where that is cut.
    pub slice: Option<Slice>,
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
    Sliced { precision: Precision, device_memory: Mebibytes, file: Mebibytes, slice: Slice },
}

impl From<Bound> for StoredBound {
    fn from(Bound { node, devices, variant, device_memory, slice, file }: Bound) -> Self {
        let VariantRef { version, precision } = variant;
        let rest = match (slice, precision) {
            (Some(slice), _) => BoundRest::Sliced { precision, device_memory, file, slice },
            (None, _) if file != Mebibytes::default() => BoundRest::With { precision, device_memory, file },
            (None, Precision::Fp32) => BoundRest::Fp32(device_memory),
            (None, Precision::Bf16) => BoundRest::Bf16(device_memory),
            (None, Precision::Fp16) => BoundRest::Fp16(device_memory),
            (None, Precision::Int8) => BoundRest::Int8(device_memory),
            (None, Precision::Int4) => BoundRest::Int4(device_memory),
        };
        Self { node, devices, version, rest }
    }
}

impl From<StoredBound> for Bound {
    fn from(StoredBound { node, devices, version, rest }: StoredBound) -> Self {
        let nothing = Mebibytes::default();
        let (precision, device_memory, file, slice) = match rest {
            BoundRest::Fp32(memory) => (Precision::Fp32, memory, nothing, None),
            BoundRest::Bf16(memory) => (Precision::Bf16, memory, nothing, None),
            BoundRest::Fp16(memory) => (Precision::Fp16, memory, nothing, None),
            BoundRest::Int8(memory) => (Precision::Int8, memory, nothing, None),
            BoundRest::Int4(memory) => (Precision::Int4, memory, nothing, None),
            BoundRest::With { precision, device_memory, file } => (precision, device_memory, file, None),
            BoundRest::Sliced { precision, device_memory, file, slice } => {
                (precision, device_memory, file, Some(slice))
            }
        };
        Self { node, devices, variant: VariantRef { version, precision }, device_memory, slice, file }
    }
}
