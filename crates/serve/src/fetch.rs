//! What the server asks of others over HTTP: one answer within a time and a size, from nowhere but where it was told to ask.

use crate::cause::innermost;
use reqwest::redirect::Policy;
use rustls::ClientConfig;
use std::time::Duration;

/// Who is asked. Errors: nothing can be asked from here.
pub(crate) fn client(tls: ClientConfig, answer_within: Duration) -> Result<reqwest::Client, String> {
    // One that sends elsewhere would have the server ask where nobody has said that it may.
    let client = reqwest::Client::builder().redirect(Policy::none()).tls_backend_preconfigured(tls);
    client.timeout(answer_within).build().map_err(|error| error.to_string())
}

/// The body of an answer.
///
/// Errors: in words, what went wrong, said of `place`.
pub(crate) async fn get(
    http: &reqwest::Client,
    url: &str,
    place: &str,
    bytes_max: usize,
) -> Result<Vec<u8>, String> {
    let broken = |error: reqwest::Error| {
        // Where the place is not the address, that is not for everybody's eyes.
        format!("{place:.200} does not answer: {}", innermost(&error.without_url()))
    };
    let mut answer = http.get(url).send().await.map_err(broken)?;
    if !answer.status().is_success() {
        return Err(format!("{place:.200} answers {}", answer.status()));
    }
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(broken)? {
        if body.len() + chunk.len() > bytes_max {
            return Err(format!("{place:.200} answers more than {bytes_max} bytes"));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}
