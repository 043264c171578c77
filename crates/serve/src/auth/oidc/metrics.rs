//! What is measured of the issuer.

use crate::metrics::from_zero;
use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelValue)]
enum Look {
    Fetched,
    Failed,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ByResult {
    result: Look,
}

/// What is measured of the issuer.
#[derive(Clone, Debug, Default)]
pub(in crate::auth) struct IssuerMetrics {
    looks: Family<ByResult, Counter>,
    keys: Gauge,
}

impl IssuerMetrics {
    pub(in crate::auth) fn register(&self, r: &mut Registry) {
        r.register(
            "oidc_refreshes",
            "Times that the issuer was asked for its keys, by result",
            self.looks.clone(),
        );
        from_zero(&self.looks, [Look::Fetched, Look::Failed].map(|result| ByResult { result }));
        r.register("oidc_keys", "Keys of the issuer by which tokens are judged", self.keys.clone());
    }

    /// It has shown so many keys; `None`: it has not answered.
    pub(super) fn looked(&self, keys: Option<usize>) {
        let result = if keys.is_some() { Look::Fetched } else { Look::Failed };
        self.looks.get_or_create(&ByResult { result }).inc();
        if let Some(keys) = keys {
            self.keys.set(i64::try_from(keys).unwrap_or(i64::MAX));
        }
    }
}
