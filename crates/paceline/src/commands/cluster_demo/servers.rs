//! The demo's servers: processes of this program, each as `paceline serve --config` runs one.

use anyhow::Context as _;
use paceline_client::{Client, ClientOptions};
use paceline_model::RegionId;
use rustix::process::{Pid, Signal, kill_process};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead as _, BufReader, Lines};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

/// What they are called.
pub(super) const NAMES: [&str; 3] = ["a", "b", "c"];

/// The servers that were started.
pub(super) struct Servers {
    dir: PathBuf,
    /// What all files of settings say.
    shared: String,
    running: BTreeMap<&'static str, Running>,
}

/// One of them.
struct Running {
    child: Child,
    base: String,
    /// What it says goes here: a server whose words nobody takes would end.
    _said: Lines<BufReader<ChildStdout>>,
}

impl Servers {
    pub(super) fn new(dir: &Path, url: &str, roads: &Path, cities: &[RegionId]) -> anyhow::Result<Self> {
        let text = |value: &str| toml::Value::from(value).to_string();
        let (url, roads) = (text(url), text(&roads.display().to_string()));
        let region = |city: &RegionId| format!("[regions.{city}]\nroads = {roads}\n");
        let timing = "[cluster.timing]\nsettle = \"2 s\"\n";
        let regions: String = cities.iter().map(region).collect();
        let shared = format!("[cluster]\nurl = {url}\n{timing}{regions}");
        Ok(Self { dir: dir.to_owned(), shared, running: BTreeMap::new() })
    }

    /// Starts one, and waits until it listens. Errors: it does not.
    pub(super) fn start(&mut self, name: &'static str) -> anyhow::Result<()> {
        let (file, log) = (self.dir.join(format!("{name}.toml")), self.log(name));
        std::fs::write(&file, &self.shared)?;
        let mut child = Command::new(std::env::current_exe()?)
            .args(["serve", "--listen", "127.0.0.1:0", "--server", name, "--config"])
            .arg(&file)
            .env("RUST_LOG", "warn")
            .stdout(Stdio::piped())
            .stderr(File::create(&log)?)
            .spawn()?;
        let said = child.stdout.take().context("what the server says")?;
        let mut said = BufReader::new(said).lines();
        let listens = |line: String| line.strip_prefix("listening on ").map(str::to_owned);
        let base = said.by_ref().map_while(Result::ok).find_map(listens);
        let Some(base) = base else {
            _ = child.wait();
            anyhow::bail!("server {name} does not start: {}", self.said(name));
        };
        self.running.insert(name, Running { child, base, _said: said });
        Ok(())
    }

    fn log(&self, name: &str) -> PathBuf {
        self.dir.join(format!("{name}.log"))
    }

    /// What a server said to its log.
    fn said(&self, name: &str) -> String {
        std::fs::read_to_string(self.log(name)).unwrap_or_default()
    }

    /// Where they are asked.
    pub(super) fn doors(&self) -> Vec<String> {
        self.running.values().map(|running| running.base.clone()).collect()
    }

    /// Whoever asks at any of them.
    pub(super) fn client(&self, options: ClientOptions) -> anyhow::Result<Client> {
        let doors = self.doors();
        Ok(Client::of_cluster(&doors.iter().map(String::as_str).collect::<Vec<_>>(), options)?)
    }

    fn signal(&self, name: &str, signal: Signal) -> anyhow::Result<()> {
        let running = self.running.get(name).with_context(|| format!("server {name} does not run"))?;
        let pid = i32::try_from(running.child.id()).ok().and_then(Pid::from_raw).context("its process")?;
        Ok(kill_process(pid, signal)?)
    }

    pub(super) fn pause(&self, name: &str) -> anyhow::Result<()> {
        self.signal(name, Signal::STOP)
    }

    pub(super) fn wake(&self, name: &str) -> anyhow::Result<()> {
        self.signal(name, Signal::CONT)
    }

    pub(super) fn kill(&mut self, name: &str) -> anyhow::Result<()> {
        let mut running = self.running.remove(name).with_context(|| format!("server {name} does not run"))?;
        running.child.kill()?;
        running.child.wait()?;
        Ok(())
    }

    /// Asks one to end, and waits until it has. Errors: not well.
    pub(super) async fn end(&mut self, name: &str) -> anyhow::Result<()> {
        self.signal(name, Signal::TERM)?;
        let mut running = self.running.remove(name).with_context(|| format!("server {name} does not run"))?;
        let status = loop {
            match running.child.try_wait()? {
                Some(status) => break status,
                None => tokio::time::sleep(std::time::Duration::from_millis(50)).await,
            }
        };
        anyhow::ensure!(status.success(), "server {name} did not end well: {status}\n{}", self.said(name));
        Ok(())
    }
}

impl Drop for Servers {
    fn drop(&mut self) {
        for running in self.running.values_mut() {
            // One that has ended already cannot be killed.
            _ = running.child.kill();
            _ = running.child.wait();
        }
    }
}
