//! Parameters of operations beside those of their paths: the query and the headers that they read.

use crate::operation::{LIST_VEHICLES, Method, Operation, Repeat, STREAM, SchemaOf};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::Schema;
use utoipa::{PartialSchema, ToSchema};

/// Parameters beside the path's own, by operation: the query and the headers that it reads.
pub(crate) fn parameters(of: &Operation) -> Vec<Parameter> {
    let mut all = Vec::new();
    if of.path == LIST_VEHICLES.path && of.method == Method::Get {
        all.push(Parameter::query(
            "after",
            SchemaOf::of::<crate::schema::Id>(),
            "The name before the first one wanted.",
        ));
        all.push(Parameter::query(
            "limit",
            SchemaOf::of::<PageLimit>(),
            "How many at most; 100 if left out.",
        ));
    }
    if of.path == STREAM.path {
        all.push(Parameter::query(
            "last_event_id",
            SchemaOf::of::<u64>(),
            "The same, for clients that cannot set a header.",
        ));
        all.push(Parameter::header(
            "Last-Event-ID",
            SchemaOf::of::<u64>(),
            "The version of the last change seen.",
        ));
    }
    if of.repeat == Repeat::Keyed {
        let says = "Repeat with the same key: the same answer, and no second effect. In quotes, or bare.";
        all.push(Parameter::header("Idempotency-Key", SchemaOf::of::<String>(), says));
    }
    all
}

/// A parameter that may be left out.
pub(crate) struct Parameter {
    pub(crate) name: &'static str,
    pub(crate) in_header: bool,
    pub(crate) schema: SchemaOf,
    pub(crate) says: &'static str,
}

impl Parameter {
    const fn query(name: &'static str, schema: SchemaOf, says: &'static str) -> Self {
        Self { name, in_header: false, schema, says }
    }
    const fn header(name: &'static str, schema: SchemaOf, says: &'static str) -> Self {
        Self { name, in_header: true, schema, says }
    }
}

/// How many vehicles a page may have.
#[derive(Clone, Copy, Debug)]
pub(crate) enum PageLimit {}

impl PartialSchema for PageLimit {
    fn schema() -> RefOr<Schema> {
        Schema::from(crate::schema::integer(1, paceline_model::limits::VEHICLES_LISTED_MAX as u64)).into()
    }
}

impl ToSchema for PageLimit {}
