//! Versions of drivers and toolkits, such as `550.54.15` or `12.4`: numbers with points, compared number by number.

use crate::limits::{Invalid, Rule};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::str::FromStr;

/// A release: major, minor, patch. What is not said is 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Release(pub u32, pub u32, pub u32);

impl fmt::Display for Release {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(major, minor, patch) = self;
        if *patch == 0 { write!(f, "{major}.{minor}") } else { write!(f, "{major}.{minor}.{patch}") }
    }
}

impl FromStr for Release {
    type Err = Invalid;
    /// Errors: anything but one to three numbers with points between them.
    fn from_str(text: &str) -> Result<Self, Invalid> {
        let refused = || {
            let rule =
                Rule::Shape("must be one to three numbers with points, such as 12.4 or 550.54.15".into());
            Invalid::new("release", text, rule)
        };
        let numbers: Result<Vec<u32>, _> = text.split('.').map(str::parse).collect();
        match numbers.map_err(|_| refused())?[..] {
            [major] => Ok(Self(major, 0, 0)),
            [major, minor] => Ok(Self(major, minor, 0)),
            [major, minor, patch] => Ok(Self(major, minor, patch)),
            _ => Err(refused()),
        }
    }
}

impl Serialize for Release {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Release {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_compare_number_by_number() {
        let of = |text: &str| text.parse::<Release>().expect("a release");
        assert!(of("12.10") > of("12.4") && of("550.54.15") > of("550.54") && of("12") == of("12.0"));
        for bad in ["", "12.", "a", "1.2.3.4", "-1"] {
            assert!(bad.parse::<Release>().is_err(), "{bad}");
        }
    }
}
