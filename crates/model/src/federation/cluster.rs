//! A cluster: an edge region that somebody serves, known by where it is asked.

use super::id::ClusterId;
use crate::limits::{Invalid, Rule, URL_BYTES_MAX};
use crate::{RegionId, Tag};
use serde::{Deserialize, Serialize};

/// A cluster, as its operator describes it. Keys are no part of it: they lie beside the federation, and no journal has them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClusterSpec {
    /// Lasting name.
    pub id: ClusterId,
    /// Where its server is asked, such as `https://north.example`.
    pub url: String,
    /// Which of that server's regions it is; `None`: the only one.
    pub region: Option<RegionId>,
    /// Where it lies, so that work can be spread over several such places: a country, a provider's region, a grid.
    pub location: Option<Tag>,
}

impl ClusterSpec {
    /// Errors: an address that is none of `http` or `https`, too long, with blanks, or with somebody's password in it.
    pub fn validate(self) -> Result<Self, Invalid> {
        let refused = |rule: &str| Err(Invalid::new("url", &self.url, Rule::Shape(rule.into())));
        let Some((_, host)) = self.url.split_once("://") else {
            return refused("must be an address such as https://north.example");
        };
        if !self.url.starts_with("http://") && !self.url.starts_with("https://") {
            return refused("must begin with http:// or https://");
        }
        if self.url.len() > URL_BYTES_MAX || host.is_empty() {
            return refused("must name a host, in 512 bytes at most");
        }
        if self.url.chars().any(|c| c.is_whitespace() || c.is_control()) {
            return refused("must have no blanks");
        }
        if host.split('/').next().unwrap_or_default().contains('@') {
            return refused("must have no user or password: a key lies in a file of the federation");
        }
        Ok(self)
    }
}
