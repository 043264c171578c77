//! Looking into a running server from outside: what its admin listener says, as `paceline top` and `paceline doctor` read it.

pub(crate) mod doctor;
pub(crate) mod dump;
mod leaks;
pub(crate) mod table;
pub(crate) mod top;

use anyhow::Context as _;
use dump::Dump;
use paceline_client::ClientTls;
use std::path::PathBuf;
use std::time::Duration;

/// Which server, and with what token.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Target {
    /// The server's admin listener, by http:// or https://
    #[arg(
        long,
        visible_alias = "server",
        default_value = "http://127.0.0.1:9091",
        env = "PACELINE_ADMIN_URL"
    )]
    url: String,
    /// The authorities that are believed of an https:// server, in PEM [default: those that the system believes]
    #[arg(long)]
    ca: Option<PathBuf>,
    /// A file whose first line is the admin token; without it the token is read from the environment
    #[arg(long)]
    token_file: Option<PathBuf>,
    /// The admin token
    #[arg(skip = std::env::var(TOKEN).ok())]
    token: Option<String>,
}

/// The same name as the server's own setting, so that one file of secrets serves both.
const TOKEN: &str = "PACELINE_ADMIN__TOKEN";
/// A server that takes longer is itself a finding.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Reads from one server.
pub(crate) struct Operator {
    http: reqwest::Client,
    url: String,
    token: String,
}

impl Target {
    /// Errors: no token; no URL of HTTP; authorities that cannot be read.
    pub(crate) fn operator(&self) -> anyhow::Result<Operator> {
        let token = match &self.token_file {
            Some(file) => {
                let text = std::fs::read_to_string(file);
                let text = text.with_context(|| format!("reading the token from {}", file.display()))?;
                text.lines().next().unwrap_or_default().trim().to_owned()
            }
            None => self.token.clone().with_context(|| format!("no token: set {TOKEN} or --token-file"))?,
        };
        let tls = ClientTls { ca_file: self.ca.clone(), ..ClientTls::default() };
        let http = paceline_client::http(&self.url, &tls)?.timeout(TIMEOUT).build()?;
        Ok(Operator { http, url: self.url.trim_end_matches('/').to_owned(), token })
    }
    /// Where it looks.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }
}

impl Operator {
    /// Everything at once, with at most so many tasks.
    pub(crate) async fn fetch(&self, tasks: usize) -> anyhow::Result<Dump> {
        Ok(serde_json::from_str(&self.fetch_text(tasks).await?)?)
    }

    /// The same as the server sent it.
    pub(crate) async fn fetch_text(&self, tasks: usize) -> anyhow::Result<String> {
        let url = format!("{}/debug/dump?limit={tasks}", self.url);
        let answer = self.http.get(&url).bearer_auth(&self.token).send().await;
        let answer = answer.with_context(|| format!("{} does not answer", self.url))?;
        let status = answer.status();
        let text = answer.text().await?;
        anyhow::ensure!(status.is_success(), "{} says {status}: {text}", self.url);
        Ok(text)
    }
}
