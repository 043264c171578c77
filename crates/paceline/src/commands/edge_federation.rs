//! `paceline edge federation`: one federation over several edge regions, what each is to have of each workload, and why.

use super::edge_target::{NamedArgs, Target};
use anyhow::Context as _;
use paceline_client::Client;
use paceline_client::api::federation::{
    ClusterState, ClusterView, FederatedWorkloadView, NewCluster, NewFederatedWorkload,
};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Clusters, and workloads that are spread over them.
#[derive(Debug, clap::Subcommand)]
#[command(after_help = "Examples:
  paceline edge federation put data/edge/federation.json --region world
  paceline edge federation status --region world
  paceline edge federation why inspection --region world
  paceline edge federation drain south --region world")]
pub(crate) enum FederationCommand {
    /// List clusters and workloads: what is heard, free, wanted and placed
    Status(Target),
    /// Register the clusters and workloads of files
    Put(PutArgs),
    /// Say why a workload is spread as it is
    Why(NamedArgs),
    /// Show which versions of each workload run in which cluster
    Versions(Target),
    /// Let nothing new go to a cluster; what is there stays
    Cordon(NamedArgs),
    /// Let what a cluster has go to others
    Drain(DrainArgs),
    /// Let work go to a cluster again
    Uncordon(NamedArgs),
    /// Share a workload's replicas out anew, as if none of it were anywhere
    Rebalance(NamedArgs),
    /// Take a cluster out that has nothing of the federation's
    RemoveCluster(NamedArgs),
    /// End a workload in all clusters
    RemoveWorkload(NamedArgs),
}

/// Files of things to register.
#[derive(Debug, clap::Args)]
pub(crate) struct PutArgs {
    #[command(flatten)]
    target: Target,
    /// JSON with `clusters` and `workloads`, each by name
    #[arg(required = true)]
    files: Vec<PathBuf>,
}

/// A cluster to be drained.
#[derive(Debug, clap::Args)]
pub(crate) struct DrainArgs {
    #[command(flatten)]
    named: NamedArgs,
    /// It cannot be reached, and nothing runs there any more: what must never run twice may start elsewhere
    #[arg(long)]
    gone: bool,
}

/// What a file has.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct FederationFile {
    #[serde(default)]
    clusters: BTreeMap<String, NewCluster>,
    #[serde(default)]
    workloads: BTreeMap<String, NewFederatedWorkload>,
}

/// Runs the command.
pub(super) async fn run(command: FederationCommand) -> anyhow::Result<()> {
    match command {
        FederationCommand::Status(target) => status(&target.client()?).await,
        FederationCommand::Put(args) => put(&args.target.client()?, &args.files).await,
        FederationCommand::Why(args) => {
            println!("{}", args.target.client()?.explain_federated_workload(&args.name).await?.text);
            Ok(())
        }
        FederationCommand::Versions(target) => versions(&target.client()?).await,
        FederationCommand::Cordon(args) => {
            args.target.client()?.cordon_cluster(&args.name).await?;
            println!("{}: nothing new goes there", args.name);
            Ok(())
        }
        FederationCommand::Drain(DrainArgs { named, gone }) => {
            named.target.client()?.drain_cluster(&named.name, gone).await?;
            println!("{}: what it has goes to others as far as they have room", named.name);
            Ok(())
        }
        FederationCommand::Uncordon(args) => {
            args.target.client()?.uncordon_cluster(&args.name).await?;
            println!("{}: work may go there again", args.name);
            Ok(())
        }
        FederationCommand::Rebalance(args) => {
            args.target.client()?.rebalance_federated_workload(&args.name).await?;
            println!("{}: its replicas are shared out anew", args.name);
            Ok(())
        }
        FederationCommand::RemoveCluster(args) => {
            args.target.client()?.remove_cluster(&args.name).await?;
            println!("{}: removed", args.name);
            Ok(())
        }
        FederationCommand::RemoveWorkload(args) => {
            args.target.client()?.remove_federated_workload(&args.name).await?;
            println!(
                "{}: ends in all clusters, in those that cannot be reached once they are heard",
                args.name
            );
            Ok(())
        }
    }
}

/// Reads all files before anything is registered: what is wrong is told with file, line and column.
async fn put(client: &Client, files: &[PathBuf]) -> anyhow::Result<()> {
    let read: Vec<FederationFile> = files.iter().map(|file| of_file(file)).collect::<Result<_, _>>()?;
    for (id, cluster) in read.iter().flat_map(|file| &file.clusters) {
        client.put_cluster(id, cluster).await.with_context(|| format!("cluster {id}"))?;
        println!("cluster {id}: {}", cluster.url);
    }
    for (id, workload) in read.iter().flat_map(|file| &file.workloads) {
        client.put_federated_workload(id, workload).await.with_context(|| format!("workload {id}"))?;
        println!("workload {id}: {} replicas of {}", workload.workload.replicas, workload.workload.model);
    }
    Ok(())
}

fn of_file(file: &Path) -> anyhow::Result<FederationFile> {
    let text = std::fs::read_to_string(file).with_context(|| format!("reading {}", file.display()))?;
    serde_json::from_str(&text).with_context(|| format!("reading {}", file.display()))
}

async fn status(client: &Client) -> anyhow::Result<()> {
    println!(
        "{:<16} {:>11} {:>6} {:>10} {:>9} {:>8}  state",
        "cluster", "nodes ready", "nodes", "free mCPU", "free GPU", "replicas"
    );
    for cluster in client.clusters().await?.rows {
        let gpus = cluster.free_milli_gpu as f64 / 1e3;
        println!(
            "{:<16} {:>11} {:>6} {:>10} {gpus:>9.1} {:>8}  {}",
            cluster.id,
            cluster.ready,
            cluster.nodes,
            cluster.free_cpu_milli,
            cluster.replicas,
            words(&cluster)
        );
    }
    println!();
    println!(
        "{:<16} {:>6} {:>6} {:>10}  clusters (placed of asked)",
        "workload", "wanted", "placed", "unplaced"
    );
    for of in client.federated_workloads().await?.rows {
        let shares: Vec<String> = of.shares.iter().map(share).collect();
        let wanted = of.spec.workload.replicas;
        println!("{:<16} {wanted:>6} {:>6} {:>10}  {}", of.id, of.placed, of.unplaced, shares.join(", "));
    }
    Ok(())
}

fn words(cluster: &ClusterView) -> String {
    let state = match cluster.state {
        ClusterState::Unheard => "not heard yet",
        ClusterState::Reachable => "reachable",
        ClusterState::Unreachable => "unreachable",
        ClusterState::Gone => "gone",
    };
    let operated = match (cluster.draining, cluster.cordoned) {
        (true, _) => ", draining",
        (false, true) => ", cordoned",
        (false, false) => "",
    };
    let error = cluster.error.as_ref().map(|error| format!(": {error}")).unwrap_or_default();
    format!("{state}{operated}{error}")
}

fn share(of: &paceline_client::api::federation::ShareView) -> String {
    let residue = if of.residue > of.replicas { format!(", {} to end", of.residue) } else { String::new() };
    let refused = of.refused.as_ref().map(|why| format!(", refused: {why}")).unwrap_or_default();
    match of.placed {
        Some(placed) => format!("{} {placed} of {}{residue}{refused}", of.cluster, of.replicas),
        None => format!("{} ? of {}{residue}{refused}", of.cluster, of.replicas),
    }
}

/// A row for each workload, a column for each cluster that runs any.
async fn versions(client: &Client) -> anyhow::Result<()> {
    let workloads = client.federated_workloads().await?.rows;
    let clusters: BTreeSet<&str> =
        workloads.iter().flat_map(|of| &of.shares).map(|share| share.cluster.as_str()).collect();
    print!("{:<16}", "workload");
    clusters.iter().for_each(|cluster| print!(" {cluster:>18}"));
    println!();
    for of in &workloads {
        print!("{:<16}", of.id);
        clusters.iter().for_each(|cluster| print!(" {:>18}", versions_in(of, cluster)));
        println!();
    }
    Ok(())
}

fn versions_in(of: &FederatedWorkloadView, cluster: &str) -> String {
    let Some(share) = of.shares.iter().find(|share| share.cluster == cluster) else { return "-".into() };
    if share.placed.is_none() {
        return "?".into();
    }
    let each: Vec<String> =
        share.versions.iter().map(|(version, count)| format!("{version} x{count}")).collect();
    if each.is_empty() { "-".into() } else { each.join(" ") }
}
