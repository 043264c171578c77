//! A chessboard town: streets of 100 m in both directions between neighbouring corners, at 36 km/h, so that one takes 10 s. For tests
//! and simulations in which a drive should be reckoned by hand.

use paceline_model::Position;
use serde_json::{Value, json};

/// The town of `side` columns and rows as node-link JSON; `corner` says where a column and a row meet.
pub(super) fn node_link(side: u32, corner: impl Fn(u32, u32) -> Position) -> Vec<u8> {
    let (mut nodes, mut links) = (Vec::new(), Vec::new());
    for row in 0..side {
        for column in 0..side {
            let (id, place) = (row * side + column, corner(column, row));
            nodes.push(json!({ "id": id, "x": place.lon(), "y": place.lat() }));
            for (right, up) in [(1, 0), (0, 1)] {
                if column + right < side && row + up < side {
                    let other = (row + up) * side + column + right;
                    links.extend([link(id, other), link(other, id)]);
                }
            }
        }
    }
    let town = json!({ "directed": true, "multigraph": true, "graph": {}, "nodes": nodes, "links": links });
    town.to_string().into_bytes()
}

fn link(from: u32, to: u32) -> Value {
    json!({ "source": from, "target": to, "key": 0, "length": 100.0, "speed_kmph": 36.0, "travel_time": 10.0 })
}
