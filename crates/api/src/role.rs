//! Who may ask what. The table is the column `access` of the operations: the server's gate, the document's `security` and
//! the tests that walk every route are made of it, and an operation without an entry does not compile.

use serde::{Deserialize, Serialize};
use std::fmt;

/// What somebody is to a fleet, and so what they may ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// The app that riders order by: places, reads and cancels orders.
    Rider,
    /// One vehicle, or its driver: speaks for itself alone.
    Vehicle,
    /// Whoever runs the fleet: everything but what only an admin may.
    Operator,
    /// Whoever looks and changes nothing.
    Auditor,
    /// Everything.
    Admin,
    /// One edge node: speaks for itself alone, and fetches what it is to run.
    Node,
}

impl Role {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Rider, Self::Vehicle, Self::Operator, Self::Auditor, Self::Admin, Self::Node];

    /// As keys, tokens and the document write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Rider => "rider",
            Self::Vehicle => "vehicle",
            Self::Operator => "operator",
            Self::Auditor => "auditor",
            Self::Admin => "admin",
            Self::Node => "node",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl std::str::FromStr for Role {
    type Err = String;
    /// Errors: none of the roles; says which there are.
    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|role| role.as_str() == text);
        found.ok_or_else(|| format!("must be one of {}", Self::ALL.map(Self::as_str).join(", ")))
    }
}

/// Who may ask an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Whoever reaches the server: probes of a machine, and what explains the API and its errors.
    Anybody,
    /// These roles.
    Roles(&'static [Role]),
    /// These roles; and whoever reaches the server, where the region is configured so.
    Published(&'static [Role]),
}

impl Access {
    /// Whether somebody of this role may.
    pub fn admits(self, role: Role) -> bool {
        match self {
            Self::Anybody => true,
            Self::Roles(roles) | Self::Published(roles) => roles.contains(&role),
        }
    }
}

use Role::{Admin, Auditor, Node, Operator, Rider, Vehicle};

pub(crate) const FOR_ANYBODY: Access = Access::Anybody;
/// What says nothing of riders or vehicles.
pub(crate) const WITH_ANY_ROLE: Access = Access::Roles(&Role::ALL);
/// What a region says to the public, if it is told to.
pub(crate) const PUBLISHED: Access = Access::Published(&Role::ALL);
/// Asks for rides and gives them up.
pub(crate) const RIDING: Access = Access::Roles(&[Rider, Operator, Admin]);
/// Reads one ride; a vehicle only its own.
pub(crate) const ABOUT_RIDES: Access = Access::Roles(&[Rider, Vehicle, Operator, Auditor, Admin]);
/// Reads why a ride went to whom: it tells of other vehicles.
pub(crate) const LOOKING_AT_RIDES: Access = Access::Roles(&[Rider, Operator, Auditor, Admin]);
/// Speaks as a vehicle; a vehicle only as itself.
pub(crate) const DRIVING: Access = Access::Roles(&[Vehicle, Operator, Admin]);
/// Reads of one vehicle; a vehicle only of itself.
pub(crate) const LOOKING_AT_VEHICLES: Access = Access::Roles(&[Vehicle, Operator, Auditor, Admin]);
/// Reads of all.
pub(crate) const LOOKING: Access = Access::Roles(&[Operator, Auditor, Admin]);
/// Fetches what nodes run; a node only while it is trusted.
pub(crate) const FETCHING: Access = Access::Roles(&[Operator, Auditor, Admin, Node]);
/// Reads what is to run where; a node only of itself.
pub(crate) const LOOKING_AT_NODES: Access = Access::Roles(&[Operator, Auditor, Admin, Node]);
/// Says how nodes fare; a node only of itself.
pub(crate) const REPORTING: Access = Access::Roles(&[Operator, Admin, Node]);
/// Changes what the whole fleet goes by.
pub(crate) const OPERATING: Access = Access::Roles(&[Operator, Admin]);
