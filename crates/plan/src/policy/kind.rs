//! The policies by name: one spelling for the server's file, scenarios, the command line, answers, reports and journals.

use paceline_model::limits::{Invalid, Rule, within};
use serde::de::{Deserializer, Error};
use serde::{Deserialize, Serialize, Serializer};
use std::fmt;
use std::str::FromStr;

/// What a round prefers. The prices stand at the head of `policy`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PolicyKind {
    /// Pick-up distance.
    Nearest,
    /// The batch's total waiting.
    #[default]
    LeastWait,
    /// Empty kilometres by the powertrain's grams.
    LowCarbon,
    /// A linear mix of all of these, by [`Weights`].
    Weighted,
    /// Rides are shared; what cannot be shared is matched by least wait.
    Pooled,
}

impl PolicyKind {
    /// All of them, in the order in which they are named to people.
    pub const ALL: [Self; 5] =
        [Self::Nearest, Self::LeastWait, Self::LowCarbon, Self::Weighted, Self::Pooled];

    /// The one spelling, which [`FromStr`] reads.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Nearest => "nearest",
            Self::LeastWait => "least-wait",
            Self::LowCarbon => "low-carbon",
            Self::Weighted => "weighted",
            Self::Pooled => "pooled",
        }
    }
    /// The unit that people read prices in, and how many of the policy's own units it has.
    const fn unit(self) -> (f64, &'static str) {
        match self {
            Self::Nearest => (100.0, "m"),
            Self::LeastWait | Self::Pooled => (1_000.0, "s"),
            Self::LowCarbon => (1_000.0, "g"),
            Self::Weighted => (1_000.0, "cents"),
        }
    }
}

impl fmt::Display for PolicyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for PolicyKind {
    type Err = Invalid;
    /// Errors: no policy has that name; the refusal names those there are.
    fn from_str(text: &str) -> Result<Self, Invalid> {
        let found = Self::ALL.into_iter().find(|kind| kind.as_str() == text);
        let names = || Self::ALL.map(Self::as_str).join(", ");
        found.ok_or_else(|| Invalid::new("policy", text, Rule::OneOf(names())))
    }
}

impl Serialize for PolicyKind {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for PolicyKind {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?.parse().map_err(Error::custom)
    }
}

/// A price of the policy called `policy`, in a unit that people use: `12.5 s`, `350.0 m`.
pub fn price_in_words(policy: &str, amount: i64) -> String {
    // `weighted/airport` is the policy that the rule `airport` sets.
    let kind = policy.split('/').next().unwrap_or(policy);
    let (per_unit, unit) = kind.parse().map_or((1.0, "units"), PolicyKind::unit);
    format!("{:.1} {unit}", amount as f64 / per_unit)
}

/// What one unit of each costs under [`PolicyKind::Weighted`], in thousandths of a cent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Weights {
    /// Per kilometre driven empty.
    pub empty_km: u32,
    /// Per minute that riders wait.
    pub waiting_min: u32,
    /// Per gram of CO₂ of the empty drive.
    pub carbon_g: u32,
    /// Per minute that the vehicle is bound by pick-up and ride together: high when vehicles are scarce.
    pub vehicle_min: u32,
}

impl Default for Weights {
    /// Round figures of a European or North American city: 30 cents per empty kilometre, 30 cents per minute of
    /// riders' waiting (18 an hour), 100 per tonne of CO₂, 50 cents per minute of the vehicle (30 an hour).
    fn default() -> Self {
        Self { empty_km: 30_000, waiting_min: 30_000, carbon_g: 10, vehicle_min: 50_000 }
    }
}

/// In thousandths of a cent, so 10 of a currency for each kilometre, minute or gram: far above what any of them costs.
const WEIGHT_MAX: u32 = 1_000_000;

impl Weights {
    /// Errors: a weight above 1,000,000 (10 per unit); weights that are all zero.
    pub(super) fn validate(self) -> Result<(), Invalid> {
        let all = [
            ("empty_km", self.empty_km),
            ("waiting_min", self.waiting_min),
            ("carbon_g", self.carbon_g),
            ("vehicle_min", self.vehicle_min),
        ];
        for (name, weight) in all {
            within(&format!("policy.weights.{name}"), f64::from(weight), (0.0, f64::from(WEIGHT_MAX)))?;
        }
        if all.iter().all(|&(_, weight)| weight == 0) {
            let rule = Rule::Shape("must hold one that is not".into());
            return Err(Invalid::new("policy.weights", "all zero", rule));
        }
        Ok(())
    }
}
