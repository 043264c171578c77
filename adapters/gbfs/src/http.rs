//! Asks a feed over HTTP: one answer within a time and a size.

use crate::inflate::inflate;
use crate::poll::{Answer, Ask, Validators};
use paceline_model::Millis;
use reqwest::header::{
    ACCEPT_ENCODING, ETAG, HeaderMap, IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED, RETRY_AFTER,
};
use reqwest::redirect::Policy;
use reqwest::{Client, Response, StatusCode};
use rustls::ClientConfig;
use std::error::Error;
use std::time::Duration;

/// Feeds move, from `http` to `https` and to another host; further than this nobody sends in good faith.
const REDIRECTS_MAX: usize = 5;

/// Who asks.
#[derive(Clone, Debug)]
pub(crate) struct Http {
    client: Client,
    bytes_max: usize,
}

impl Http {
    /// Errors: in words, why nothing can be asked from here.
    pub(crate) fn new(tls: ClientConfig, answer_within: Duration, bytes_max: usize) -> Result<Self, String> {
        let client = Client::builder()
            .tls_backend_preconfigured(tls)
            .timeout(answer_within)
            .redirect(Policy::limited(REDIRECTS_MAX))
            .user_agent(concat!("paceline/", env!("CARGO_PKG_VERSION")));
        client.build().map(|client| Self { client, bytes_max }).map_err(|error| innermost(&error))
    }

    /// Asks. What goes wrong is an answer, too.
    pub(crate) async fn answer(&self, ask: &Ask) -> Answer {
        let mut request = self.client.get(&ask.url).header(ACCEPT_ENCODING, "gzip");
        if let Some(etag) = &ask.validators.etag {
            request = request.header(IF_NONE_MATCH, etag);
        }
        if let Some(since) = &ask.validators.last_modified {
            request = request.header(IF_MODIFIED_SINCE, since);
        }
        let response = match request.send().await {
            Ok(response) => response,
            // An address may carry a key.
            Err(error) => return failed(format!("does not answer: {}", innermost(&error.without_url()))),
        };
        match response.status() {
            StatusCode::NOT_MODIFIED => Answer::NotModified,
            StatusCode::OK => self.body(response).await,
            status => Answer::Failed {
                why: format!("answers {status}"),
                retry_after: retry_after(response.headers()),
            },
        }
    }

    async fn body(&self, mut response: Response) -> Answer {
        let text =
            |name| response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let validators = Validators { etag: text(ETAG), last_modified: text(LAST_MODIFIED) };
        let mut bytes = Vec::new();
        loop {
            match response.chunk().await {
                Ok(Some(chunk)) if bytes.len() + chunk.len() <= self.bytes_max => {
                    bytes.extend_from_slice(&chunk)
                }
                Ok(Some(_)) => return failed(format!("answers more than {} bytes", self.bytes_max)),
                Ok(None) => break,
                Err(error) => return failed(format!("breaks off: {}", innermost(&error.without_url()))),
            }
        }
        match inflate(bytes, self.bytes_max) {
            Ok(bytes) => Answer::Body { bytes, validators },
            Err(error) => failed(format!("cannot be unpacked: {error}")),
        }
    }
}

fn failed(why: String) -> Answer {
    Answer::Failed { why, retry_after: None }
}

/// How long a server asks to be left alone, where it says so in seconds.
fn retry_after(headers: &HeaderMap) -> Option<Millis> {
    let seconds: u32 = headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Millis::from_secs(seconds))
}

/// What lies beneath: the outer ones only say that a request failed.
fn innermost(error: &dyn Error) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}
