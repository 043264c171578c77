//! The way to a real API server and back: what it says comes in by watches (`watch`), rounds decide (`run`), and what was decided is carried
//! out (`carry`, `events`). `look` reads the cluster once, for those who only ask; `record` writes down what is said;
//! `moves` carries out what was planned for one pod.

mod carry;
mod claims;
mod events;
mod lead;
mod look;
mod moves;
mod record;
mod run;
mod watch;
mod word;

pub use kube::Client;
pub use lead::LeaseName;
pub use look::{Listed, look};
pub use moves::{Done, Ended, MoveOptions, carry_out, owned};
pub use record::{RecordOptions, RecordSummary, record};
pub use run::{Options, run};

use kube::config::{KubeConfigOptions, Kubeconfig};
use std::path::Path;
use std::time::Duration;

/// Why there is no way to the API server.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The kubeconfig cannot be read, or leads nowhere.
    #[error("kubeconfig {path}: {error}")]
    Kubeconfig {
        /// Which file.
        path: String,
        /// What is wrong with it.
        error: kube::config::KubeconfigError,
    },
    /// There is neither a kubeconfig nor a service account.
    #[error("no kubeconfig was named, and none is where it is looked for: {0}")]
    Nowhere(kube::config::InferConfigError),
    /// The server did not answer, or not as it should.
    #[error("the API server: {0}")]
    Server(#[from] kube::Error),
    /// A record could not be written.
    #[error("{path}: {error}")]
    Record {
        /// Which file.
        path: String,
        /// What the system said.
        error: std::io::Error,
    },
    /// A file is there, and is no record that could be gone on with.
    #[error("{path}: {error}")]
    NoRecord {
        /// Which file.
        path: String,
        /// What is wrong with it.
        error: crate::record::RecordError,
    },
    /// A record is there whose names were masked otherwise.
    #[error(
        "{path}: its names are masked by another key, or not at all: go on with that, or record into another file"
    )]
    OtherMask {
        /// Which file.
        path: String,
    },
    /// Tasks did not end as they should.
    #[error("not every task ended well: {0}")]
    Tasks(String),
}

/// No answer within so long is none: a request is tried again.
const ANSWER_MAX: Duration = Duration::from_secs(30);

/// Connects by a kubeconfig, or as one does within a cluster: `KUBECONFIG`, `~/.kube/config`, the service account of the pod.
///
/// Errors: no configuration leads to a server. Nothing is asked of the server yet.
pub async fn connect(kubeconfig: Option<&Path>) -> Result<Client, ClientError> {
    // One provider of cryptography for the whole process; whoever was first has it.
    _ = rustls::crypto::ring::default_provider().install_default();
    let mut config = match kubeconfig {
        Some(path) => {
            let wrong = |error| ClientError::Kubeconfig { path: path.display().to_string(), error };
            let read = Kubeconfig::read_from(path).map_err(wrong)?;
            kube::Config::from_custom_kubeconfig(read, &KubeConfigOptions::default()).await.map_err(wrong)?
        }
        None => kube::Config::infer().await.map_err(ClientError::Nowhere)?,
    };
    config.connect_timeout = Some(ANSWER_MAX);
    Ok(Client::try_from(config)?)
}
