//! The kinds of objects that decisions read, and what is heard of each as the mirror of a cluster hears it.

use super::cut::cut;
use super::fields;
use super::form::Fields;
use super::mask::Mask;
use crate::cluster::{
    Budget, Change, Claim, Class, DeviceClaim, DeviceClass, Heard, Node, Pod, PodKey, Slice, Volume,
    VolumeLimits, WaitsForConsumer, labels_of,
};
use k8s_openapi::api::core::v1 as core;
use k8s_openapi::api::policy::v1 as policy;
use k8s_openapi::api::resource::v1 as resource;
use k8s_openapi::api::scheduling::v1 as scheduling;
use k8s_openapi::api::storage::v1 as storage;
use serde::{Deserialize, Serialize};
use serde_json::Value;

macro_rules! kinds {
    ($($(#[doc = $says:literal])* $Kind:ident($Type:ty), $fields:ident, $key:ident, $read:expr;)*) => {
        /// A kind of objects that decisions read.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Kind { $($(#[doc = $says])* $Kind,)* }

        /// An object, as the API has it.
        #[derive(Clone, Debug)]
        #[expect(clippy::large_enum_variant, reason = "most of them are pods, which are the large ones")]
        pub enum Object { $($(#[doc = $says])* $Kind($Type),)* }

        impl Kind {
            /// All kinds.
            pub const ALL: &'static [Self] = &[$(Self::$Kind,)*];

            pub(super) fn fields(self) -> Fields {
                match self { $(Self::$Kind => fields::$fields,)* }
            }

            /// An object of this kind.
            ///
            /// Errors: it is none.
            pub(super) fn object(self, of: Value) -> serde_json::Result<Object> {
                match self { $(Self::$Kind => serde_json::from_value(of).map(Object::$Kind),)* }
            }

            /// That one of this kind is gone, for the mirror.
            pub fn gone(self, key: PodKey, at: crate::cluster::Version) -> Change {
                match self { $(Self::$Kind => Change::$Kind(Heard::Gone(kinds!(@$key key), at)),)* }
            }
        }

        impl Object {
            /// Which kind it is of.
            pub fn kind(&self) -> Kind {
                match self { $(Self::$Kind(_) => Kind::$Kind,)* }
            }

            /// Its name; without a namespace where it has none.
            pub fn key(&self) -> PodKey {
                PodKey::of(match self { $(Self::$Kind(of) => &of.metadata,)* })
            }

            /// That it is there, for the mirror.
            pub fn put(&self, at: crate::cluster::Version) -> Change {
                let key = self.key();
                match self { $(Self::$Kind(of) => Change::$Kind(Heard::Put(kinds!(@$key key), at, ($read)(of))),)* }
            }
        }

        $(impl OfKind for $Type { const KIND: Kind = Kind::$Kind; })*
    };
    (@namespaced $key:ident) => { $key };
    (@alone $key:ident) => { $key.name };
}

/// A type of the API of which objects are recorded.
pub trait OfKind {
    /// Its kind.
    const KIND: Kind;
}

/// What a record has of an object.
pub(super) fn cut_down<O: OfKind + Serialize>(of: &O, mask: &Mask) -> Value {
    // Objects of the API are maps of texts and numbers, which JSON has.
    cut(O::KIND, serde_json::to_value(of).unwrap_or_default(), mask)
}

kinds! {
    /// Nodes.
    Node(core::Node), NODE, alone, Node::read;
    /// Pods.
    Pod(core::Pod), POD, namespaced, Pod::read;
    /// Namespaces.
    Namespace(core::Namespace), NAMESPACE, alone, |of: &core::Namespace| labels_of(&of.metadata);
    /// Priority classes.
    Class(scheduling::PriorityClass), PRIORITY_CLASS, alone, Class::read;
    /// Disruption budgets.
    Budget(policy::PodDisruptionBudget), BUDGET, namespaced, Budget::read;
    /// Claims to volumes.
    Claim(core::PersistentVolumeClaim), VOLUME_CLAIM, namespaced, Claim::read;
    /// Volumes.
    Volume(core::PersistentVolume), VOLUME, alone, Volume::read;
    /// Storage classes.
    StorageClass(storage::StorageClass), STORAGE_CLASS, alone, WaitsForConsumer::read;
    /// How many volumes nodes take.
    VolumeLimits(storage::CSINode), VOLUME_LIMITS, alone, VolumeLimits::read;
    /// Claims to devices.
    DeviceClaim(resource::ResourceClaim), DEVICE_CLAIM, namespaced, DeviceClaim::read;
    /// Classes of devices.
    DeviceClass(resource::DeviceClass), DEVICE_CLASS, alone, DeviceClass::read;
    /// Devices.
    Slice(resource::ResourceSlice), SLICE, alone, Slice::read;
}
