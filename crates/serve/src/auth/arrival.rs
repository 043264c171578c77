//! By which connection a request came.

use crate::tls::PeerCertificate;
use std::net::IpAddr;
use std::sync::Arc;

/// By which connection a request came.
#[derive(Clone, Debug)]
pub(crate) struct Arrival {
    /// The address that it came in by.
    pub(crate) local: IpAddr,
    /// The address that it came from.
    pub(crate) remote: IpAddr,
    /// The certificate by which its client says who it is.
    pub(crate) certificate: Option<Arc<PeerCertificate>>,
}
