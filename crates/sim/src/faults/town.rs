//! The streets of a run: a small chessboard, one block in ten seconds.

use paceline_model::Position;
use paceline_road::Roads;
use std::sync::{Arc, OnceLock};

/// Columns and rows.
pub(super) const SIDE: usize = 5;
/// A block of 100 m in degrees of latitude, and of longitude at the equator, where the town lies.
const BLOCK: f64 = 0.000_9;

/// The corner of a column and a row, counted from 0.
pub(super) fn corner((column, row): (usize, usize)) -> Position {
    Position::new(row as f64 * BLOCK, column as f64 * BLOCK).unwrap_or_default()
}

/// The town's streets, built once for all runs of a program.
pub(super) fn town() -> Arc<Roads> {
    static TOWN: OnceLock<Arc<Roads>> = OnceLock::new();
    TOWN.get_or_init(|| Arc::new(built())).clone()
}

fn built() -> Roads {
    let mut nodes = Vec::new();
    let mut links = Vec::new();
    for row in 0..SIDE {
        for column in 0..SIDE {
            let (id, place) = (row * SIDE + column, corner((column, row)));
            nodes.push(serde_json::json!({ "id": id, "x": place.lon(), "y": place.lat() }));
            for (right, up) in [(1, 0), (0, 1)] {
                if column + right < SIDE && row + up < SIDE {
                    let other = (row + up) * SIDE + column + right;
                    links.extend([link(id, other), link(other, id)]);
                }
            }
        }
    }
    let network = serde_json::json!({
        "directed": true, "multigraph": true, "graph": {}, "nodes": nodes, "links": links,
    });
    Roads::import_node_link(network.to_string().as_bytes()).expect("the town is well built").0
}

fn link(from: usize, to: usize) -> serde_json::Value {
    serde_json::json!({
        "source": from, "target": to, "key": 0, "length": 100.0, "speed_kmph": 36.0, "travel_time": 10.0,
    })
}
