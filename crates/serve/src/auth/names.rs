//! The names of this server. A browser says in `Host` which name it was led by: one that a stranger has pointed at this
//! address is none of ours, and a page of theirs reads and writes nothing here.

use axum::http::uri::Authority;
use std::net::IpAddr;

/// Names by which this server may be asked.
#[derive(Clone, Debug)]
pub(super) struct Names {
    /// In lower case.
    configured: Vec<String>,
    listen: IpAddr,
}

impl Names {
    pub(super) fn new(configured: &[String], listen: IpAddr) -> Self {
        let configured = configured.iter().map(|name| name.to_ascii_lowercase()).collect();
        Self { configured, listen: listen.to_canonical() }
    }

    /// Whether a request to this name is meant for us; `local` is the address that its connection came in by.
    pub(super) fn have(&self, authority: &Authority, local: IpAddr) -> bool {
        let host = authority.host();
        let bare = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(host);
        if let Ok(address) = bare.parse::<IpAddr>() {
            let address = address.to_canonical();
            return address.is_loopback() || address == self.listen || address == local.to_canonical();
        }
        let name = host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase();
        // Names below `localhost` never leave a machine. Source: RFC 6761, 6.3.
        name == "localhost" || name.ends_with(".localhost") || self.configured.contains(&name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn have(host: &str) -> bool {
        let listen = "10.0.0.7".parse().expect("an address");
        let local = "10.0.0.8".parse().expect("an address");
        let names = Names::new(&["Dispatch.example".to_owned()], listen);
        names.have(&host.parse().expect("an authority"), local)
    }

    #[test]
    fn our_names_are_loopback_address_and_what_is_configured() {
        for ours in [
            "localhost",
            "LOCALHOST:8080",
            "a.localhost",
            "127.0.0.1:8080",
            "[::1]:8080",
            "10.0.0.7",
            "10.0.0.8:8080",
            "[::ffff:10.0.0.7]:80",
            "dispatch.example",
            "DISPATCH.EXAMPLE.:443",
        ] {
            assert!(have(ours), "{ours}");
        }
    }

    #[test]
    fn every_other_name_is_a_strangers() {
        for foreign in [
            "evil.example",
            "localhost.evil.example",
            "dispatch.example.evil",
            "10.0.0.9",
            "0.0.0.0",
            "evillocalhost",
        ] {
            assert!(!have(foreign), "{foreign}");
        }
    }
}
