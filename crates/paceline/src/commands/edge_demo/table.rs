//! What is seen: a table that moves, what happened beside it, and the sum at the end.

use paceline_agent::StatusView;
use paceline_client::api::edge::{Broken, ConditionView, NodeView};
use paceline_client::{Client, ClientTls};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// Time between two pictures.
const DRAW_EVERY: Duration = Duration::from_secs(1);
/// The same, where each is printed below the other.
const DRAW_PLAIN_EVERY: Duration = Duration::from_secs(5);
/// Lines of what happened that are shown below the table.
const SAID_SHOWN: usize = 8;

/// What has happened so far.
#[derive(Debug)]
pub(super) struct Tally {
    began: Instant,
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    said: Vec<String>,
    answered: u64,
    failed: u64,
    /// What was last seen of each box.
    seen: BTreeMap<String, Vec<String>>,
}

impl Tally {
    /// The demo begins.
    pub(super) fn new() -> Self {
        Self { began: Instant::now(), inner: Mutex::default() }
    }

    fn with<T>(&self, work: impl FnOnce(&mut Inner) -> T) -> T {
        work(&mut self.inner.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Something happened.
    pub(super) fn says(&self, what: String) {
        let after = self.began.elapsed().as_secs();
        self.with(|inner| inner.said.push(format!("{after:>4} s  {what}")));
    }

    /// A user was answered, or not.
    pub(super) fn asked(&self, well: bool) {
        self.with(|inner| if well { inner.answered += 1 } else { inner.failed += 1 });
    }

    /// How a box stands, in the region's words: what is new of it has happened.
    fn seen(&self, name: &str, states: Vec<String>) {
        let before = self.with(|inner| inner.seen.insert(name.to_owned(), states.clone()));
        let before = before.unwrap_or_default();
        for state in states.iter().filter(|state| !before.contains(state)) {
            self.says(format!("region: {name} is {state}"));
        }
        for state in before.iter().filter(|state| !states.contains(state)) {
            self.says(format!("region: {name} is no longer {state}"));
        }
    }

    /// All that happened, and the counts.
    pub(super) fn summary(&self) -> String {
        self.with(|inner| {
            let mut text = String::from("\nWhat happened:\n");
            inner.said.iter().for_each(|said| _ = writeln!(text, "{said}"));
            let (answered, failed) = (inner.answered, inner.failed);
            _ = writeln!(text, "Users asked {} times: {answered} answered, {failed} not.", answered + failed);
            text
        })
    }
}

/// Draws until it is dropped. Errors: nothing can be asked on this machine.
pub(super) async fn draw(
    client: &Client,
    boxes: &[(String, SocketAddr)],
    tally: &Tally,
    plain: bool,
) -> anyhow::Result<()> {
    let http = paceline_client::http(client.base(), &ClientTls::default())?.timeout(DRAW_EVERY).build()?;
    let mut due = tokio::time::interval(if plain { DRAW_PLAIN_EVERY } else { DRAW_EVERY });
    let mut lines_before = 0;
    loop {
        due.tick().await;
        // A region that is behind is looked at again a little later.
        let Ok(nodes) = client.nodes().await else { continue };
        let nodes = nodes.rows;
        let picture = picture(&http, &nodes, boxes, tally).await;
        if !plain && lines_before > 0 {
            // Up over the last picture, and clear to the end of the screen.
            print!("\x1b[{lines_before}A\x1b[J");
        }
        lines_before = picture.lines().count();
        print!("{picture}");
    }
}

async fn picture(
    http: &reqwest::Client,
    nodes: &[NodeView],
    boxes: &[(String, SocketAddr)],
    tally: &Tally,
) -> String {
    let mut text = format!("{:<8} {:>5}  {:<26} {:<24} runs\n", "box", "°C", "in the region", "on the box");
    for (name, address) in boxes {
        let node = nodes.iter().find(|node| node.id == *name);
        let celsius = node
            .and_then(|node| Some(node.temperatures.first()?.celsius))
            .map_or("-".into(), |of| format!("{of:.1}"));
        let states = node.map(states).unwrap_or_default();
        tally.seen(name, states.clone());
        let region = if states.is_empty() { "ready".into() } else { states.join(", ") };
        let status = http.get(format!("http://{address}/v1/status")).send().await;
        let status: Option<StatusView> = match status {
            Ok(answer) => answer.json().await.ok(),
            Err(_) => None,
        };
        let (on_box, runs) = match status {
            None => ("off".to_owned(), String::new()),
            Some(status) => (waiting(&status), runs(&status)),
        };
        _ = writeln!(text, "{name:<8} {celsius:>5}  {region:<26} {on_box:<24} {runs}");
    }
    tally.with(|inner| {
        _ = writeln!(text, "users: {} answered, {} not", inner.answered, inner.failed);
        let from = inner.said.len().saturating_sub(SAID_SHOWN);
        inner.said[from..].iter().for_each(|said| _ = writeln!(text, "{said}"));
    });
    text
}

fn states(node: &NodeView) -> Vec<String> {
    let broken = node.silence.as_ref().map(|silence| silence.broken);
    let word = |condition: &ConditionView| match (condition, broken) {
        (ConditionView::Silent, Some(Broken::Link)) => "silent (link)",
        (ConditionView::Silent, Some(Broken::Node)) => "silent (node)",
        (ConditionView::Silent, _) => "silent",
        (ConditionView::Hot { .. }, _) => "hot",
        (ConditionView::Heating { .. }, _) => "heating",
        (ConditionView::LowBattery, _) => "low on battery",
    };
    node.conditions.iter().map(|condition| word(condition).to_owned()).collect()
}

fn waiting(status: &StatusView) -> String {
    match status.backlog.waiting {
        0 => "ready".into(),
        waiting => format!("{waiting} readings wait"),
    }
}

fn runs(status: &StatusView) -> String {
    let line = |line: &paceline_agent::ReplicaLine| match &line.serves {
        Some(version) => format!("{} {version}", line.replica),
        None => format!("{} ({})", line.replica, line.state),
    };
    status.replicas.iter().map(line).collect::<Vec<_>>().join(", ")
}
