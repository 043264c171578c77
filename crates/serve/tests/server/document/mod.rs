//! The document of the wire, and answers that are held against it.

mod bikes;
mod federation;

pub(crate) use bikes::bikes;
pub(crate) use federation::federation;

use crate::common::{Api, delete, get, post, put};
use paceline_api::openapi_json;
use paceline_api::operation::{self as op, Operation};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// The document, and what was held against it.
pub(crate) struct Document {
    pub(crate) document: Value,
    pub(crate) seen: BTreeSet<(&'static str, &'static str)>,
}

impl Document {
    pub(crate) fn new() -> Self {
        let document = serde_json::from_str(&openapi_json()).expect("JSON");
        Self { document, seen: BTreeSet::new() }
    }

    /// Holds a body against the schema of what `operation` answers with this status.
    pub(crate) fn hold(&mut self, operation: &Operation, status: u16, body: &Value) {
        let method = operation.method.as_str();
        let whose = format!("{method} {} {status}", operation.path);
        let described = &self.document["paths"][operation.path][method.to_lowercase()];
        let content = described["responses"][status.to_string()]["content"].as_object();
        let content = content.unwrap_or_else(|| panic!("{whose} is not described: {body}"));
        let (_, media) = content.iter().next().expect("a body is described");
        self.fits(&media["schema"], body, &whose);
        self.seen.insert((method, operation.path));
    }

    pub(crate) fn fits(&self, schema: &Value, body: &Value, whose: &str) {
        let whole = json!({ "components": self.document["components"], "allOf": [schema] });
        let validator = jsonschema::draft202012::options().should_validate_formats(true).build(&whole);
        let validator = validator.expect("it is a schema");
        let wrong: Vec<String> =
            validator.iter_errors(body).map(|error| format!("{}: {error}", error.instance_path())).collect();
        assert!(wrong.is_empty(), "{whose}: {wrong:#?}\n{body}");
    }
}

/// Asks, and holds the answer against the document.
pub(crate) async fn ask(
    document: &mut Document,
    api: &Api,
    operation: &Operation,
    id: &str,
    body: Value,
) -> Value {
    let path = operation.path_of(id);
    let call = match operation.method {
        op::Method::Get => get(&path),
        op::Method::Put => put(&path, body),
        op::Method::Post => post(&path, body),
        op::Method::Delete => delete(&path),
    };
    let said = api.say(call).await;
    document.hold(operation, said.status.as_u16(), &said.body);
    said.body
}
