//! The feed that a region publishes. A reader that has a file already is told so, and for how long that holds.

use crate::bikes::{GbfsName, Published, Written};
use crate::http::app::App;
use crate::problem::Problem;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use paceline_api::Code;
use paceline_engine::bikes::Bikes;
use std::convert::Infallible;

/// A question for a file of the feed.
pub(in crate::http) struct FeedAsked {
    app: App<Bikes>,
    headers: HeaderMap,
    /// By what name the server was asked.
    host: String,
}

impl FromRequestParts<App<Bikes>> for FeedAsked {
    type Rejection = Infallible;
    async fn from_request_parts(parts: &mut Parts, app: &App<Bikes>) -> Result<Self, Infallible> {
        let said = parts.headers.get(header::HOST).and_then(|host| host.to_str().ok());
        let named = parts.uri.authority().map(|authority| authority.as_str()).or(said);
        Ok(Self {
            app: app.clone(),
            headers: parts.headers.clone(),
            host: named.unwrap_or("localhost").to_owned(),
        })
    }
}

impl FeedAsked {
    /// Answers with a file. Errors: nothing is published.
    pub(in crate::http) async fn file(self, name: GbfsName) -> Result<Response, Problem> {
        let Self { app, headers, host } = self;
        let published = app.own.published.as_ref().ok_or_else(|| {
            let detail =
                "This region publishes no feed: its operator has not configured [regions.NAME.gbfs].";
            Problem::new(Code::E0201, detail)
        })?;
        let now = app.clock.now();
        let written =
            app.view.read(|model| published.file(name, (&host, now), model, &app.own.loose)).await?;
        let max_age_s = app.clock.real(written.until.since(now)).as_secs();
        Ok(answer(published, written, &headers, max_age_s))
    }
}

fn answer(published: &Published, written: Written, asked: &HeaderMap, max_age_s: u64) -> Response {
    let has_it = asked.get(header::IF_NONE_MATCH).and_then(|tags| tags.to_str().ok());
    let has_it = has_it.is_some_and(|tags| tags.split(',').any(|tag| tag.trim() == written.tag));
    let whose = if published.is_public() { "public" } else { "private" };
    let mut response = match has_it {
        true => StatusCode::NOT_MODIFIED.into_response(),
        false => ([(header::CONTENT_TYPE, "application/json")], written.bytes).into_response(),
    };
    let headers = response.headers_mut();
    let mut set = |name, value: String| {
        _ = HeaderValue::try_from(value).map(|value| headers.insert(name, value));
    };
    set(header::ETAG, written.tag);
    set(header::CACHE_CONTROL, format!("{whose}, max-age={max_age_s}"));
    if published.is_public() {
        // Whoever may read it anyway may read it from a page of any site.
        set(header::ACCESS_CONTROL_ALLOW_ORIGIN, "*".into());
    }
    response
}
