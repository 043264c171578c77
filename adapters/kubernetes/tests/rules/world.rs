//! A small cluster in memory: objects as the API has them go in, rounds are played, and the cluster does at once what was decided.

use k8s_openapi::api::core::v1 as core;
use k8s_openapi::api::resource::v1 as resource;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use k8s_openapi::jiff::Timestamp;
use paceline_kubernetes::check::{self, Placed};
use paceline_kubernetes::cluster::{
    Allotment, Budget, Change, Claim, Class, Cluster, DeviceClaim, DeviceClass, Heard, Node, Pod, PodKey,
    Promise, Slice, Version, Volume, labels_of, written,
};
use paceline_kubernetes::decide::{self, Decision};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::collections::BTreeMap;

pub(crate) struct World {
    pub(crate) cluster: Cluster,
    pub(crate) nodes: BTreeMap<String, core::Node>,
    pub(crate) pods: BTreeMap<PodKey, core::Pod>,
    namespaces: BTreeMap<String, core::Namespace>,
    claims: BTreeMap<PodKey, resource::ResourceClaim>,
    classes: BTreeMap<String, resource::DeviceClass>,
    slices: BTreeMap<String, resource::ResourceSlice>,
    pub(crate) version: u64,
    /// Pods that take their time to end.
    pub(crate) lingering: Vec<&'static str>,
    /// Pods that were told to end by a decision.
    pub(crate) ended: Vec<String>,
}

pub(crate) fn key(name: &str) -> PodKey {
    let (namespace, name) = name.split_once('/').unwrap_or(("default", name));
    PodKey::new(namespace, name)
}

/// `base` with what `more` says, object by object.
fn merged(mut base: Value, more: Value) -> Value {
    match (&mut base, more) {
        (Value::Object(base), Value::Object(more)) => {
            for (key, value) in more {
                let old = base.remove(&key).unwrap_or(Value::Null);
                base.insert(key, merged(old, value));
            }
        }
        (base, more) => *base = more,
    }
    base
}

pub(crate) fn read<T: DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value.clone()).unwrap_or_else(|error| panic!("{error} in {value}"))
}

impl World {
    pub(crate) fn new() -> Self {
        let mut world = Self {
            cluster: Cluster::default(),
            nodes: BTreeMap::new(),
            pods: BTreeMap::new(),
            namespaces: BTreeMap::new(),
            claims: BTreeMap::new(),
            classes: BTreeMap::new(),
            slices: BTreeMap::new(),
            version: 0,
            lingering: Vec::new(),
            ended: Vec::new(),
        };
        world.namespace("default");
        world
    }

    fn next(&mut self) -> Version {
        self.version += 1;
        Version::read(Some(&self.version.to_string()))
    }

    pub(crate) fn namespace(&mut self, name: &str) {
        let labels = json!({ "kubernetes.io/metadata.name": name });
        let of: core::Namespace = read(json!({ "metadata": { "name": name, "labels": labels } }));
        let version = self.next();
        self.cluster.hear(Change::Namespace(Heard::Put(name.into(), version, labels_of(&of.metadata))));
        self.namespaces.insert(name.into(), of);
    }

    /// A node of 4 CPUs, 8Gi and 110 pods with its own host name, and more.
    pub(crate) fn node(&mut self, name: &str, more: Value) {
        let allocatable = json!({ "cpu": "4", "memory": "8Gi", "pods": "110" });
        let base = json!({
            "metadata": { "name": name, "labels": { "kubernetes.io/hostname": name } },
            "status": { "allocatable": allocatable },
        });
        let of: core::Node = read(merged(base, more));
        let version = self.next();
        self.cluster.hear(Change::Node(Heard::Put(name.into(), version, Node::read(&of))));
        self.nodes.insert(name.into(), of);
    }

    /// The same in a zone, with so many CPUs.
    pub(crate) fn zoned(&mut self, name: &str, zone: &str, cpu: &str) {
        let labels = json!({ "topology.kubernetes.io/zone": zone });
        let allocatable = json!({ "cpu": cpu });
        self.node(
            name,
            json!({ "metadata": { "labels": labels }, "status": { "allocatable": allocatable } }),
        );
    }

    /// A pod with one container that asks for nothing, and more.
    pub(crate) fn pod(&mut self, name: &str, more: Value) {
        let key = key(name);
        let base = json!({
            "metadata": { "name": key.name.as_ref(), "namespace": key.namespace.as_ref(), "uid": format!("uid of {name}") },
            "spec": { "schedulerName": "paceline", "containers": [{ "name": "main" }] },
        });
        self.put(read(merged(base, more)));
    }

    pub(crate) fn put(&mut self, of: core::Pod) {
        let key = key(&format!(
            "{}/{}",
            of.metadata.namespace.as_deref().unwrap_or_default(),
            of.metadata.name.as_deref().unwrap_or_default()
        ));
        let version = self.next();
        self.cluster.hear(Change::Pod(Heard::Put(key.clone(), version, Pod::read(&of))));
        self.pods.insert(key, of);
    }

    pub(crate) fn change(&mut self, name: &str, more: Value) {
        let old = serde_json::to_value(&self.pods[&key(name)]).unwrap();
        self.put(read(merged(old, more)));
    }

    pub(crate) fn remove(&mut self, name: &str) {
        let version = self.next();
        self.cluster.hear(Change::Pod(Heard::Gone(key(name), version)));
        self.pods.remove(&key(name));
    }

    pub(crate) fn budget(&mut self, name: &str, spec: Value, allowed: i32) {
        let of = read(json!({ "metadata": { "name": name, "namespace": "default" }, "spec": spec,
            "status": { "disruptionsAllowed": allowed, "currentHealthy": 1, "desiredHealthy": 1, "expectedPods": 1 } }));
        let version = self.next();
        self.cluster.hear(Change::Budget(Heard::Put(key(name), version, Budget::read(&of))));
    }

    pub(crate) fn class(&mut self, name: &str, annotations: Value) {
        let of = read(json!({ "metadata": { "name": name, "annotations": annotations }, "value": 1 }));
        let version = self.next();
        self.cluster.hear(Change::Class(Heard::Put(name.into(), version, Class::read(&of))));
    }

    pub(crate) fn claim(&mut self, name: &str, volume: Option<&str>, modes: &[&str]) {
        let annotations = volume.map(|_| json!({ "pv.kubernetes.io/bind-completed": "yes" }));
        let of =
            read(json!({ "metadata": { "name": name, "namespace": "default", "annotations": annotations },
            "spec": { "volumeName": volume, "accessModes": modes } }));
        let version = self.next();
        self.cluster.hear(Change::Claim(Heard::Put(key(name), version, Claim::read(&of))));
    }

    pub(crate) fn volume(&mut self, name: &str, more: Value) {
        let of = read(merged(json!({ "metadata": { "name": name }, "spec": {} }), more));
        let version = self.next();
        self.cluster.hear(Change::Volume(Heard::Put(name.into(), version, Volume::read(&of))));
    }

    pub(crate) fn device_class(&mut self, name: &str, expression: &str) {
        let selectors = json!([{ "cel": { "expression": expression } }]);
        let of = read(json!({ "metadata": { "name": name }, "spec": { "selectors": selectors } }));
        let version = self.next();
        self.cluster.hear(Change::DeviceClass(Heard::Put(name.into(), version, DeviceClass::read(&of))));
        self.classes.insert(name.into(), of);
    }

    /// What a driver says, of the pool that is called as the slice: the only slice of it.
    pub(crate) fn slice(&mut self, name: &str, more: Value) {
        let pool = json!({ "name": name, "generation": 1, "resourceSliceCount": 1 });
        let spec = merged(json!({ "driver": "gpu.example.com", "pool": pool }), more);
        let of = read(json!({ "metadata": { "name": name }, "spec": spec }));
        let version = self.next();
        self.cluster.hear(Change::Slice(Heard::Put(name.into(), version, Slice::read(&of))));
        self.slices.insert(name.into(), of);
    }

    /// Devices of a node, in a pool that is called as it.
    pub(crate) fn devices(&mut self, node: &str, devices: Value) {
        self.slice(node, json!({ "nodeName": node, "devices": devices }));
    }

    pub(crate) fn device_claim(&mut self, name: &str, devices: Value) {
        let metadata = json!({ "name": name, "namespace": "default", "uid": format!("claim {name}") });
        self.put_claim(read(json!({ "metadata": metadata, "spec": { "devices": devices } })));
    }

    fn put_claim(&mut self, of: resource::ResourceClaim) {
        let key = key(of.metadata.name.as_deref().unwrap());
        let version = self.next();
        self.cluster.hear(Change::DeviceClaim(Heard::Put(key.clone(), version, DeviceClaim::read(&of))));
        self.claims.insert(key, of);
    }

    pub(crate) fn change_claim(&mut self, name: &str, more: Value) {
        let old = serde_json::to_value(&self.claims[&key(name)]).unwrap();
        self.put_claim(read(merged(old, more)));
    }

    /// The devices of a claim, as `pool/device`.
    pub(crate) fn given(&self, claim: &str) -> Vec<String> {
        let allocation = self.cluster.allocation(&key(claim));
        let given = allocation.into_iter().flat_map(|allocation| &allocation.given);
        given.map(|given| format!("{}/{}", given.device.pool, given.device.device)).collect()
    }

    /// Reserves the claims of a pod for it, with the devices that it is to have.
    fn reserve(&mut self, pod: &PodKey, devices: Vec<Allotment>) {
        for Allotment { claim, allocation } in devices {
            let result = written(&self.cluster, self.cluster.device_claim(&claim).unwrap(), &allocation);
            self.change_claim(&claim.name, json!({ "status": { "allocation": result } }));
        }
        let of = self.cluster.pod(pod).unwrap().clone();
        for claim in of.demand.devices.iter().filter_map(|used| used.claim.clone()) {
            let status = self.claims[&key(&claim)].status.clone().unwrap_or_default();
            let mut users = json!(status.reserved_for.unwrap_or_default());
            let user = json!({ "resource": "pods", "name": pod.name.as_ref(), "uid": of.uid.as_ref() });
            users.as_array_mut().unwrap().push(user);
            self.change_claim(&claim, json!({ "status": { "reservedFor": users } }));
        }
    }

    /// Plays rounds until nothing more is decided. The cluster does at once what was decided.
    pub(crate) fn settle(&mut self) {
        for _ in 0..100 {
            let round = decide::round(&self.cluster, "paceline", 1_000);
            if round.decided.is_empty() {
                assert_eq!(self.with(check::devices), []);
                return;
            }
            for decided in round.decided {
                self.carry(&decided.pod, decided.decision);
            }
        }
        panic!("it never comes to rest");
    }

    fn carry(&mut self, pod: &PodKey, decision: Decision) {
        let name = pod.to_string();
        match decision {
            Decision::Bind { node, devices } => {
                let of = &self.pods[pod];
                let broken = self.with(|placed| check::broken(placed, of, &self.nodes[node.as_ref()]));
                assert!(broken.is_empty(), "{pod} on {node}: {broken:?}");
                self.change(&name, json!({ "spec": { "nodeName": node.as_ref() } }));
                self.reserve(pod, devices);
            }
            Decision::Wait(_) => self.cluster.refuse(pod),
            Decision::MakeRoom { node, victims, .. } => {
                self.change(&name, json!({ "status": { "nominatedNodeName": node.as_ref() } }));
                for victim in victims {
                    self.cluster.promise(&victim, Promise::Ending);
                    self.end(&victim.name);
                    self.ended.push(victim.name.to_string());
                }
            }
        }
    }

    /// Tells a pod to end. It is gone at once unless it lingers.
    pub(crate) fn end(&mut self, name: &str) {
        if self.lingering.contains(&name) {
            let mut pod = self.pods[&key(name)].clone();
            pod.metadata.deletion_timestamp = Some(Time(Timestamp::UNIX_EPOCH));
            self.put(pod);
        } else {
            self.remove(name);
        }
    }

    pub(crate) fn with<R>(&self, ask: impl FnOnce(&Placed<'_>) -> R) -> R {
        let nodes: Vec<_> = self.nodes.values().cloned().collect();
        let pods: Vec<_> = self.pods.values().cloned().collect();
        let namespaces: Vec<_> = self.namespaces.values().cloned().collect();
        let claims: Vec<_> = self.claims.values().cloned().collect();
        let classes: Vec<_> = self.classes.values().cloned().collect();
        let slices: Vec<_> = self.slices.values().cloned().collect();
        ask(&Placed {
            nodes: &nodes,
            pods: &pods,
            namespaces: &namespaces,
            claims: &claims,
            classes: &classes,
            slices: &slices,
        })
    }

    /// Where a pod is, or why it waits.
    pub(crate) fn says(&self, name: &str) -> String {
        let pod = self.cluster.pod(&key(name)).unwrap();
        if let Some(node) = &pod.node {
            return node.to_string();
        }
        match decide::ask(&self.cluster, &key(name)) {
            Some(Decision::Wait(why) | Decision::MakeRoom { why, .. }) => why.to_string(),
            other => format!("{other:?}"),
        }
    }

    /// Hands a pod in, lets the cluster settle, and says where it is or why it waits.
    pub(crate) fn place(&mut self, name: &str, more: Value) -> String {
        self.pod(name, more);
        self.settle();
        self.says(name)
    }
}

/// A pod that asks for so much CPU.
pub(crate) fn cpu(amount: &str) -> Value {
    json!({ "spec": { "containers": [{ "name": "main", "resources": { "requests": { "cpu": amount } } }] } })
}

/// The same with more.
pub(crate) fn cpu_and(amount: &str, more: Value) -> Value {
    merged(cpu(amount), more)
}

/// That runs on a node already.
pub(crate) fn on(node: &str, more: Value) -> Value {
    merged(json!({ "spec": { "nodeName": node } }), more)
}

pub(crate) fn labelled(key: &str, value: &str, more: Value) -> Value {
    merged(json!({ "metadata": { "labels": { key: value } } }), more)
}
