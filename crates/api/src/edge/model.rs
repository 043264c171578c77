//! Models with versions and variants.

use super::at;
use crate::mirror::mirror;
use crate::schema;
use paceline_model::edge::{self as model, Mebibytes, ModelId};
use paceline_model::{Invalid, Millis, Rule, Tag};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

mirror! {
    /// Numbers in which a variant computes.
    Precision beside paceline_model::edge::Precision {
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
}

/// One form of a version.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewVariant {
    /// What it computes in.
    pub precision: Precision,
    /// Of its file.
    pub size_mib: u64,
    /// Of each GPU that it runs on, while it runs.
    pub memory_mib: u64,
    /// The least CUDA that runs it, such as `11.8`; left out if it needs none.
    #[serde(default)]
    pub cuda_min: Option<String>,
    /// Architectures that it runs on; left out for all.
    #[serde(default)]
    pub architectures: Vec<String>,
    /// Of one answer, as it was measured.
    pub latency_ms: u32,
    /// Right answers in a thousand, as they were measured.
    #[schema(minimum = 0, maximum = 1000)]
    pub accuracy_permille: u16,
    /// The digest of its signed manifest, `blake3:` and 64 hexadecimal digits: what nodes fetch; left out if that is not this system's matter.
    #[serde(default)]
    pub artefact: Option<String>,
}

/// One version of a model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewVersion {
    /// By semantic versioning, such as `1.4.0`.
    pub version: String,
    /// At least one; one for each precision.
    pub variants: Vec<NewVariant>,
}

/// A model as its owner describes it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewModel {
    /// At least one.
    pub versions: Vec<NewVersion>,
}

/// A model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ModelView {
    /// Lasting name.
    #[schema(value_type = schema::Id)]
    pub id: String,
    /// The newest first.
    pub versions: Vec<NewVersion>,
}

impl NewModel {
    /// The model that is meant. Errors: a value breaks a rule.
    pub fn spec(&self, id: ModelId) -> Result<model::ModelSpec, Invalid> {
        let versions = self.versions.iter().map(NewVersion::version).collect::<Result<_, _>>()?;
        model::ModelSpec { id, versions }.validate()
    }
}

impl NewVersion {
    fn version(&self) -> Result<model::ModelVersion, Invalid> {
        let version = version("versions.version", &self.version)?;
        let variants = self.variants.iter().map(NewVariant::variant).collect::<Result<_, _>>()?;
        Ok(model::ModelVersion { version, variants })
    }
}

/// Errors: no semantic version.
pub(super) fn version(field: &str, text: &str) -> Result<model::SemanticVersion, Invalid> {
    text.parse().map_err(|error| {
        let rule = Rule::Shape(format!("must be a semantic version such as 1.4.0: {error}"));
        Invalid::new(field, text, rule)
    })
}

impl NewVariant {
    fn variant(&self) -> Result<model::Variant, Invalid> {
        let field = |name: &str| format!("variants.{name}");
        let architecture = |text: &String| at(&field("architectures"), Tag::new(text));
        Ok(model::Variant {
            precision: self.precision.into(),
            size: Mebibytes::new(&field("size_mib"), self.size_mib)?,
            memory: Mebibytes::new(&field("memory_mib"), self.memory_mib)?,
            cuda_min: self
                .cuda_min
                .as_deref()
                .map(|text| at(&field("cuda_min"), text.parse()))
                .transpose()?,
            architectures: self.architectures.iter().map(architecture).collect::<Result<_, _>>()?,
            latency: Millis(self.latency_ms),
            accuracy_permille: self.accuracy_permille,
            artefact: self
                .artefact
                .as_deref()
                .map(|text| at(&field("artefact"), text.parse()))
                .transpose()?,
        })
    }
}

fn versions(of: &model::ModelSpec) -> Vec<NewVersion> {
    let variant = |of: &model::Variant| NewVariant {
        precision: of.precision.into(),
        size_mib: of.size.0,
        memory_mib: of.memory.0,
        cuda_min: of.cuda_min.map(|release| release.to_string()),
        architectures: of.architectures.iter().map(ToString::to_string).collect(),
        latency_ms: of.latency.0,
        accuracy_permille: of.accuracy_permille,
        artefact: of.artefact.map(|digest| digest.to_string()),
    };
    let version = |of: &model::ModelVersion| NewVersion {
        version: of.version.to_string(),
        variants: of.variants.iter().map(variant).collect(),
    };
    of.versions.iter().map(version).collect()
}

impl From<&model::ModelSpec> for NewModel {
    fn from(of: &model::ModelSpec) -> Self {
        Self { versions: versions(of) }
    }
}

impl From<&model::ModelSpec> for ModelView {
    fn from(of: &model::ModelSpec) -> Self {
        Self { id: of.id.to_string(), versions: versions(of) }
    }
}
