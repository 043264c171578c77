//! Artefacts as they are listed, uploaded and removed. What a manifest holds is written in `docs/artefacts.md`.

use crate::edge::Precision;
use crate::schema;
use serde::{Deserialize, Serialize};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, Schema, SchemaFormat, Type};
use utoipa::{PartialSchema, ToSchema};

/// An artefact that the server keeps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ArtefactView {
    /// Its name: the BLAKE3 digest of its signed manifest's payload.
    #[schema(value_type = schema::Digest)]
    pub artefact: String,
    /// Of which model.
    #[schema(value_type = schema::Id)]
    pub model: String,
    /// Which of its versions.
    pub version: String,
    /// In what it computes.
    pub precision: Precision,
    /// Of the file.
    pub bytes: u64,
    /// Chunks that the file is cut into.
    pub chunks: u64,
    /// The keys that signed it.
    pub signed_by: Vec<String>,
    /// What has not been uploaded yet; 0: it is whole, and can be fetched.
    pub missing_bytes: u64,
}

/// A manifest was taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ArtefactTaken {
    /// Its name.
    #[schema(value_type = schema::Digest)]
    pub artefact: String,
    /// Chunks that are to be uploaded, at most 1,000; ask again once they are.
    #[schema(value_type = Vec<schema::Digest>)]
    pub missing: Vec<String>,
    /// Of all chunks that are.
    pub missing_bytes: u64,
}

/// A chunk was taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ChunkTaken {
    /// Its name.
    #[schema(value_type = schema::Digest)]
    pub chunk: String,
    /// What of the artefact is still to be uploaded.
    pub missing_bytes: u64,
}

/// An artefact is gone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ArtefactRemoved {
    /// Bytes of chunks that no other artefact names, which are gone with it.
    pub freed_bytes: u64,
}

/// Bytes as they are.
#[derive(Clone, Copy, Debug)]
pub enum Octets {}

impl PartialSchema for Octets {
    fn schema() -> RefOr<Schema> {
        let format = SchemaFormat::KnownFormat(KnownFormat::Binary);
        Schema::from(ObjectBuilder::new().schema_type(Type::String).format(Some(format))).into()
    }
}

impl ToSchema for Octets {}

/// An answer in the form of the OCI distribution API, and not of ours.
#[derive(Clone, Copy, Debug)]
pub enum Registry {}

impl PartialSchema for Registry {
    fn schema() -> RefOr<Schema> {
        let says = "As the OCI distribution specification 1.1 says.";
        Schema::from(ObjectBuilder::new().schema_type(Type::Object).description(Some(says))).into()
    }
}

impl ToSchema for Registry {}
