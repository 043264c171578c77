//! Workloads come when they are due and go when their time is over, whatever became of those before; places are heard of by the stream.

use crate::Args;
use crate::board::Board;
use crate::cluster::MODEL;
use anyhow::Context as _;
use paceline_client::ChangeStream;
use paceline_client::api::edge::{EdgeChange, EdgeEvent};
use paceline_load::answers::{Answer, Answers};
use paceline_load::lane::Lane;
use paceline_load::queue::Queue;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::task::JoinSet;

/// What a workload asks of a GPU, by turns, in thousandths.
const SHARES: [u16; 4] = [125, 250, 500, 250];

/// Something to send.
#[derive(Clone, Copy)]
enum Due {
    Comes(usize),
    Goes(usize),
}

/// Whom the lanes serve.
struct Sending {
    address: String,
    board: Arc<Board>,
    queue: Queue<Due>,
    /// To workloads that came.
    answers: Mutex<Answers>,
}

/// Sends all, and waits for the answers.
pub(crate) async fn send(args: &Args, board: &Arc<Board>) -> anyhow::Result<Answers> {
    let address = args.url.strip_prefix("http://").context("the server is asked by plain HTTP")?;
    let address = address.trim_end_matches('/').to_owned();
    let sending = Arc::new(Sending {
        address,
        board: board.clone(),
        queue: Queue::default(),
        answers: Mutex::default(),
    });
    let mut lanes = JoinSet::new();
    for _ in 0..args.connections {
        let lane = Lane::connect(&sending.address).await?;
        lanes.spawn(sending.clone().serve(lane));
    }
    let lasts = args.rate as usize * args.lasts_ms as usize / 1_000;
    let mut clock = tokio::time::interval(Duration::from_millis(1));
    let mut sent = 0;
    while sent < board.count() {
        clock.tick().await;
        let now = board.due_now();
        let step = |number: usize| [Some(Due::Comes(number)), number.checked_sub(lasts).map(Due::Goes)];
        sending.queue.push((sent..now).flat_map(step).flatten());
        sent = now;
    }
    sending.queue.close();
    while let Some(served) = lanes.join_next().await {
        served??;
    }
    Ok(sending.answers.lock().unwrap_or_else(PoisonError::into_inner).clone())
}

impl Sending {
    /// Sends what is due until nothing more will be. Errors: the connection is over.
    async fn serve(self: Arc<Self>, mut lane: Lane) -> anyhow::Result<()> {
        while let Some(due) = self.queue.next().await {
            let answer = lane.ask(&self.request(due)).await?;
            match due {
                Due::Comes(number) => {
                    let took = self.board.due(number).elapsed();
                    self.answers.lock().unwrap_or_else(PoisonError::into_inner).note(answer, took);
                }
                Due::Goes(_) if answer == Answer::Taken => {}
                Due::Goes(number) => anyhow::bail!("w{number} could not be taken away"),
            }
        }
        Ok(())
    }

    fn request(&self, due: Due) -> Vec<u8> {
        let host = &self.address;
        match due {
            Due::Comes(number) => {
                let share = SHARES[number % SHARES.len()];
                let body = format!(
                    r#"{{"model":"{MODEL}","precision":"fp16","cpu_milli":1000,"memory_mib":2048,"gpus":1,"milli_gpu":{share}}}"#
                );
                let length = body.len();
                format!(
                    "PUT /v1/workloads/w{number} HTTP/1.1\r\nhost: {host}\r\ncontent-type: application/json\r\n\
                     content-length: {length}\r\n\r\n{body}"
                )
            }
            Due::Goes(number) => format!("DELETE /v1/workloads/w{number} HTTP/1.1\r\nhost: {host}\r\n\r\n"),
        }
        .into_bytes()
    }
}

/// Hears of places until it is aborted. Errors: the stream is over.
pub(crate) async fn watch(mut stream: ChangeStream, board: Arc<Board>) -> anyhow::Result<()> {
    loop {
        let item = stream.next_raw().await?;
        // Most of what is told is of workloads that come and go.
        if !item.data.contains("replica_placed") {
            continue;
        }
        let change: EdgeChange = serde_json::from_str(&item.data)?;
        if let EdgeEvent::ReplicaPlaced { placement, .. } = change.event {
            let number = placement.strip_prefix("w").and_then(|rest| rest.strip_suffix("-0"));
            number.and_then(|number| number.parse().ok()).into_iter().for_each(|number| board.note(number));
        }
    }
}
