//! An object of the API, cut down to what a record has of it.

use super::form::kept;
use super::kind::Kind;
use super::mask::Mask;
use serde_json::{Value, json};

/// Says that somebody, and who, ended a pod. Other conditions come and go, and no decision reads them.
pub const DISRUPTED: &str = "DisruptionTarget";

/// What a record has of an object.
pub(super) fn cut(kind: Kind, mut of: Value, mask: &Mask) -> Value {
    if kind == Kind::Pod {
        name_own_volumes(&mut of);
        if let Some(Value::Array(conditions)) = of.pointer_mut("/status/conditions") {
            conditions.retain(|one| one["type"] == DISRUPTED);
        }
    }
    kept(kind.fields(), of, mask)
}

/// The claim of a volume of the pod's own is called after both. Where names are masked that could not be told from their hashes.
fn name_own_volumes(of: &mut Value) {
    let pod = of["metadata"]["name"].as_str().unwrap_or_default().to_owned();
    let Some(Value::Array(volumes)) = of.pointer_mut("/spec/volumes") else { return };
    for volume in volumes.iter_mut().filter(|volume| !volume["ephemeral"].is_null()) {
        let name = format!("{pod}-{}", volume["name"].as_str().unwrap_or_default());
        volume["persistentVolumeClaim"] = json!({ "claimName": name });
    }
}
