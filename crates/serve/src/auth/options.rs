//! Who is let in: the section `[auth]` of a server's file. The page of all keys is `docs/configuration.md`.

use super::oidc::OidcOptions;
use crate::error::ServeError;
use crate::tls::{ClientCertificates, TlsOptions};
use paceline_model::limits::within;
use paceline_model::{Invalid, Rule};
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;
use std::path::PathBuf;

/// Who is let in, and by which names they may ask.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AuthOptions {
    /// Names under which clients reach this server, beside those of the loopback and the address itself: what a request's
    /// `Host` may say.
    pub names: Vec<String>,
    /// Listens on an address that others can reach although nobody is asked who they are: a proxy in front does that.
    pub allow_unauthenticated: bool,
    /// The file of API keys that `paceline keys` writes. With one, whoever asks says who they are, on any address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keys_file: Option<PathBuf>,
    /// The file that says whose client certificates are. Needs `[serve.tls] client_certificates`. With one, whoever asks says who they are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub certificates_file: Option<PathBuf>,
    /// The issuer whose tokens say who comes. With one, whoever asks says who they are.
    pub oidc: Option<OidcOptions>,
    /// Requests a second of each who asks, where their key says nothing else; twice as many may come at once.
    pub requests_per_second: u32,
    /// The file of who did what, one line of JSON each.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub audit_file: Option<PathBuf>,
    /// Size at which a file of the audit is full: the next one begins, and eight are kept.
    pub audit_bytes_max: u64,
}

impl Default for AuthOptions {
    fn default() -> Self {
        Self {
            names: Vec::new(),
            allow_unauthenticated: false,
            keys_file: None,
            certificates_file: None,
            oidc: None,
            requests_per_second: 1_000,
            audit_file: None,
            audit_bytes_max: 64 << 20,
        }
    }
}

/// Most names: more are a proxy's business.
const NAMES_MAX: usize = 64;
/// Longest name. Source: RFC 1035, 2.3.4.
const NAME_BYTES_MAX: usize = 253;

impl AuthOptions {
    /// Errors: a name that is none, or too many; a rate or a size beyond reason; keys, and nobody asked for them.
    pub fn validate(self) -> Result<Self, Invalid> {
        within("requests_per_second", self.requests_per_second.into(), (1.0, 1e6))?;
        within("audit_bytes_max", self.audit_bytes_max as f64, (65_536.0, 1e12))?;
        if let Some(oidc) = &self.oidc {
            oidc.validate().map_err(|invalid| invalid.within("oidc"))?;
        }
        if let Some(other) = self.identity().filter(|_| self.allow_unauthenticated) {
            return Err(Invalid::new("allow_unauthenticated", true, Rule::Without { other: other.into() }));
        }
        if self.names.len() > NAMES_MAX {
            let rule = Rule::Size { least: 0, most: NAMES_MAX, unit: "names".into() };
            return Err(Invalid::new("names", format!("{} names", self.names.len()), rule));
        }
        for name in &self.names {
            let plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
            if name.is_empty() || name.len() > NAME_BYTES_MAX || !plain {
                let rule = "must be the name of a host, without scheme and port, such as dispatch.example";
                return Err(Invalid::new("names", name, Rule::Shape(rule.into())));
            }
        }
        Ok(self)
    }

    /// By what it is asked who comes; `None`: nobody is asked.
    pub(super) fn identity(&self) -> Option<&'static str> {
        let ways = [
            ("keys_file", self.keys_file.is_some()),
            ("certificates_file", self.certificates_file.is_some()),
            ("oidc", self.oidc.is_some()),
        ];
        ways.into_iter().find_map(|(way, given)| given.then_some(way))
    }

    /// Errors: certificates say who comes, and the listener does not ask for any.
    pub fn check_tls(&self, tls: Option<&TlsOptions>) -> Result<(), Invalid> {
        let asks = tls.is_some_and(|tls| tls.client_certificates != ClientCertificates::Off);
        if asks || self.certificates_file.is_none() {
            return Ok(());
        }
        let rule = "needs serve.tls.client_certificates: \"optional\" or \"required\"";
        Err(Invalid::new("auth.certificates_file", "set", Rule::Shape(rule.into())))
    }

    /// Errors: the address can be reached from other machines, and nobody would be asked who they are.
    pub(crate) fn check_address(&self, address: SocketAddr) -> Result<(), ServeError> {
        let loopback = address.ip().to_canonical().is_loopback();
        if loopback || self.allow_unauthenticated || self.identity().is_some() {
            return Ok(());
        }
        Err(ServeError::Open { address })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(address: &str, allow_unauthenticated: bool) -> bool {
        let options = AuthOptions { allow_unauthenticated, ..AuthOptions::default() };
        options.check_address(address.parse().expect("an address")).is_ok()
    }

    #[test]
    fn without_identity_only_the_loopback_is_listened_on_unless_the_operator_says_so() {
        for loopback in ["127.0.0.1:1", "127.9.9.9:1", "[::1]:1", "[::ffff:127.0.0.1]:1"] {
            assert!(checked(loopback, false), "{loopback}");
        }
        for open in ["0.0.0.0:1", "[::]:1", "192.168.0.7:1", "[2001:db8::1]:1", "[::ffff:10.0.0.1]:1"] {
            assert!(!checked(open, false), "{open}");
            assert!(checked(open, true), "{open}");
        }
    }

    #[test]
    fn a_name_is_a_host_and_nothing_more() {
        let named = |name: &str| {
            let names = vec![name.to_owned()];
            AuthOptions { names, ..AuthOptions::default() }.validate().map(drop).map_err(|e| e.to_string())
        };
        assert_eq!(named("dispatch.example"), Ok(()));
        for wrong in ["https://dispatch.example", "dispatch.example:443", "", "*", "a b"] {
            let rule = "must be the name of a host, without scheme and port, such as dispatch.example";
            assert_eq!(named(wrong), Err(format!("names is {wrong}: {rule}")));
        }
    }
}
