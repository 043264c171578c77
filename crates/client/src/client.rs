//! The client: where the server is, and calls that are repeated until they are answered.

use crate::backoff::Backoff;
use crate::error::ClientError;
use crate::options::ClientOptions;
use crate::prepared::Prepared;
use crate::transport::http;
use paceline_api::operation::path_in_region;
use paceline_model::RegionId;
use reqwest::header::HeaderMap;
use serde::de::DeserializeOwned;
use std::sync::Arc;

/// Speaks to one server. Cheap to clone; clones share their connections.
#[derive(Clone, Debug)]
pub struct Client {
    pub(crate) http: reqwest::Client,
    pub(crate) base: Arc<str>,
    pub(crate) options: Arc<ClientOptions>,
    /// The region that is asked by its name.
    region: Option<RegionId>,
}

impl Client {
    /// A client of the server at `base`, such as `https://dispatch.example`. Nothing is sent yet.
    ///
    /// Errors: no URL of HTTP; a file of certificates cannot be used.
    pub fn new(base: &str, options: ClientOptions) -> Result<Self, ClientError> {
        let base = base.trim_end_matches('/');
        let http = http(base, &options.tls)?
            .pool_max_idle_per_host(options.connections_idle_max)
            .pool_idle_timeout(options.idle_timeout)
            .build()
            .map_err(|error| ClientError::Unusable(error.to_string()))?;
        Ok(Self { http, base: base.into(), options: Arc::new(options), region: None })
    }

    /// The same, asking a region by its name; without, a client asks the only one that its server has.
    pub fn in_region(&self, name: RegionId) -> Self {
        Self { region: Some(name), ..self.clone() }
    }

    /// Where a request goes.
    pub(crate) fn url(&self, of: &Prepared) -> String {
        match &self.region {
            Some(region) if of.of_region => {
                format!("{}{}", self.base, path_in_region(&of.path, region.as_str()))
            }
            _ => format!("{}{}", self.base, of.path),
        }
    }

    /// Where the server is.
    pub fn base(&self) -> &str {
        &self.base
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
        let mut response = self.attempt(prepared, Some(self.options.timeout + prepared.waits)).await?;
        let headers = std::mem::take(response.headers_mut());
        let body = match reads {
            Reads::Nothing => Vec::new(),
            Reads::All => self.read(response).await?,
        };
        Ok(Answer { headers, body })
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
