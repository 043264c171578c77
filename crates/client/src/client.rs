//! The client: where the server is, and calls that are repeated until they are answered.

use crate::backoff::Backoff;
use crate::doors::Doors;
use crate::error::ClientError;
use crate::link_handle::LinkHandle;
use crate::options::ClientOptions;
use crate::prepared::Prepared;
use crate::transport::{http, is_http};
use paceline_api::link::LinkAnswer;
use paceline_api::operation::path_in_region;
use paceline_model::RegionId;
use reqwest::header::HeaderMap;
use serde::de::DeserializeOwned;
use std::sync::Arc;
use std::time::Duration;

/// Speaks to one server. Cheap to clone; clones share their connections.
#[derive(Clone, Debug)]
pub struct Client {
    pub(crate) http: reqwest::Client,
    pub(crate) doors: Doors,
    pub(crate) options: Arc<ClientOptions>,
    /// The region that is asked by its name.
    pub(crate) region: Option<RegionId>,
    /// What carries small requests, if something does.
    pub(crate) link: Option<LinkHandle>,
}

impl Client {
    /// A client of the server at `base`, such as `https://dispatch.example`. Nothing is sent yet.
    ///
    /// Errors: no URL of HTTP; a file of certificates cannot be used.
    pub fn new(base: &str, options: ClientOptions) -> Result<Self, ClientError> {
        Self::of_cluster(&[base], options)
    }

    /// A client of the servers at these addresses, of which any answers for all: where one cannot be reached, the next is asked.
    ///
    /// Errors: no address, or one that is no URL of HTTP; a file of certificates cannot be used.
    pub fn of_cluster(bases: &[&str], options: ClientOptions) -> Result<Self, ClientError> {
        let none = || ClientError::Unusable("there is no address to ask".into());
        let unusable = bases.iter().find(|base| !is_http(base)).copied();
        // The system's authorities are read where any of them speaks TLS.
        let secure = bases.iter().find(|base| base.starts_with("https://")).copied();
        let first = unusable.or(secure).or(bases.first().copied()).ok_or_else(none)?;
        let urls = bases.iter().map(|base| Arc::from(base.trim_end_matches('/'))).collect();
        let http = http(first, &options.tls)?
            .pool_max_idle_per_host(options.connections_idle_max)
            .pool_idle_timeout(options.idle_timeout)
            .build()
            .map_err(|error| ClientError::Unusable(error.to_string()))?;
        let doors = Doors::of(urls).ok_or_else(none)?;
        Ok(Self { http, doors, options: Arc::new(options), region: None, link: None })
    }

    /// The same, asking a region by its name; without, a client asks the only one that its server has. A link is to one region, so that the new client has none.
    pub fn in_region(&self, name: RegionId) -> Self {
        Self { region: Some(name), link: None, ..self.clone() }
    }

    /// Where a request goes that is asked at a door.
    pub(crate) fn url(&self, door: &str, of: &Prepared) -> String {
        match &self.region {
            Some(region) if of.of_region => format!("{door}{}", path_in_region(&of.path, region.as_str())),
            _ => format!("{door}{}", of.path),
        }
    }

    /// Where the server is; of several, the one that is asked now.
    pub fn base(&self) -> &str {
        self.doors.now().1
    }

    /// Sends, and reads nothing of an answer of success: for whoever has no use for it.
    ///
    /// Errors: what the last attempt said.
    pub async fn send(&self, prepared: &Prepared) -> Result<(), ClientError> {
        self.repeat(prepared, Reads::Nothing).await.map(drop)
    }

    /// Sends, and reads the answer as text.
    ///
    /// Errors: what the last attempt said.
    pub async fn text(&self, prepared: &Prepared) -> Result<String, ClientError> {
        let Answer { body, .. } = self.repeat(prepared, Reads::All).await?;
        Ok(String::from_utf8(body)
            .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()))
    }

    /// Sends, and reads the answer.
    ///
    /// Errors: what the last attempt said; an answer of another shape.
    pub async fn call<T: DeserializeOwned>(&self, prepared: &Prepared) -> Result<T, ClientError> {
        self.call_with_headers(prepared).await.map(|(answer, _)| answer)
    }

    /// The same, with what the answer's head says.
    pub(crate) async fn call_with_headers<T: DeserializeOwned>(
        &self,
        prepared: &Prepared,
    ) -> Result<(T, HeaderMap), ClientError> {
        let Answer { body, headers } = self.repeat(prepared, Reads::All).await?;
        Ok((serde_json::from_slice(&body).map_err(ClientError::Unexpected)?, headers))
    }

    /// Attempts until one goes well or there is no use in another.
    async fn repeat(&self, prepared: &Prepared, reads: Reads) -> Result<Answer, ClientError> {
        let mut backoff = Backoff::new();
        loop {
            match self.answer(prepared, reads).await {
                Ok(answer) => return Ok(answer),
                Err(error) => {
                    tokio::time::sleep(backoff.after(error, prepared.safe, &self.options)?).await;
                }
            }
        }
    }

    async fn answer(&self, prepared: &Prepared, reads: Reads) -> Result<Answer, ClientError> {
        let patience = self.options.timeout + prepared.waits;
        if let Some(link) = &self.link
            && let Some(answered) = link.ask(prepared, patience).await
        {
            return self.carried(answered?);
        }
        let mut response = self.attempt(prepared, Some(patience)).await?;
        let headers = std::mem::take(response.headers_mut());
        let body = match reads {
            Reads::Nothing => Vec::new(),
            Reads::All => self.read(response).await?,
        };
        Ok(Answer { headers, body })
    }

    /// An answer that came over the link, as if it had come by HTTP.
    fn carried(&self, answer: LinkAnswer) -> Result<Answer, ClientError> {
        let LinkAnswer { status, retry_after_s, body, .. } = answer;
        if body.len() > self.options.answer_bytes_max {
            return Err(ClientError::TooLarge(self.options.answer_bytes_max));
        }
        if (200..300).contains(&status) {
            return Ok(Answer { headers: HeaderMap::new(), body });
        }
        let retry_after = (retry_after_s > 0).then(|| Duration::from_secs(retry_after_s.into()));
        Err(ClientError::refused(status, retry_after, &body))
    }
}

/// An answer of success.
struct Answer {
    headers: HeaderMap,
    body: Vec<u8>,
}

/// How much of an answer of success is read.
#[derive(Clone, Copy)]
enum Reads {
    Nothing,
    All,
}
