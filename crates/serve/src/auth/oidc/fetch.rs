//! How the issuer's keys come: its discovery document, then the keys that it names. Source: OpenID Connect Discovery 1.0.

use super::jwks::KeySet;
use super::options::{OidcOptions, asked_in_safety};
use crate::error::ServeError;
use crate::fetch;
use jsonwebtoken::Algorithm;
use paceline_tls::ClientTls;
use serde::Deserialize;
use std::time::Duration;

/// How long each of the two answers may take.
const ANSWER_MAX: Duration = Duration::from_secs(5);
/// Largest answer. The largest sets of keys, with their certificates, have some 20 kB.
const ANSWER_BYTES_MAX: usize = 256 << 10;

/// What is read of the discovery document.
#[derive(Deserialize)]
struct Discovery {
    issuer: String,
    jwks_uri: String,
}

/// Fetches the keys of one issuer.
pub(super) struct Fetcher {
    http: reqwest::Client,
    issuer: String,
    allowed: Vec<Algorithm>,
}

impl Fetcher {
    /// Errors: the authorities that are to be believed of the issuer cannot be read.
    pub(super) fn new(options: &OidcOptions) -> Result<Self, ServeError> {
        let tls = ClientTls { ca_file: options.ca_file.clone(), identity: None }.config(&options.issuer)?;
        let http = fetch::client(tls, ANSWER_MAX).map_err(ServeError::Issuer)?;
        let allowed = options.algorithms.iter().map(|of| of.algorithm()).collect();
        Ok(Self { http, issuer: options.issuer.clone(), allowed })
    }

    /// Errors: in words, what went wrong.
    pub(super) async fn fetch(&self) -> Result<KeySet, String> {
        let place = format!("{}/.well-known/openid-configuration", self.issuer.trim_end_matches('/'));
        let discovery = self.get(&place).await?;
        let discovery: Discovery = serde_json::from_slice(&discovery)
            .map_err(|error| format!("{place} is no discovery document: {error}"))?;
        if discovery.issuer != self.issuer {
            return Err(format!("{place} is about another issuer, {:.200}", discovery.issuer));
        }
        if !asked_in_safety(&discovery.jwks_uri) {
            return Err(format!(
                "{place} names keys at {:.200}, which is neither https:// nor loopback",
                discovery.jwks_uri
            ));
        }
        let keys = self.get(&discovery.jwks_uri).await?;
        KeySet::read(&keys, &self.allowed).map_err(|why| format!("{:.200} has {why}", discovery.jwks_uri))
    }

    async fn get(&self, place: &str) -> Result<Vec<u8>, String> {
        fetch::get(&self.http, place, place, ANSWER_BYTES_MAX).await
    }
}
