//! Why a server does not start.

use paceline_engine::RecordError;
use paceline_journal::JournalError;
use paceline_model::{FormatLevel, Invalid};
use std::net::SocketAddr;
use std::path::PathBuf;

/// Why a region cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// A setting broke a rule.
    #[error("E0101 {0}")]
    Invalid(#[from] Invalid),
    /// The address cannot be listened on.
    #[error("E0601 cannot listen on {address}: {cause}")]
    Listen {
        /// Which address.
        address: SocketAddr,
        /// What the system said.
        cause: std::io::Error,
    },
    /// The address can be reached from other machines, and nobody would be asked who they are.
    #[error(
        "E0609 {address} can be reached from other machines, and nobody is asked who they are: configure identity in [auth], \
         listen on a loopback address, or say that a proxy asks (--allow-unauthenticated, [auth] allow_unauthenticated)"
    )]
    Open {
        /// Which address.
        address: SocketAddr,
    },
    /// The process may not have enough files open.
    #[error(
        "E0612 the process may have {limit} files open, and needs {least}: raise the limit (`ulimit -n`)"
    )]
    Descriptors {
        /// How many it may have.
        limit: u64,
        /// How many it needs.
        least: u64,
    },
    /// The API keys cannot be used.
    #[error(transparent)]
    Keys(#[from] crate::auth::keys::KeysError),
    /// The table that says whose client certificates are cannot be used.
    #[error("E0614 cannot use the certificates in {}: {cause}", file.display())]
    Certificates {
        /// Which file.
        file: PathBuf,
        /// What the system said, or what is wrong in it.
        cause: String,
    },
    /// What proofs of nodes are judged by cannot be used.
    #[error("E0616 cannot judge proofs of nodes: {0}")]
    Attestation(String),
    /// The issuer of tokens cannot be asked.
    #[error("E0615 the issuer of tokens cannot be asked: {0}")]
    Issuer(String),
    /// A file of certificates or keys cannot be used for TLS.
    #[error(transparent)]
    Tls(#[from] paceline_tls::TlsFileError),
    /// The audit cannot be written.
    #[error("E0611 cannot write the audit to {}: {cause}", file.display())]
    Audit {
        /// Which file.
        file: PathBuf,
        /// What the system said.
        cause: std::io::Error,
    },
    /// The file that should hold the admin token cannot be read.
    #[error("E0604 cannot read the admin token from {}: {cause}", file.display())]
    TokenFile {
        /// Which file.
        file: PathBuf,
        /// What the system said.
        cause: std::io::Error,
    },
    /// The file of usual speeds cannot be read, or is none of these roads.
    #[error("E0607 cannot read the speed profile {}: {cause}", file.display())]
    Profile {
        /// Which file.
        file: PathBuf,
        /// What is wrong with it.
        cause: String,
    },
    /// The store of artefacts cannot be used.
    #[error("E0704 cannot use the artefact store: {0}")]
    Artefacts(String),
    /// Traces cannot be sent.
    #[error("E0605 traces cannot be sent: {0}")]
    Traces(String),
    /// Other servers cannot be asked from here.
    #[error("E0617 other servers of the cluster cannot be asked: {0}")]
    Forwarding(#[from] reqwest::Error),
    /// The table of owners cannot be asked.
    #[error(transparent)]
    Cluster(#[from] paceline_cluster::StoreError),
    /// Others of the cluster write what this program cannot read.
    #[error(
        "E0618 this program reads formats up to level {reads}, and its cluster writes up to level {level}"
    )]
    TooOld {
        /// Up to which level it reads.
        reads: FormatLevel,
        /// Up to which level is written.
        level: FormatLevel,
    },
    /// What was replayed of a journal is not what it holds now.
    #[error("the journal does not hold record {at} as it was replayed")]
    NotReplayed {
        /// The last record that was replayed.
        at: u64,
    },
    /// The journal cannot be opened, or is damaged.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The journal's records do not make a world.
    #[error(transparent)]
    Record(#[from] RecordError),
}
