//! Nodes as a cluster lists them: `kubectl get nodes -o json`. What its GPUs are, its node labels say: those that NVIDIA's GPU feature
//! discovery sets. Source: "Node v1 core", kubernetes.io; "Generated Labels", GPU feature discovery.

use super::parts::Inventory;
use super::quantity;
use anyhow::{Context as _, ensure};
use paceline_client::api::edge::{NewDevice, NewNode, NodePlace, Taint, TaintEffect};
use paceline_model::edge::label::{ARCH, OF_THE_NODE, ZONE};
use serde::Deserialize;
use std::collections::BTreeMap;

const GPUS: &str = "nvidia.com/gpu";
const PRODUCT: &str = "nvidia.com/gpu.product";
const MEMORY: &str = "nvidia.com/gpu.memory";
const COUNT: &str = "nvidia.com/gpu.count";
/// Where one is offered several times over, its name ends so.
const SHARED: &str = "-SHARED";
const DRIVER: &str = "nvidia.com/cuda.driver-version.full";
const CUDA: &str = "nvidia.com/cuda.runtime-version.full";

#[derive(Deserialize)]
struct List {
    items: Vec<Item>,
}

#[derive(Deserialize)]
struct Item {
    kind: Option<String>,
    metadata: Metadata,
    #[serde(default)]
    spec: Spec,
    #[serde(default)]
    status: Status,
}

#[derive(Deserialize)]
struct Metadata {
    name: String,
    #[serde(default)]
    labels: BTreeMap<String, String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Spec {
    unschedulable: bool,
    taints: Vec<NodeTaint>,
}

#[derive(Deserialize)]
struct NodeTaint {
    key: String,
    #[serde(default)]
    value: String,
    effect: TaintEffect,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Status {
    allocatable: BTreeMap<String, String>,
}

/// Taints that Kubernetes sets itself from what it sees: here they come from what is heard of the node, or from a cordon.
const BY_THE_CLUSTER: &str = "node.kubernetes.io/";

/// Errors: a list of something else; a node that lacks what it needs, with its name and the field.
pub(super) fn read(bytes: &[u8]) -> anyhow::Result<Inventory> {
    let List { items } = serde_json::from_slice(bytes)
        .context("a list of Kubernetes' nodes is expected: `kubectl get nodes -o json`")?;
    let mut all = Inventory::default();
    for item in items {
        let name = item.metadata.name.clone();
        ensure!(item.kind.as_deref().is_none_or(|kind| kind == "Node"), "{name} is no node");
        if item.spec.unschedulable {
            all.cordoned.insert(name.clone());
        }
        let node = node(item).with_context(|| format!("node {name}"))?;
        if let [first, .., last] = &node.devices[..] {
            all.remarks.push(format!(
                "{name}: a list of nodes has no UUIDs: its GPUs are called {} to {}",
                first.uuid, last.uuid
            ));
        } else if let [only] = &node.devices[..] {
            all.remarks
                .push(format!("{name}: a list of nodes has no UUIDs: its GPU is called {}", only.uuid));
        }
        all.nodes.insert(name, node);
    }
    Ok(all)
}

fn node(Item { metadata: Metadata { name, mut labels }, spec, status, .. }: Item) -> anyhow::Result<NewNode> {
    let amount = |of: &str| {
        let text = status.allocatable.get(of);
        text.map(String::as_str).with_context(|| format!("status.allocatable.{of} is missing"))
    };
    let architecture = labels.get(ARCH).cloned().with_context(|| format!("label {ARCH} is missing"))?;
    let place = NodePlace { zone: labels.get(ZONE).cloned(), ..NodePlace::default() };
    let devices = devices(&name, &labels, &status.allocatable)?;
    let storage = status.allocatable.get("ephemeral-storage").map(|text| quantity::mebibytes(text));
    let (cuda, driver) = (labels.get(CUDA).cloned(), labels.get(DRIVER).cloned());
    labels.retain(|key, _| !OF_THE_NODE.contains(&key.as_str()));
    let taints = spec.taints.into_iter().filter(|taint| !taint.key.starts_with(BY_THE_CLUSTER));
    Ok(NewNode {
        architecture,
        cuda,
        driver,
        firmware: None,
        devices,
        cpu_milli: u32::try_from(quantity::milli(amount("cpu")?)?).context("status.allocatable.cpu")?,
        memory_mib: quantity::mebibytes(amount("memory")?)?,
        pcie_mbps: 0,
        storage_mib: storage.transpose()?,
        place,
        battery_reserve_percent: None,
        labels,
        taints: taints.map(|NodeTaint { key, value, effect }| Taint { key, value, effect }).collect(),
        untrusted: false,
        neighbours: Vec::new(),
    })
}

/// As many GPUs as there are, however often each is offered.
fn devices(
    node: &str,
    labels: &BTreeMap<String, String>,
    allocatable: &BTreeMap<String, String>,
) -> anyhow::Result<Vec<NewDevice>> {
    let offered = allocatable.get(GPUS).map_or(Ok(0), |text| quantity::whole(text))?;
    if offered == 0 {
        return Ok(Vec::new());
    }
    let label = |key: &str| {
        let missing = || {
            format!("it offers {offered} GPUs, and label {key}, which GPU feature discovery sets, is missing")
        };
        labels.get(key).with_context(missing)
    };
    let count = labels
        .get(COUNT)
        .map_or(Ok(offered), |text| text.parse())
        .with_context(|| format!("label {COUNT}"))?;
    let product = label(PRODUCT)?.trim_end_matches(SHARED).to_owned();
    let memory_mib = label(MEMORY)?.parse().with_context(|| format!("label {MEMORY}"))?;
    let device = |at| NewDevice {
        uuid: format!("{node}-gpu-{at}"),
        product: product.clone(),
        memory_mib,
        slices: Vec::new(),
    };
    Ok((0..count.min(offered)).map(device).collect())
}
