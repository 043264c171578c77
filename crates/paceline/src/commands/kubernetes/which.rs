//! Which cluster a command is about.

use anyhow::Context as _;
use paceline_kubernetes::client::{self, Client, Listed};
use std::path::PathBuf;

/// Which cluster.
#[derive(Debug, clap::Args)]
pub(crate) struct Cluster {
    /// The kubeconfig [default: as kubectl finds it, or the pod's service account]
    #[arg(long)]
    kubeconfig: Option<PathBuf>,
}

impl Cluster {
    /// A way to it. Errors: there is none.
    pub(super) async fn connect(&self) -> anyhow::Result<Client> {
        Ok(client::connect(self.kubeconfig.as_deref()).await?)
    }

    /// What is there now. Errors: it does not answer, or may not be asked.
    pub(super) async fn look(&self) -> anyhow::Result<Listed> {
        client::look(&self.connect().await?).await.context("reading the cluster")
    }
}
