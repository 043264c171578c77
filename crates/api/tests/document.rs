//! The document says of every operation what it takes and answers, by the model's own limits.

mod common;

use common::{against, complaints, document};
use expect_test::expect;
use paceline_api::operation::{self as op, ALL, Operation, Repeat};
use paceline_api::*;
use paceline_model::limits::{ID_BYTES_MAX, SEATS_MAX, TAGS_MAX};
use paceline_model::{Instant, Invalid, Millis, Refusal, Rule, VehicleId};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// The server that `deploy/openapi/check.sh` asks serves a fleet.
#[test]
fn what_a_fleet_does_not_serve_is_not_asked_of_one() {
    let asked = include_str!("../../../deploy/openapi/schemathesis.toml");
    for operation in ALL.iter().filter(|operation| operation.kind.is_some()) {
        let left_out = format!("include-tag = \"{}\"\nenabled = false", operation.tag);
        assert!(asked.contains(&left_out), "{}: {}", operation.path, operation.tag);
    }
}

#[test]
fn every_operation_is_described_with_a_schema_for_each_of_its_bodies() {
    let document = document();
    assert_eq!(document["openapi"], "3.1.0");
    for operation in ALL {
        let method = operation.method.as_str().to_lowercase();
        let described = &document["paths"][operation.path][&method];
        let whose = format!("{method} {}", operation.path);
        assert!(described["summary"].is_string() && described["tags"][0] == operation.tag, "{whose}");
        if operation.body.is_some() {
            has_schema(&described["requestBody"]["content"], &whose);
        }
        let responses = described["responses"].as_object().unwrap();
        assert!(responses.contains_key(&operation.status.to_string()), "{whose}");
        for (status, response) in responses {
            has_schema(&response["content"], &format!("{whose} {status}"));
        }
    }
    let mut paths: BTreeSet<String> = ALL.iter().map(|operation| operation.path.to_owned()).collect();
    paths.extend(ALL.iter().filter_map(Operation::path_in_region));
    assert_eq!(paths.len(), document["paths"].as_object().unwrap().len(), "and no path beside them");
}

#[test]
fn what_is_about_a_region_can_be_asked_of_each_by_its_name() {
    let document = document();
    let named = &document["paths"]["/v1/regions/{region}/orders/{id}"]["get"];
    let names: Vec<&Value> = named["parameters"].as_array().unwrap().iter().map(|p| &p["name"]).collect();
    assert_eq!(names, ["id", "region"]);
    assert!(named["responses"]["404"]["description"].to_string().contains("E0201"), "an unknown region");
    let alone = &document["paths"]["/v1/world"]["get"]["responses"]["409"]["description"];
    assert!(alone.to_string().contains("E0110"), "which of several: {alone}");
    let metrics = &document["paths"]["/v1/regions/{region}/metrics"]["get"];
    assert_eq!(metrics["tags"], document["paths"]["/metrics"]["get"]["tags"]);
    for of_the_process in [op::HEALTHZ, op::OPENAPI, op::PROBLEMS, op::REGIONS, op::CONSOLE, op::ERROR_PAGE] {
        assert_eq!(of_the_process.path_in_region(), None);
    }
}

fn has_schema(content: &Value, whose: &str) {
    let content = content.as_object().unwrap_or_else(|| panic!("{whose} has no body"));
    assert!(!content.is_empty(), "{whose} has no body");
    for (media, body) in content {
        let schema = body["schema"].as_object().unwrap_or_else(|| panic!("{whose} {media} has no schema"));
        assert!(!schema.is_empty(), "{whose} {media} may be anything");
    }
}

#[test]
fn every_reference_leads_to_a_schema() {
    let document = document();
    let text = document.to_string();
    let mut refs = text.split("\"$ref\":\"#/components/schemas/").skip(1).peekable();
    assert!(refs.peek().is_some());
    for name in refs.map(|rest| rest.split('"').next().unwrap()) {
        assert!(document["components"]["schemas"][name].is_object(), "{name} is not there");
    }
}

#[test]
fn no_schema_goes_without_a_description_or_a_type() {
    let document = document();
    for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
        let kinds = ["type", "oneOf", "anyOf", "allOf", "enum"];
        assert!(kinds.iter().any(|kind| !schema[kind].is_null()), "{name} may be anything");
    }
}

#[test]
fn bounds_and_patterns_are_those_of_the_model() {
    let document = document();
    let schemas = &document["components"]["schemas"];
    assert_eq!(schemas["Id"]["maxLength"], ID_BYTES_MAX);
    assert_eq!(schemas["Seats"]["maximum"], SEATS_MAX);
    assert_eq!(schemas["Tags"]["maxItems"], TAGS_MAX);
    expect![[r#"{"description":"A lasting name from the caller's own systems.","maxLength":64,"minLength":1,"pattern":"^([.]{3}|[.]{0,2}[A-Za-z0-9\\-_:@])[A-Za-z0-9\\-_.:@]*$","type":"string"}"#]]
        .assert_eq(&schemas["Id"].to_string());
}

fn order() -> Value {
    let place = json!({ "lat": 40.7, "lon": -73.9 });
    json!({ "id": "o1", "pickup": place, "dropoff": place, "party": 2, "priority": ["medical"] })
}

fn vehicle() -> Value {
    json!({
        "seats": 4, "battery_kwh": 62.0, "consumption_wh_per_km": 160.0, "driver": "automatic",
        "position": { "lat": 40.7, "lon": -73.9 }, "battery_percent": 80.0,
    })
}

/// What the schema refuses, the server's own checks refuse too, and what one takes the other does.
#[test]
fn schema_and_checks_agree_on_orders() {
    let taken = |body: &Value| {
        let read = serde_json::from_value::<NewOrder>(body.clone());
        read.is_ok_and(|order| order.spec(Instant(1_767_225_600_000), Millis::from_secs(600), "o").is_ok())
    };
    for (field, value, fits) in [
        ("id", json!("order-7"), true),
        ("id", json!("order no. 7"), false),
        ("id", json!("x".repeat(65)), false),
        ("id", json!(""), false),
        ("id", json!("."), false),
        ("id", json!(".."), false),
        ("id", json!("..."), true),
        ("id", json!("..a"), true),
        ("party", json!(64), true),
        ("party", json!(65), false),
        ("party", json!(0), false),
        ("party", json!("two"), false),
        ("pickup", json!({ "lat": 90.5, "lon": 0.0 }), false),
        ("pickup", json!({ "lat": 40.0, "lon": -181.0 }), false),
        ("pickup", json!({ "lat": 40.0 }), false),
        ("pickup", json!({ "lat": 40.0, "lon": 0.0, "alt": 1.0 }), false),
        ("latest_pickup", json!("2026-01-01T00:10:00Z"), true),
        ("latest_pickup", json!("tomorrow"), false),
        ("priority", json!(["a", "b"]), true),
        ("priority", json!((0..17).map(|n| format!("t{n}")).collect::<Vec<_>>()), false),
        ("geofence", json!(null), true),
        ("pikcup", json!({}), false),
    ] {
        let mut body = order();
        body[field] = value.clone();
        assert_eq!(taken(&body), fits, "checks: {field} {value}");
        assert_eq!(against("NewOrder", &body).is_empty(), fits, "schema: {field} {value}");
    }
}

#[test]
fn schema_and_checks_agree_on_vehicles() {
    let taken = |body: &Value| {
        let read = serde_json::from_value::<NewVehicle>(body.clone());
        read.is_ok_and(|vehicle| vehicle.parts(VehicleId::new("v1").unwrap(), Instant(0)).is_ok())
    };
    for (field, value, fits) in [
        ("seats", json!(0), false),
        ("battery_kwh", json!(62_000), false),
        ("consumption_wh_per_km", json!(0.16), false),
        ("grams_per_kwh", json!(5_001), false),
        ("grams_per_kwh", json!(5_000), true),
        ("battery_percent", json!(100.5), false),
        ("heading_deg", json!(400), false),
        ("heading_deg", json!(360), true),
        ("driver", json!("asleep"), false),
        ("driver", json!("asked"), true),
        ("battery_wh", json!(62_000), false),
    ] {
        let mut body = vehicle();
        body[field] = value.clone();
        assert_eq!(taken(&body), fits, "checks: {field} {value}");
        assert_eq!(against("NewVehicle", &body).is_empty(), fits, "schema: {field} {value}");
    }
}

#[test]
fn an_order_and_a_vehicle_survive_the_way_there_and_back() {
    let now = Instant(1_767_225_600_000);
    let spec =
        serde_json::from_value::<NewOrder>(order()).unwrap().spec(now, Millis::from_secs(600), "o").unwrap();
    assert_eq!(NewOrder::from(&spec).spec(now, Millis::from_secs(60), "other").unwrap(), spec);
    let id = VehicleId::new("v1").unwrap();
    let (spec, reading) =
        serde_json::from_value::<NewVehicle>(vehicle()).unwrap().parts(id.clone(), now).unwrap();
    assert_eq!(NewVehicle::from((&spec, &reading)).parts(id.clone(), now).unwrap(), (spec, reading));
    assert_eq!(PositionReport::from((&id, &reading)).reading(Instant(0)).unwrap(), (id, reading));
}

#[test]
fn a_problem_fits_its_schema_and_names_field_value_and_rule() {
    let invalid = Invalid::new("seats", 0, Rule::Within { low: 1.0, high: 64.0 });
    let problem = serde_json::to_value(Problem::invalid([&invalid])).unwrap();
    assert_eq!(against("Problem", &problem), Vec::<String>::new());
    expect![[r#"{"code":"E0101","detail":"seats is 0: must lie within 1 and 64","errors":[{"field":"seats","rule":"must lie within 1 and 64","value":"0"}],"status":422,"title":"A value breaks a rule","type":"/errors/E0101"}"#]]
        .assert_eq(&problem.to_string());
}

#[test]
fn a_refusal_has_the_code_that_it_names_itself() {
    let vehicle = VehicleId::new("v1").unwrap();
    let refusals = [
        Refusal::Unknown { kind: "order".into(), id: "o1".into() },
        Refusal::Busy(vehicle),
        Refusal::KeyReused,
        Refusal::Invalid(Invalid::new("party", 0, Rule::Within { low: 1.0, high: 64.0 })),
    ];
    for refusal in refusals {
        let problem = Problem::from(&refusal);
        assert_eq!(refusal.to_string(), format!("{} {}", problem.code, problem.detail));
        assert_eq!(problem.known(), Some(Code::of(&refusal)));
    }
}

#[test]
fn only_commands_are_keyed_and_every_command_is() {
    for operation in ALL {
        let answers_version = operation.answer.media == operation::JSON
            && ["orders", "vehicles", "sites", "edge", "bikes", "federation"].contains(&operation.tag)
            && operation.method != operation::Method::Get
            && operation.path != operation::REPORT_POSITIONS.path
            && operation.path != operation::REPORT_LINES.path
            && operation.path != operation::REPORT_NODES.path
            && operation.path != operation::LOCATE_VAN.path
            && operation.path != operation::WHAT_IF.path
            && ![
                operation::ISSUE_TOKEN,
                operation::ENROL_NODE,
                operation::CHALLENGE_NODE,
                operation::PROVE_NODE,
            ]
            .iter()
            .any(|other| other.path == operation.path)
            && operation.path != operation::PLAN_DEFRAGMENTATION.path
            && operation.path != operation::PLAN_ROLLOUT.path;
        assert_eq!(operation.repeat == Repeat::Keyed, answers_version, "{}", operation.path);
    }
}

#[test]
fn items_of_the_stream_fit_their_schemas() {
    let row = json!(["v1", 40.7, -73.9, 80, "to_pickup"]);
    let item = json!({ "event": "positions", "data": [row] });
    assert_eq!(against("StreamItem", &item), Vec::<String>::new());
    let bad = json!({ "event": "positions", "data": [["v1", 40.7, -73.9, 80, "flying"]] });
    assert!(!against("StreamItem", &bad).is_empty());
    let reset = json!({ "version": 7, "reason": "too_old", "read": ["vehicles", "orders"] });
    assert_eq!(against("StreamItem", &json!({ "event": "reset", "data": reset })), Vec::<String>::new());
    assert!(
        !against("StreamItem", &json!({ "event": "reset", "data": {} })).is_empty(),
        "it says what to read"
    );
    assert!(!complaints(&json!(false), &Value::Null).is_empty(), "the checker itself refuses");
}
