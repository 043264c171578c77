//! Where a log is: the server and database of a URL, and the region's name in the tables there.

use crate::error::JournalError;
use paceline_tls::ClientTls;
use std::error::Error as _;
use std::path::PathBuf;
use std::time::Duration;
use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode, TargetSessionAttrs};

/// What the URLs of such logs begin with.
const SCHEMES: [&str; 2] = ["postgresql://", "postgres://"];
/// What a URL may say that the client of the database does not know: the authorities that are believed.
const AUTHORITIES: &str = "sslrootcert";
/// Longest that connecting may take, by each address.
const CONNECT_WAIT_MAX: Duration = Duration::from_secs(5);
/// Longest that sent bytes may stay without the other side's word that it has them.
const SILENCE_MAX: Duration = Duration::from_secs(10);
/// Longest name of a region that is taken from a URL.
const REGION_BYTES_MAX: usize = 128;

/// A log in tables of a PostgreSQL server.
#[derive(Clone, Debug)]
pub struct PostgresLog {
    pub(super) name: String,
    pub(super) region: String,
    pub(super) config: Config,
    /// `None`: the connection is to this machine, or was asked for without.
    pub(super) tls: Option<ClientTls>,
}

impl PostgresLog {
    /// Whether this is the address of such a log.
    pub fn is_address(text: &str) -> bool {
        SCHEMES.iter().any(|scheme| text.starts_with(scheme))
    }

    /// The log of a region, which is the URL's part behind `#` or, without one, `region`. To another machine TLS is spoken and the
    /// server's certificate checked, unless the URL says `sslmode=disable`.
    ///
    /// Errors: `Address`: no URL of a PostgreSQL server.
    pub fn parse(url: &str, region: &str) -> Result<Self, JournalError> {
        let (url, region) = url.split_once('#').unwrap_or((url, region));
        let (url, ca_file) = without_authorities(url);
        let mut config: Config = url.parse().map_err(|error| unreadable(region, &error))?;
        if config.get_hosts().is_empty() {
            return Err(refused(region, "must name a host"));
        }
        if region.is_empty() || region.len() > REGION_BYTES_MAX || region.contains('\0') {
            return Err(refused(region, "must name a region of 1 to 128 bytes"));
        }
        let plain = match config.get_ssl_mode() {
            SslMode::Disable => true,
            SslMode::Prefer => config.get_hosts().iter().all(is_here),
            _ => false,
        };
        config.ssl_mode(if plain { SslMode::Disable } else { SslMode::Require });
        config.application_name("paceline").connect_timeout(CONNECT_WAIT_MAX);
        config.keepalives_idle(SILENCE_MAX).tcp_user_timeout(SILENCE_MAX);
        // Of several hosts the one that was promoted.
        config.target_session_attrs(TargetSessionAttrs::ReadWrite);
        let tls = (!plain).then_some(ClientTls { ca_file, identity: None });
        Ok(Self { name: name(&config, region), region: region.to_owned(), config, tls })
    }
}

/// The URL without what only we read, and that.
fn without_authorities(url: &str) -> (String, Option<PathBuf>) {
    let Some((base, query)) = url.split_once('?') else { return (url.to_owned(), None) };
    let is_ours = |part: &&str| part.split('=').next() == Some(AUTHORITIES);
    let (ours, rest): (Vec<&str>, Vec<&str>) = query.split('&').partition(is_ours);
    let file = ours.first().and_then(|part| part.split_once('=')).map(|(_, file)| PathBuf::from(file));
    (format!("{base}?{}", rest.join("&")), file)
}

fn is_here(host: &Host) -> bool {
    match host {
        Host::Unix(_) => true,
        Host::Tcp(name) => {
            name == "localhost" || name.parse().is_ok_and(|ip: std::net::IpAddr| ip.is_loopback())
        }
    }
}

/// The address as it is told: without user and password.
fn name(config: &Config, region: &str) -> String {
    let hosts = config.get_hosts().iter().enumerate().map(|(at, host)| {
        let ports = config.get_ports();
        let port = ports.get(at).or(ports.first()).copied().unwrap_or(5432);
        match host {
            Host::Tcp(name) => format!("{name}:{port}"),
            Host::Unix(path) => format!("{}:{port}", path.display()),
        }
    });
    let hosts = hosts.collect::<Vec<_>>().join(",");
    format!("postgresql://{hosts}/{}#{region}", config.get_dbname().unwrap_or_default())
}

/// What is wrong with a URL: of its options the name is told, and never the value.
fn unreadable(region: &str, error: &tokio_postgres::Error) -> JournalError {
    let cause = error.source().map(|cause| format!(": {cause}")).unwrap_or_default();
    refused(region, &format!("cannot be read: {error}{cause}"))
}

fn refused(region: &str, rule: &str) -> JournalError {
    // The URL may hold a password.
    JournalError::Address { region: region.to_owned(), rule: rule.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(url: &str, expected: Expect) {
        expected.assert_eq(&match PostgresLog::parse(url, "main") {
            Ok(log) => format!("{}, {}", log.name, if log.tls.is_some() { "TLS" } else { "plain" }),
            Err(error) => error.to_string(),
        });
    }

    #[test]
    fn an_address_is_told_without_its_password_and_is_spoken_to_by_tls_unless_it_is_here() {
        check(
            "postgresql://me:secret@127.0.0.1/city",
            expect!["postgresql://127.0.0.1:5432/city#main, plain"],
        );
        check(
            "postgresql://me@db.example:6000/city#east",
            expect!["postgresql://db.example:6000/city#east, TLS"],
        );
        check("postgresql://a,b/city", expect!["postgresql://a:5432,b:5432/city#main, TLS"]);
        check(
            "postgresql://db.example/city?sslmode=disable",
            expect!["postgresql://db.example:5432/city#main, plain"],
        );
        check(
            "postgresql://db.example/city?sslrootcert=/ca.pem&sslmode=require",
            expect!["postgresql://db.example:5432/city#main, TLS"],
        );
    }

    #[test]
    fn an_address_that_is_none_is_refused_without_its_password() {
        check("postgresql:///city", expect!["the address of region main's journal must name a host"]);
        check(
            "postgresql://me:secret@h/city?colour=red",
            expect![
                "the address of region main's journal cannot be read: invalid connection string: unknown option `colour`"
            ],
        );
        check(
            "postgresql://h/city#",
            expect!["the address of region 's journal must name a region of 1 to 128 bytes"],
        );
    }
}
