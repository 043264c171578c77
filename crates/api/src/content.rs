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
