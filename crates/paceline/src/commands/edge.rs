//! `paceline edge`: what an edge region has and runs, where a replica is and why, and the way off a node.

use super::edge_attest::{self, AttestCommand, EnrolArgs};
use super::edge_defrag::{self, DefragArgs};
use super::edge_demo::{self, EdgeDemoArgs};
use super::edge_federation::{self, FederationCommand};
use super::edge_probe::{self, EmbedProbeArgs};
use super::edge_rollout::{self, RolloutCommand};
use super::edge_target::{NamedArgs, Target};
use super::edge_what_if::{WhatIfArgs, what_if, why};
use crate::inventory;
use anyhow::Context as _;
use paceline_client::Client;
use paceline_client::api::edge::{Broken, ConditionView, NodeView, PlacementView};
use paceline_model::edge::Precision;
use std::path::PathBuf;
use std::time::Duration;

/// Nodes, models and workloads of an edge region: what there is, what goes where, and why.
#[derive(Debug, clap::Subcommand)]
#[command(after_help = "Examples:
  paceline edge place data/edge/line.json
  paceline edge place nodes.csv models.csv
  kubectl get nodes -o json > nodes.json; paceline edge place nodes.json
  paceline edge nodes
  paceline edge why welds-2
  paceline edge what-if --model detector --precision fp16 --gpus 1 --milli-gpu 500
  paceline edge drain box-3
  paceline edge defrag --moves 10
  paceline edge defrag --moves 10 --apply --watch")]
pub(crate) enum EdgeCommand {
    /// Serve an edge region with a dozen agents on this machine: one overheats, one loses its link, one restarts
    Demo(EdgeDemoArgs),
    /// Give an ONNX model a probe with known outputs, which it then carries in its own metadata
    EmbedProbe(EmbedProbeArgs),
    /// List nodes: what is free, and what is wrong with them
    Nodes(Target),
    /// List models with their versions and variants
    Models(Target),
    /// List workloads, and how many of their replicas have a node
    Workloads(Target),
    /// Register the models, nodes and workloads of files, and print where the replicas go
    Place(PlaceArgs),
    /// Say by which scores replicas are placed now, and what a shadow's weights would have done otherwise
    Policy(Target),
    /// Say why a replica is where it is, or nowhere, and what would help
    Why(NamedArgs),
    /// Say what would become of workloads, and what would help those that have no node; nothing is changed
    WhatIf(WhatIfArgs),
    /// Place nothing new on a node; what runs there stays
    Cordon(NamedArgs),
    /// Place nothing new on a node, and let what runs there move away
    Drain(NamedArgs),
    /// Let work be placed on a node again
    Uncordon(NamedArgs),
    /// Show which moves would free GPUs and what each costs; start, follow or stop them
    Defrag(DefragArgs),
    /// Have a workload run another version, step by step
    #[command(subcommand)]
    Rollout(RolloutCommand),
    /// Spread workloads over several edge regions, and say why so
    #[command(subcommand)]
    Federation(FederationCommand),
    /// Say which nodes have proved what they are, let them in again, and say what may be measured
    #[command(subcommand)]
    Attest(AttestCommand),
    /// Issue a token that lets one box in under a node's name
    Enrol(EnrolArgs),
}

/// Files of things to register.
#[derive(Debug, clap::Args)]
pub(crate) struct PlaceArgs {
    #[command(flatten)]
    target: Target,
    /// JSON with `models`, `nodes` and `workloads`, each by name; a Kubernetes list of nodes (`kubectl get nodes -o json`); CSV of nodes or
    /// of models
    #[arg(required = true)]
    files: Vec<PathBuf>,
}

/// How long a round is waited for: some ticks.
const ROUND: Duration = Duration::from_millis(600);

/// Runs the command.
pub(crate) fn run(command: EdgeCommand) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        match command {
            EdgeCommand::Demo(args) => edge_demo::run(args).await,
            EdgeCommand::EmbedProbe(args) => edge_probe::run(&args),
            EdgeCommand::Nodes(target) => nodes(&target.client()?).await,
            EdgeCommand::Models(target) => models(&target.client()?).await,
            EdgeCommand::Workloads(target) => workloads(&target.client()?).await,
            EdgeCommand::Place(args) => place(&args.target.client()?, &args.files).await,
            EdgeCommand::Policy(target) => policy(&target.client()?).await,
            EdgeCommand::Why(args) => why(&args).await,
            EdgeCommand::WhatIf(args) => what_if(args).await,
            EdgeCommand::Cordon(args) => {
                args.target.client()?.cordon(&args.name).await?;
                println!("{}: nothing new is placed there", args.name);
                Ok(())
            }
            EdgeCommand::Defrag(args) => edge_defrag::run(&args).await,
            EdgeCommand::Rollout(command) => edge_rollout::run(command).await,
            EdgeCommand::Federation(command) => edge_federation::run(command).await,
            EdgeCommand::Attest(command) => edge_attest::run(command).await,
            EdgeCommand::Enrol(args) => edge_attest::enrol(&args).await,
            EdgeCommand::Drain(args) => drain(&args.target.client()?, &args.name).await,
            EdgeCommand::Uncordon(args) => {
                args.target.client()?.uncordon(&args.name).await?;
                println!("{}: work may be placed there again", args.name);
                Ok(())
            }
        }
    })
}

async fn nodes(client: &Client) -> anyhow::Result<()> {
    println!(
        "{:<20} {:>7} {:>10} {:>9} {:>9}  state",
        "node", "running", "free mCPU", "free MiB", "free GPU"
    );
    for node in client.nodes().await?.rows {
        let gpu: u32 = node.devices.iter().map(|device| u32::from(device.free_milli_gpu)).sum();
        let (cpu, memory) = (node.free_cpu_milli, node.free_memory_mib);
        println!("{:<20} {:>7} {cpu:>10} {memory:>9} {gpu:>9}  {}", node.id, node.running, state(&node));
    }
    Ok(())
}

/// What is to be said of a node.
fn state(node: &NodeView) -> String {
    let mut said: Vec<String> =
        node.conditions.iter().map(|condition| condition_of(node, condition)).collect();
    said.extend(node.trust.why_not.clone());
    if node.cordoned {
        said.push(if node.draining { "draining".into() } else { "cordoned".into() });
    }
    said.extend(
        node.blind
            .iter()
            .map(|blind| format!("{} unknown since {}: {}", blind.sensor, blind.since, blind.why)),
    );
    if said.is_empty() { "ready".into() } else { said.join("; ") }
}

fn condition_of(node: &NodeView, condition: &ConditionView) -> String {
    match condition {
        ConditionView::Silent => match node.silence.as_ref().map(|silence| silence.broken) {
            Some(Broken::Link) => "silent, and a neighbour reaches it".into(),
            Some(Broken::Node) => "silent, and no neighbour reaches it".into(),
            Some(Broken::Unknown) | None => "silent".into(),
        },
        ConditionView::Hot { sensor, .. } => format!("hot ({sensor:?})").to_lowercase(),
        ConditionView::Heating { sensor, .. } => format!("hot soon ({sensor:?})").to_lowercase(),
        ConditionView::LowBattery => "battery below its reserve".into(),
    }
}

async fn models(client: &Client) -> anyhow::Result<()> {
    for model in client.models().await?.rows {
        println!("{}", model.id);
        for version in model.versions {
            for variant in version.variants {
                let (memory, latency) = (variant.memory_mib, variant.latency_ms);
                let (precision, accuracy) = (Precision::from(variant.precision), variant.accuracy_permille);
                println!(
                    "  {} {precision}: {memory} MiB, {latency} ms, {accuracy} of 1000 right",
                    version.version
                );
            }
        }
    }
    Ok(())
}

async fn workloads(client: &Client) -> anyhow::Result<()> {
    println!("{:<20} {:<16} {:>8} {:>7} {:>7}", "workload", "model", "priority", "placed", "pending");
    for workload in client.workloads().await?.rows {
        let (id, spec) = (workload.id, workload.spec);
        println!(
            "{id:<20} {:<16} {:>8} {:>7} {:>7}",
            spec.model, spec.priority, workload.placed, workload.pending
        );
    }
    Ok(())
}

async fn place(client: &Client, files: &[PathBuf]) -> anyhow::Result<()> {
    let wanted = inventory::read(files)?;
    wanted.remarks.iter().for_each(|remark| eprintln!("{remark}"));
    for (id, model) in &wanted.models {
        client.put_model(id, model).await.with_context(|| format!("model {id}"))?;
    }
    for (id, node) in &wanted.nodes {
        client.put_node(id, node).await.with_context(|| format!("node {id}"))?;
    }
    for id in &wanted.cordoned {
        client.cordon(id).await.with_context(|| format!("node {id}"))?;
    }
    println!(
        "{} models, {} nodes, {} workloads",
        wanted.models.len(),
        wanted.nodes.len(),
        wanted.workloads.len()
    );
    for (id, workload) in &wanted.workloads {
        client.put_workload(id, workload).await.with_context(|| format!("workload {id}"))?;
    }
    tokio::time::sleep(ROUND).await;
    for id in wanted.workloads.keys() {
        for placement in client.placements(Some(id)).await?.rows {
            print_placement(client, &placement).await?;
        }
    }
    Ok(())
}

async fn policy(client: &Client) -> anyhow::Result<()> {
    let policy = client.placement_policy().await?;
    policy.now.iter().for_each(|weights| println!("now     {weights}"));
    let Some(shadow) = policy.shadow else { return Ok(()) };
    let of = shadow.total;
    println!("shadow  {}, {} rounds", shadow.weights, shadow.rounds);
    println!(
        "        {} replicas alike, {} elsewhere, {} by the live weights alone, {} by the shadow alone",
        of.same, of.other_node, of.live_only, of.shadow_only
    );
    println!("        {} W more by the live weights, {} W by the shadow", of.live.watts, of.shadow.watts);
    Ok(())
}

async fn print_placement(client: &Client, placement: &PlacementView) -> anyhow::Result<()> {
    match &placement.bound {
        Some(bound) => {
            let devices = bound.devices.join(" ");
            let (version, precision) = (&bound.version, Precision::from(bound.precision));
            println!("{:<20} {} {devices} ({version} {precision})", placement.id, bound.node);
        }
        None => println!("{}", client.explain_placement(&placement.id).await?.words),
    }
    Ok(())
}

async fn drain(client: &Client, node: &str) -> anyhow::Result<()> {
    client.drain(node).await?;
    tokio::time::sleep(ROUND).await;
    let stays: Vec<PlacementView> = client.placements(None).await?.rows;
    let here = |placement: &&PlacementView| placement.bound.as_ref().is_some_and(|bound| bound.node == node);
    let mut count = 0;
    for placement in stays.iter().filter(here) {
        count += 1;
        println!("{}", client.explain_placement(&placement.id).await?.words);
    }
    println!("{node}: {count} replicas are left");
    Ok(())
}
