//! Tables of nodes and of models, one a line, by the names in the head. A column that is not known is an error; one that may be left out may.

use super::parts::Inventory;
use anyhow::{Context as _, bail, ensure};
use csv::{ErrorKind, ReaderBuilder, StringRecord, Trim};
use paceline_client::api::edge::{
    NewDevice, NewModel, NewNode, NewVariant, NewVersion, NodePlace, Precision,
};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;

/// A node. Its GPUs are alike; one whose GPUs differ is written in JSON.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NodeLine {
    name: String,
    architecture: String,
    cpu_milli: u32,
    memory_mib: u64,
    pcie_mbps: Option<u32>,
    storage_mib: Option<u64>,
    cuda: Option<String>,
    driver: Option<String>,
    firmware: Option<String>,
    /// Separated by blanks.
    gpu_uuids: Option<String>,
    gpu_product: Option<String>,
    gpu_memory_mib: Option<u64>,
    site: Option<String>,
    rack: Option<String>,
    zone: Option<String>,
    cluster: Option<String>,
    battery_reserve_percent: Option<u8>,
    /// Separated by blanks.
    neighbours: Option<String>,
    /// `key=value`, separated by blanks.
    labels: Option<String>,
}

/// One variant of one version of a model.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct VariantLine {
    model: String,
    version: String,
    precision: Precision,
    size_mib: u64,
    memory_mib: u64,
    cuda_min: Option<String>,
    artefact: Option<String>,
    /// Separated by blanks.
    architectures: Option<String>,
    latency_ms: u32,
    accuracy_permille: u16,
}

/// Errors: a table that is neither, with the line and the column.
pub(super) fn read(bytes: &[u8]) -> anyhow::Result<Inventory> {
    let mut reader = ReaderBuilder::new().trim(Trim::All).from_reader(bytes);
    let head = reader.headers()?.clone();
    let has = |column: &str| head.iter().any(|known| known == column);
    if has("architecture") {
        let mut nodes = BTreeMap::new();
        for line in lines::<NodeLine>(reader, &head) {
            let (at, line) = line?;
            let name = line.name.clone();
            let node = node(line).with_context(|| format!("line {at}"))?;
            ensure!(nodes.insert(name.clone(), node).is_none(), "line {at}: node {name} is there twice");
        }
        return Ok(Inventory { nodes, ..Inventory::default() });
    }
    if has("precision") {
        let lines = lines::<VariantLine>(reader, &head).map(|line| Ok(line?.1));
        return Ok(Inventory {
            models: models(lines.collect::<anyhow::Result<_>>()?),
            ..Inventory::default()
        });
    }
    bail!(
        "its first line must name columns: `name`, `architecture`, … of nodes, or `model`, `precision`, … of models"
    )
}

/// The rows with the numbers of their lines.
fn lines<'a, T: DeserializeOwned + 'a>(
    reader: csv::Reader<&'a [u8]>,
    head: &'a StringRecord,
) -> impl Iterator<Item = anyhow::Result<(u64, T)>> {
    reader.into_records().map(move |record| {
        let record = record?;
        let line = record.position().map_or(0, csv::Position::line);
        let row = record.deserialize(Some(head)).map_err(|error| named(&error, head, line))?;
        Ok((line, row))
    })
}

/// An error with the name of the column instead of its number.
fn named(error: &csv::Error, head: &StringRecord, line: u64) -> anyhow::Error {
    match error.kind() {
        ErrorKind::Deserialize { err, .. } => {
            let column = err.field().and_then(|at| head.get(usize::try_from(at).ok()?));
            let column = column.map(|name| format!(", column {name}")).unwrap_or_default();
            anyhow::anyhow!("line {line}{column}: {}", err.kind())
        }
        _ => anyhow::anyhow!("line {line}: {error}"),
    }
}

fn words(text: Option<&str>) -> impl Iterator<Item = &str> {
    text.unwrap_or_default().split_whitespace()
}

fn node(line: NodeLine) -> anyhow::Result<NewNode> {
    let device = |uuid: &str| {
        let product = line.gpu_product.clone().context("gpu_uuids without gpu_product")?;
        let memory_mib = line.gpu_memory_mib.context("gpu_uuids without gpu_memory_mib")?;
        anyhow::Ok(NewDevice { uuid: uuid.to_owned(), product, memory_mib, slices: Vec::new() })
    };
    let label = |pair: &str| {
        let (key, value) =
            pair.split_once('=').with_context(|| format!("column labels: `{pair}` is no key=value"))?;
        anyhow::Ok((key.to_owned(), value.to_owned()))
    };
    Ok(NewNode {
        devices: words(line.gpu_uuids.as_deref()).map(device).collect::<anyhow::Result<_>>()?,
        labels: words(line.labels.as_deref()).map(label).collect::<anyhow::Result<_>>()?,
        architecture: line.architecture,
        cuda: line.cuda,
        driver: line.driver,
        firmware: line.firmware,
        cpu_milli: line.cpu_milli,
        memory_mib: line.memory_mib,
        pcie_mbps: line.pcie_mbps.unwrap_or_default(),
        storage_mib: line.storage_mib,
        place: NodePlace {
            site: line.site,
            rack: line.rack,
            zone: line.zone,
            cluster: line.cluster,
            position: None,
        },
        battery_reserve_percent: line.battery_reserve_percent,
        taints: Vec::new(),
        untrusted: false,
        neighbours: words(line.neighbours.as_deref()).map(str::to_owned).collect(),
    })
}

/// Lines of one model and one version come together, wherever they stand.
fn models(lines: Vec<VariantLine>) -> BTreeMap<String, NewModel> {
    let mut models: BTreeMap<String, BTreeMap<String, Vec<NewVariant>>> = BTreeMap::new();
    for line in lines {
        let variant = NewVariant {
            precision: line.precision,
            size_mib: line.size_mib,
            memory_mib: line.memory_mib,
            cuda_min: line.cuda_min,
            architectures: words(line.architectures.as_deref()).map(str::to_owned).collect(),
            latency_ms: line.latency_ms,
            accuracy_permille: line.accuracy_permille,
            artefact: line.artefact,
        };
        models.entry(line.model).or_default().entry(line.version).or_default().push(variant);
    }
    let version = |(version, variants)| NewVersion { version, variants };
    let model = |versions: BTreeMap<_, _>| NewModel { versions: versions.into_iter().map(version).collect() };
    models.into_iter().map(|(name, versions)| (name, model(versions))).collect()
}
