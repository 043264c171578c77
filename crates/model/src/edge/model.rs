//! A model with its versions, each in one or more variants: the same weights at another precision, size, speed and accuracy.

use super::artefact::ArtefactDigest;
use super::id::ModelId;
use super::release::Release;
use super::units::Mebibytes;
use crate::limits::{Invalid, MODEL_VERSIONS_MAX, Rule, at_most};
use crate::{Millis, Tag};
use semver::Version;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fmt;

/// Numbers in which a variant computes, the most exact first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Precision {
    /// 32-bit floating point.
    Fp32,
    /// 16-bit floating point with eight bits of exponent.
    Bf16,
    /// 16-bit floating point.
    Fp16,
    /// 8-bit integers.
    Int8,
    /// 4-bit integers.
    Int4,
}

impl fmt::Display for Precision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Fp32 => "FP32",
            Self::Bf16 => "BF16",
            Self::Fp16 => "FP16",
            Self::Int8 => "INT8",
            Self::Int4 => "INT4",
        })
    }
}

/// One form of a version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "StoredVariant", into = "StoredVariant")]
pub struct Variant {
    /// What it computes in; the variant's name within its version.
    pub precision: Precision,
    /// Of its file, on disk and on the wire.
    pub size: Mebibytes,
    /// Of a device while it runs, on each device that it runs on; 0: it runs on the CPU.
    pub memory: Mebibytes,
    /// The least CUDA that runs it; `None`: it needs none.
    pub cuda_min: Option<Release>,
    /// Architectures that it runs on; empty: all.
    pub architectures: BTreeSet<Tag>,
    /// Of one answer, as it was measured.
    pub latency: Millis,
    /// Right answers in a thousand, as they were measured.
    pub accuracy_permille: u16,
    /// What is fetched and loaded; `None`: that is not this system's matter.
    pub artefact: Option<ArtefactDigest>,
}

/// One version of a model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelVersion {
    /// By semantic versioning.
    pub version: Version,
    /// At least one; one for each precision.
    pub variants: Vec<Variant>,
}

/// A model, as its owner registers it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelSpec {
    /// Lasting name.
    pub id: ModelId,
    /// The newest first.
    pub versions: Vec<ModelVersion>,
}

/// A variant of a version, by name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct VariantRef {
    /// Which version.
    pub version: Version,
    /// Which of its variants.
    pub precision: Precision,
}

impl fmt::Display for VariantRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.version, self.precision)
    }
}

impl ModelSpec {
    /// Errors: no version or variant, more than are kept, two of one name, or an accuracy beyond 1,000 in a thousand.
    pub fn validate(mut self) -> Result<Self, Invalid> {
        some("versions", self.versions.len())?;
        self.versions.sort_by(|a, b| b.version.cmp(&a.version));
        let twice = self.versions.windows(2).find(|pair| pair[0].version == pair[1].version);
        if let Some(pair) = twice {
            let rule = Rule::Shape("must be one version alone".into());
            return Err(Invalid::new("versions.version", &pair[0].version, rule));
        }
        for version in &mut self.versions {
            some("variants", version.variants.len())
                .and_then(|()| version.check())
                .map_err(|invalid| invalid.within(&format!("versions[{}]", version.version)))?;
        }
        Ok(self)
    }

    /// The variant of that name.
    pub fn variant(&self, named: &VariantRef) -> Option<&Variant> {
        let version = self.versions.iter().find(|known| known.version == named.version)?;
        version.variants.iter().find(|variant| variant.precision == named.precision)
    }
}

impl ModelVersion {
    fn check(&mut self) -> Result<(), Invalid> {
        self.variants.sort_by_key(|variant| variant.precision);
        let twice = self.variants.windows(2).find(|pair| pair[0].precision == pair[1].precision);
        if let Some(pair) = twice {
            let rule = Rule::Shape("must be the precision of one variant alone".into());
            return Err(Invalid::new("variants.precision", pair[0].precision, rule));
        }
        match self.variants.iter().find(|variant| variant.accuracy_permille > 1_000) {
            Some(variant) => {
                let rule = Rule::Within { low: 0.0, high: 1_000.0 };
                Err(Invalid::new("variants.accuracy_permille", variant.accuracy_permille, rule))
            }
            None => Ok(()),
        }
    }
}

fn some(field: &str, length: usize) -> Result<(), Invalid> {
    if length == 0 {
        let rule = Rule::Size { least: 1, most: MODEL_VERSIONS_MAX, unit: "entries".into() };
        return Err(Invalid::new(field, "0 entries", rule));
    }
    at_most(field, length, MODEL_VERSIONS_MAX)
}

/// A variant as it is written down, in the order in which it is written. Its artefact, if it has one, stands before the precision: where
/// there is none, the bytes are those of before there were any.
#[derive(Serialize, Deserialize)]
struct StoredVariant {
    head: Head,
    size: Mebibytes,
    memory: Mebibytes,
    cuda_min: Option<Release>,
    architectures: BTreeSet<Tag>,
    latency: Millis,
    accuracy_permille: u16,
}

/// What begins a variant: the precisions of [`Precision`], each at its place there. New variants follow at the end.
#[derive(Serialize, Deserialize)]
enum Head {
    Fp32,
    Bf16,
    Fp16,
    Int8,
    Int4,
    Fetched(Precision, ArtefactDigest),
}

impl From<Variant> for StoredVariant {
    fn from(of: Variant) -> Self {
        let head = match (of.artefact, of.precision) {
            (Some(artefact), precision) => Head::Fetched(precision, artefact),
            (None, Precision::Fp32) => Head::Fp32,
            (None, Precision::Bf16) => Head::Bf16,
            (None, Precision::Fp16) => Head::Fp16,
            (None, Precision::Int8) => Head::Int8,
            (None, Precision::Int4) => Head::Int4,
        };
        Self {
            head,
            size: of.size,
            memory: of.memory,
            cuda_min: of.cuda_min,
            architectures: of.architectures,
            latency: of.latency,
            accuracy_permille: of.accuracy_permille,
        }
    }
}

impl From<StoredVariant> for Variant {
    fn from(of: StoredVariant) -> Self {
        let (precision, artefact) = match of.head {
            Head::Fp32 => (Precision::Fp32, None),
            Head::Bf16 => (Precision::Bf16, None),
            Head::Fp16 => (Precision::Fp16, None),
            Head::Int8 => (Precision::Int8, None),
            Head::Int4 => (Precision::Int4, None),
            Head::Fetched(precision, artefact) => (precision, Some(artefact)),
        };
        Self {
            precision,
            size: of.size,
            memory: of.memory,
            cuda_min: of.cuda_min,
            architectures: of.architectures,
            latency: of.latency,
            accuracy_permille: of.accuracy_permille,
            artefact,
        }
    }
}
