//! What operations may answer instead, in lists that several of them share.

use crate::problem::Code::{self, *};

/// Codes of whatever the region itself is asked.
pub(crate) const ASKED: &[Code] = &[E0302, E0303, E0304];

/// Codes of a command whose body is read: what a body can be wrong by, and what the world says.
pub(crate) const BODY: &[Code] = &[E0101, E0103, E0106, E0107, E0108, E0301, E0302, E0303, E0304, E0305];
pub(crate) const PLACING: &[Code] = &[
    E0101, E0102, E0103, E0106, E0107, E0108, E0109, E0201, E0202, E0301, E0302, E0303, E0304, E0305, E0306,
];
pub(crate) const ON_ROAD: &[Code] =
    &[E0101, E0102, E0103, E0106, E0107, E0108, E0208, E0301, E0302, E0303, E0304, E0305, E0306];
pub(crate) const RECEIVING: &[Code] =
    &[E0101, E0103, E0106, E0107, E0108, E0301, E0302, E0303, E0304, E0305, E0306, E0310];
pub(crate) const LEAVING: &[Code] = &[
    E0101, E0103, E0106, E0107, E0108, E0201, E0205, E0206, E0208, E0301, E0302, E0303, E0304, E0305, E0310,
];
pub(crate) const ORDER_OF: &[Code] = &[
    E0101, E0103, E0106, E0107, E0108, E0201, E0203, E0204, E0205, E0206, E0208, E0301, E0302, E0303, E0304,
    E0305,
];
pub(crate) const STATE_OF: &[Code] = &[
    E0101, E0103, E0106, E0107, E0108, E0201, E0205, E0206, E0207, E0208, E0301, E0302, E0303, E0304, E0305,
];
pub(crate) const BARE: &[Code] =
    &[E0101, E0103, E0107, E0108, E0201, E0203, E0205, E0206, E0208, E0301, E0302, E0303, E0304, E0305];
pub(crate) const LISTING: &[Code] = &[E0101, E0103, E0303, E0304];
pub(crate) const STREAMING: &[Code] = &[E0103, E0302, E0303, E0304];
pub(crate) const NAMED: &[Code] = &[E0101, E0103, E0201, E0302, E0303, E0304];
pub(crate) const LINKED: &[Code] = &[E0101, E0103, E0201, E0205, E0302, E0303, E0304];
pub(crate) const LINES: &[Code] = &[E0101, E0103, E0106, E0108, E0201, E0205, E0302, E0303, E0304];
pub(crate) const ASKING: &[Code] = &[E0101, E0102, E0103, E0106, E0107, E0108, E0302, E0303, E0304];
pub(crate) const ROUTING: &[Code] = &[E0101, E0102, E0103, E0106, E0107, E0108, E0109, E0302, E0303, E0304];
pub(crate) const SUPPOSING: &[Code] = &[E0101, E0103, E0106, E0107, E0108, E0201, E0302, E0303, E0304];

/// Commands about what runs at the edge, and what the world says to them.
pub(crate) const AT_EDGE: &[Code] =
    &[E0101, E0103, E0106, E0107, E0108, E0201, E0301, E0302, E0303, E0304, E0305, E0306, E0501, E0502];

/// What nodes report.
pub(crate) const REPORTED: &[Code] =
    &[E0101, E0103, E0106, E0107, E0108, E0301, E0302, E0303, E0304, E0305, E0511];

/// Links that are opened.
pub(crate) const OPENING: &[Code] = &[E0103, E0113, E0116, E0302, E0303];

/// Boxes that are let in.
pub(crate) const ENROLLING: &[Code] =
    &[E0101, E0103, E0106, E0107, E0108, E0201, E0301, E0302, E0303, E0304, E0305, E0505, E0508, E0509];

/// Proofs.
pub(crate) const PROVING: &[Code] =
    &[E0101, E0103, E0106, E0107, E0108, E0201, E0302, E0303, E0304, E0305, E0505, E0506, E0507, E0509];

/// Nodes that are let in again.
pub(crate) const READMITTING: &[Code] =
    &[E0101, E0103, E0106, E0107, E0108, E0201, E0301, E0302, E0303, E0304, E0305, E0504];

/// Moves for their own sake.
pub(crate) const DEFRAGMENTING: &[Code] =
    &[E0101, E0103, E0106, E0107, E0108, E0201, E0301, E0302, E0303, E0304, E0305, E0306, E0503];

/// What is kept of artefacts, and who may have it.
pub(crate) const STORED: &[Code] = &[E0101, E0103, E0104, E0201, E0302, E0303, E0304, E0703];

/// Uploads of artefacts.
pub(crate) const UPLOADING: &[Code] =
    &[E0101, E0103, E0104, E0106, E0107, E0108, E0201, E0202, E0302, E0303, E0304, E0701, E0702];

/// Rollouts.
pub(crate) const ROLLING_OUT: &[Code] =
    &[E0101, E0103, E0106, E0107, E0108, E0201, E0301, E0302, E0303, E0304, E0305, E0306, E0510];
pub(crate) const PLANNING_ROLLOUT: &[Code] =
    &[E0101, E0103, E0106, E0107, E0108, E0201, E0302, E0303, E0304, E0510];

/// Commands about stations, vans and work orders, and what the world says to them.
pub(crate) const WITH_BIKES: &[Code] =
    &[E0101, E0103, E0106, E0107, E0108, E0201, E0301, E0302, E0303, E0304, E0305, E0306, E0501, E0520];
/// Commands to a federation, and what its world says to them.
pub(crate) const FEDERATED: &[Code] =
    &[E0101, E0103, E0106, E0107, E0108, E0201, E0301, E0302, E0303, E0304, E0305, E0306, E0501, E0512];
/// Words of crews.
pub(crate) const BY_CREW: &[Code] = &[
    E0101, E0103, E0106, E0107, E0108, E0201, E0301, E0302, E0303, E0304, E0305, E0520, E0521, E0522, E0523,
];
/// Where a van is.
pub(crate) const LOCATING: &[Code] = &[E0101, E0103, E0106, E0107, E0108, E0201, E0302, E0303, E0304];
/// A feed that may not be published.
pub(crate) const FED: &[Code] = &[E0201, E0302, E0303, E0304];
