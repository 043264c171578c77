//! What supervision costs over bare tokio, both in one run. Prints one table; `docs/benchmarks/supervise.md` holds it.
//!
//! `cargo run --release -p paceline-supervise --example against_tokio`

use paceline_supervise::{NamedExt as _, Options, Registry, Scope, Supervisor, Until};
use std::future::{Future, pending, poll_fn};
use std::hint::black_box;
use std::io::{BufWriter, Write as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::task::Poll;
use std::time::{Duration, Instant};

const ROUNDS: usize = 9;
const SPAWNS: u64 = 200_000;
const POLLS: u32 = 1_000_000;
const LIVE: u64 = 1_000_000;

#[expect(clippy::disallowed_methods, reason = "a benchmark reads the time")]
fn time(run: impl FnOnce()) -> Duration {
    let start = Instant::now();
    run();
    start.elapsed()
}

#[expect(clippy::disallowed_methods, reason = "the other side of the comparison")]
fn bare(future: impl Future<Output = ()> + Send + 'static) {
    drop(tokio::spawn(future));
}

fn main() {
    // Bytes are measured in processes of their own, so that no side finds memory that the other has left.
    match std::env::args().nth(1).as_deref() {
        Some("bytes-tokio") => return println!("{}", bytes(false)),
        Some("bytes-ours") => return println!("{}", bytes(true)),
        _ => {}
    }
    println!("| what | tokio | supervised | more | ratio | budget |");
    println!("| --- | ---: | ---: | ---: | ---: | ---: |");
    for (name, workers) in [("1 thread", 0), ("2 threads", 1)] {
        compare(&format!("spawn to finish, {name}"), "+300 ns", || spawns(workers));
        compare(&format!("a poll, {name}"), "+25 ns", || polls(workers));
    }
    compare("a poll at a named place, 1 thread", "", named_polls);
    let (tokio, ours) = (child("bytes-tokio"), child("bytes-ours"));
    row("memory of an idle task", "bytes", [tokio, ours], "+200 bytes");
    dump();
}

/// A runtime of this thread and so many workers beside it.
fn runtime(workers: usize) -> tokio::runtime::Runtime {
    let mut builder = match workers {
        0 => tokio::runtime::Builder::new_current_thread(),
        _ => tokio::runtime::Builder::new_multi_thread(),
    };
    if workers > 0 {
        builder.worker_threads(workers);
    }
    builder.enable_all().build().expect("a runtime")
}

/// Medians of both sides, in turns.
fn compare(name: &str, budget: &str, round: impl Fn() -> [f64; 2]) {
    let mut rounds: Vec<[f64; 2]> = (0..ROUNDS).map(|_| round()).collect();
    let mut median = |side: usize| {
        rounds.sort_by(|a, b| a[side].total_cmp(&b[side]));
        rounds[ROUNDS / 2][side]
    };
    row(name, "ns", [median(0), median(1)], budget);
}

fn row(name: &str, unit: &str, [tokio, ours]: [f64; 2], budget: &str) {
    let (more, ratio) = (ours - tokio, ours / tokio);
    println!("| {name} | {tokio:.0} {unit} | {ours:.0} {unit} | {more:+.0} {unit} | {ratio:.2} | {budget} |");
}

/// Nanoseconds from spawn to finish, of tasks that do nothing but count: bare, supervised.
fn spawns(workers: usize) -> [f64; 2] {
    let runtime = runtime(workers);
    let supervisor = Supervisor::new(Options::default());
    runtime.block_on(async {
        let scope = supervisor.scope("bench");
        let tokio = spawn_all(bare).await;
        let ours = spawn_all(|task| _ = scope.spawn("task", Until::Owner, task)).await;
        drop(scope.close(Duration::from_secs(5)).await);
        [tokio, ours]
    })
}

async fn spawn_all(spawn: impl Fn(std::pin::Pin<Box<dyn Future<Output = ()> + Send>>)) -> f64 {
    let done = Arc::new(AtomicU64::new(0));
    #[expect(clippy::disallowed_methods, reason = "a benchmark reads the time")]
    let start = Instant::now();
    for batch in 1..=SPAWNS / 200 {
        for _ in 0..200 {
            let done = done.clone();
            spawn(Box::pin(async move {
                done.fetch_add(1, Relaxed);
            }));
        }
        while done.load(Relaxed) < batch * 200 {
            tokio::task::yield_now().await;
        }
    }
    start.elapsed().as_nanos() as f64 / SPAWNS as f64
}

/// Is polled so many times: each time it wakes itself.
async fn yields(count: u32, done: tokio::sync::oneshot::Sender<()>) {
    let mut left = count;
    poll_fn(|cx| {
        left -= 1;
        if left == 0 {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
    done.send(()).ok();
}

/// Nanoseconds a poll, of a task that wakes itself.
fn polls(workers: usize) -> [f64; 2] {
    both(workers, |scope, done| match scope {
        None => bare(yields(POLLS, done)),
        Some(scope) => _ = scope.spawn("task", Until::Owner, yields(POLLS, done)),
    })
}

/// The same with a name around what is awaited, on both sides of the supervised column's place.
fn named_polls() -> [f64; 2] {
    both(0, |scope, done| match scope {
        None => bare(yields(POLLS, done)),
        Some(scope) => _ = scope.spawn("task", Until::Owner, yields(POLLS, done).named("a turn")),
    })
}

fn both(workers: usize, start: impl Fn(Option<&Scope>, tokio::sync::oneshot::Sender<()>)) -> [f64; 2] {
    let runtime = runtime(workers);
    let supervisor = Supervisor::new(Options::default());
    let scope = supervisor.scope("bench");
    let run = |scope: Option<&Scope>| {
        let took = time(|| {
            runtime.block_on(async {
                let (done, ended) = tokio::sync::oneshot::channel();
                start(scope, done);
                ended.await.ok();
            });
        });
        took.as_nanos() as f64 / f64::from(POLLS)
    };
    let times = [run(None), run(Some(&scope))];
    runtime.block_on(async { drop(scope.close(Duration::from_secs(5)).await) });
    times
}

fn resident_bytes() -> f64 {
    let text = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages: f64 = text.split(' ').nth(1).and_then(|pages| pages.parse().ok()).unwrap_or(f64::NAN);
    pages * 4_096.0
}

/// Bytes that one of a million waiting tasks takes.
fn bytes(ours: bool) -> f64 {
    let runtime = runtime(0);
    let supervisor = Supervisor::new(Options::default());
    runtime.block_on(async {
        let scope = supervisor.scope("bench");
        let before = resident_bytes();
        for _ in 0..LIVE {
            match ours {
                false => bare(pending()),
                true => _ = scope.spawn("task", Until::Owner, pending::<()>()),
            }
        }
        tokio::task::yield_now().await;
        let bytes = (resident_bytes() - before) / LIVE as f64;
        // Nothing is to be closed: the process ends here.
        println!("{bytes}");
        std::process::exit(0);
    })
}

fn child(argument: &str) -> f64 {
    let program = std::env::current_exe().expect("this program has a path");
    let output = std::process::Command::new(program).arg(argument).output().expect("it runs again");
    String::from_utf8_lossy(&output.stdout).trim().parse().unwrap_or(f64::NAN)
}

/// Dumps a million tasks while a hundred others run on.
fn dump() {
    let runtime = runtime(1);
    let supervisor = Supervisor::new(Options::default());
    let turns = Arc::new(AtomicU64::new(0));
    let scope = runtime.block_on(async {
        let scope = supervisor.scope("bench");
        for _ in 0..LIVE {
            scope.spawn("waits", Until::Owner, pending::<()>().named("nothing"));
        }
        for _ in 0..100 {
            let (turns, token) = (turns.clone(), scope.token());
            scope.spawn("runs", Until::Owner, async move {
                while !token.is_cancelled() {
                    turns.fetch_add(1, Relaxed);
                    tokio::task::yield_now().await;
                }
            });
        }
        scope
    });
    std::thread::park_timeout(Duration::from_secs(2));
    let registry = supervisor.registry();
    let alone = rate(&turns, || std::thread::park_timeout(Duration::from_secs(1)));
    println!(
        "\n| dump of 1,000,000 tasks | took | budget | turns a second of others, against {:.1} M alone |",
        alone / 1e6
    );
    println!("| --- | ---: | ---: | ---: |");
    dumped("walk over all", &turns, || registry.for_each(|row| _ = black_box(row)));
    dumped("rows in memory", &turns, || drop(black_box(registry.snapshot())));
    dumped("JSON, a line a task", &turns, || json(&registry));
    runtime.block_on(async { drop(scope.close(Duration::from_secs(60)).await) });
}

fn rate(turns: &AtomicU64, during: impl FnOnce()) -> f64 {
    let before = turns.load(Relaxed);
    let took = time(during);
    (turns.load(Relaxed) - before) as f64 / took.as_secs_f64()
}

fn dumped(name: &str, turns: &AtomicU64, dump: impl FnOnce()) {
    let mut took = Duration::ZERO;
    let rate = rate(turns, || took = time(dump));
    println!("| {name} | {:.0} ms | 1,000 ms | {:.1} M |", took.as_secs_f64() * 1e3, rate / 1e6);
}

fn json(registry: &Registry) {
    let mut out = BufWriter::with_capacity(1 << 20, std::io::sink());
    registry.for_each(|row| {
        serde_json::to_writer(&mut out, &row).expect("a row is JSON");
        out.write_all(b"\n").expect("the sink takes all");
    });
}
