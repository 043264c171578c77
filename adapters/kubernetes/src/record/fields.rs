//! Which fields of each kind are written: what `cluster` and `check` read, and nothing more. A field that is not here is not written, also one
//! that a later version of the API brings.

use super::form::Fields;
use super::form::Form::{Fields as Of, Key, Labels, Only, Plain, Presence, Text};
use crate::cluster::{BEYOND_BUDGETS, GANG, GANG_SIZE, VOLUME_IS_BOUND};

/// Of every object: who it is, and since when. Of annotations those that decisions read.
const METADATA: Fields = &[
    ("name", Text),
    ("namespace", Text),
    ("uid", Text),
    ("labels", Labels),
    ("annotations", Only(&[GANG, GANG_SIZE, BEYOND_BUDGETS, VOLUME_IS_BOUND])),
    ("creationTimestamp", Plain),
    ("deletionTimestamp", Plain),
];

const REQUIREMENT: Fields = &[("key", Key), ("operator", Plain), ("values", Text)];
const SELECTOR: Fields = &[("matchLabels", Labels), ("matchExpressions", Of(REQUIREMENT))];
const NODE_TERM: Fields = &[
    ("matchExpressions", Of(REQUIREMENT)),
    ("matchFields", Of(&[("key", Plain), ("operator", Plain), ("values", Text)])),
];
const NODE_SELECTOR: Fields = &[("nodeSelectorTerms", Of(NODE_TERM))];
const TAINT: Fields = &[("key", Key), ("value", Text), ("effect", Plain)];
const TOLERATION: Fields = &[("key", Key), ("operator", Plain), ("value", Text), ("effect", Plain)];

const POD_TERM: Fields = &[
    ("labelSelector", Of(SELECTOR)),
    ("namespaceSelector", Of(SELECTOR)),
    ("namespaces", Text),
    ("topologyKey", Key),
    ("matchLabelKeys", Key),
    ("mismatchLabelKeys", Key),
];
const POD_AFFINITY: Fields = &[
    ("requiredDuringSchedulingIgnoredDuringExecution", Of(POD_TERM)),
    (
        "preferredDuringSchedulingIgnoredDuringExecution",
        Of(&[("weight", Plain), ("podAffinityTerm", Of(POD_TERM))]),
    ),
];
const AFFINITY: Fields = &[
    (
        "nodeAffinity",
        Of(&[
            ("requiredDuringSchedulingIgnoredDuringExecution", Of(NODE_SELECTOR)),
            (
                "preferredDuringSchedulingIgnoredDuringExecution",
                Of(&[("weight", Plain), ("preference", Of(NODE_TERM))]),
            ),
        ]),
    ),
    ("podAffinity", Of(POD_AFFINITY)),
    ("podAntiAffinity", Of(POD_AFFINITY)),
];
const SPREAD: Fields = &[
    ("maxSkew", Plain),
    ("topologyKey", Key),
    ("whenUnsatisfiable", Plain),
    ("labelSelector", Of(SELECTOR)),
    ("minDomains", Plain),
    ("nodeAffinityPolicy", Plain),
    ("nodeTaintsPolicy", Plain),
    ("matchLabelKeys", Key),
];

const REQUESTS: Fields = &[("requests", Plain)];
const CONTAINER: Fields = &[
    ("name", Text),
    ("resources", Of(REQUESTS)),
    ("restartPolicy", Plain),
    ("ports", Of(&[("containerPort", Plain), ("hostPort", Plain), ("hostIP", Plain), ("protocol", Plain)])),
];
const CONTAINER_STATUS: Fields =
    &[("name", Text), ("allocatedResources", Plain), ("resources", Of(REQUESTS))];
const POD_VOLUME: Fields = &[
    ("name", Text),
    ("persistentVolumeClaim", Of(&[("claimName", Text)])),
    ("awsElasticBlockStore", Presence),
    ("gcePersistentDisk", Presence),
    ("azureDisk", Presence),
    ("cinder", Presence),
    ("rbd", Presence),
    ("iscsi", Presence),
];

pub(super) const NODE: Fields = &[
    ("metadata", Of(METADATA)),
    ("spec", Of(&[("taints", Of(TAINT)), ("unschedulable", Plain)])),
    ("status", Of(&[("allocatable", Plain)])),
];
pub(super) const POD: Fields = &[
    ("metadata", Of(METADATA)),
    (
        "spec",
        Of(&[
            ("nodeName", Text),
            ("schedulerName", Text),
            ("priority", Plain),
            ("preemptionPolicy", Plain),
            ("priorityClassName", Text),
            ("schedulingGates", Of(&[("name", Text)])),
            ("schedulingGroup", Presence),
            ("tolerations", Of(TOLERATION)),
            ("nodeSelector", Labels),
            ("affinity", Of(AFFINITY)),
            ("topologySpreadConstraints", Of(SPREAD)),
            ("containers", Of(CONTAINER)),
            ("initContainers", Of(CONTAINER)),
            ("resources", Of(REQUESTS)),
            ("overhead", Plain),
            ("volumes", Of(POD_VOLUME)),
            (
                "resourceClaims",
                Of(&[("name", Text), ("resourceClaimName", Text), ("resourceClaimTemplateName", Text)]),
            ),
        ]),
    ),
    (
        "status",
        Of(&[
            ("phase", Plain),
            ("nominatedNodeName", Text),
            ("conditions", Of(&[("type", Plain), ("status", Plain), ("reason", Plain)])),
            ("containerStatuses", Of(CONTAINER_STATUS)),
            ("initContainerStatuses", Of(CONTAINER_STATUS)),
            ("resourceClaimStatuses", Of(&[("name", Text), ("resourceClaimName", Text)])),
        ]),
    ),
];
pub(super) const NAMESPACE: Fields = &[("metadata", Of(METADATA))];
pub(super) const PRIORITY_CLASS: Fields = &[("metadata", Of(METADATA)), ("value", Plain)];
pub(super) const BUDGET: Fields = &[
    ("metadata", Of(METADATA)),
    ("spec", Of(&[("selector", Of(SELECTOR))])),
    ("status", Of(&[("disruptionsAllowed", Plain)])),
];

pub(super) const VOLUME_CLAIM: Fields = &[
    ("metadata", Of(METADATA)),
    ("spec", Of(&[("volumeName", Text), ("storageClassName", Text), ("accessModes", Plain)])),
];
pub(super) const VOLUME: Fields = &[
    ("metadata", Of(METADATA)),
    (
        "spec",
        Of(&[
            ("nodeAffinity", Of(&[("required", Of(NODE_SELECTOR))])),
            ("csi", Of(&[("driver", Plain), ("volumeHandle", Text)])),
        ]),
    ),
];
pub(super) const STORAGE_CLASS: Fields = &[("metadata", Of(METADATA)), ("volumeBindingMode", Plain)];
pub(super) const VOLUME_LIMITS: Fields = &[
    ("metadata", Of(METADATA)),
    ("spec", Of(&[("drivers", Of(&[("name", Plain), ("allocatable", Of(&[("count", Plain)]))]))])),
];

const DEVICES_WANTED: Fields = &[
    ("name", Plain),
    ("deviceClassName", Text),
    ("selectors", Plain),
    ("allocationMode", Plain),
    ("count", Plain),
    ("capacity", Plain),
    ("adminAccess", Plain),
    ("tolerations", Of(TOLERATION)),
];
const DEVICES_GIVEN: Fields = &[
    ("request", Plain),
    ("driver", Plain),
    ("pool", Text),
    ("device", Plain),
    ("shareID", Plain),
    ("consumedCapacity", Plain),
    ("adminAccess", Plain),
    ("tolerations", Of(TOLERATION)),
];
const CLAIM_METADATA: Fields = &[
    ("name", Text),
    ("namespace", Text),
    ("uid", Text),
    ("deletionTimestamp", Plain),
    ("ownerReferences", Of(&[("kind", Plain), ("controller", Plain), ("uid", Text)])),
];

pub(super) const DEVICE_CLAIM: Fields = &[
    ("metadata", Of(CLAIM_METADATA)),
    (
        "spec",
        Of(&[(
            "devices",
            Of(&[
                (
                    "requests",
                    Of(&[
                        ("name", Plain),
                        ("exactly", Of(DEVICES_WANTED)),
                        ("firstAvailable", Of(DEVICES_WANTED)),
                    ]),
                ),
                ("constraints", Plain),
            ]),
        )]),
    ),
    (
        "status",
        Of(&[
            (
                "allocation",
                Of(&[
                    ("devices", Of(&[("results", Of(DEVICES_GIVEN))])),
                    ("nodeSelector", Of(NODE_SELECTOR)),
                ]),
            ),
            ("reservedFor", Of(&[("resource", Plain), ("name", Text), ("uid", Text)])),
        ]),
    ),
];
pub(super) const DEVICE_CLASS: Fields = &[("metadata", Of(METADATA)), ("spec", Of(&[("selectors", Plain)]))];
pub(super) const SLICE: Fields = &[
    ("metadata", Of(METADATA)),
    (
        "spec",
        Of(&[
            ("driver", Plain),
            ("pool", Of(&[("name", Text), ("generation", Plain), ("resourceSliceCount", Plain)])),
            ("nodeName", Text),
            ("nodeSelector", Of(NODE_SELECTOR)),
            ("allNodes", Plain),
            ("perDeviceNodeSelection", Plain),
            ("sharedCounters", Plain),
            (
                "devices",
                Of(&[
                    ("name", Plain),
                    ("attributes", Plain),
                    ("capacity", Plain),
                    ("allowMultipleAllocations", Plain),
                    ("consumesCounters", Plain),
                    ("taints", Of(TAINT)),
                    ("nodeName", Text),
                    ("nodeSelector", Of(NODE_SELECTOR)),
                    ("allNodes", Plain),
                    ("bindsToNode", Plain),
                    ("bindingConditions", Plain),
                    ("nodeAllocatableResourceMappings", Plain),
                ]),
            ),
        ]),
    ),
];
