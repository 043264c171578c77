//! Whose tokens are believed, and how they are read: the section `[auth.oidc]` of a server's file. The page of all keys is
//! `docs/configuration.md`.

use jsonwebtoken::Algorithm;
use paceline_api::Role;
use paceline_model::duration::within as span_within;
use paceline_model::{Invalid, Millis, Rule, duration};
use reqwest::Url;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::PathBuf;

/// Whose tokens are believed, and how they are read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OidcOptions {
    /// The issuer, as its tokens name it; its discovery document lies below `/.well-known/openid-configuration`.
    pub issuer: String,
    /// Whom its tokens must be for.
    pub audience: String,
    /// The authorities that are believed of the issuer's own certificate, in PEM; left out: those that the system believes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca_file: Option<PathBuf>,
    /// The claim that says the role. Points lead into objects: `realm_access.roles`.
    #[serde(default = "usual::role_claim")]
    pub role_claim: String,
    /// What the claim says, and which role it means; empty: roles by their own names.
    #[serde(default)]
    pub roles: BTreeMap<String, Role>,
    /// The claim that says for which vehicle somebody of role vehicle speaks.
    #[serde(default = "usual::vehicle_claim")]
    pub vehicle_claim: String,
    /// The claim that says which regions somebody may ask; tokens without it: all.
    #[serde(default = "usual::regions_claim")]
    pub regions_claim: String,
    /// By which algorithms tokens may be signed.
    #[serde(default = "usual::algorithms")]
    pub algorithms: Vec<TokenAlgorithm>,
    /// How far the issuer's clock may differ.
    #[serde(default = "usual::leeway", with = "duration")]
    pub leeway: Millis,
    /// Time between two looks at the issuer's keys.
    #[serde(default = "usual::refresh_every", with = "duration")]
    pub refresh_every: Millis,
    /// Least time between two looks, however many tokens are signed by keys that are not known.
    #[serde(default = "usual::refresh_min", with = "duration")]
    pub refresh_min: Millis,
}

/// By which algorithm a token is signed. There is none without a signature, and none by a secret that both sides know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TokenAlgorithm {
    /// RSA with SHA-256, by PKCS 1.
    #[serde(rename = "RS256")]
    Rs256,
    /// ECDSA with P-256 and SHA-256.
    #[serde(rename = "ES256")]
    Es256,
    /// Ed25519.
    #[serde(rename = "EdDSA")]
    EdDsa,
}

mod usual {
    use super::{Millis, TokenAlgorithm};

    pub(super) fn role_claim() -> String {
        "role".into()
    }
    pub(super) fn vehicle_claim() -> String {
        "vehicle".into()
    }
    pub(super) fn regions_claim() -> String {
        "regions".into()
    }
    pub(super) fn algorithms() -> Vec<TokenAlgorithm> {
        vec![TokenAlgorithm::Rs256, TokenAlgorithm::Es256, TokenAlgorithm::EdDsa]
    }
    pub(super) fn leeway() -> Millis {
        Millis::from_secs(30)
    }
    pub(super) fn refresh_every() -> Millis {
        Millis::from_secs(600)
    }
    pub(super) fn refresh_min() -> Millis {
        Millis::from_secs(10)
    }
}

/// Longest text of a setting.
const TEXT_BYTES_MAX: usize = 512;

impl OidcOptions {
    /// Tokens of this issuer for this audience, read as usual.
    pub fn of(issuer: &str, audience: &str) -> Self {
        Self {
            issuer: issuer.to_owned(),
            audience: audience.to_owned(),
            ca_file: None,
            role_claim: usual::role_claim(),
            roles: BTreeMap::new(),
            vehicle_claim: usual::vehicle_claim(),
            regions_claim: usual::regions_claim(),
            algorithms: usual::algorithms(),
            leeway: usual::leeway(),
            refresh_every: usual::refresh_every(),
            refresh_min: usual::refresh_min(),
        }
    }

    /// Errors: an issuer that cannot be asked in safety; no audience, claim or algorithm; a span beyond reason.
    pub fn validate(&self) -> Result<(), Invalid> {
        if !asked_in_safety(&self.issuer) {
            let rule =
                "must be an https:// address without query and fragment (http:// on a loopback address only)";
            return Err(Invalid::new("issuer", &self.issuer, Rule::Shape(rule.into())));
        }
        for (field, text) in [
            ("issuer", &self.issuer),
            ("audience", &self.audience),
            ("role_claim", &self.role_claim),
            ("vehicle_claim", &self.vehicle_claim),
            ("regions_claim", &self.regions_claim),
        ] {
            if text.is_empty() || text.len() > TEXT_BYTES_MAX {
                let rule = Rule::Size { least: 1, most: TEXT_BYTES_MAX, unit: "bytes".into() };
                return Err(Invalid::new(field, text, rule));
            }
        }
        if self.algorithms.is_empty() {
            let rule = Rule::Shape("must name one of RS256, ES256, EdDSA".into());
            return Err(Invalid::new("algorithms", "empty", rule));
        }
        span_within("leeway", self.leeway, (Millis(0), Millis::from_secs(300)))?;
        span_within("refresh_every", self.refresh_every, (Millis(100), Millis::from_secs(86_400)))?;
        span_within("refresh_min", self.refresh_min, (Millis(100), self.refresh_every))?;
        Ok(())
    }
}

impl TokenAlgorithm {
    pub(super) fn algorithm(self) -> Algorithm {
        match self {
            Self::Rs256 => Algorithm::RS256,
            Self::Es256 => Algorithm::ES256,
            Self::EdDsa => Algorithm::EdDSA,
        }
    }
}

/// Whether what is read from there can only be the issuer's: over TLS, or from this machine.
pub(super) fn asked_in_safety(address: &str) -> bool {
    let Ok(url) = Url::parse(address) else { return false };
    let host = url.host_str().unwrap_or_default();
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let loopback = bare == "localhost" || bare.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
    let plain = url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
    plain && !host.is_empty() && (url.scheme() == "https" || (url.scheme() == "http" && loopback))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_issuer_is_asked_by_tls_or_on_this_machine() {
        for safe in [
            "https://id.example/realms/fleet",
            "http://127.0.0.1:9",
            "http://[::1]:9/a",
            "http://localhost:9",
        ] {
            assert!(asked_in_safety(safe), "{safe}");
        }
        for unsafe_one in [
            "http://id.example",
            "http://localhost.evil.example",
            "http://10.0.0.1",
            "ftp://127.0.0.1",
            "id.example",
            "https://id.example?a=b",
            "https://id.example#a",
            "",
        ] {
            assert!(!asked_in_safety(unsafe_one), "{unsafe_one}");
        }
    }

    #[test]
    fn settings_that_would_let_anybody_in_are_refused() {
        let said = |change: fn(&mut OidcOptions)| {
            let mut options = OidcOptions::of("https://id.example", "dispatch");
            change(&mut options);
            options.validate().map_err(|invalid| invalid.to_string())
        };
        assert_eq!(said(|_| {}), Ok(()));
        assert!(said(|of| of.audience.clear()).is_err_and(|why| why.starts_with("audience is ")));
        assert!(said(|of| of.algorithms.clear()).is_err_and(|why| why.starts_with("algorithms is empty")));
        assert!(
            said(|of| of.leeway = Millis::from_secs(3_600)).is_err_and(|why| why.starts_with("leeway is "))
        );
        for wrong in ["HS256", "none", "RS512", "PS256"] {
            assert!(serde_json::from_str::<TokenAlgorithm>(&format!("\"{wrong}\"")).is_err(), "{wrong}");
        }
    }
}
