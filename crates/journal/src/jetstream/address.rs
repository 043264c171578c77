//! Where a log is: the servers of a URL, and two streams there that bear the region's name.

use crate::error::JournalError;
use paceline_tls::ClientTls;
use std::path::PathBuf;

/// What the URLs of such logs begin with.
const SCHEMES: [&str; 2] = ["nats://", "tls://"];
/// The port of NATS.
const PORT: u16 = 4222;
/// Longest name of a region: a stream's may have 255 bytes, of which each of ours may take three.
const REGION_BYTES_MAX: usize = 64;

/// A log in streams of NATS JetStream.
#[derive(Clone, Debug)]
pub struct JetStreamLog {
    pub(super) name: String,
    /// The region's name, as streams and subjects may have it.
    pub(super) token: String,
    /// The servers with user and password, as the client takes them.
    pub(super) servers: Vec<String>,
    /// `None`: all servers are this machine, or it was asked for without.
    pub(super) tls: Option<ClientTls>,
    pub(super) replicas: usize,
}

impl JetStreamLog {
    /// Whether this is the address of such a log.
    pub fn is_address(text: &str) -> bool {
        SCHEMES.iter().any(|scheme| text.starts_with(scheme))
    }

    /// The log of a region, which is the URL's part behind `#` or, without one, `region`: `nats://USER:PASSWORD@HOST:PORT,HOST?replicas=3`.
    /// To other machines TLS is spoken, unless the URL says `tls=disable`; `ca=FILE` names the authorities that are believed.
    ///
    /// Errors: `Address`: no URL of a NATS server.
    pub fn parse(url: &str, region: &str) -> Result<Self, JournalError> {
        let (url, region) = url.split_once('#').unwrap_or((url, region));
        let refused = |rule: &str| JournalError::Address { region: region.to_owned(), rule: rule.to_owned() };
        if region.is_empty() || region.len() > REGION_BYTES_MAX {
            return Err(refused("must name a region of 1 to 64 bytes"));
        }
        let (base, query) = url.split_once('?').unwrap_or((url, ""));
        let (_, servers) = base.split_once("://").ok_or_else(|| refused("must begin with nats://"))?;
        let (user, hosts) =
            servers.rsplit_once('@').map_or((None, servers), |(user, hosts)| (Some(user), hosts));
        let hosts: Vec<String> = hosts.trim_end_matches('/').split(',').map(with_port).collect();
        if hosts.iter().any(|host| host.starts_with(':') || host.contains('/')) {
            return Err(refused("must name a host"));
        }
        let options = Query::parse(query).map_err(|rule| refused(&rule))?;
        let here = hosts.iter().all(|host| is_here(host)) && !base.starts_with("tls://");
        let tls = (!here && !options.plain).then_some(ClientTls { ca_file: options.ca_file, identity: None });
        let user = user.map(|user| format!("{user}@")).unwrap_or_default();
        let servers = hosts.iter().map(|host| format!("nats://{user}{host}")).collect();
        let name = format!("nats://{}#{region}", hosts.join(","));
        Ok(Self { name, token: token(region), servers, tls, replicas: options.replicas })
    }

    /// The stream of the records.
    pub(super) fn records(&self) -> String {
        format!("PACELINE-LOG-{}", self.token)
    }

    /// The stream of the snapshots.
    pub(super) fn snapshots(&self) -> String {
        format!("PACELINE-SNAPSHOTS-{}", self.token)
    }

    /// A subject of the stream of the records.
    pub(super) fn record_subject(&self, leaf: &str) -> String {
        format!("paceline.log.{}.{leaf}", self.token)
    }

    /// A subject of the stream of the snapshots.
    pub(super) fn snapshot_subject(&self, leaf: &str) -> String {
        format!("paceline.snapshots.{}.{leaf}", self.token)
    }
}

struct Query {
    replicas: usize,
    plain: bool,
    ca_file: Option<PathBuf>,
}

impl Query {
    /// Errors: the rule that is broken.
    fn parse(text: &str) -> Result<Self, String> {
        let mut query = Self { replicas: 1, plain: false, ca_file: None };
        for part in text.split('&').filter(|part| !part.is_empty()) {
            match part.split_once('=') {
                Some(("replicas", "1")) => query.replicas = 1,
                Some(("replicas", "3")) => query.replicas = 3,
                Some(("replicas", "5")) => query.replicas = 5,
                Some(("tls", "disable")) => query.plain = true,
                Some(("ca", file)) => query.ca_file = Some(file.into()),
                _ => {
                    return Err(format!(
                        "may say replicas=1, 3 or 5, tls=disable and ca=FILE, and says {part}"
                    ));
                }
            }
        }
        Ok(query)
    }
}

fn with_port(host: &str) -> String {
    let has_port = host.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
    if has_port { host.to_owned() } else { format!("{host}:{PORT}") }
}

fn is_here(host: &str) -> bool {
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name).trim_matches(['[', ']']);
    name == "localhost" || name.parse().is_ok_and(|ip: std::net::IpAddr| ip.is_loopback())
}

/// The name with what streams and subjects may not have written as hexadecimal digits.
fn token(region: &str) -> String {
    let byte = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' => (byte as char).to_string(),
        byte => format!("-{byte:02x}"),
    };
    region.bytes().map(byte).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(url: &str, expected: Expect) {
        expected.assert_eq(&match JetStreamLog::parse(url, "main") {
            Ok(log) => {
                let tls = if log.tls.is_some() { "TLS" } else { "plain" };
                format!("{}, {}, {tls}, {} replicas", log.name, log.records(), log.replicas)
            }
            Err(error) => error.to_string(),
        });
    }

    #[test]
    fn an_address_is_told_without_its_password_and_is_spoken_to_by_tls_unless_it_is_here() {
        check(
            "nats://me:secret@127.0.0.1",
            expect!["nats://127.0.0.1:4222#main, PACELINE-LOG-main, plain, 1 replicas"],
        );
        check(
            "nats://a,b:5,c#x.y?replicas=3",
            expect![
                "nats://a:4222,b:5,c:4222#x.y?replicas=3, PACELINE-LOG-x-2ey-3freplicas-3d3, TLS, 1 replicas"
            ],
        );
        check("nats://a,b?replicas=3#x", expect!["nats://a:4222,b:4222#x, PACELINE-LOG-x, TLS, 3 replicas"]);
        check("nats://a?tls=disable", expect!["nats://a:4222#main, PACELINE-LOG-main, plain, 1 replicas"]);
        check("nats://", expect!["the address of region main's journal must name a host"]);
        check(
            "nats://a?replicas=2",
            expect![
                "the address of region main's journal may say replicas=1, 3 or 5, tls=disable and ca=FILE, and says replicas=2"
            ],
        );
    }
}
