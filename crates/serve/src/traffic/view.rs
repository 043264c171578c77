//! What is known of the streets, for whoever asks: edges that are told, seen or concluded from those around, with the
//! metric that was made of them.

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
    /// When it was looked at.
    #[schema(value_type = String)]
    pub(crate) at: Instant,
    /// Edges of the network: they are numbered from 0.
    pub(crate) network_edges: usize,
    /// Edges whose speed the fleet has seen, and those that were told.
    pub(crate) seen: usize,
    pub(crate) told: usize,
    /// Edges that nobody drove lately and whose speed follows from those around them that somebody did.
    pub(crate) near: usize,
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
    /// `told`, `seen` or `near`.
    pub(crate) source: &'static str,
}

impl TrafficView {
    pub(crate) fn new(traffic: &Traffic, at: Instant) -> Self {
        let mut view = Self { at, network_edges: traffic.edge_count(), ..Self::default() };
        for known in traffic.known(at) {
            let (source, count) = match known.source {
                SpeedSource::Told => ("told", &mut view.told),
                SpeedSource::Seen => ("seen", &mut view.seen),
                SpeedSource::Near => ("near", &mut view.near),
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
