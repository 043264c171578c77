//! `paceline edge rollout`: what a rollout would do, its start, how it stands and why, and what a person does with it.

use super::edge_target::Target;
use paceline_client::api::edge::{NewGate, NewRollout, RolloutStep, RolloutView};

/// What is to be done about a workload's version.
#[derive(Debug, clap::Subcommand)]
#[command(after_help = "Examples:
  paceline edge rollout plan detector 2.0.0
  paceline edge rollout start detector 2.0.0 --steps 10,50,100 --p99-ms-max 250
  paceline edge rollout start detector 2.0.0 --by-network
  paceline edge rollout status detector
  paceline edge rollout pause detector --seconds 600
  paceline edge rollout abort detector")]
pub(crate) enum RolloutCommand {
    /// Say in which steps a version would reach which nodes; nothing is begun
    Plan(StartArgs),
    /// Have a workload run another version, step by step
    Start(StartArgs),
    /// List the last rollout of each workload
    List(Target),
    /// Say how a rollout stands, node by node
    Status(WorkloadArgs),
    /// Say what a rollout has done so far, and why
    Why(WorkloadArgs),
    /// Let nobody get it now
    Pause(PauseArgs),
    /// Let it go on
    Resume(WorkloadArgs),
    /// Go back to the version before
    Abort(WorkloadArgs),
    /// Go on to all nodes, whatever the gate says
    Promote(WorkloadArgs),
}

/// A rollout that is asked for.
#[derive(Debug, clap::Args)]
pub(crate) struct StartArgs {
    #[command(flatten)]
    target: Target,
    /// The workload
    workload: String,
    /// The version that it is to run
    version: String,
    /// Parts of all nodes in percent, rising to 100 [default: 10,50,100]
    #[arg(long, value_delimiter = ',', value_name = "PERCENT", conflicts_with = "by_network")]
    steps: Option<Vec<u8>>,
    /// By the nodes' networks: wired ones at once, radios by their signal, narrow bands last
    #[arg(long)]
    by_network: bool,
    /// Nodes that may be on their way at once [default: 4]
    #[arg(long, value_name = "N")]
    unavailable_max: Option<u32>,
    /// Errors in a thousand requests from which it is bad [default: 20]
    #[arg(long, value_name = "N")]
    errors_permille_max: Option<u16>,
    /// The latency that 99 of 100 requests keep to
    #[arg(long, value_name = "MS")]
    p99_ms_max: Option<u32>,
    /// Requests that the nodes of a step serve at least [default: 200]
    #[arg(long, value_name = "N")]
    requests_min: Option<u64>,
    /// How long a step may take [default: 900]
    #[arg(long, value_name = "SECONDS")]
    patience: Option<u32>,
}

/// A workload, by its name.
#[derive(Debug, clap::Args)]
pub(crate) struct WorkloadArgs {
    #[command(flatten)]
    target: Target,
    /// The workload
    workload: String,
}

/// How long a pause lasts.
#[derive(Debug, clap::Args)]
pub(crate) struct PauseArgs {
    #[command(flatten)]
    named: WorkloadArgs,
    /// So long; without it until it is resumed
    #[arg(long)]
    seconds: Option<u32>,
}

impl StartArgs {
    fn rollout(&self) -> NewRollout {
        NewRollout {
            workload: self.workload.clone(),
            version: self.version.clone(),
            steps_percent: self.steps.clone(),
            by_network: self.by_network,
            unavailable_max: self.unavailable_max,
            gate: NewGate {
                errors_permille_max: self.errors_permille_max,
                p99_ms_max: self.p99_ms_max,
                requests_min: self.requests_min,
                patience_s: self.patience,
                ..NewGate::default()
            },
        }
    }
}

/// Runs the command.
pub(super) async fn run(command: RolloutCommand) -> anyhow::Result<()> {
    match command {
        RolloutCommand::Plan(args) => plan(&args).await,
        RolloutCommand::Start(args) => {
            plan(&args).await?;
            args.target.client()?.start_rollout(&args.rollout()).await?;
            println!("started: `paceline edge rollout status {}` follows it", args.workload);
            Ok(())
        }
        RolloutCommand::List(target) => {
            for of in target.client()?.rollouts().await?.rollouts {
                let held = if of.held { ", held" } else { "" };
                println!(
                    "{:<20} {} -> {} {}{held}, step {} of {}",
                    of.workload, of.from, of.to, of.phase, of.step, of.steps
                );
            }
            Ok(())
        }
        RolloutCommand::Status(args) => show(&args).await,
        RolloutCommand::Why(args) => {
            reasons(&args.target.client()?.rollout(&args.workload).await?);
            Ok(())
        }
        RolloutCommand::Pause(PauseArgs { named, seconds }) => {
            named.target.client()?.pause_rollout(&named.workload, seconds).await?;
            show(&named).await
        }
        RolloutCommand::Resume(args) => {
            args.target.client()?.resume_rollout(&args.workload).await?;
            show(&args).await
        }
        RolloutCommand::Abort(args) => {
            args.target.client()?.abort_rollout(&args.workload).await?;
            show(&args).await
        }
        RolloutCommand::Promote(args) => {
            args.target.client()?.promote_rollout(&args.workload).await?;
            show(&args).await
        }
    }
}

async fn plan(args: &StartArgs) -> anyhow::Result<()> {
    let plan = args.target.client()?.plan_rollout(&args.rollout()).await?;
    println!(
        "{}: {} -> {}{}",
        plan.workload,
        plan.from,
        plan.to,
        if plan.under_way { ", under way already" } else { "" }
    );
    steps(&plan.steps);
    plan.remarks.iter().for_each(|remark| println!("{remark}"));
    Ok(())
}

fn steps(steps: &[RolloutStep]) {
    for (number, step) in steps.iter().filter(|step| step.adds > 0).enumerate() {
        let percent = step.percent.map(|percent| format!(" {percent} %")).unwrap_or_default();
        println!(
            "step {}{percent} ({:?}): {} nodes: {}",
            number + 1,
            step.tier,
            step.adds,
            step.nodes.join(" ")
        );
    }
}

async fn show(args: &WorkloadArgs) -> anyhow::Result<()> {
    let of = args.target.client()?.rollout(&args.workload).await?;
    let line = &of.summary;
    println!(
        "{}: {} -> {}, {}, step {} of {}",
        line.workload, line.from, line.to, line.phase, line.step, line.steps
    );
    if let Some(why) = &of.waits_for {
        println!("waits for: {why}");
    }
    for node in &of.nodes {
        let runs = node.runs.as_deref().unwrap_or("unknown");
        let silent = if node.silent { ", silent" } else { "" };
        let error = node.error.as_deref().map(|error| format!(": {error}")).unwrap_or_default();
        println!("{:<20} {:<9} runs {runs}{silent}{error}", node.node, node.state);
    }
    if !of.behind.is_empty() {
        println!("behind: {}", of.behind.join(" "));
    }
    Ok(())
}

fn reasons(of: &RolloutView) {
    of.reasons.iter().for_each(|reason| println!("{} {}", reason.at, reason.why));
}
