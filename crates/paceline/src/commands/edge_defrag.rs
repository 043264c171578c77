//! `paceline edge defrag`: which moves would free GPUs and what each costs, their start, how far they have come, and their end.

use anyhow::bail;
use paceline_client::Client;
use paceline_client::api::edge::{
    DefragmentationPhase, DefragmentationPlanView, DefragmentationView, FreedGpus, MoveState, MoveView,
    NewDefragmentation, PlannedMove, PricedMove,
};
use std::time::Duration;

/// How often `--watch` looks: some moves are made meanwhile.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// What is to be done about moves that free GPUs.
#[derive(Debug, clap::Args)]
pub(crate) struct DefragArgs {
    #[command(flatten)]
    target: super::edge_target::Target,
    /// Most moves of the plan
    #[arg(long, default_value_t = 20, value_name = "N")]
    moves: u32,
    /// Start the moves that are shown; without it nothing moves
    #[arg(long, conflicts_with = "stop")]
    apply: bool,
    /// Follow the moves until they end
    #[arg(long, conflicts_with = "stop")]
    watch: bool,
    /// Make no more moves; those that were made stay
    #[arg(long)]
    stop: bool,
}

/// Plans, and starts or follows what is asked for.
pub(super) async fn run(args: &DefragArgs) -> anyhow::Result<()> {
    let client = args.target.client()?;
    if args.stop {
        client.stop_defragmentation().await?;
        println!("{}", summary(&client.defragmentation().await?));
        return Ok(());
    }
    if args.watch && !args.apply {
        return watch(&client).await;
    }
    let plan = client.plan_defragmentation(args.moves).await?;
    show(&plan);
    if !args.apply || plan.moves.is_empty() {
        return Ok(());
    }
    let moves = plan.moves.iter().map(|priced| priced.planned.clone()).collect();
    client.start_defragmentation(&NewDefragmentation { moves }).await?;
    println!(
        "started: `paceline edge defrag --watch` follows it, `--stop` ends it after the last move that was made"
    );
    if args.watch { watch(&client).await } else { Ok(()) }
}

fn show(plan: &DefragmentationPlanView) {
    if plan.moves.is_empty() {
        println!("no move is worth its price");
    } else {
        println!(
            "{:<24} {:<34} {:>5} {:>7} {:>7} {:>9} {:>9}",
            "placement", "move", "GPUs", "usable", "points", "load MiB", "ran"
        );
    }
    for PricedMove { planned, frees, loads_mib, ran_s } in &plan.moves {
        let FreedGpus { gpus, usable_milli_gpu, gain_points } = frees;
        println!(
            "{:<24} {:<34} {gpus:>+5} {:>+7.3} {gain_points:>+7} {loads_mib:>9} {:>8}s",
            planned.placement,
            way(planned),
            *usable_milli_gpu as f64 / 1e3,
            ran_s
        );
    }
    let fragmented = |milli: i64| milli as f64 / 1e3;
    println!(
        "wholly free GPUs: {} now, {} then; free and of no use where it is: {:.3} GPUs now, {:.3} then",
        plan.now.gpus_free,
        plan.then.gpus_free,
        fragmented(plan.now.fragmented_milli_gpu),
        fragmented(plan.then.fragmented_milli_gpu)
    );
    if plan.ran_short {
        println!("there was no time to look for more");
    }
}

fn way(planned: &PlannedMove) -> String {
    format!("{} -> {} {}", planned.from, planned.to, planned.devices.join(" "))
}

/// Prints each move once, when it is made or passed over. Errors: none was ever asked for.
async fn watch(client: &Client) -> anyhow::Result<()> {
    let mut seen = 0;
    loop {
        let now = client.defragmentation().await?;
        let Some(phase) = now.phase else { bail!("no defragmentation was ever started") };
        let settled: Vec<&MoveView> =
            now.moves.iter().filter(|one| one.state != MoveState::Waiting).collect();
        settled.iter().skip(seen).for_each(|one| println!("{}", line(one)));
        seen = settled.len();
        if phase != DefragmentationPhase::Running {
            println!("{}", summary(&now));
            return Ok(());
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

fn line(of: &MoveView) -> String {
    let what = match (&of.freed, &of.why) {
        (Some(freed), _) => {
            format!("{:+} GPUs, {:+.3} usable", freed.gpus, freed.usable_milli_gpu as f64 / 1e3)
        }
        (None, Some(why)) => format!("passed over: {why}"),
        (None, None) => "waits".to_owned(),
    };
    format!("{:<24} {:<34} {what}", of.planned.placement, way(&of.planned))
}

fn summary(of: &DefragmentationView) -> String {
    let DefragmentationView { made, passed_over, waiting, freed, .. } = of;
    let how = match of.phase {
        None => return "no defragmentation was ever started".to_owned(),
        Some(DefragmentationPhase::Running) => "under way",
        Some(DefragmentationPhase::Done) => "done",
        Some(DefragmentationPhase::Stopped) => "stopped",
    };
    format!(
        "{how}: {made} moves made, {passed_over} passed over, {waiting} left; {} GPUs more are wholly free, {:.3} usable again",
        freed.gpus,
        freed.usable_milli_gpu as f64 / 1e3
    )
}
