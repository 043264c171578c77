//! Does what a replica's state says is to be done, and tells it what came of it: one task for each replica.

use super::shared::Shared;
use super::slot::{Slot, probed};
use crate::autonomy::May;
use crate::orders::Placed;
use crate::replica::{Input, Todo, Variant};
use crate::runner::{Loadable, Loaded};
use paceline_supervise::NamedExt as _;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// Time between two probes of what serves: a model that has gone wrong is found out within it.
const PROBE_EVERY: Duration = Duration::from_secs(60);
/// Time between two looks at whether it may run: far shorter than its time without the region.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// Longest pause between two tries.
const PAUSE_MAX: Duration = Duration::from_secs(300);

/// What a replica's task is told: what it should run.
pub(crate) struct Word(pub(crate) Placed);

/// Until it is placed here no longer, which is when `words` has no sender, or the agent ends.
pub(crate) async fn run(
    node: Arc<Shared>,
    slot: Arc<Slot>,
    mut words: mpsc::Receiver<Word>,
    end: CancellationToken,
) {
    loop {
        let word = tokio::select! {
            () = end.cancelled() => return slot.unload().await,
            word = words.recv() => word,
            () = step(&node, &slot) => continue,
        };
        match word {
            Some(Word(placed)) => {
                if slot.ordered(placed, node.options.tries.max) {
                    node.save().await;
                }
            }
            None => return slot.unload().await,
        }
    }
}

async fn step(node: &Shared, slot: &Slot) {
    match slot.todo() {
        Todo::Fetch { variant, tries } => {
            serve_meanwhile(node, slot).await;
            pause(node, tries).await;
            let input = match node.parts.fetcher.fetch(&variant, node.kept()).await {
                Ok(_) => Input::Fetched,
                Err(error) => {
                    tracing::warn!(version = %variant.version, %error, "a version could not be fetched");
                    Input::NotFetched(error)
                }
            };
            tell(node, slot, input).await;
        }
        Todo::Load { variant, tries } => {
            pause(node, tries).await;
            until_it_may(node, slot).await;
            // Written down before it is loaded: if the box dies of it, the try counts.
            tell(node, slot, Input::Begun).await;
            let input = match load(node, slot, &variant).await {
                Ok(answer) => Input::Answered(answer),
                Err(error) => {
                    tracing::warn!(version = %variant.version, %error, "a version does not run");
                    Input::Died(error)
                }
            };
            tell(node, slot, input).await;
        }
        Todo::Serve => {
            let input = tokio::select! {
                error = until_it_dies(slot) => Input::Died(error),
                () = until_it_may_not(node, slot) => Input::Stopped,
            };
            tracing::warn!(?input, "what served has ended");
            slot.unload().await;
            tell(node, slot, input).await;
        }
        Todo::Rest => std::future::pending().named("the region's next word").await,
    }
}

async fn tell(node: &Shared, slot: &Slot, input: Input) {
    if slot.on(input, node.options.tries.max) {
        node.save().await;
    }
}

/// After a restart of the agent: what ran before the order that is being fetched serves again, from what is on the disk.
async fn serve_meanwhile(node: &Shared, slot: &Slot) {
    let Some(variant) = slot.stored().replica.serving().cloned() else { return };
    if slot.loaded().is_none_or(|(loaded, _)| loaded != variant)
        && node.time.may_run(slot.stored().placed.single) == May::Run
        && let Err(error) = load(node, slot, &variant).await
    {
        tracing::warn!(version = %variant.version, %error, "what ran before does not run again");
    }
}

/// Loads, and puts its probe to it. Errors: in words; nothing is loaded then.
async fn load(node: &Shared, slot: &Slot, variant: &Variant) -> Result<crate::replica::ProbeAnswer, String> {
    slot.unload().await;
    let files = node.parts.fetcher.fetch(variant, node.kept()).await?;
    let placed = slot.stored().placed;
    let what = Loadable {
        variant: variant.clone(),
        files,
        devices: placed.order.devices,
        memory_mib: placed.memory_mib,
    };
    let loading = tokio::time::timeout(node.options.tries.load_max, node.parts.runner.load(what)).await;
    let loaded = loading.map_err(|_| format!("it did not load within {:?}", node.options.tries.load_max))?;
    let loaded = loaded.map_err(|error| error.to_string())?;
    let answer = probed(&*loaded).await?;
    slot.load(variant.clone(), loaded);
    Ok(answer)
}

/// At once, unless it must be single and another copy may have been started in its stead.
async fn until_it_may(node: &Shared, slot: &Slot) {
    loop {
        slot.set_waits(match node.time.may_run(slot.stored().placed.single) {
            May::Run => None,
            May::Wait => {
                Some("it must be single, and how long this node was off is not known before its clock is set")
            }
            May::Stop => Some("it must be single, and its time without the region is over"),
        });
        if slot.waits().is_none() {
            return;
        }
        tokio::time::sleep(LOOK_EVERY).named("the region's word, or the time").await;
    }
}

/// When its time without the region is over.
async fn until_it_may_not(node: &Shared, slot: &Slot) {
    while node.time.may_run(slot.stored().placed.single) != May::Stop {
        tokio::time::sleep(LOOK_EVERY).named("the end of its time without the region").await;
    }
}

/// What it died of: by itself, or in its next probe.
async fn until_it_dies(slot: &Slot) -> String {
    let Some((_, loaded)) = slot.loaded() else { return "nothing is loaded".into() };
    tokio::select! {
        error = loaded.died() => error,
        wrong = until_wrong(&*loaded) => wrong,
    }
}

async fn until_wrong(loaded: &dyn Loaded) -> String {
    loop {
        tokio::time::sleep(PROBE_EVERY).named("the next probe").await;
        if let Err(wrong) = probed(loaded).await {
            return wrong;
        }
    }
}

/// Doubles with each try that failed.
async fn pause(node: &Shared, tries: u32) {
    if tries > 0 {
        let pause = node.options.tries.pause.saturating_mul(1 << (tries - 1).min(16)).min(PAUSE_MAX);
        tokio::time::sleep(pause).named("pause before the next try").await;
    }
}
