//! Where a journal is, as people write it: a directory, or the URL of a server that keeps it.

use paceline_journal::{Directory, JournalError, LogAddress};
use serde::{Deserialize, Serialize, Serializer};
use std::convert::Infallible;
use std::fmt;
use std::path::{Component, Path, PathBuf};
use std::str::FromStr;

/// The region whose journal a URL means that names none: that of a server's only region.
pub(crate) const ONLY: &str = "main";

/// Where a journal is. What it is told as has no password. The default is nowhere.
#[derive(Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub(crate) struct JournalAt(PathBuf);

impl JournalAt {
    /// Where the journal of a region is.
    ///
    /// Errors: `Address`: a URL of no server that this program knows, or that breaks a rule.
    pub(crate) fn address(&self, region: &str) -> Result<LogAddress, JournalError> {
        match self.url() {
            Some(url) => server(url, region),
            None => Ok(Directory::from(&self.0).into()),
        }
    }

    /// What two that are the same have in common: a directory without `.`, a URL with the region's name.
    pub(crate) fn key(&self, region: &str) -> PathBuf {
        match self.url() {
            Some(url) if url.contains('#') => url.into(),
            Some(url) => format!("{url}#{region}").into(),
            None => self.0.components().filter(|part| *part != Component::CurDir).collect(),
        }
    }

    /// Whether nothing was said.
    pub(crate) fn is_nowhere(&self) -> bool {
        self.0.as_os_str().is_empty()
    }

    fn url(&self) -> Option<&str> {
        self.0.to_str().filter(|text| text.contains("://"))
    }
}

/// The log of a server that this program was built to know.
fn server(url: &str, region: &str) -> Result<LogAddress, JournalError> {
    #[cfg(feature = "postgres")]
    if paceline_journal::PostgresLog::is_address(url) {
        return Ok(LogAddress::of(paceline_journal::PostgresLog::parse(url, region)?));
    }
    #[cfg(feature = "jetstream")]
    if paceline_journal::JetStreamLog::is_address(url) {
        return Ok(LogAddress::of(paceline_journal::JetStreamLog::parse(url, region)?));
    }
    let scheme = url.split("://").next().unwrap_or_default();
    let rule =
        format!("must be a directory, or begin with {}, and not with {scheme}://", known().join(" or "));
    Err(refused(region, &rule))
}

/// What an address may begin with in this program.
fn known() -> Vec<&'static str> {
    let servers = [
        (
            cfg!(feature = "postgres"),
            "postgresql://",
            "postgresql:// (in a program built with `--features postgres`)",
        ),
        (cfg!(feature = "jetstream"), "nats://", "nats:// (in a program built with `--features jetstream`)"),
    ];
    servers.map(|(built, name, otherwise)| if built { name } else { otherwise }).into()
}

fn refused(region: &str, rule: &str) -> JournalError {
    JournalError::Address { region: region.to_owned(), rule: rule.to_owned() }
}

impl fmt::Display for JournalAt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some((scheme, rest)) = self.url().and_then(|url| url.split_once("://")) else {
            return write!(f, "{}", self.0.display());
        };
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(end);
        let (user, host) =
            authority.rsplit_once('@').map_or((None, authority), |(user, host)| (Some(user), host));
        let path = path.split_once('?').map_or(path, |(path, _)| path);
        match user.map(|user| user.split_once(':').map_or(user, |(user, _)| user)) {
            Some(user) => write!(f, "{scheme}://{user}@{host}{path}"),
            None => write!(f, "{scheme}://{host}{path}"),
        }
    }
}

impl fmt::Debug for JournalAt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{self}\"")
    }
}

impl Serialize for JournalAt {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl FromStr for JournalAt {
    type Err = Infallible;
    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self(text.into()))
    }
}

impl From<&str> for JournalAt {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

impl From<&Path> for JournalAt {
    fn from(directory: &Path) -> Self {
        Self(directory.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_password_is_told() {
        let told = |text: &str| JournalAt::from(text).to_string();
        assert_eq!(told("postgresql://me:secret@h:1/city?password=secret"), "postgresql://me@h:1/city");
        assert_eq!(told("postgresql://h/city#east"), "postgresql://h/city#east");
        assert_eq!(told("./journal"), "./journal");
    }

    #[test]
    fn one_database_has_a_journal_for_each_region() {
        let key = |text: &str, region| JournalAt::from(text).key(region);
        assert_eq!(key("./a", "east"), key("a", "west"));
        assert_ne!(key("postgresql://h/city", "east"), key("postgresql://h/city", "west"));
        assert_eq!(key("postgresql://h/city#west", "east"), key("postgresql://h/city", "west"));
    }

    #[test]
    fn what_is_no_server_of_ours_is_refused() {
        let refused = JournalAt::from("mysql://h/city").address("main").unwrap_err();
        assert!(
            refused.to_string().starts_with("the address of region main's journal must be a directory"),
            "{refused}"
        );
    }
}
