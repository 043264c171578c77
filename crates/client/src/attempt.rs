//! One attempt: a request goes out, and what comes back is sorted into answers and errors.

use crate::client::Client;
use crate::error::ClientError;
use crate::prepared::Prepared;
use reqwest::Response;
use reqwest::header::RETRY_AFTER;
use std::time::Duration;

impl Client {
    /// Sends, and has the head of an answer of success. The body is not read.
    ///
    /// Errors: no connection, a status that is none of success.
    pub(crate) async fn attempt(
        &self,
        of: &Prepared,
        timeout: Option<Duration>,
    ) -> Result<Response, ClientError> {
        let response = self.attempt_any(of, timeout).await?;
        if response.status().is_success() { Ok(response) } else { Err(self.refusal(response).await) }
    }

    /// Sends, and has the head of any answer.
    ///
    /// Errors: no connection.
    pub(crate) async fn attempt_any(
        &self,
        of: &Prepared,
        timeout: Option<Duration>,
    ) -> Result<Response, ClientError> {
        let (at, door) = self.doors.now();
        let mut request = self.http.request(of.method.clone(), self.url(door, of));
        if let Some((media, body)) = &of.content {
            request = request.header("content-type", *media).body(body.clone());
        }
        for (name, value) in &of.headers {
            request = request.header(*name, value);
        }
        if let Some(bearer) = &self.options.bearer {
            request = request.bearer_auth(bearer.reveal());
        }
        if let Some(timeout) = timeout {
            request = request.timeout(timeout);
        }
        let sent = request.send().await.map_err(|error| ClientError::of(error, self.options.timeout));
        sent.inspect_err(|_| self.doors.leave(at))
    }

    /// All of a body. Errors: it breaks off, or is larger than is read.
    pub(crate) async fn read(&self, mut response: Response) -> Result<Vec<u8>, ClientError> {
        let most = self.options.answer_bytes_max;
        let mut body = Vec::new();
        loop {
            match response.chunk().await {
                Ok(None) => return Ok(body),
                Ok(Some(chunk)) if body.len() + chunk.len() > most => {
                    return Err(ClientError::TooLarge(most));
                }
                Ok(Some(chunk)) => body.extend_from_slice(&chunk),
                Err(error) => return Err(ClientError::of(error, self.options.timeout)),
            }
        }
    }

    /// What an answer that is none of success says.
    async fn refusal(&self, response: Response) -> ClientError {
        let status = response.status().as_u16();
        let header = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
        // A date instead of seconds is allowed and rare; without it the client's own waits hold.
        let retry_after = header.and_then(|seconds| seconds.trim().parse().ok()).map(Duration::from_secs);
        let body = match self.read(response).await {
            Ok(body) => body,
            Err(error) => return error,
        };
        ClientError::refused(status, retry_after, &body)
    }
}
