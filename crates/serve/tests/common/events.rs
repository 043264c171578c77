//! Reads server-sent events as they come.

use super::{Api, get};
use reqwest::Response;
use serde_json::Value;

/// An open stream of server-sent events.
pub struct Events {
    response: Response,
    text: String,
}

/// One event: its id if it has one, its name, its data.
#[derive(Debug)]
pub struct Told {
    pub id: Option<u64>,
    pub name: String,
    pub data: Value,
}

impl Events {
    pub async fn open(api: &Api, last: Option<u64>) -> Self {
        Self::try_open(api, last).await.expect("the server answers")
    }
    /// The stream of one of several regions.
    pub async fn of_region(api: &Api, region: &str) -> Self {
        let call = get(&format!("/v1/regions/{region}/stream"));
        Self { response: api.send(call).await, text: String::new() }
    }
    /// Errors: the server is gone.
    pub async fn try_open(api: &Api, last: Option<u64>) -> reqwest::Result<Self> {
        let mut call = get("/v1/stream");
        if let Some(last) = last {
            call = call.header("last-event-id", &last.to_string());
        }
        Ok(Self { response: api.try_send(call).await?, text: String::new() })
    }
    /// The next event; `None` when the stream has ended or the server is gone.
    pub async fn next(&mut self) -> Option<Told> {
        loop {
            while let Some((block, rest)) = self.text.split_once("\n\n") {
                let (block, rest) = (block.to_owned(), rest.to_owned());
                self.text = rest;
                let field =
                    |name: &str| block.lines().find_map(|line| line.strip_prefix(name)).map(str::to_owned);
                if let (Some(name), Some(data)) = (field("event: "), field("data: ")) {
                    let id = field("id: ").map(|id| id.parse().expect("ids are versions"));
                    let data = serde_json::from_str(&data).expect("data is JSON");
                    return Some(Told { id, name, data });
                }
            }
            let chunk = self.response.chunk().await.ok().flatten()?;
            self.text.push_str(std::str::from_utf8(&chunk).expect("the stream is UTF-8"));
        }
    }
}
