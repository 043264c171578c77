//! The features of scheduling: each changes a case so that it matters, this way or that.

use super::case::{Draft, pod};
use super::devices::claims;
use super::dice::Dice;
use serde_json::{Value, json};

type Draw = fn(&mut Draft, &mut Dice);

/// By name.
pub(super) const FEATURES: [(&str, Draw); 12] = [
    ("requests", requests),
    ("node affinity", node_affinity),
    ("taints", taints),
    ("cordon", cordon),
    ("spread, hard", spread_hard),
    ("spread, soft", spread_soft),
    ("pod affinity", pod_affinity),
    ("pod anti-affinity", pod_anti_affinity),
    ("host ports", host_ports),
    ("preemption", preemption),
    ("volumes", volumes),
    ("claims", claims),
];

fn push(list: &mut Value, value: Value) {
    match list {
        Value::Array(all) => all.push(value),
        other => *other = json!([value]),
    }
}

fn requests(draft: &mut Draft, dice: &mut Dice) {
    for node in &mut draft.nodes {
        let room = json!({ "cpu": dice.of(&["0.5", "1", "1500m", "2"]), "memory": dice.of(&["512Mi", "1Gi", "1G"]),
            "pods": dice.of(&["1", "3", "110"]), "example.com/gpu": dice.of(&["0", "1", "2"]), "ephemeral-storage": dice.of(&["1Gi", "10Gi"]) });
        node["status"] = json!({ "capacity": room, "allocatable": room });
    }
    draft.running.iter_mut().chain([&mut draft.asked]).for_each(|pod| {
        pod["spec"]["containers"][0]["resources"] = amounts(dice);
        for at in 0..dice.below(3) {
            let mut step = json!({ "name": format!("i{at}"), "image": "registry.example/app:1", "resources": amounts(dice) });
            if dice.percent(50) {
                step["restartPolicy"] = json!("Always");
            }
            push(&mut pod["spec"]["initContainers"], step);
        }
        if dice.percent(15) {
            pod["spec"]["runtimeClassName"] = json!("boxed");
        } else if dice.percent(15) {
            // As much as all of its containers may ask for, and more.
            pod["spec"]["resources"] = json!({ "requests": { "cpu": dice.of(&["1800m", "1900m"]) } });
        }
    });
}

fn amounts(dice: &mut Dice) -> Value {
    let mut requests = json!({});
    let all: [(&str, &[&str], usize); 4] = [
        ("cpu", &["0", "0.1", "100m", "250m", "0.5"], 60),
        ("memory", &["1", "128Mi", "128M", "256Mi"], 40),
        ("ephemeral-storage", &["512Mi", "1Gi"], 15),
        ("example.com/gpu", &["1"], 15),
    ];
    for (name, from, often) in all {
        if dice.percent(often) {
            requests[name] = json!(dice.of(from));
        }
    }
    let gpu = &requests["example.com/gpu"];
    let limits = if gpu.is_null() { json!({}) } else { json!({ "example.com/gpu": gpu }) };
    json!({ "requests": requests, "limits": limits })
}

const RANKS: [&str; 7] = ["1", "2", "10", "007", "x", "", "99999999999999999999"];

fn node_affinity(draft: &mut Draft, dice: &mut Dice) {
    for node in &mut draft.nodes {
        if dice.percent(70) {
            node["metadata"]["labels"]["rank"] = json!(dice.of(&RANKS));
        }
    }
    let wishes = json!({});
    draft.asked["spec"]["affinity"]["nodeAffinity"] = wishes;
    if dice.percent(20) {
        draft.asked["spec"]["nodeSelector"]["rank"] = json!(dice.of(&RANKS));
    }
    if dice.percent(80) {
        let terms: Vec<_> = (0..1 + dice.below(2)).map(|_| node_term(dice)).collect();
        draft.asked["spec"]["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"] =
            json!({ "nodeSelectorTerms": terms });
    }
    if dice.percent(30) {
        let wish = json!([{ "weight": 1 + dice.below(100), "preference": node_term(dice) }]);
        draft.asked["spec"]["affinity"]["nodeAffinity"]["preferredDuringSchedulingIgnoredDuringExecution"] =
            wish;
    }
}

fn node_term(dice: &mut Dice) -> Value {
    let mut term = json!({});
    if dice.percent(15) {
        let operator = dice.of(&["In", "NotIn"]);
        term["matchFields"] = json!([{ "key": "metadata.name", "operator": operator, "values": [format!("n{}-@", dice.below(3))] }]);
    }
    if dice.percent(85) {
        let all = (0..1 + dice.below(2)).map(|_| {
            let operator = dice.of(&["In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt"]);
            let values = match operator {
                "In" | "NotIn" => json!([dice.of(&RANKS), dice.of(&RANKS)]),
                "Gt" | "Lt" => json!([dice.of(&["0", "2", "7", "9"])]),
                _ => Value::Null,
            };
            json!({ "key": "rank", "operator": operator, "values": values })
        });
        term["matchExpressions"] = json!(all.collect::<Vec<_>>());
    }
    term
}

fn taints(draft: &mut Draft, dice: &mut Dice) {
    for node in &mut draft.nodes {
        let mut keys = vec!["k", "l"];
        for _ in 0..dice.below(3) {
            let key = keys.remove(dice.below(keys.len()));
            let effect = dice.of(&["NoSchedule", "NoExecute", "PreferNoSchedule"]);
            push(
                &mut node["spec"]["taints"],
                json!({ "key": key, "value": dice.of(&["", "v", "w"]), "effect": effect }),
            );
        }
    }
    for _ in 0..dice.below(3) {
        let exists = dice.percent(50);
        let mut one = if exists {
            json!({ "key": dice.of(&["", "k", "l"]), "operator": "Exists" })
        } else {
            json!({ "key": dice.of(&["k", "l"]), "operator": dice.of(&["Equal", ""]), "value": dice.of(&["", "v", "w"]) })
        };
        if dice.percent(50) {
            one["effect"] = json!(dice.of(&["NoSchedule", "NoExecute", "PreferNoSchedule"]));
        }
        push(&mut draft.asked["spec"]["tolerations"], one);
    }
}

fn cordon(draft: &mut Draft, dice: &mut Dice) {
    for node in &mut draft.nodes {
        if dice.percent(60) {
            node["spec"]["unschedulable"] = json!(true);
        }
    }
    if dice.percent(30) {
        let mut one = json!({ "key": "node.kubernetes.io/unschedulable", "operator": "Exists" });
        if dice.percent(60) {
            one["effect"] = json!(dice.of(&["NoSchedule", "NoExecute"]));
        }
        push(&mut draft.asked["spec"]["tolerations"], one);
    }
}

fn selector(dice: &mut Dice) -> Value {
    let app = dice.of(&["x", "y"]);
    match dice.below(10) {
        0..6 => json!({ "matchLabels": { "app": app } }),
        6 => {
            json!({ "matchExpressions": [{ "key": "app", "operator": dice.of(&["In", "NotIn"]), "values": [app] }] })
        }
        7 => {
            json!({ "matchExpressions": [{ "key": "app", "operator": dice.of(&["Exists", "DoesNotExist"]) }] })
        }
        8 => json!({}),
        _ => Value::Null,
    }
}

fn topology(dice: &mut Dice) -> Value {
    json!(dice.of(&["zone-@", "zone-@", "host-@"]))
}

fn spread(dice: &mut Dice) -> Value {
    let mut one = json!({ "maxSkew": 1 + dice.below(2), "topologyKey": topology(dice) });
    let selector = selector(dice);
    if !selector.is_null() && dice.percent(30) {
        one["matchLabelKeys"] = json!(["rev"]);
    }
    one["labelSelector"] = selector;
    for policy in ["nodeAffinityPolicy", "nodeTaintsPolicy"] {
        if dice.percent(40) {
            one[policy] = json!(dice.of(&["Honor", "Ignore"]));
        }
    }
    one
}

fn spread_hard(draft: &mut Draft, dice: &mut Dice) {
    let mut keys = Vec::new();
    for _ in 0..1 + dice.below(2) {
        let mut one = spread(dice);
        one["whenUnsatisfiable"] = json!("DoNotSchedule");
        if dice.percent(30) {
            one["minDomains"] = json!(1 + dice.below(3));
        }
        // The API takes each key once.
        if !keys.contains(&one["topologyKey"]) {
            keys.push(one["topologyKey"].clone());
            push(&mut draft.asked["spec"]["topologySpreadConstraints"], one);
        }
    }
}

fn spread_soft(draft: &mut Draft, dice: &mut Dice) {
    let mut one = spread(dice);
    one["whenUnsatisfiable"] = json!("ScheduleAnyway");
    push(&mut draft.asked["spec"]["topologySpreadConstraints"], one);
}

fn term(dice: &mut Dice) -> Value {
    let mut term = json!({ "topologyKey": topology(dice), "labelSelector": selector(dice) });
    if dice.percent(20) {
        term["namespaces"] = json!([dice.of(&["home", "away"])]);
    }
    match dice.below(10) {
        0 => term["namespaceSelector"] = json!({}),
        1 | 2 => term["namespaceSelector"] = json!({ "matchLabels": { "team": dice.of(&["blue", "red"]) } }),
        3 => {
            let operator = dice.of(&["In", "Exists", "NotIn", "DoesNotExist"]);
            let values = if operator.ends_with("In") { json!(["blue"]) } else { Value::Null };
            term["namespaceSelector"] =
                json!({ "matchExpressions": [{ "key": "team", "operator": operator, "values": values }] });
        }
        _ => {}
    }
    if !term["labelSelector"].is_null() && dice.percent(20) {
        term[dice.of(&["matchLabelKeys", "mismatchLabelKeys"])] = json!(["rev"]);
    }
    term
}

fn pod_affinity(draft: &mut Draft, dice: &mut Dice) {
    let terms: Vec<_> = (0..1 + dice.below(4) / 3).map(|_| term(dice)).collect();
    draft.asked["spec"]["affinity"]["podAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"] =
        json!(terms);
    if dice.percent(20) {
        let wish = json!([{ "weight": 1 + dice.below(100), "podAffinityTerm": term(dice) }]);
        draft.asked["spec"]["affinity"]["podAffinity"]["preferredDuringSchedulingIgnoredDuringExecution"] =
            wish;
    }
}

fn pod_anti_affinity(draft: &mut Draft, dice: &mut Dice) {
    for _ in 0..1 + dice.below(2) {
        let term = term(dice);
        let all = &mut draft.any_pod(dice)["spec"]["affinity"]["podAntiAffinity"];
        push(&mut all["requiredDuringSchedulingIgnoredDuringExecution"], term);
    }
}

fn host_ports(draft: &mut Draft, dice: &mut Dice) {
    draft.running.iter_mut().chain([&mut draft.asked]).for_each(|pod| {
        let is_asked = pod["spec"]["nodeName"].is_null();
        if is_asked || dice.percent(60) {
            let (port, ip) = (dice.of(&[&80, &80, &81]), dice.of(&["", "0.0.0.0", "::", "10.0.0.1", "10.0.0.2"]));
            let port = json!([{ "containerPort": 8080, "hostPort": port, "hostIP": ip, "protocol": dice.of(&["TCP", "TCP", "UDP"]) }]);
            if dice.percent(20) {
                let mut sidecar = json!({ "name": "side", "image": "registry.example/app:1", "ports": port });
                if dice.percent(50) {
                    sidecar["restartPolicy"] = json!("Always");
                }
                push(&mut pod["spec"]["initContainers"], sidecar);
            } else {
                pod["spec"]["containers"][0]["ports"] = port;
            }
        }
    });
}

fn preemption(draft: &mut Draft, dice: &mut Dice) {
    let classes = ["level-1", "level-2", "level-3"];
    for at in 0..draft.nodes.len() {
        draft.running.push(pod(&format!("l{at}"), Some(at), dice));
    }
    for node in &mut draft.nodes {
        node["status"]["allocatable"]["cpu"] = json!(dice.of(&["1", "2"]));
    }
    draft.running.iter_mut().for_each(|pod| {
        if dice.percent(80) {
            pod["spec"]["priorityClassName"] = json!(dice.of(&classes));
        }
        pod["spec"]["containers"][0]["resources"]["requests"]["cpu"] = json!(dice.of(&["250m", "500m", "1"]));
    });
    let spec = &mut draft.asked["spec"];
    spec["priorityClassName"] = json!(dice.of(&classes));
    spec["containers"][0]["resources"]["requests"]["cpu"] = json!(dice.of(&["500m", "1", "1500m"]));
    if dice.percent(10) {
        spec["priorityClassName"] = json!("level-2-calm");
    }
}

fn volumes(draft: &mut Draft, dice: &mut Dice) {
    for at in 0..1 + dice.below(2) {
        let (volume, claim) = (format!("v{at}-@"), format!("c{at}-@"));
        let mode = if dice.percent(30) { "ReadWriteOncePod" } else { "ReadWriteOnce" };
        let mut of = json!({ "apiVersion": "v1", "kind": "PersistentVolume", "metadata": { "name": volume, "labels": {} },
            "spec": { "capacity": { "storage": "1Gi" }, "accessModes": [mode], "csi": { "driver": "disk.example.com", "volumeHandle": volume },
                "claimRef": { "apiVersion": "v1", "kind": "PersistentVolumeClaim", "namespace": "home", "name": claim } } });
        if dice.percent(50) {
            let zones = dice.of(&["a-@", "b-@", "c-@", "a-@__b-@"]);
            of["metadata"]["labels"]["topology.kubernetes.io/zone"] = json!(zones);
        }
        if dice.percent(50) {
            let hosts: Vec<_> = (0..1 + dice.below(2)).map(|_| format!("h{}", dice.below(3))).collect();
            let operator = dice.of(&["In", "In", "NotIn"]);
            let is_there = json!([{ "key": "host-@", "operator": operator, "values": hosts }]);
            of["spec"]["nodeAffinity"] =
                json!({ "required": { "nodeSelectorTerms": [{ "matchExpressions": is_there }] } });
        }
        draft.others.push(of);
        let bound = json!({ "pv.kubernetes.io/bind-completed": "yes" });
        draft.others.push(json!({ "apiVersion": "v1", "kind": "PersistentVolumeClaim",
            "metadata": { "name": claim, "namespace": "home", "annotations": bound },
            "spec": { "volumeName": volume, "accessModes": [mode], "storageClassName": "", "resources": { "requests": { "storage": "1Gi" } } } }));
        let used = json!({ "name": format!("v{at}"), "persistentVolumeClaim": { "claimName": claim } });
        draft.asked["metadata"]["namespace"] = json!("home");
        push(&mut draft.asked["spec"]["volumes"], used.clone());
        if dice.percent(40) && !draft.running.is_empty() {
            let at = dice.below(draft.running.len());
            draft.running[at]["metadata"]["namespace"] = json!("home");
            push(&mut draft.running[at]["spec"]["volumes"], used);
        }
    }
}
