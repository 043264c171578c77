//! HTTP and TLS as every client here speaks them: by no proxy, and believing nobody but whom it was told to believe.

use crate::error::ClientError;
use paceline_tls::ClientTls;

/// What a client of the server at `base` is made with: for programs that ask more than [`crate::Client`] does.
///
/// Errors: no URL of HTTP; a file of `tls` cannot be used.
pub fn http(base: &str, tls: &ClientTls) -> Result<reqwest::ClientBuilder, ClientError> {
    if !is_http(base) {
        return Err(ClientError::Unusable(format!("{base} does not begin with http:// or https://")));
    }
    let config = tls.config(base).map_err(|error| ClientError::Unusable(error.to_string()))?;
    Ok(reqwest::Client::builder().no_proxy().tls_backend_preconfigured(config))
}

/// Whether it is a URL of HTTP.
pub(crate) fn is_http(base: &str) -> bool {
    base.starts_with("http://") || base.starts_with("https://")
}
