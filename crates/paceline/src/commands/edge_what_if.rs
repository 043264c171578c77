//! `paceline edge what-if` and `paceline edge why`: what would become of workloads, and what would help. Nothing is changed by asking.

use super::edge_target::{NamedArgs, Target};
use crate::inventory;
use anyhow::Context as _;
use paceline_client::Client;
use paceline_client::api::edge::{Help, NewWorkload};
use serde_json::{Map, Value};
use std::path::PathBuf;

/// Which workloads: those of files, or one that is said in flags.
#[derive(Debug, clap::Args)]
pub(crate) struct WhatIfArgs {
    #[command(flatten)]
    pub(super) target: Target,
    /// JSON with `workloads` by name, as for `place`; what else is in it is not looked at
    #[arg(required_unless_present = "model", conflicts_with = "model")]
    files: Vec<PathBuf>,
    #[command(flatten)]
    said: Said,
}

/// A workload in flags; what is left out is as in a file.
#[derive(Debug, clap::Args)]
struct Said {
    /// The model that it runs
    #[arg(long, requires = "precision")]
    model: Option<String>,
    /// The precision that is wanted: fp32, bf16, fp16, int8 or int4
    #[arg(long, requires = "model")]
    precision: Option<String>,
    /// Precisions that are better than nothing, the best first
    #[arg(long, requires = "model", value_delimiter = ',')]
    downgrades: Option<Vec<String>>,
    /// How many replicas
    #[arg(long, requires = "model")]
    replicas: Option<u32>,
    /// CPU of each, in thousandths of a core
    #[arg(long, requires = "model")]
    cpu_milli: Option<u32>,
    /// Memory of each, in MiB
    #[arg(long, requires = "model")]
    memory_mib: Option<u64>,
    /// GPUs of each
    #[arg(long, requires = "model")]
    gpus: Option<u8>,
    /// Of each of these, in thousandths
    #[arg(long, requires = "gpus")]
    milli_gpu: Option<u16>,
    /// Kubernetes' value of its priority class
    #[arg(long, requires = "model", allow_negative_numbers = true)]
    priority: Option<i32>,
    /// All replicas or none
    #[arg(long, requires = "model")]
    gang: bool,
}

impl Said {
    /// The workload that is said. Errors: a precision that is none.
    fn workload(self) -> anyhow::Result<NewWorkload> {
        let fields: [(&str, Option<Value>); 9] = [
            ("model", self.model.map(Value::from)),
            ("precision", self.precision.map(Value::from)),
            ("downgrades", self.downgrades.map(Value::from)),
            ("replicas", self.replicas.map(Value::from)),
            ("cpu_milli", Some(self.cpu_milli.unwrap_or(0).into())),
            ("memory_mib", Some(self.memory_mib.unwrap_or(0).into())),
            ("gpus", self.gpus.map(Value::from)),
            ("milli_gpu", self.milli_gpu.map(Value::from)),
            ("priority", self.priority.map(Value::from)),
        ];
        let said = fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
        let mut said: Map<String, Value> = said.collect();
        said.insert("gang".to_owned(), self.gang.into());
        serde_json::from_value(Value::Object(said)).context("--precision or --downgrades")
    }
}

/// Says what would become of each workload.
pub(super) async fn what_if(args: WhatIfArgs) -> anyhow::Result<()> {
    let client = args.target.client()?;
    if args.said.model.is_some() {
        return supposed(&client, "replica", &args.said.workload()?).await;
    }
    let wanted = inventory::read(&args.files)?;
    anyhow::ensure!(!wanted.workloads.is_empty(), "the files have no workloads");
    for (name, workload) in &wanted.workloads {
        supposed(&client, name, workload).await.with_context(|| format!("workload {name}"))?;
    }
    Ok(())
}

async fn supposed(client: &Client, name: &str, workload: &NewWorkload) -> anyhow::Result<()> {
    let said = client.what_if(workload).await?;
    said.replicas.iter().for_each(|replica| println!("{name}-{}", replica.words));
    if let Some(help) = &said.help {
        print_help(&format!("{name}-{}", help.number), help);
    }
    if said.ran_short {
        println!("The time ran out before everything was looked at.");
    }
    Ok(())
}

/// Says why a replica is where it is, or nowhere, and what would help.
pub(super) async fn why(args: &NamedArgs) -> anyhow::Result<()> {
    let said = args.target.client()?.explain_placement_with_remedies(&args.name).await?;
    println!("{}", said.words);
    if let Some(help) = &said.help {
        let (workload, _) = args.name.rsplit_once('-').unwrap_or((&args.name, ""));
        print_help(&format!("{workload}-{}", help.number), help);
    }
    Ok(())
}

fn print_help(replica: &str, help: &Help) {
    if help.later {
        println!("Others would give way to {replica}, but so many did a moment ago that it has to wait.");
    }
    match &help.remedies[..] {
        [] => println!("No move, variant, priority, amount or single rule would help {replica}."),
        remedies => {
            println!("Any one of these would help {replica}:");
            remedies.iter().for_each(|remedy| println!("- {}", remedy.words));
        }
    }
}
