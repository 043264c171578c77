//! What the proof costs that a task can never be woken: with a crowd of tasks that wait for work, and with a chain of which each
//! waits for the next. Prints one table; `bench/leaks` lays it beside Go.
//!
//! `cargo run --release -p paceline-supervise --example proof_cost`

use paceline_supervise::sync::{ThisTask, mpsc, oneshot};
use paceline_supervise::{NamedExt as _, Options, ProofCost, Registry, Scope, Supervisor, Until};
use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

const CROWD: usize = 100_000;
const CHAIN: usize = 10_000;

fn main() {
    println!("| what | tasks | proved | a pass | probes | longest that a task beside was kept from a turn |");
    println!("| --- | ---: | ---: | ---: | ---: | ---: |");
    measure("nothing but the task beside", 0, 0, |_| Box::new(()));
    measure("waiters for work that may come", CROWD, 0, crowd);
    measure("a chain that ends with a task nobody can wake", CHAIN, CHAIN, |scope| chain(scope, true));
    measure("a chain that ends outside of tasks", CHAIN, 0, |scope| chain(scope, false));
}

/// Tasks that wait for an answer each. What could send the answers is returned.
fn crowd(scope: &Scope) -> Box<dyn Send> {
    let wait = |_| {
        let (caller, answer) = oneshot::channel::<u32>("an answer");
        scope.spawn("waits", Until::Owner, async move { _ = answer.recv().await });
        caller
    };
    Box::new((0..CROWD).map(wait).collect::<Vec<_>>())
}

/// Tasks of which each holds what the one before waits for. The last waits for nothing that will come, or for what is returned.
fn chain(scope: &Scope, is_stuck: bool) -> Box<dyn Send> {
    let (mut sender, mut waits) = mpsc::channel::<u32>("the next one's word", 1);
    let mut held = None;
    for _ in 1..CHAIN {
        scope.spawn("link", Until::Owner, link(held.take(), waits, false));
        held = Some(sender);
        (sender, waits) = mpsc::channel("the next one's word", 1);
    }
    scope.spawn("last", Until::Owner, link(held, waits, is_stuck));
    Box::new(sender)
}

/// Holds a sender, and waits for a word.
async fn link(held: Option<mpsc::Sender<u32>>, mut waits: mpsc::Receiver<u32>, is_stuck: bool) {
    let this = ThisTask::new();
    let _held = held.map(|held| this.confine(held));
    if is_stuck {
        pending::<()>().named("nobody").await;
    }
    waits.recv().await;
}

fn measure(what: &str, tasks: usize, proved: usize, plant: impl FnOnce(&Scope) -> Box<dyn Send>) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    let runtime = runtime.expect("a runtime");
    let supervisor = Supervisor::new(Options::default());
    let registry = supervisor.registry();
    let scope = supervisor.scope("bench");
    let late_ns_max = Arc::new(AtomicU64::new(0));
    let (kept, probes) = runtime.block_on(async {
        let kept = plant(&scope);
        tokio::time::sleep(Duration::from_millis(900)).await;
        scope.spawn("beside", Until::Owner, turns(late_ns_max.clone()));
        let before = registry.proof_cost().probes;
        settle(&registry, tasks, proved).await;
        (kept, registry.proof_cost().probes - before)
    });
    let ProofCost { stuck, took_ns, .. } = registry.proof_cost();
    println!(
        "| {what} | {tasks} | {stuck} | {:.1} ms | {probes} | {:.1} ms |",
        took_ns as f64 / 1e6,
        late_ns_max.load(Relaxed) as f64 / 1e6
    );
    runtime.block_on(async { drop(scope.close(Duration::ZERO).await) });
    drop(kept);
}

/// Waits until all tasks have been judged.
async fn settle(registry: &Registry, tasks: usize, proved: usize) {
    let before = registry.proof_cost().passes;
    loop {
        let cost = registry.proof_cost();
        // The first of these passes may have begun before the tasks did.
        if cost.passes > before + 4 && cost.candidates >= tasks && cost.stuck == proved {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Takes turns, and measures the longest pause between two.
async fn turns(late_ns_max: Arc<AtomicU64>) {
    #[expect(clippy::disallowed_methods, reason = "a benchmark reads the time")]
    let now = Instant::now;
    let mut last = now();
    loop {
        tokio::task::yield_now().await;
        let turn = now();
        late_ns_max.fetch_max(turn.duration_since(last).as_nanos() as u64, Relaxed);
        last = turn;
    }
}
