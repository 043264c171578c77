//! The public trace: nodes and task lists of a production cluster, as Alibaba published them beside FGD.

use anyhow::{Context, Result};
use paceline_plan::edge::placement::{ClassRow, Device, GpuModelRow, Node, Task, Verdict};
use std::path::Path;

/// The lists that figures are published for.
pub(crate) const LISTS: [&str; 5] = ["default", "cpu050", "gpushare40", "gpuspec20", "multigpu20"];

/// A cluster and the tasks of one list.
pub(crate) struct Trace {
    pub(crate) nodes: Vec<Node>,
    pub(crate) tasks: Vec<Task>,
    /// Names of GPU models, by row; each is a class of its own.
    pub(crate) models: Vec<String>,
}

impl Trace {
    /// Shares of all GPUs, in thousandths.
    pub(crate) fn gpu_milli(&self) -> u64 {
        self.nodes.iter().map(|node| node.devices.len() as u64 * 1000).sum()
    }
}

/// Reads the cluster and `list` from `dir`.
pub(crate) fn read(dir: &Path, list: &str) -> Result<Trace> {
    let mut trace = Trace { nodes: Vec::new(), tasks: Vec::new(), models: Vec::new() };
    for row in rows(&dir.join("openb_node_list_gpu_node.csv"))? {
        let node = node(&row?, &mut trace.models)?;
        trace.nodes.push(node);
    }
    for row in rows(&dir.join(format!("openb_pod_list_{list}.csv")))? {
        trace.tasks.push(task(&row?, &trace.models)?);
    }
    Ok(trace)
}

fn rows(path: &Path) -> Result<csv::StringRecordsIntoIter<std::fs::File>> {
    let reader = csv::Reader::from_path(path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(reader.into_records())
}

fn node(row: &csv::StringRecord, models: &mut Vec<String>) -> Result<Node> {
    let model = models.iter().position(|known| *known == row[4]).unwrap_or_else(|| {
        models.push(row[4].to_owned());
        models.len() - 1
    });
    Ok(Node {
        class: ClassRow(model as u16),
        gpu_model: GpuModelRow(model as u16),
        cpu_milli: row[1].parse()?,
        memory_mib: row[2].parse()?,
        devices: vec![Device::whole(0); row[3].parse()?],
        ..Node::default()
    })
}

fn task(row: &csv::StringRecord, models: &[String]) -> Result<Task> {
    let devices: u8 = row[3].parse()?;
    let wanted: Vec<&str> = row.get(5).unwrap_or("").split('|').filter(|name| !name.is_empty()).collect();
    let verdict = |model: &String| match wanted.contains(&model.as_str()) {
        true => Verdict::Allowed,
        false => Verdict::Refused(0),
    };
    let verdicts = if wanted.is_empty() { Vec::new() } else { models.iter().map(verdict).collect() };
    Ok(Task {
        cpu_milli: row[1].parse()?,
        memory_mib: row[2].parse()?,
        devices,
        device_milli: if devices == 0 { 0 } else { row[4].parse()? },
        verdicts,
        ..Task::default()
    })
}
