//! Which server and region a command of `paceline edge` or `paceline artefacts` asks, and of what.

use super::region;
use paceline_artefact::Source;
use paceline_client::{Client, ClientOptions, ClientTls, http};
use paceline_model::RegionId;
use reqwest::redirect::Policy;
use std::path::PathBuf;

/// Which server, and which of its regions.
#[derive(Debug, clap::Args)]
pub(crate) struct Target {
    /// The server
    #[arg(long, default_value = "http://127.0.0.1:8080", env = "PACELINE_URL")]
    url: String,
    /// The region, where the server has several
    #[arg(long, value_parser = region)]
    region: Option<RegionId>,
    /// A file whose first line is an API key
    #[arg(long)]
    key_file: Option<PathBuf>,
    /// The authorities that are believed of an https:// server, in PEM [default: those that the system believes]
    #[arg(long)]
    ca: Option<PathBuf>,
}

/// Something of a region, by its name.
#[derive(Debug, clap::Args)]
pub(crate) struct NamedArgs {
    #[command(flatten)]
    pub(super) target: Target,
    /// A placement (`detector-0`) for `why`, a node for the others
    pub(super) name: String,
}

impl Target {
    /// The server, as somebody who has artefacts.
    pub(super) fn server(&self) -> anyhow::Result<Source> {
        Ok(Source { bearer: self.key()?, ..self.source(&self.url)? })
    }
    /// Somebody else who may have them: the key is not for them.
    pub(super) fn source(&self, base: &str) -> anyhow::Result<Source> {
        let tls = ClientTls { ca_file: self.ca.clone(), ..ClientTls::default() };
        let client = http(base, &tls)?.redirect(Policy::none()).build()?;
        Ok(Source { base: base.to_owned(), client, bearer: None, node: None, rate: None })
    }
    fn key(&self) -> anyhow::Result<Option<String>> {
        self.key_file.as_deref().map(super::first_line).transpose()
    }
    pub(super) fn client(&self) -> anyhow::Result<Client> {
        let mut options = ClientOptions::default();
        options.tls.ca_file = self.ca.clone();
        options.bearer = self.key()?.map(Into::into);
        let client = Client::new(&self.url, options)?;
        Ok(match &self.region {
            Some(name) => client.in_region(name.clone()),
            None => client,
        })
    }
}
