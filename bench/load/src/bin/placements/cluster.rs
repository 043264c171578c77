//! The cluster that the workloads run on.

use paceline_client::Client;
use paceline_client::api::edge::{
    NewDevice, NewModel, NewNode, NewVariant, NewVersion, NodePlace, Precision,
};
use tokio::task::JoinSet;

/// The model that all workloads run.
pub(crate) const MODEL: &str = "detector";
/// GPUs of each node.
const GPUS: u32 = 4;
/// Nodes that are registered at once.
const AT_ONCE: usize = 32;

/// Registers the model and the nodes.
pub(crate) async fn register(client: &Client, nodes: u32) -> anyhow::Result<()> {
    let variant = NewVariant {
        precision: Precision::Fp16,
        size_mib: 180,
        memory_mib: 3_000,
        cuda_min: None,
        architectures: Vec::new(),
        latency_ms: 18,
        accuracy_permille: 968,
        artefact: None,
    };
    let version = NewVersion { version: "1.0.0".into(), variants: vec![variant] };
    client.put_model(MODEL, &NewModel { versions: vec![version] }).await?;
    let mut under_way = JoinSet::new();
    for number in 0..nodes {
        if under_way.len() == AT_ONCE {
            under_way.join_next().await.transpose()?.transpose()?;
        }
        let client = client.clone();
        under_way.spawn(async move { client.put_node(&format!("node-{number}"), &node(number)).await });
    }
    while let Some(done) = under_way.join_next().await {
        done??;
    }
    Ok(())
}

fn node(number: u32) -> NewNode {
    let device = |at| NewDevice {
        uuid: format!("GPU-{number}-{at}"),
        product: "A10".into(),
        memory_mib: 24_576,
        slices: Vec::new(),
    };
    NewNode {
        architecture: "amd64".into(),
        cuda: Some("12.4".into()),
        driver: None,
        firmware: None,
        devices: (0..GPUS).map(device).collect(),
        cpu_milli: 64_000,
        memory_mib: 262_144,
        pcie_mbps: 256_000,
        storage_mib: None,
        place: NodePlace { zone: Some(format!("zone-{}", number % 8)), ..NodePlace::default() },
        battery_reserve_percent: None,
        labels: Default::default(),
        taints: Vec::new(),
        untrusted: false,
        neighbours: Vec::new(),
    }
}
