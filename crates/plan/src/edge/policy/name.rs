//! The scores by name: one spelling for the server's file, reasons and reports.

use paceline_model::limits::{Invalid, Rule};
use serde::de::{Deserializer, Error};
use serde::{Deserialize, Serialize, Serializer};
use std::fmt;
use std::str::FromStr;

/// A score of [`crate::edge::placement::scores`], or several that belong together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ScoreName {
    /// Our own mix, as it was measured: `offcut` 10, `balance` 3, `scarcity` 1, `fragmentation` 20.
    Own,
    /// [`crate::edge::placement::scores::Offcut`].
    Offcut,
    /// [`crate::edge::placement::scores::Balance`].
    Balance,
    /// [`crate::edge::placement::scores::Scarcity`].
    Scarcity,
    /// [`crate::edge::placement::scores::Fragmentation`].
    Fragmentation,
    /// [`crate::edge::placement::scores::BestFit`].
    BestFit,
    /// [`crate::edge::placement::scores::DotProduct`].
    DotProduct,
    /// [`crate::edge::placement::scores::Packing`].
    Packing,
    /// [`crate::edge::placement::scores::Clustering`].
    Clustering,
    /// [`crate::edge::placement::scores::Power::smoothed`].
    Power,
    /// [`crate::edge::placement::scores::Thermal`].
    Thermal,
    /// [`crate::edge::placement::scores::Battery`].
    Battery,
    /// [`crate::edge::placement::scores::RoundTrip`].
    RoundTrip,
    /// [`crate::edge::placement::scores::Signal`].
    Signal,
    /// [`crate::edge::placement::scores::Bandwidth`].
    Bandwidth,
    /// [`crate::edge::placement::scores::Locality`].
    Locality,
    /// [`crate::edge::placement::scores::ModelPresent`].
    ModelPresent,
    /// [`crate::edge::placement::scores::FourFactor`].
    FourFactor,
    /// [`crate::edge::placement::scores::FourFactorComparable`].
    FourFactorComparable,
}

impl ScoreName {
    /// All of them, in the order in which they are named to people.
    pub const ALL: [Self; 19] = [
        Self::Own,
        Self::Offcut,
        Self::Balance,
        Self::Scarcity,
        Self::Fragmentation,
        Self::BestFit,
        Self::DotProduct,
        Self::Packing,
        Self::Clustering,
        Self::Power,
        Self::Thermal,
        Self::Battery,
        Self::RoundTrip,
        Self::Signal,
        Self::Bandwidth,
        Self::Locality,
        Self::ModelPresent,
        Self::FourFactor,
        Self::FourFactorComparable,
    ];

    /// The one spelling, which [`FromStr`] reads.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Own => "own",
            Self::Offcut => "offcut",
            Self::Balance => "balance",
            Self::Scarcity => "scarcity",
            Self::Fragmentation => "fragmentation",
            Self::BestFit => "best_fit",
            Self::DotProduct => "dot_product",
            Self::Packing => "packing",
            Self::Clustering => "clustering",
            Self::Power => "power",
            Self::Thermal => "thermal",
            Self::Battery => "battery",
            Self::RoundTrip => "round_trip",
            Self::Signal => "signal",
            Self::Bandwidth => "bandwidth",
            Self::Locality => "locality",
            Self::ModelPresent => "model_present",
            Self::FourFactor => "four_factor",
            Self::FourFactorComparable => "four_factor_comparable",
        }
    }

    /// Whether it looks ahead to what is expected to be asked for.
    pub const fn looks_ahead(self) -> bool {
        matches!(self, Self::Own | Self::Offcut | Self::Balance | Self::Scarcity | Self::Fragmentation)
    }

    /// Whether it says how good a fit is, and not what speaks against a node: points of two such scores have no common zero.
    pub const fn is_of_fit(self) -> bool {
        match self {
            Self::Own
            | Self::Offcut
            | Self::Balance
            | Self::Scarcity
            | Self::Fragmentation
            | Self::BestFit
            | Self::DotProduct
            | Self::Packing
            | Self::Clustering
            | Self::FourFactor
            | Self::FourFactorComparable => true,
            Self::Power
            | Self::Thermal
            | Self::Battery
            | Self::RoundTrip
            | Self::Signal
            | Self::Bandwidth
            | Self::Locality
            | Self::ModelPresent => false,
        }
    }
}

impl fmt::Display for ScoreName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for ScoreName {
    type Err = Invalid;
    /// Errors: no score has that name; the refusal names those there are.
    fn from_str(text: &str) -> Result<Self, Invalid> {
        let found = Self::ALL.into_iter().find(|name| name.as_str() == text);
        let names = || Self::ALL.map(Self::as_str).join(", ");
        found.ok_or_else(|| Invalid::new("score", text, Rule::OneOf(names())))
    }
}

impl Serialize for ScoreName {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for ScoreName {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?.parse().map_err(Error::custom)
    }
}
