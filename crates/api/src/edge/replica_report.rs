//! What a node says of the replicas that it runs, or tries to.

use super::at;
use super::model::Precision;
use super::raw_reading::{RawReading, raw};
use crate::mirror::mirror;
use paceline_model::edge::{self as model, ReplicaId, VariantRef};
use paceline_model::limits::{LATENCY_BUCKETS_MAX, REPLICA_ERROR_CHARS_MAX, Rule, at_most};
use paceline_model::{Invalid, Millis};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

mirror! {
    /// Where a variant of a replica stands on its node.
    ReplicaState beside paceline_model::edge::ReplicaState {
        /// Its artefact is on its way.
        Fetching,
        /// Its artefact is whole and verified on the node.
        Fetched,
        /// It is being loaded in place of what ran before.
        Loading,
        /// It is loaded, its digest was measured, and it has answered a probe.
        Running,
        /// The node has given it up after its tries.
        Failed,
    }
}

/// The newest probe inference with known outputs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReplicaProbe {
    /// Whether the outputs were right.
    pub right: bool,
    /// How long the answer took; left out if there was none.
    #[serde(default)]
    pub latency_ms: Option<u32>,
}

/// Requests that were answered within a time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AnsweredWithin {
    /// The time.
    pub ms: u32,
    /// How many, since the variant was loaded; those of shorter times are among them.
    pub requests: u64,
}

/// What a variant has served since it was loaded there: counters, which begin again at 0 when it is loaded again. What is no count, such as
/// `"NaN"`, `-4` or nothing, is unknown, and not 0.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Served {
    /// Requests.
    #[serde(default)]
    pub requests: Option<RawReading>,
    /// Of these, those that were not answered as they should.
    #[serde(default)]
    pub errors: Option<RawReading>,
    /// The latency that 99 of a hundred keep to, of what it has served lately.
    #[serde(default)]
    pub p99_ms: Option<RawReading>,
    /// The counters of a histogram of latencies, for rising times: a gate can then judge the part of requests that is too slow.
    #[serde(default)]
    pub within: Vec<AnsweredWithin>,
}

/// A variant of a replica on a node. Two of one replica are said while the node runs one and is to run another.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReplicaReport {
    /// Which replica, such as `detector-0`.
    pub replica: String,
    /// The model's version.
    pub version: String,
    /// Its precision.
    pub precision: Precision,
    /// The digest of what is loaded, or to be, as measured: `blake3:` and 64 hexadecimal digits.
    #[serde(default)]
    pub artefact: Option<String>,
    /// Where it stands.
    pub state: ReplicaState,
    /// How often it was tried since it was ordered.
    #[serde(default)]
    pub tries: u32,
    /// The last error.
    #[serde(default)]
    #[schema(max_length = 256)]
    pub error: Option<String>,
    /// The newest probe.
    #[serde(default)]
    pub probe: Option<ReplicaProbe>,
    /// What it has served.
    #[serde(default)]
    pub served: Option<Served>,
}

impl ReplicaReport {
    /// The report that is meant. Errors: a value breaks a rule.
    pub fn report(&self) -> Result<model::ReplicaReport, Invalid> {
        let error = self.error.as_deref().map(error).transpose()?;
        Ok(model::ReplicaReport {
            replica: at("replica", self.replica.parse::<ReplicaId>())?,
            variant: VariantRef {
                version: super::model::version("version", &self.version)?,
                precision: self.precision.into(),
            },
            artefact: self.artefact.as_deref().map(str::parse).transpose()?,
            state: self.state.into(),
            tries: self.tries,
            error,
            probe: self.probe.as_ref().map(|probe| model::ReplicaProbe {
                right: probe.right,
                latency: probe.latency_ms.map(Millis),
            }),
            served: self.served.as_ref().map(Served::served).transpose()?,
        })
    }
}

fn error(text: &str) -> Result<String, Invalid> {
    match text.chars().count() <= REPLICA_ERROR_CHARS_MAX {
        true => Ok(text.to_owned()),
        false => {
            let rule = Rule::Size { least: 0, most: REPLICA_ERROR_CHARS_MAX, unit: "characters".into() };
            Err(Invalid::new("error", text, rule))
        }
    }
}

impl Served {
    fn served(&self) -> Result<model::Served, Invalid> {
        at_most("served.within", self.within.len(), LATENCY_BUCKETS_MAX)?;
        let rises = |pair: &[AnsweredWithin]| pair[0].ms < pair[1].ms && pair[0].requests <= pair[1].requests;
        if let Some(pair) = self.within.windows(2).find(|pair| !rises(pair)) {
            let rule = Rule::Shape("must be of rising times, each with those of the time before".into());
            return Err(Invalid::new("served.within", pair[1].ms, rule));
        }
        let p99 = raw(&self.p99_ms).0.filter(|ms| (0.0..=f64::from(u32::MAX)).contains(ms));
        Ok(model::Served {
            requests: count(&self.requests),
            errors: count(&self.errors),
            // Rounded up: a latency that is above a bound by a fraction is above it.
            p99: p99.map(|ms| Millis(ms.ceil() as u32)),
            within: self.within.iter().map(|of| (Millis(of.ms), of.requests)).collect(),
        })
    }
}

/// A whole number that a float holds exactly; anything else is none.
fn count(of: &Option<RawReading>) -> Option<u64> {
    let exact = |number: &f64| number.fract() == 0.0 && (0.0..=(1_u64 << 53) as f64).contains(number);
    raw(of).0.filter(exact).map(|number| number as u64)
}

impl From<&model::ReplicaReport> for ReplicaReport {
    fn from(of: &model::ReplicaReport) -> Self {
        Self {
            replica: of.replica.to_string(),
            version: of.variant.version.to_string(),
            precision: of.variant.precision.into(),
            artefact: of.artefact.map(|digest| digest.to_string()),
            state: of.state.into(),
            tries: of.tries,
            error: of.error.clone(),
            probe: of.probe.map(|probe| ReplicaProbe {
                right: probe.right,
                latency_ms: probe.latency.map(|latency| latency.0),
            }),
            served: of.served.as_ref().map(Into::into),
        }
    }
}

impl From<&model::Served> for Served {
    fn from(of: &model::Served) -> Self {
        let number = |of: Option<u64>| of.map(|count| RawReading::Number(count as f64));
        Self {
            requests: number(of.requests),
            errors: number(of.errors),
            p99_ms: number(of.p99.map(|p99| u64::from(p99.0))),
            within: of
                .within
                .iter()
                .map(|(within, requests)| AnsweredWithin { ms: within.0, requests: *requests })
                .collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn served(text: &str) -> model::Served {
        serde_json::from_str::<Served>(text).expect("read").served().expect("valid")
    }

    #[test]
    fn what_is_no_count_is_unknown_and_not_nought() {
        let right = served(r#"{"requests": 240, "errors": "1", "p99_ms": 30.2}"#);
        assert_eq!((right.requests, right.errors, right.p99), (Some(240), Some(1), Some(Millis(31))));
        for text in [
            r#"{}"#,
            r#"{"requests": null, "errors": null, "p99_ms": null}"#,
            r#"{"requests": "NaN", "errors": "NaN", "p99_ms": "+Inf"}"#,
            r#"{"requests": -4, "errors": -4, "p99_ms": -1}"#,
            r#"{"requests": 0.5, "errors": 1e300, "p99_ms": 1e300}"#,
        ] {
            assert_eq!(served(text), model::Served::default(), "{text}");
        }
    }

    #[test]
    fn counters_of_latencies_rise() {
        let within = |pairs: &[(u32, u64)]| {
            let within = pairs.iter().map(|(ms, requests)| AnsweredWithin { ms: *ms, requests: *requests });
            Served { within: within.collect(), ..Served::default() }.served()
        };
        assert!(within(&[(10, 5), (20, 5), (50, 9)]).is_ok());
        for bad in [&[(20, 5), (10, 6)][..], &[(10, 5), (10, 6)], &[(10, 5), (20, 4)]] {
            assert!(within(bad).is_err(), "{bad:?}");
        }
        assert!(within(&(0..25).map(|at| (at, 1)).collect::<Vec<_>>()).is_err());
    }

    #[test]
    fn a_report_speaks_of_so_many_replicas_and_no_more() {
        let of = |count: usize| {
            let one = serde_json::json!({ "replica": "w-0", "version": "1.0.0", "precision": "fp16", "state": "failed" });
            let report = serde_json::json!({ "node": "n", "replicas": vec![one; count] });
            let report: super::super::NodeReport = serde_json::from_value(report).expect("read");
            report.report(paceline_model::Instant(0)).map(|_| ()).map_err(|invalid| invalid.to_string())
        };
        assert!(of(128).is_ok());
        assert_eq!(of(129), Err("replicas is 129 entries: must have between 0 and 128 entries".into()));
    }
}
