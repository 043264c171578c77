//! Problems as answers: what the wire says, with its status and when to come back.

use axum::Json;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use paceline_api::{Code, PROBLEM_JSON};
use paceline_model::{Invalid, Refusal};
use std::time::Duration;

/// An answer that says no.
#[derive(Debug)]
pub(crate) struct Problem {
    said: Box<paceline_api::Problem>,
    retry_after_s: Option<u32>,
}

impl Problem {
    pub(crate) fn new(code: Code, detail: impl Into<String>) -> Self {
        paceline_api::Problem::new(code, detail).into()
    }
    /// A value broke a rule: 422.
    pub(crate) fn invalid(invalid: &Invalid) -> Self {
        Self::invalid_all([invalid])
    }
    /// Several values did.
    pub(crate) fn invalid_all<'a>(all: impl IntoIterator<Item = &'a Invalid>) -> Self {
        paceline_api::Problem::invalid(all).into()
    }
    /// The body is no JSON of the right shape: 400.
    pub(crate) fn malformed(error: &impl std::fmt::Display) -> Self {
        Self::new(Code::E0103, error.to_string())
    }
    pub(crate) fn unknown(kind: &str, id: &str) -> Self {
        Refusal::Unknown { kind: kind.into(), id: id.into() }.into()
    }
    /// A token came, and there is nothing to judge it by: 503, come back.
    pub(crate) fn no_issuer(why: &str) -> Self {
        let detail = format!("Tokens cannot be judged now, as their issuer cannot be asked: {why}.");
        Self { retry_after_s: Some(10), ..Self::new(Code::E0308, detail) }
    }
    /// Too much at once: 429, come back.
    pub(crate) fn busy(detail: &str) -> Self {
        Self::new(Code::E0302, detail).come_back()
    }
    /// What comes now would wait too long: 429, come back.
    pub(crate) fn behind() -> Self {
        Self::busy("The region is behind; nothing of this request was applied.")
    }
    /// The load shedder refuses new work: 429, come back later.
    pub(crate) fn shedding(after: Duration) -> Self {
        let detail =
            "The server has more tasks than its fleet explains and takes no new orders until it is well.";
        Self::busy(detail).come_back_after(after)
    }
    pub(crate) fn draining() -> Self {
        let detail = "The server is shutting down; nothing of this request was applied.";
        Self { retry_after_s: Some(5), ..Self::new(Code::E0303, detail) }
    }
    /// A path that does not say which of several regions it means.
    pub(crate) fn several_regions(names: &[&str]) -> Self {
        let detail = format!(
            "There are several regions: {}. Address one of them by /v1/regions/{{region}}/...",
            names.join(", ")
        );
        Self::new(Code::E0110, detail)
    }
    /// The answer did not come in time. The command may still happen: ask again with the same key.
    pub(crate) fn timeout() -> Self {
        let detail =
            "No answer in time. The command may have happened: repeat it with the same Idempotency-Key.";
        Self::new(Code::E0304, detail)
    }
    /// The same, saying that it may go well in a second.
    pub(crate) fn come_back(self) -> Self {
        Self { retry_after_s: Some(1), ..self }
    }
    /// The same, saying after how long it may go well.
    fn come_back_after(self, time: Duration) -> Self {
        // Rounded up, and never 0: a caller that comes back earlier comes in vain.
        Self { retry_after_s: Some(time.as_millis().div_ceil(1_000).max(1) as u32), ..self }
    }
    /// Whoever asks does so more often than they may: 429, come back.
    pub(crate) fn too_often(who: &str, rate: u32, after: Duration) -> Self {
        Self::busy(&format!("{who} may ask {rate} times a second.")).come_back_after(after)
    }
    /// Which problem it is.
    pub(crate) fn code(&self) -> Option<Code> {
        self.said.known()
    }
    /// The server ended with the command in its hands.
    pub(crate) fn unanswered() -> Self {
        let detail = "The server ended before it answered. The command may have happened: \
                      repeat it with the same Idempotency-Key.";
        Self::new(Code::E0304, detail)
    }
    /// The journal cannot take what was asked: 507, come back when there is room.
    pub(crate) fn no_room(why: Option<&str>) -> Self {
        let why = why.unwrap_or("it does not stand well");
        let detail =
            format!("The journal cannot take this for now ({why}); nothing of this request was applied.");
        Self { retry_after_s: Some(5), ..Self::new(Code::E0305, detail) }
    }
    /// The same, saying what it is about.
    pub(crate) fn about(mut self, what: &str) -> Self {
        self.said.detail = format!("{what}: {}", self.said.detail);
        self
    }
    /// The same under another status than its code usually has.
    pub(crate) fn with_status(mut self, status: StatusCode) -> Self {
        self.said.status = status.as_u16();
        self
    }
}

impl From<paceline_api::Problem> for Problem {
    fn from(said: paceline_api::Problem) -> Self {
        Self { said: Box::new(said), retry_after_s: None }
    }
}

impl From<Invalid> for Problem {
    fn from(invalid: Invalid) -> Self {
        Self::invalid(&invalid)
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        paceline_api::Problem::from(&refusal).into()
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.said.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let retry = self.retry_after_s.map(|seconds| (header::RETRY_AFTER, HeaderValue::from(seconds)));
        let kind = (header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
        let headers: Vec<(HeaderName, HeaderValue)> = retry.into_iter().chain([kind]).collect();
        let code = self.code();
        let mut response = (status, Json(self.said)).into_response();
        // For whoever counts or records answers.
        if let Some(code) = code {
            response.extensions_mut().insert(code);
        }
        for (name, value) in headers {
            response.headers_mut().insert(name, value);
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_told_to_come_back_at_once() {
        for (micros, seconds) in [(500, 1), (1_000_000, 1), (1_001_000, 2)] {
            let told = Problem::too_often("a rider", 1_000, Duration::from_micros(micros)).retry_after_s;
            assert_eq!(told, Some(seconds), "after {micros} µs");
        }
    }
}
