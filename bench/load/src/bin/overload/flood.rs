//! New orders at a given rate.

use crate::Args;
use anyhow::Context as _;
use paceline_api::{NewOrder, Place};
use paceline_load::answers::{Answer, Answers};
use paceline_load::lane::Lane;
use paceline_load::queue::Queue;
use paceline_plan::Rng;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::Instant;

/// Orders that are rendered beforehand, and sent by turns.
const RENDERED: usize = 10_000;
/// Riders give up soon, so that the server does not fill up with orders that nobody serves.
const WAIT_S: u32 = 5;
/// Longest that answers are waited for after the last order was due.
const PATIENCE: Duration = Duration::from_secs(20);

/// Connections, and what is sent over them.
pub(crate) struct Flood {
    address: String,
    connections: usize,
    requests: Arc<Vec<Vec<u8>>>,
}

impl Flood {
    pub(crate) async fn connect(args: &Args, corners: &[Place]) -> anyhow::Result<Self> {
        let address = args.url.strip_prefix("http://").context("the server is asked by plain HTTP")?;
        let address = address.trim_end_matches('/').to_owned();
        Lane::connect(&address).await?;
        let mut rng = Rng::of(1, "orders");
        let requests =
            (0..RENDERED).map(|_| render(&address, corners, &mut rng)).collect::<Result<_, _>>()?;
        Ok(Self { address, connections: args.connections, requests: Arc::new(requests) })
    }

    /// Sends orders at a rate for some seconds, over new connections, and waits for all answers.
    pub(crate) async fn send(&self, rate: u32, seconds: u64) -> anyhow::Result<Answers> {
        let (queue, answers) = (Arc::<Queue<Instant>>::default(), Arc::<Mutex<Answers>>::default());
        let mut lanes = JoinSet::new();
        for number in 0..self.connections {
            let lane = Lane::connect(&self.address).await?;
            lanes.spawn(answer(lane, number, self.requests.clone(), queue.clone(), answers.clone()));
        }
        let (began, count) = (Instant::now(), u64::from(rate) * seconds);
        let mut clock = tokio::time::interval(Duration::from_millis(1));
        let mut sent = 0;
        while sent < count {
            clock.tick().await;
            let until = (began.elapsed().as_secs_f64() * f64::from(rate)) as u64;
            let now_due = until.min(count) - sent;
            let times =
                (sent..sent + now_due).map(|at| began + Duration::from_secs_f64(at as f64 / f64::from(rate)));
            queue.push(times);
            sent += now_due;
        }
        // Each lane ends when nothing is due any more.
        queue.close();
        _ = tokio::time::timeout(PATIENCE, async { while lanes.join_next().await.is_some() {} }).await;
        lanes.shutdown().await;
        let mut answers = locked(&answers).clone();
        let missing = count - answers.count() as u64;
        (0..missing).for_each(|_| answers.note(Answer::Wrong, PATIENCE));
        Ok(answers)
    }
}

/// Sends what is due until nothing more will be.
async fn answer(
    mut lane: Lane,
    number: usize,
    requests: Arc<Vec<Vec<u8>>>,
    queue: Arc<Queue<Instant>>,
    answers: Arc<Mutex<Answers>>,
) {
    let mut turn = number;
    while let Some(since) = queue.next().await {
        let said = lane.ask(&requests[turn % requests.len()]).await;
        let broken = said.is_err();
        locked(&answers).note(said.unwrap_or(Answer::Wrong), since.elapsed());
        if broken {
            return;
        }
        turn += 997;
    }
}

fn locked<T>(of: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

fn render(host: &str, corners: &[Place], rng: &mut Rng) -> anyhow::Result<Vec<u8>> {
    let mut any = || corners[rng.below(corners.len())];
    let order = NewOrder { max_wait_s: Some(WAIT_S), ..NewOrder::between(any(), any()) };
    let body = serde_json::to_string(&order)?;
    let length = body.len();
    let head = format!(
        "POST /v1/orders HTTP/1.1\r\nhost: {host}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n"
    );
    Ok([head.as_bytes(), body.as_bytes()].concat())
}
