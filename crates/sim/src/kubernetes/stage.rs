//! A cluster in virtual time: as decisions see it, and as the checker does.

use k8s_openapi::api::core::v1 as core;
use k8s_openapi::api::resource::v1 as resource;
use paceline_kubernetes::check::{self, Placed};
use paceline_kubernetes::cluster::{Cluster, PodKey, Version};
use paceline_kubernetes::record::{Kind, Object};
use std::collections::BTreeMap;

/// Objects in a row, for the checker, found by name.
#[derive(Debug)]
struct Shelf<T> {
    rows: Vec<T>,
    keys: Vec<PodKey>,
    at: BTreeMap<PodKey, usize>,
}

impl<T> Default for Shelf<T> {
    fn default() -> Self {
        Self { rows: Vec::new(), keys: Vec::new(), at: BTreeMap::new() }
    }
}

impl<T> Shelf<T> {
    fn put(&mut self, key: PodKey, of: T) {
        if let Some(at) = self.at.get(&key) {
            self.rows[*at] = of;
            return;
        }
        self.at.insert(key.clone(), self.rows.len());
        self.rows.push(of);
        self.keys.push(key);
    }

    fn remove(&mut self, key: &PodKey) {
        let Some(at) = self.at.remove(key) else { return };
        self.rows.swap_remove(at);
        self.keys.swap_remove(at);
        if let Some(moved) = self.keys.get(at) {
            self.at.insert(moved.clone(), at);
        }
    }

    fn get(&self, key: &PodKey) -> Option<&T> {
        self.at.get(key).map(|at| &self.rows[*at])
    }
}

/// A cluster.
#[derive(Debug, Default)]
pub(super) struct Stage {
    /// As decisions see it.
    pub(super) cluster: Cluster,
    version: u64,
    nodes: Shelf<core::Node>,
    pods: Shelf<core::Pod>,
    namespaces: Shelf<core::Namespace>,
    claims: Shelf<resource::ResourceClaim>,
    classes: Shelf<resource::DeviceClass>,
    slices: Shelf<resource::ResourceSlice>,
}

impl Stage {
    fn next(&mut self) -> Version {
        self.version += 1;
        Version::read(Some(&self.version.to_string()))
    }

    /// An object is there, or has changed.
    pub(super) fn put(&mut self, object: Object) {
        let (key, at) = (object.key(), self.next());
        self.cluster.hear(object.put(at));
        match object {
            Object::Node(of) => self.nodes.put(key, of),
            Object::Pod(of) => self.pods.put(key, of),
            Object::Namespace(of) => self.namespaces.put(key, of),
            Object::DeviceClaim(of) => self.claims.put(key, of),
            Object::DeviceClass(of) => self.classes.put(key, of),
            Object::Slice(of) => self.slices.put(key, of),
            // The checker leaves the rest to the API server's own controllers.
            _ => {}
        }
    }

    /// One is gone.
    pub(super) fn gone(&mut self, kind: Kind, key: &PodKey) {
        let at = self.next();
        self.cluster.hear(kind.gone(key.clone(), at));
        match kind {
            Kind::Node => self.nodes.remove(key),
            Kind::Pod => self.pods.remove(key),
            Kind::Namespace => self.namespaces.remove(key),
            Kind::DeviceClaim => self.claims.remove(key),
            Kind::DeviceClass => self.classes.remove(key),
            Kind::Slice => self.slices.remove(key),
            _ => {}
        }
    }

    /// A pod, as the API has it.
    pub(super) fn pod(&self, key: &PodKey) -> Option<&core::Pod> {
        self.pods.get(key)
    }

    /// A claim to devices, as the API has it.
    pub(super) fn claim(&self, key: &PodKey) -> Option<&resource::ResourceClaim> {
        self.claims.get(key)
    }

    /// Which rules a pod breaks on a node, all others being where they are; in words, with both names.
    pub(super) fn broken(&self, pod: &PodKey, node: &str) -> Vec<String> {
        let of = self.pods.get(pod).zip(self.nodes.get(&PodKey::new("", node)));
        let rules = of.map_or_else(
            || vec!["one of them is not there"],
            |(pod, node)| check::broken(&self.placed(), pod, node),
        );
        rules.into_iter().map(|rule| format!("{pod} on {node}: {rule}")).collect()
    }

    /// Devices that were given as a rule forbids it.
    pub(super) fn broken_devices(&self) -> Vec<String> {
        check::devices(&self.placed()).iter().map(ToString::to_string).collect()
    }

    fn placed(&self) -> Placed<'_> {
        Placed {
            nodes: &self.nodes.rows,
            pods: &self.pods.rows,
            namespaces: &self.namespaces.rows,
            claims: &self.claims.rows,
            classes: &self.classes.rows,
            slices: &self.slices.rows,
        }
    }
}
