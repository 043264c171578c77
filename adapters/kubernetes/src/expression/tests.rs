//! What expressions say of a device.

use super::{Described, Expression, NoExpression};
use crate::cluster::Slice;
use serde_json::json;

fn device() -> Described {
    let spec = json!({ "spec": {
        "driver": "gpu.example.com", "nodeName": "n", "pool": { "name": "p", "generation": 1, "resourceSliceCount": 1 },
        "devices": [{
            "name": "d", "allowMultipleAllocations": true,
            "attributes": {
                "model": { "string": "LARGE" }, "index": { "int": 3 }, "driverVersion": { "version": "1.10.0+b" },
                "other.example.com/link": { "bool": true },
            },
            "capacity": { "memory": { "value": "40Gi" } },
        }],
    } });
    let slice = Slice::read(&serde_json::from_value(spec).expect("a slice"));
    Described::of(&slice.driver, &slice.devices[0])
}

fn check(text: &str, answer: Result<bool, &str>) {
    let said = Expression::read(text).map(|expression| expression.selects(&device()));
    let said = said.unwrap_or_else(|error| panic!("{text}: {error}"));
    assert_eq!(said.map_err(|error| error.0.to_string()), answer.map_err(str::to_owned), "{text}");
}

#[test]
fn attributes_are_read_below_their_domain_which_is_the_drivers_where_none_is_named() {
    check(r#"device.driver == "gpu.example.com" && device.allowMultipleAllocations"#, Ok(true));
    check(r#"device.attributes["gpu.example.com"].model == "LARGE""#, Ok(true));
    check(r#"device.attributes["other.example.com"].link"#, Ok(true));
    check(r#"device.attributes["gpu.example.com"].index in [1, 3]"#, Ok(true));
    check(r#"device.attributes["gpu.example.com"].model.lowerAscii().startsWith("la")"#, Ok(true));
    check(r#"device.attributes["gpu.example.com"].exists(name, name.matches("^mo"))"#, Ok(true));
    check(r#"size(device.attributes["gpu.example.com"]) == 3"#, Ok(true));
}

#[test]
fn what_a_device_has_not_is_an_error_unless_its_presence_is_asked_for_first() {
    let missing = Err("No such key: none");
    check(r#"device.attributes["gpu.example.com"].none"#, missing);
    check(r#"!device.attributes["gpu.example.com"].none"#, missing);
    check(r#"device.attributes["unknown.example.com"].none"#, missing);
    check(r#""none" in device.attributes["unknown.example.com"]"#, Ok(false));
    check(r#"has(device.attributes["gpu.example.com"].none)"#, Ok(false));
    check(r#"device.attributes["gpu.example.com"].none || true"#, Ok(true));
    check(r#"device.attributes["gpu.example.com"].index"#, Err("it comes to neither true nor false"));
}

#[test]
fn quantities_and_versions_compare_as_such() {
    let memory = r#"device.capacity["gpu.example.com"].memory"#;
    check(&format!(r#"{memory}.compareTo(quantity("40960Mi")) == 0"#), Ok(true));
    check(&format!(r#"{memory} == quantity("42949672960")"#), Ok(true));
    check(
        &format!(r#"{memory}.isGreaterThan(quantity("9Gi")) && {memory}.isLessThan(quantity("1Ti"))"#),
        Ok(true),
    );
    check(&format!(r#"{memory}.sub(quantity("39Gi")).asInteger() == 1073741824"#), Ok(true));
    check(r#"isQuantity("1x")"#, Ok(false));
    let version = r#"device.attributes["gpu.example.com"].driverVersion"#;
    check(&format!(r#"{version}.isGreaterThan(semver("1.9.9")) && {version}.minor() == 10"#), Ok(true));
    check(
        &format!(r#"{version} == semver("1.10.0") && {version}.compareTo(semver("v1.10", true)) == 0"#),
        Ok(true),
    );
    check(r#"isSemver("v1.0.0")"#, Ok(false));
}

#[test]
fn a_value_can_be_given_a_name() {
    check(
        r#"cel.bind(a, device.attributes["gpu.example.com"], a.model == "LARGE" && a.index > 2)"#,
        Ok(true),
    );
}

#[test]
fn what_is_too_long_unreadable_or_too_dear_is_refused_before_it_is_asked() {
    let refused = |text: &str| Expression::read(text).map(|_| ()).expect_err(text);
    assert_eq!(refused(&" ".repeat(10_241)), NoExpression::TooLong { bytes: 10_241 });
    assert!(matches!(refused("device."), NoExpression::Unreadable(_)));
    let digits = "[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20]";
    let nested = (0..4).fold("true".to_owned(), |inner, at| format!("{digits}.all(x{at}, {inner})"));
    assert_eq!(refused(&nested), NoExpression::TooDear);
    let doubled = (0..20).fold("a.size() > 0".to_owned(), |inner, _| format!("cel.bind(a, a + a, {inner})"));
    assert_eq!(refused(&format!("cel.bind(a, 'aaaaaaaaaaaaaaaa', {doubled})")), NoExpression::TooDear);
}

#[test]
fn what_lies_too_deep_in_itself_is_refused_and_takes_no_stack() {
    let refused = |text: &str| Expression::read(text).map(|_| ()).expect_err(text);
    for text in [
        format!("1{} == 1", "+1".repeat(2_000)),
        format!("device{}", ".b".repeat(2_000)),
        format!("device{}", "[0]".repeat(2_000)),
        format!("{}1{}", "[".repeat(2_000), "]".repeat(2_000)),
        format!("{}true", "!(".repeat(2_000)),
    ] {
        assert!(
            matches!(refused(&text), NoExpression::TooDeep | NoExpression::Unreadable(_)),
            "{}",
            &text[..20]
        );
    }
    let as_deep_as_may = format!("1{} == 22", "+1".repeat(21));
    check(&as_deep_as_may, Ok(true));
}
