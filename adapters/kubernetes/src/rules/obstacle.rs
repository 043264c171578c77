//! What keeps a pod off a node, or off every node, in words.

use crate::cluster::Name;
use crate::limits::GANG_MAX;
use std::sync::Arc;

/// Why a node does not take a pod. Ordered as nodes are judged: the first that holds is named.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Obstacle {
    /// It was cordoned.
    Cordoned,
    /// It has a taint that the pod does not tolerate.
    Tainted,
    /// It is not what node selector and node affinity ask for.
    NodeAffinity,
    /// It takes no more pods.
    TooManyPods,
    /// It has too little left of a resource.
    Insufficient(Name),
    /// A port of the node is taken.
    HostPort,
    /// It does not reach a volume.
    VolumeOutOfReach,
    /// It takes no more volumes of a driver.
    TooManyVolumes,
    /// Another pod uses a claim that is for one alone.
    ClaimInUse,
    /// Nobody of those whom the pod has to be near is there.
    NotNear,
    /// Somebody is there whom the pod must not be near.
    NotApart,
    /// Somebody is there who must not be near the pod.
    KeptApart,
    /// It lacks a label over which pods are spread.
    SpreadKeyMissing,
    /// Pods would stand too unevenly.
    Spread,
    /// The devices of a claim cannot be used from there.
    DevicesOutOfReach,
    /// It has no free devices for its claims.
    NoDevices,
    /// The same, and of some an expression says neither yes nor no: why.
    SelectorFails(Arc<str>),
    /// It may have some: it would take too long to find them.
    TooManyDevices,
}

impl Obstacle {
    /// Whether it may go away when pods on the node end.
    pub fn may_give_way(&self) -> bool {
        use Obstacle::*;
        matches!(
            self,
            TooManyPods
                | Insufficient(_)
                | HostPort
                | TooManyVolumes
                | ClaimInUse
                | NotApart
                | KeptApart
                | Spread
        )
    }
}

impl std::fmt::Display for Obstacle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let text = match self {
            Self::Cordoned => "cordoned",
            Self::Tainted => "with a taint that it does not tolerate",
            Self::NodeAffinity => "that its node selector or affinity leaves out",
            Self::TooManyPods => "with as many pods as it takes",
            Self::Insufficient(name) => return write!(f, "without enough {name}"),
            Self::HostPort => "whose port is taken",
            Self::VolumeOutOfReach => "that a volume does not reach",
            Self::TooManyVolumes => "with as many volumes as it takes",
            Self::ClaimInUse => "while another pod uses a claim that is for one alone",
            Self::NotNear => "without those whom its pod affinity asks for",
            Self::NotApart => "with those whom its pod anti-affinity keeps away from",
            Self::KeptApart => "with those who keep it away by their pod anti-affinity",
            Self::SpreadKeyMissing => "without a label of its topology spread",
            Self::Spread => "where its topology spread would be too uneven",
            Self::DevicesOutOfReach => "from which the devices of a claim cannot be used",
            Self::NoDevices => "without free devices for its claims",
            Self::SelectorFails(why) => {
                return write!(
                    f,
                    "without free devices for its claims, some of which a selector cannot judge ({why})"
                );
            }
            Self::TooManyDevices => "where it would take too long to find devices for its claims",
        };
        f.write_str(text)
    }
}

/// What keeps a pod off every node.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Bar {
    /// It needs something that Paceline does not do yet.
    Unsupported(Vec<&'static str>),
    /// A claim of it is not there.
    ClaimMissing(Name),
    /// A claim of it has no volume yet.
    ClaimUnbound(Name),
    /// A claim of it is bound only once a pod has a node, which Paceline does not do yet.
    ClaimWaits(Name),
    /// A claim of it was told to end.
    ClaimEnding(Name),
    /// The volume of a claim of it is not there.
    VolumeMissing(Name),
    /// A claim to devices is not made of its template yet.
    DevicesNotMade(Name),
    /// A claim to devices is not there.
    DevicesMissing(Name),
    /// A claim to devices was told to end.
    DevicesEnding(Name),
    /// A claim to devices was made for another pod.
    DevicesForeign(Name),
    /// As many pods use a claim to devices as may.
    DevicesInUse(Name),
    /// A claim to devices has one whose taint ends those who use it.
    DevicesTainted(Name),
    /// A claim to devices needs something that Paceline does not do yet.
    DevicesUnsupported(Name, &'static str),
    /// A class of devices is not there.
    DeviceClassMissing(Name),
    /// What is written of the gang of this pod cannot be read: why.
    GangUnreadable(Name, Arc<str>),
    /// The pods of a gang do not say the same of its size: what they say.
    GangDiffers(Name, Vec<usize>),
    /// Of a gang fewer are there than must stand together: how many, and how many must.
    GangShort(Name, usize, usize),
    /// More pods of a gang wait than are placed together: how many.
    GangTooLarge(Name, usize),
}

impl std::fmt::Display for Bar {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unsupported(what) => write!(f, "Paceline does not do this yet: {}", what.join(", ")),
            Self::ClaimMissing(name) => write!(f, "volume claim {name} is not there"),
            Self::ClaimUnbound(name) => write!(f, "volume claim {name} has no volume yet"),
            Self::ClaimWaits(name) => write!(
                f,
                "Paceline does not do this yet: volume claim {name} is of a class that binds once a pod has a node"
            ),
            Self::ClaimEnding(name) => write!(f, "volume claim {name} was told to end"),
            Self::VolumeMissing(name) => write!(f, "the volume of claim {name} is not there"),
            Self::DevicesNotMade(name) => write!(f, "resource claim {name} is not made of its template yet"),
            Self::DevicesMissing(name) => write!(f, "resource claim {name} is not there"),
            Self::DevicesEnding(name) => write!(f, "resource claim {name} was told to end"),
            Self::DevicesForeign(name) => write!(f, "resource claim {name} was made for another pod"),
            Self::DevicesInUse(name) => write!(f, "as many pods use resource claim {name} as may"),
            Self::DevicesTainted(name) => {
                write!(f, "resource claim {name} has a device with a taint that it does not tolerate")
            }
            Self::DevicesUnsupported(name, what) => {
                write!(f, "Paceline does not do this yet: resource claim {name} asks for {what}")
            }
            Self::DeviceClassMissing(name) => write!(f, "device class {name} is not there"),
            Self::GangUnreadable(pod, why) => write!(f, "{why}, in pod {pod}"),
            Self::GangDiffers(name, sizes) => {
                write!(f, "the pods of gang {name} name several sizes: {sizes:?}")
            }
            Self::GangShort(name, there, size) => write!(f, "{there} of {size} of gang {name} are there"),
            Self::GangTooLarge(name, waiting) => {
                write!(f, "{waiting} pods of gang {name} wait, and at most {GANG_MAX} are placed together")
            }
        }
    }
}
