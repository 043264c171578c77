//! A small cluster and a pod that asks for a place in it, for which two features of scheduling matter.
//!
//! Every name, every label by which nodes are told apart and every topology key has an `@` in it: with something else in its place for each case and
//! scheduler, cases stand side by side on one server and do not see each other.

use super::dice::Dice;
use super::features::FEATURES;
use serde_json::{Value, json};

/// A cluster and who asks.
#[derive(Clone, Debug)]
pub(super) struct Case {
    /// Which features.
    pub(super) features: [usize; 2],
    /// What is there: nodes, and whatever is on them or stands for something of them.
    pub(super) objects: Vec<Value>,
    /// Who asks.
    pub(super) asked: Value,
}

/// A case while it is made.
pub(super) struct Draft {
    pub(super) nodes: Vec<Value>,
    pub(super) running: Vec<Value>,
    pub(super) others: Vec<Value>,
    pub(super) asked: Value,
}

impl Case {
    /// The case of a number: all pairs of features take turns.
    pub(super) fn make(seed: u64, number: u64) -> Self {
        let mut dice = Dice::new(seed, number);
        let features = pair(number as usize);
        let mut draft = Draft::new(&mut dice);
        let mut drawn = features.to_vec();
        drawn.dedup();
        drawn.into_iter().for_each(|feature| FEATURES[feature].1(&mut draft, &mut dice));
        let Draft { nodes, running, others, asked } = draft;
        Self { features, objects: [nodes, others, running].concat(), asked }
    }

    /// All of it for one scheduler.
    pub(super) fn stamped(&self, tag: &str, scheduler: &str) -> (Vec<Value>, Value) {
        let stamp = |of: &Value| serde_json::from_str(&of.to_string().replace('@', tag)).unwrap();
        let mut asked: Value = stamp(&self.asked);
        asked["spec"]["schedulerName"] = json!(scheduler);
        (self.objects.iter().map(stamp).collect(), asked)
    }
}

/// Each with itself, and with each other.
fn pair(number: usize) -> [usize; 2] {
    let all: Vec<_> = (0..FEATURES.len()).flat_map(|a| (a..FEATURES.len()).map(move |b| [a, b])).collect();
    all[number % all.len()]
}

impl Draft {
    fn new(dice: &mut Dice) -> Self {
        let nodes: Vec<_> = (0..1 + dice.below(3)).map(|at| node(at, dice)).collect();
        let running =
            (0..dice.below(5)).map(|at| pod(&format!("p{at}"), Some(dice.below(nodes.len())), dice));
        let running = running.collect();
        let mut asked = pod("asked", None, dice);
        asked["metadata"]["labels"]["asked"] = json!("yes");
        asked["spec"]["nodeSelector"] = json!({ "pool-@": "yes" });
        Self { nodes, running, others: Vec::new(), asked }
    }

    /// The pod that asks, or one that runs.
    pub(super) fn any_pod(&mut self, dice: &mut Dice) -> &mut Value {
        let at = dice.below(self.running.len() + 1);
        self.running.get_mut(at).unwrap_or(&mut self.asked)
    }
}

fn node(at: usize, dice: &mut Dice) -> Value {
    let mut labels =
        json!({ "pool-@": "yes", "host-@": format!("h{at}"), "kubernetes.io/hostname": format!("n{at}-@") });
    if dice.percent(80) {
        let zone = dice.of(&["a", "b", "c"]);
        labels["zone-@"] = json!(zone);
        labels["topology.kubernetes.io/zone"] = json!(format!("{zone}-@"));
    }
    let room = json!({ "cpu": "4", "memory": "8Gi", "pods": "110" });
    json!({ "apiVersion": "v1", "kind": "Node", "metadata": { "name": format!("n{at}-@"), "labels": labels },
        "spec": {}, "status": { "capacity": room, "allocatable": room } })
}

/// A pod that asks for nothing; one that runs ends at once when it is told to.
pub(super) fn pod(name: &str, node: Option<usize>, dice: &mut Dice) -> Value {
    let mut labels = json!({});
    if dice.percent(80) {
        labels["app"] = json!(dice.of(&["x", "y"]));
    }
    if dice.percent(50) {
        labels["rev"] = json!(dice.of(&["1", "2"]));
    }
    let namespace = if dice.percent(80) { "home" } else { "away" };
    let mut pod = json!({ "apiVersion": "v1", "kind": "Pod", "metadata": { "name": format!("{name}-@"), "namespace": namespace, "labels": labels },
        "spec": { "terminationGracePeriodSeconds": 0, "containers": [{ "name": "main", "image": "registry.example/app:1" }] } });
    if let Some(node) = node {
        pod["spec"]["nodeName"] = json!(format!("n{node}-@"));
        match dice.below(10) {
            0 => pod["metadata"]["annotations"] = json!({ ENDING: "yes" }),
            1 => pod["status"] = json!({ "phase": "Succeeded" }),
            _ => {}
        }
    }
    pod
}

/// The pod is told to end before anybody asks, and goes on for as long as it likes.
pub(super) const ENDING: &str = "agreement/ending";
