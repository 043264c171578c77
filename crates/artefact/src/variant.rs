//! Which file an artefact is: a model's, in a version, in a precision.

use paceline_model::edge::{ModelId, Precision};
use paceline_model::{Invalid, Rule};
use semver::Version;
use serde::Deserialize as _;
use serde::de::IntoDeserializer as _;
use std::fmt;

/// Which file: a model's, in a version, in a precision.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Variant {
    /// Of which model.
    pub model: ModelId,
    /// Which of its versions.
    pub version: Version,
    /// In what it computes.
    pub precision: Precision,
}

impl Variant {
    /// Reads the three as people and the API write them: `fp16`. Errors: one of them is none; says which.
    pub fn parse(model: &str, version: &str, precision: &str) -> Result<Self, Invalid> {
        let (version, precision) = (read_version(version)?, read_precision(precision)?);
        Ok(Self { model: ModelId::new(model)?, version, precision })
    }
}

impl fmt::Display for Variant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.model, self.version, self.precision)
    }
}

/// Reads a version. Errors: it is none of semantic versioning.
fn read_version(text: &str) -> Result<Version, Invalid> {
    Version::parse(text).map_err(|error| Invalid::new("version", text, Rule::Shape(error.to_string())))
}

/// Reads a precision as the API writes it. Errors: it is none.
fn read_precision(text: &str) -> Result<Precision, Invalid> {
    let read: Result<_, serde::de::value::Error> = Precision::deserialize(text.into_deserializer());
    read.map_err(|_| Invalid::new("precision", text, Rule::OneOf("fp32, bf16, fp16, int8, int4".into())))
}
