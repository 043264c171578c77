//! What goes in and out of an operation: its method, its media types, and the schemas of its bodies.

use crate::schema::{Schemas, collect};
use std::borrow::Cow;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::Schema;
use utoipa::{PartialSchema, ToSchema};

/// How it is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Method {
    /// Reads.
    Get,
    /// Puts something in its place.
    Put,
    /// Says that something happened, or asks a question.
    Post,
    /// Takes something away.
    Delete,
}

impl Method {
    /// As HTTP writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Put => "PUT",
            Self::Post => "POST",
            Self::Delete => "DELETE",
        }
    }
}

/// JSON.
pub const JSON: &str = "application/json";
/// Lines of JSON.
pub const NDJSON: &str = "application/x-ndjson";
/// Server-sent events.
pub const EVENTS: &str = "text/event-stream";
/// Bytes as they are.
pub const OCTETS: &str = "application/octet-stream";
/// A manifest of a registry of containers.
pub const OCI_IMAGE: &str = "application/vnd.oci.image.manifest.v1+json";
/// Text for people.
pub const TEXT: &str = "text/plain";
/// A page about an error.
pub const MARKDOWN: &str = "text/markdown";
/// The console's page.
pub const HTML: &str = "text/html";

/// A body: its media type, and the schema of all of it, or of each of its lines or events.
#[derive(Clone, Copy, Debug)]
pub struct Content {
    /// Its media type.
    pub media: &'static str,
    pub(crate) schema: SchemaOf,
    /// Whether the body is an array of such.
    pub(crate) list: bool,
}

/// How a type's schema is had.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SchemaOf {
    pub(crate) name: fn() -> Cow<'static, str>,
    pub(crate) inline: fn() -> RefOr<Schema>,
    pub(crate) collect: fn(&mut Schemas),
}

impl SchemaOf {
    pub(crate) const fn of<T: ToSchema>() -> Self {
        Self { name: <T as ToSchema>::name, inline: <T as PartialSchema>::schema, collect: collect::<T> }
    }
}

/// Whether a request may be sent again when its answer did not come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeat {
    /// It changes nothing, or the same thing again.
    Always,
    /// Only under an idempotency key: it is a command, and answered once.
    Keyed,
    /// Never.
    Never,
}

/// What the path of an operation begins with when it names its region; the name comes next.
pub const OF_REGIONS: &str = "/v1/regions/";

/// The path by which a region is asked by its name what is asked by `path` of the only one. What stands beside `/v1` stands
/// within it then: `/metrics` of all is `/v1/regions/{region}/metrics` of one.
pub fn path_in_region(path: &str, region: &str) -> String {
    let rest = path.strip_prefix("/v1").unwrap_or(path);
    format!("{OF_REGIONS}{region}{rest}")
}

/// The document itself. Source: OpenAPI 3.1.
#[derive(Clone, Copy, Debug)]
pub enum Document {}

impl PartialSchema for Document {
    fn schema() -> RefOr<Schema> {
        use utoipa::openapi::schema::{ObjectBuilder, Type};
        let object = ObjectBuilder::new().schema_type(Type::Object);
        let object = ["openapi", "info", "paths"].into_iter().fold(object, ObjectBuilder::required);
        Schema::from(object).into()
    }
}

impl ToSchema for Document {}
