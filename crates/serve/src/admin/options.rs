//! Where operators are let in, and with what.

use super::token::AdminToken;
use crate::error::ServeError;
use crate::tls::TlsOptions;
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;
use std::path::PathBuf;

/// The admin listener: profiles, tasks, traces. Off unless an address is set, and never open without a token.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AdminOptions {
    /// Where to listen: another address than the public one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub listen: Option<SocketAddr>,
    /// The secret that every request must carry.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token: Option<AdminToken>,
    /// A file whose first line is the secret, for machines that hand secrets out as files.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token_file: Option<PathBuf>,
    /// By which certificate it speaks TLS; without, it speaks plain HTTP.
    pub tls: Option<TlsOptions>,
}

impl AdminOptions {
    /// The address and the token, or nothing where no address is set.
    ///
    /// Errors: an address without a token, a token or TLS that breaks its rule, a file that cannot be read.
    pub fn resolve(&self) -> Result<Option<(SocketAddr, AdminToken)>, ServeError> {
        let Some(listen) = self.listen else { return Ok(None) };
        let token = match (&self.token, &self.token_file) {
            (Some(token), _) => token.clone().validate()?,
            (None, Some(file)) => {
                let text = std::fs::read_to_string(file)
                    .map_err(|cause| ServeError::TokenFile { file: file.clone(), cause })?;
                AdminToken::new(text.lines().next().unwrap_or_default())?
            }
            (None, None) => return Err(AdminToken::missing().into()),
        };
        if let Some(tls) = &self.tls {
            tls.validate().map_err(|invalid| invalid.within("admin"))?;
        }
        Ok(Some((listen, token)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolved(options: &AdminOptions) -> String {
        match options.resolve() {
            Ok(found) => format!("{:?}", found.map(|(listen, _)| listen.to_string())),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn without_an_address_nothing_listens() {
        assert_eq!(resolved(&AdminOptions::default()), "None");
    }
    #[test]
    fn an_address_without_a_token_is_refused() {
        let listen = "127.0.0.1:9091".parse().ok();
        let options = AdminOptions { listen, ..AdminOptions::default() };
        assert_eq!(resolved(&options), "E0101 admin.token is not set: must have between 16 and 256 bytes");
    }
    #[test]
    fn the_token_may_come_from_a_file() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let file = dir.path().join("token");
        std::fs::write(&file, "0123456789abcdef\n").expect("it can be written");
        let listen = "127.0.0.1:9091".parse().ok();
        let options = AdminOptions { listen, token_file: Some(file), ..AdminOptions::default() };
        assert_eq!(resolved(&options), "Some(\"127.0.0.1:9091\")");
        let gone = AdminOptions { token_file: Some("nowhere/token".into()), ..options };
        assert!(resolved(&gone).starts_with("E0604 cannot read the admin token from nowhere/token: "));
    }
}
