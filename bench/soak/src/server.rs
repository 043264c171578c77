//! The server as a process of its own: started, looked at through its admin listener and the kernel, stopped.

use crate::SPEED;
use anyhow::Context as _;
use paceline_client::ClientTls;
use paceline_engine::FleetOptions;
use paceline_model::{Instant, Millis};
use paceline_road::Roads;
use paceline_serve::{AdminOptions, AdminToken, Clock, ServeOptions, Server};
use serde_json::Value;
use std::io::Read as _;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

/// Nobody else reaches the loopback ports of a soak; the server insists on a token all the same.
const TOKEN: &str = "the soak's own token";

/// Be the server, until standard input ends.
pub(crate) async fn run(roads: &Path, journal: &Path) -> anyhow::Result<()> {
    let anywhere = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    // The ring is what a server keeps on purpose; a short one is full after the warm-up.
    let options = ServeOptions { listen: anywhere, stream_ring: 16_384, ..ServeOptions::default() };
    // Two hours of silence are two seconds here.
    let fleet = FleetOptions { silence_max: Millis::from_secs(7_200), ..FleetOptions::default() };
    let admin = AdminOptions {
        listen: Some(anywhere),
        token: AdminToken::new(TOKEN).ok(),
        ..AdminOptions::default()
    };
    let roads = Arc::new(import(roads)?);
    let clock = Clock::scaled(Instant(1_767_225_600_000), SPEED);
    let server = Server::bind(options, fleet, roads, journal, clock).await?.with_admin(&admin).await?;
    println!("public {}", server.url());
    println!("admin {}", server.admin_url().context("it was asked for")?);
    let summary = server
        .run(async {
            // Ends when the soak closes the pipe, also by dying.
            _ = tokio::io::stdin().read(&mut [0; 1]).await;
        })
        .await;
    println!("clean {}", summary.closed.is_clean());
    Ok(())
}

pub(crate) fn import(roads: &Path) -> anyhow::Result<Roads> {
    let file = std::fs::File::open(roads).with_context(|| format!("opening {}", roads.display()))?;
    let mut json = Vec::new();
    flate2::read::GzDecoder::new(file).read_to_end(&mut json)?;
    Ok(Roads::import_node_link(&json)?.0)
}

/// A running server.
pub(crate) struct Served {
    child: Child,
    said: Lines<BufReader<ChildStdout>>,
    pub(crate) public: String,
    admin: String,
    http: reqwest::Client,
    /// Holds the journal.
    _dir: TempDir,
}

impl Served {
    pub(crate) async fn start(roads: &Path) -> anyhow::Result<Self> {
        let dir = tempfile::tempdir()?;
        let mut child = Command::new(std::env::current_exe()?)
            .args(["--serve".as_ref(), dir.path().as_os_str(), "--roads".as_ref(), roads.as_os_str()])
            // The C library would keep freed memory in one heap for each thread; two are as many as have work here.
            .env("MALLOC_ARENA_MAX", "2")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let mut said = BufReader::new(child.stdout.take().context("it is piped")?).lines();
        let public = word(&mut said, "public ").await?;
        let admin = word(&mut said, "admin ").await?;
        let http = paceline_client::http(&admin, &ClientTls::default())?.build()?;
        Ok(Self { child, said, public, admin, http, _dir: dir })
    }

    /// All that the admin listener shows.
    pub(crate) async fn dump(&self) -> anyhow::Result<Value> {
        let url = format!("{}/debug/dump?limit=100000", self.admin);
        let answer = self.http.get(url).bearer_auth(TOKEN).send().await?.error_for_status()?;
        Ok(answer.json().await?)
    }

    /// Memory of its own, in kilobytes: what the kernel calls `RssAnon`. Files that it has mapped are not in it.
    pub(crate) fn memory_kb(&self) -> anyhow::Result<u64> {
        let pid = self.child.id().context("the server has ended")?;
        let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
        let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:"));
        Ok(line.context("no RssAnon")?.trim().trim_end_matches(" kB").parse()?)
    }

    /// Asks it to end. Returns whether every task ended well.
    pub(crate) async fn stop(mut self) -> anyhow::Result<bool> {
        drop(self.child.stdin.take());
        let clean = word(&mut self.said, "clean ").await?;
        self.child.wait().await?;
        Ok(clean == "true")
    }
}

/// The rest of the next line that begins so.
async fn word(said: &mut Lines<BufReader<ChildStdout>>, begin: &str) -> anyhow::Result<String> {
    while let Some(line) = said.next_line().await? {
        if let Some(rest) = line.strip_prefix(begin) {
            return Ok(rest.to_owned());
        }
    }
    anyhow::bail!("the server ended without saying `{begin}…`")
}
