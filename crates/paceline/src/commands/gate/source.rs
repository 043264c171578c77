//! One process of a release: what its metrics say, look by look, summed over its restarts.

use super::selector::Selector;
use paceline_client::ClientTls;
use paceline_model::edge::Counters;
use paceline_model::edge::exposition::{Sample, samples};
use paceline_plan::edge::rollout::Tally;
use paceline_plan::release::{Counted, Leaks};
use std::time::Duration;

/// A process that takes longer does not answer.
const ANSWER_MAX: Duration = Duration::from_secs(5);
/// Largest answer. A large service writes some 2 MB.
const ANSWER_BYTES_MAX: usize = 16 << 20;
/// Above it not every whole number is one of these.
const COUNT_MAX: f64 = 9_007_199_254_740_992.0;

/// What is read of each process.
#[derive(Clone, Debug)]
pub(super) struct Metrics {
    pub(super) requests: Option<Selector>,
    pub(super) errors: Option<Selector>,
    pub(super) leaks: Option<Selector>,
    /// Whether no series of errors, of a metric that is there, is no error.
    pub(super) absent_is_none: bool,
}

/// A process and what it has said.
pub(super) struct Source {
    url: String,
    http: reqwest::Client,
    tally: Tally,
    leaks: Leaks,
    /// Why the last look said nothing, or not all.
    pub(super) trouble: Option<String>,
}

impl Source {
    /// Errors: it is no URL of HTTP, or authorities cannot be read.
    pub(super) fn new(url: &str, tls: &ClientTls) -> anyhow::Result<Self> {
        let http = paceline_client::http(url, tls)?.redirect(reqwest::redirect::Policy::none());
        let http = http.timeout(ANSWER_MAX).build()?;
        let (tally, trouble) = (Tally::from_first_reading(), Some(format!("{url} was not asked yet")));
        Ok(Self { url: url.to_owned(), http, tally, leaks: Leaks::NotAsked, trouble })
    }

    /// Looks once more.
    pub(super) async fn look(&mut self, metrics: &Metrics) {
        self.trouble = match self.fetch().await {
            Ok(text) => self.read(metrics, &text).err(),
            Err(why) => Some(why),
        };
        if let Some(why) = self.trouble.as_ref().filter(|_| metrics.leaks.is_some() && !self.has_leaked()) {
            self.leaks = Leaks::Unknown(why.clone());
        }
    }

    async fn fetch(&self) -> Result<String, String> {
        let broken = |error: reqwest::Error| format!("{} does not answer: {}", self.url, error.without_url());
        let mut answer = self.http.get(&self.url).send().await.map_err(broken)?;
        if !answer.status().is_success() {
            return Err(format!("{} answers {}", self.url, answer.status()));
        }
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(broken)? {
            if body.len() + chunk.len() > ANSWER_BYTES_MAX {
                return Err(format!("{} answers more than {ANSWER_BYTES_MAX} bytes", self.url));
            }
            body.extend_from_slice(&chunk);
        }
        String::from_utf8(body).map_err(|_| format!("{} answers no text", self.url))
    }

    /// Errors: what is not known of it, with the reason.
    fn read(&mut self, metrics: &Metrics, text: &str) -> Result<(), String> {
        let of = |why: String| format!("{}: {why}", self.url);
        let read: Result<Vec<Sample<'_>>, _> = samples(text).collect();
        let read = read.map_err(|malformed| of(malformed.to_string()))?;
        if let Some(selector) = &metrics.leaks {
            let leaks = sum(&read, selector, false).map_err(of)?;
            // A process that leaked and was started again has leaked.
            if !self.has_leaked() {
                self.leaks = Leaks::Counted(leaks);
            }
        }
        let (Some(requests), Some(errors)) = (&metrics.requests, &metrics.errors) else { return Ok(()) };
        let requests = count(sum(&read, requests, false).map_err(of)?).map_err(of)?;
        let errors = sum(&read, errors, metrics.absent_is_none).and_then(count);
        let counted = Counters { requests: Some(requests), errors: errors.clone().ok(), slow: None };
        self.tally.read(counted);
        errors.map(drop).map_err(of)
    }

    /// What it has done since the first look. Errors: that is not known.
    pub(super) fn counted(&self) -> Result<Counted, String> {
        let sum = self.tally.sum();
        match (sum.requests, sum.errors) {
            (Some(requests), Some(errors)) => Ok(Counted { requests, errors }),
            (Some(_), None) => Err(format!("{} has not always said how many errors it had", self.url)),
            (None, _) => {
                Err(self.trouble.clone().unwrap_or_else(|| format!("{} has counted nothing yet", self.url)))
            }
        }
    }

    fn has_leaked(&self) -> bool {
        matches!(self.leaks, Leaks::Counted(count) if count > 0.0)
    }

    /// What of it has leaked.
    pub(super) fn leaks(&self) -> &Leaks {
        &self.leaks
    }
}

/// All samples that are meant. Errors: there is none, or one is no number.
fn sum(read: &[Sample<'_>], selector: &Selector, absent_is_none: bool) -> Result<f64, String> {
    let meant: Vec<f64> =
        read.iter().filter(|sample| selector.takes(sample)).map(|sample| sample.value).collect();
    if meant.is_empty() && !(absent_is_none && read.iter().any(|sample| selector.is_of(sample))) {
        return Err(format!("there is no {selector}"));
    }
    let sum: f64 = meant.into_iter().sum();
    if sum.is_finite() && sum >= 0.0 {
        Ok(sum)
    } else {
        Err(format!("{selector} is {sum}, which is no count"))
    }
}

fn count(sum: f64) -> Result<u64, String> {
    if sum.fract() == 0.0 && sum <= COUNT_MAX { Ok(sum as u64) } else { Err(format!("{sum} is no count")) }
}
