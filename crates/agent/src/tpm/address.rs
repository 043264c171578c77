//! Where a TPM is reached, and why it did not do what it was asked.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

/// Where a TPM is reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TpmAddress {
    /// A character device: `/dev/tpmrm0`.
    Device(PathBuf),
    /// A software TPM that takes commands as they are, such as `swtpm socket --server`.
    Socket(SocketAddr),
}

impl std::str::FromStr for TpmAddress {
    type Err = std::convert::Infallible;
    /// `127.0.0.1:2321` is a socket, all else a device.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(text.parse().map_or_else(|_| Self::Device(text.into()), Self::Socket))
    }
}

/// Why a TPM did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum TpmError {
    /// It is not reached.
    #[error("the TPM at {at} is not reached: {cause}")]
    Unreachable {
        /// Where.
        at: String,
        /// What the system said.
        cause: io::Error,
    },
    /// It said no.
    #[error("the TPM refuses {command}: code {code:#x}")]
    Refused {
        /// What it was asked.
        command: &'static str,
        /// What it answered: part 2, section 6.6.
        code: u32,
    },
    /// Its answer is none.
    #[error("the TPM's answer to {0} cannot be read")]
    Malformed(&'static str),
}
