//! Claims to devices, with shares.

use super::case::Draft;
use super::dice::Dice;
use serde_json::{Value, json};

/// Every node has a driver's devices, of which some are taken; the pod that asks has claims.
pub(super) fn claims(draft: &mut Draft, dice: &mut Dice) {
    draft.asked["metadata"]["namespace"] = json!("home");
    for at in 0..draft.nodes.len() {
        let devices: Vec<_> = (0..1 + dice.below(3)).map(|device| device_of(device, dice)).collect();
        let pool = format!("n{at}-@");
        for device in &devices {
            if dice.percent(20) {
                let taken = taken(&pool, device, dice);
                draft.others.push(taken);
            }
        }
        draft.others.push(json!({ "apiVersion": "resource.k8s.io/v1", "kind": "ResourceSlice", "metadata": { "name": pool },
            "spec": { "driver": "gpu.example.com", "nodeName": pool, "pool": { "name": pool, "generation": 1, "resourceSliceCount": 1 }, "devices": devices } }));
    }
    for at in 0..1 + dice.below(3) / 2 {
        let name = format!("d{at}-@");
        let requests: Vec<_> = (0..1 + dice.below(4) / 3).map(|at| request(at, dice)).collect();
        let mut devices = json!({ "requests": requests });
        if dice.percent(20) {
            let constraint = dice.of(&["matchAttribute", "distinctAttribute"]);
            devices["constraints"] = json!([{ constraint: "gpu.example.com/model" }]);
        }
        draft.others.push(claim(&name, devices));
        let used = json!({ "name": format!("d{at}"), "resourceClaimName": name });
        match &mut draft.asked["spec"]["resourceClaims"] {
            Value::Array(all) => all.push(used),
            none => *none = json!([used]),
        }
    }
}

fn claim(name: &str, devices: Value) -> Value {
    json!({ "apiVersion": "resource.k8s.io/v1", "kind": "ResourceClaim", "metadata": { "name": name, "namespace": "home" }, "spec": { "devices": devices } })
}

fn device_of(at: usize, dice: &mut Dice) -> Value {
    let mut memory = json!({ "value": dice.of(&["40Gi", "80Gi"]) });
    let is_shared = dice.percent(50);
    match dice.below(4) {
        0 if is_shared => {
            memory["requestPolicy"] =
                json!({ "default": "10Gi", "validRange": { "min": "10Gi", "step": "10Gi" } })
        }
        1 if is_shared => {
            memory["requestPolicy"] = json!({ "default": "20Gi", "validValues": ["20Gi", "40Gi"] })
        }
        2 if is_shared => {
            memory["requestPolicy"] =
                json!({ "default": "5Gi", "validRange": { "min": "5Gi", "max": "30Gi" } })
        }
        _ => {}
    }
    let mut device = json!({ "name": format!("g{at}"), "capacity": { "memory": memory } });
    if is_shared {
        device["allowMultipleAllocations"] = json!(true);
    }
    if dice.percent(80) {
        device["attributes"] = json!({ "model": { "string": dice.of(&["A", "B"]) } });
    }
    if dice.percent(15) {
        device["taints"] =
            json!([{ "key": "k", "value": "v", "effect": dice.of(&["NoSchedule", "NoExecute", "None"]) }]);
    }
    device
}

/// A claim that has this device, or a share of it.
fn taken(pool: &str, device: &Value, dice: &mut Dice) -> Value {
    let name = device["name"].as_str().unwrap();
    let mut of = claim(
        &format!("taken-{name}-{pool}"),
        json!({ "requests": [{ "name": "dev", "exactly": { "deviceClassName": "gpu" } }] }),
    );
    let mut result = json!({ "request": "dev", "driver": "gpu.example.com", "pool": pool, "device": name });
    if device["allowMultipleAllocations"] == true {
        result["shareID"] = json!(format!("00000000-0000-4000-8000-{:012x}", dice.below(1 << 40)));
        result["consumedCapacity"] = json!({ "memory": dice.of(&["20Gi", "40Gi"]) });
    }
    let is_it = json!([{ "key": "metadata.name", "operator": "In", "values": [pool] }]);
    of["status"] = json!({ "allocation": { "devices": { "results": [result] }, "nodeSelector": { "nodeSelectorTerms": [{ "matchFields": is_it }] } } });
    of
}

fn request(at: usize, dice: &mut Dice) -> Value {
    let name = format!("r{at}");
    if dice.percent(20) {
        let mut first = wish(dice);
        let mut second = wish(dice);
        (first["name"], second["name"]) = (json!("s0"), json!("s1"));
        return json!({ "name": name, "firstAvailable": [first, second] });
    }
    json!({ "name": name, "exactly": wish(dice) })
}

fn wish(dice: &mut Dice) -> Value {
    let mut wish = json!({ "deviceClassName": "gpu" });
    match dice.below(8) {
        0 => wish["allocationMode"] = json!("All"),
        1 => wish["count"] = json!(2),
        _ => {}
    }
    if dice.percent(40) {
        let expression = dice.of(&[
            r#"device.attributes["gpu.example.com"].model == "A""#,
            r#""model" in device.attributes["gpu.example.com"]"#,
            r#"device.capacity["gpu.example.com"].memory.compareTo(quantity("80Gi")) >= 0"#,
            r#"device.allowMultipleAllocations == true"#,
            r#"has(device.attributes["gpu.example.com"].model) && device.attributes["gpu.example.com"].model != "A""#,
        ]);
        wish["selectors"] = json!([{ "cel": { "expression": expression } }]);
    }
    if dice.percent(30) {
        wish["capacity"] = json!({ "requests": { "memory": dice.of(&["1Gi", "25Gi", "40Gi", "45Gi"]) } });
    }
    if dice.percent(20) {
        wish["tolerations"] = json!([{ "key": "k", "operator": "Exists" }]);
    }
    wish
}
