//! GPUs as NVIDIA's tool lists them, by its CSV. It is started by its name and with its arguments: no shell reads them.

use super::tag::tag;
use paceline_client::api::edge::{DriverReport, NewDevice, RawReading, SensorKind, TemperatureReport};
use paceline_model::limits::NODE_DEVICES_MAX;
use paceline_supervise::NamedExt as _;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;
use tokio::io::AsyncReadExt as _;
use tokio::process::{Child, Command};

/// What is asked, in this order.
const QUERY: &str = "--query-gpu=uuid,name,memory.total,driver_version,temperature.gpu,power.draw";
/// Longest that the tool may take. A driver that fails every query for 20 s has lost no card.
const ANSWER_MAX: Duration = Duration::from_secs(5);
/// Largest answer that is read: a line a card, and the head.
const ANSWER_BYTES_MAX: u64 = 64 << 10;

/// A GPU.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Card {
    pub(super) device: NewDevice,
    celsius: String,
    watts: Option<f64>,
}

/// What the driver said.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Gpus {
    /// Whether there is a tool to ask.
    asked: bool,
    /// Whether it answered.
    answered: bool,
    pub(super) driver: Option<String>,
    pub(super) cuda: Option<String>,
    pub(super) cards: Vec<Card>,
}

/// Asks the driver.
pub(super) async fn query(tool: &Path) -> Gpus {
    let Some(listed) = run(tool, &[QUERY, "--format=csv,noheader,nounits"]).await else {
        return Gpus::default();
    };
    let Ok(listed) = listed else { return Gpus { asked: true, ..Gpus::default() } };
    let cards = listed.lines().filter_map(card).take(NODE_DEVICES_MAX).collect();
    let driver =
        listed.lines().next().and_then(|line| line.split(", ").nth(3)).map(|text| text.trim().to_owned());
    // Its head is the only place that says which CUDA it runs.
    let head = run(tool, &[]).await.and_then(Result::ok).unwrap_or_default();
    Gpus { asked: true, answered: true, driver, cuda: cuda(&head), cards }
}

/// `None`: there is no such tool. Errors: it fails, or does not answer.
async fn run(tool: &Path, args: &[&str]) -> Option<Result<String, ()>> {
    let started = Command::new(tool)
        .args(args)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn();
    let mut child = match started {
        Ok(child) => child,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return None,
        Err(_) => return Some(Err(())),
    };
    let said = tokio::time::timeout(ANSWER_MAX, said(&mut child)).named("the GPU driver's tool").await;
    Some(said.ok().flatten().ok_or(()))
}

/// All that it prints, if it ends well.
async fn said(child: &mut Child) -> Option<String> {
    let mut text = Vec::new();
    child.stdout.take()?.take(ANSWER_BYTES_MAX).read_to_end(&mut text).await.ok()?;
    child.wait().await.ok()?.success().then(|| String::from_utf8_lossy(&text).into_owned())
}

fn card(line: &str) -> Option<Card> {
    let mut columns = line.split(", ").map(str::trim);
    let (uuid, name, memory) = (columns.next()?, columns.next()?, columns.next()?);
    let (_driver, celsius, watts) = (columns.next()?, columns.next()?, columns.next()?);
    let (product, memory_mib) = (tag(name), memory.parse().ok()?);
    let device = NewDevice { uuid: uuid.into(), product, memory_mib, slices: Vec::new() };
    Some(Card { device, celsius: celsius.into(), watts: watts.parse().ok() })
}

fn cuda(head: &str) -> Option<String> {
    let (_, rest) = head.split_once("CUDA Version: ")?;
    let version: String =
        rest.chars().take_while(|letter| letter.is_ascii_digit() || *letter == '.').collect();
    (!version.is_empty()).then_some(version)
}

impl Gpus {
    /// As the region is told of it; `None`: there is no driver.
    pub(super) fn report(&self) -> Option<DriverReport> {
        let listed = || self.cards.iter().map(|card| card.device.uuid.clone()).collect();
        self.asked.then(|| DriverReport { devices: self.answered.then(listed), fell_off: Vec::new() })
    }

    pub(super) fn temperatures(&self) -> impl Iterator<Item = TemperatureReport> {
        self.cards.iter().map(|card| TemperatureReport {
            sensor: SensorKind::Gpu,
            device: Some(card.device.uuid.clone()),
            celsius: Some(RawReading::Text(card.celsius.clone())),
            watts: card.watts,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    /// A tool that prints a file, or fails.
    fn tool(dir: &Path, script: &str) -> std::path::PathBuf {
        let file = dir.join("nvidia-smi");
        std::fs::write(&file, format!("#!/bin/sh\n{script}\n")).expect("written");
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).expect("allowed");
        file
    }

    #[paceline_supervise::test]
    async fn cards_are_known_by_uuid_with_what_the_driver_says() {
        let dir = tempfile::tempdir().expect("a directory");
        let csv = "GPU-5b1a, Tesla T4, 15109, 550.54.15, 71, 28.50\\nGPU-77c0, Tesla T4, 15109, 550.54.15, N/A, [N/A]\\n";
        let script =
            format!("case \"$1\" in --query*) printf '{csv}';; *) echo '| CUDA Version: 12.4     |';; esac");
        let gpus = query(&tool(dir.path(), &script)).await;
        assert_eq!((gpus.driver.as_deref(), gpus.cuda.as_deref()), (Some("550.54.15"), Some("12.4")));
        let products: Vec<_> =
            gpus.cards.iter().map(|card| (&*card.device.uuid, &*card.device.product)).collect();
        assert_eq!(products, [("GPU-5b1a", "Tesla-T4"), ("GPU-77c0", "Tesla-T4")]);
        let told: Vec<_> = gpus.temperatures().map(|of| (of.celsius, of.watts)).collect();
        let text = |celsius: &str| Some(RawReading::Text(celsius.into()));
        assert_eq!(told, [(text("71"), Some(28.5)), (text("N/A"), None)]);
    }

    #[paceline_supervise::test]
    async fn a_driver_that_does_not_answer_lists_nothing_and_loses_nothing() {
        let dir = tempfile::tempdir().expect("a directory");
        let said = query(&tool(dir.path(), "exit 9")).await.report();
        assert_eq!(said, Some(DriverReport { devices: None, fell_off: Vec::new() }));
        assert_eq!(
            query(&dir.path().join("none")).await.report(),
            None,
            "without a driver nothing is said of one"
        );
    }
}
