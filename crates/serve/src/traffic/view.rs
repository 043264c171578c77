//! The answer of `GET /v1/traffic`: edges whose speed is reported, observed or inferred, as of one metric.

use paceline_model::Instant;
use paceline_road::EdgeId;
use paceline_road::traffic::{SpeedSource, Traffic};
use serde::Serialize;
use utoipa::ToSchema;

/// Most edges that are shown.
const SHOWN_MAX: usize = 10_000;

/// The traffic as of one metric.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
pub(crate) struct TrafficView {
    /// The time of the metric.
    #[schema(value_type = String)]
    pub(crate) at: Instant,
    /// Edges of the network: they are numbered from 0.
    pub(crate) network_edges: usize,
    /// Edges whose speed the fleet's drives show, and those whose speed was reported.
    pub(crate) observed: usize,
    pub(crate) reported: usize,
    /// Edges without drives of their own whose speed follows from drives on the streets around them.
    pub(crate) inferred: usize,
    /// Those edges, by number; at most 10,000.
    pub(crate) edges: Vec<EdgeView>,
}

/// One edge of it.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub(crate) struct EdgeView {
    pub(crate) edge: u32,
    /// Left out where the edge is closed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) kmh: Option<f64>,
    pub(crate) usual_kmh: f64,
    /// `reported`, `observed` or `inferred`.
    pub(crate) source: &'static str,
}

impl TrafficView {
    pub(crate) fn new(traffic: &Traffic, at: Instant) -> Self {
        let mut view = Self { at, network_edges: traffic.edge_count(), ..Self::default() };
        for known in traffic.known(at) {
            let (source, count) = match known.source {
                SpeedSource::Reported => ("reported", &mut view.reported),
                SpeedSource::Observed => ("observed", &mut view.observed),
                SpeedSource::Inferred => ("inferred", &mut view.inferred),
                SpeedSource::Usual => continue,
            };
            *count += 1;
            if view.edges.len() < SHOWN_MAX {
                let EdgeId(edge) = known.edge;
                let (kmh, usual_kmh) = (known.kmh.map(rounded), rounded(known.usual_kmh));
                view.edges.push(EdgeView { edge, kmh, usual_kmh, source });
            }
        }
        view
    }
}

fn rounded(kmh: f64) -> f64 {
    (kmh * 10.0).round() / 10.0
}
