//! The document's schemas, ready to hold a body against.

#![allow(dead_code, reason = "each test file uses its own part")]

use serde_json::{Value, json};

/// The document.
pub(crate) fn document() -> Value {
    serde_json::from_str(&paceline_api::openapi_json()).expect("the document is JSON")
}

/// What a schema says against a body; empty: it fits. `schema` may refer to the document's components.
pub(crate) fn complaints(schema: &Value, body: &Value) -> Vec<String> {
    let whole = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "components": document()["components"],
        "allOf": [schema],
    });
    let validator =
        jsonschema::options().should_validate_formats(true).build(&whole).expect("it is a schema");
    validator.iter_errors(body).map(|error| format!("{}: {error}", error.instance_path())).collect()
}

/// What the schema of a component says against a body.
pub(crate) fn against(component: &str, body: &Value) -> Vec<String> {
    assert!(document()["components"]["schemas"][component].is_object(), "no schema is called {component}");
    complaints(&json!({ "$ref": format!("#/components/schemas/{component}") }), body)
}
