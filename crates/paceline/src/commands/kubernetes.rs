//! `paceline kubernetes`: the pods of a real cluster.

mod plan;
mod record;
mod which;

use anyhow::Context as _;
use paceline_kubernetes::check;
use paceline_kubernetes::client::{self, LeaseName, Listed, Options};
use paceline_kubernetes::cluster::PodKey;
use paceline_kubernetes::decide::{self, Decision};
use which::Cluster;

/// What is done with a cluster.
#[derive(Debug, clap::Subcommand)]
#[command(after_help = "Examples:
  paceline kubernetes run                       # pods with schedulerName: paceline
  paceline kubernetes why default/web-7
  paceline kubernetes check
  paceline kubernetes plan                      # which moves would give pods that wait a node
  paceline kubernetes record cluster.jsonl      # then: paceline sim cluster.jsonl

docs/kubernetes.md says which rules there are, and what is refused.")]
pub(crate) enum KubernetesCommand {
    /// Place pods until told to end
    Run(RunArgs),
    /// Say what would become of a pod now, and why; nothing changes
    Why(WhyArgs),
    /// Hold everything that runs against the rules of the API; nothing changes
    Check(Cluster),
    /// Say which pods would have to move so that others get a node, and what that costs; with --carry-out, move them
    Plan(plan::PlanArgs),
    /// Write down what the cluster says, for `paceline sim` to play; nothing changes
    Record(record::RecordArgs),
}

/// How pods are placed.
#[derive(Debug, clap::Args)]
pub(crate) struct RunArgs {
    #[command(flatten)]
    cluster: Cluster,
    /// Pods whose `schedulerName` is this are placed
    #[arg(long, default_value = "paceline")]
    scheduler_name: String,
    /// Requests to the API server that may be under way at once
    #[arg(long, default_value_t = 32, value_parser = clap::value_parser!(u16).range(1..=512))]
    requests_max: u16,
    /// Lead only while holding this lease, as `namespace/name`: of several that run, one places pods [default: alone]
    #[arg(long, value_parser = lease_name)]
    lease: Option<LeaseName>,
}

fn lease_name(text: &str) -> Result<LeaseName, String> {
    match text.split_once('/') {
        Some((namespace, name)) if !namespace.is_empty() && !name.is_empty() && !name.contains('/') => {
            Ok(LeaseName { namespace: namespace.into(), name: name.into() })
        }
        _ => Err("must be a namespace and a name, such as paceline-system/paceline-scheduler".into()),
    }
}

/// Which pod.
#[derive(Debug, clap::Args)]
pub(crate) struct WhyArgs {
    /// The pod, as `namespace/name`, or `name` in the namespace `default`
    pod: String,
    #[command(flatten)]
    cluster: Cluster,
}

/// Runs the command.
pub(crate) fn run(command: KubernetesCommand) -> anyhow::Result<()> {
    super::log("info");
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        match command {
            KubernetesCommand::Run(args) => place(args).await,
            KubernetesCommand::Why(args) => why(args).await,
            KubernetesCommand::Check(cluster) => check(cluster).await,
            KubernetesCommand::Plan(args) => plan::run(args).await,
            KubernetesCommand::Record(args) => record::run(args).await,
        }
    })
}

async fn place(args: RunArgs) -> anyhow::Result<()> {
    let client = args.cluster.connect().await?;
    let options =
        Options { scheduler: args.scheduler_name, at_once: args.requests_max.into(), lease: args.lease };
    Ok(client::run(client, options, super::asked_to_end()).await?)
}

async fn why(args: WhyArgs) -> anyhow::Result<()> {
    let (namespace, name) = args.pod.split_once('/').unwrap_or(("default", &args.pod));
    let key = PodKey::new(namespace, name);
    let cluster = args.cluster.look().await?.cluster;
    let pod = cluster.pod(&key).with_context(|| format!("no pod is called {key}"))?;
    if let Some(node) = &pod.node {
        println!("{key} runs on {node}.");
        return Ok(());
    }
    if pod.gated {
        println!("{key} is held back by its scheduling gates. Without them:");
    }
    match decide::ask(&cluster, &key).context("the pod is gone")? {
        Decision::Bind { node, .. } => println!("{key} would go to {node}."),
        Decision::Wait(why) => println!("{key} waits. {why}"),
        Decision::MakeRoom { node, victims, why } => {
            let victims: Vec<_> = victims.iter().map(ToString::to_string).collect();
            println!("{key} waits. {why}");
            println!("It would go to {node} if these ended: {}.", victims.join(", "));
        }
    }
    Ok(())
}

async fn check(cluster: Cluster) -> anyhow::Result<()> {
    let listed = cluster.look().await?;
    let found = check::all(&listed.placed());
    let Listed { nodes, pods, claims, .. } = listed;
    for violation in &found {
        println!("{violation}");
    }
    let (pods, nodes, claims) = (pods.len(), nodes.len(), claims.len());
    println!(
        "{pods} pods on {nodes} nodes, {claims} claims to devices: {} times a rule is broken",
        found.len()
    );
    Ok(())
}
