//! What is known of the streets: edges whose speed is reported, observed or inferred, with the metric that was made of them.

use paceline_api as api;
use paceline_model::Instant;
use paceline_model::limits::EDGES_SHOWN_MAX;
use paceline_road::EdgeId;
use paceline_road::traffic::{SpeedSource, Traffic};

pub(crate) fn traffic(of: &Traffic, at: Instant) -> api::TrafficView {
    let network_edges = of.edge_count() as u64;
    let mut view = api::TrafficView { at, network_edges, ..api::TrafficView::default() };
    for known in of.known(at) {
        let (source, count) = match known.source {
            SpeedSource::Reported => (api::SpeedSource::Reported, &mut view.reported),
            SpeedSource::Observed => (api::SpeedSource::Observed, &mut view.observed),
            SpeedSource::Inferred => (api::SpeedSource::Inferred, &mut view.inferred),
            SpeedSource::Usual => continue,
        };
        *count += 1;
        if view.edges.len() < EDGES_SHOWN_MAX {
            let EdgeId(edge) = known.edge;
            let (kmh, usual_kmh) = (known.kmh.map(rounded), rounded(known.usual_kmh));
            view.edges.push(api::EdgeView { edge, kmh, usual_kmh, source });
        }
    }
    view
}

fn rounded(kmh: f64) -> f64 {
    (kmh * 10.0).round() / 10.0
}
