//! Which server and region a command of `paceline edge` asks, and of what.

use super::region;
use paceline_client::{Client, ClientOptions};
use paceline_model::RegionId;
use std::path::PathBuf;

/// Which server, and which of its regions.
#[derive(Debug, clap::Args)]
pub(crate) struct Target {
    /// The server
    #[arg(long, default_value = "http://127.0.0.1:8080")]
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
    pub(super) fn client(&self) -> anyhow::Result<Client> {
        let mut options = ClientOptions::default();
        options.tls.ca_file = self.ca.clone();
        if let Some(file) = &self.key_file {
            options.bearer = Some(super::first_line(file)?.into());
        }
        let client = Client::new(&self.url, options)?;
        Ok(match &self.region {
            Some(name) => client.in_region(name.clone()),
            None => client,
        })
    }
}
