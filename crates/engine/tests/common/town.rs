//! A chessboard town: streets every 100 m in both directions, at 36 km/h, so that one block takes 10 s.

use paceline_model::Position;
use paceline_road::Roads;
use std::sync::Arc;

/// Columns and rows of the town.
pub const SIDE: u32 = 8;
const ORIGIN: (f64, f64) = (40.0, -74.0);
const METRES_PER_DEGREE: f64 = 111_195.08;

/// The corner at a column and a row, counted from 0.
pub fn corner(column: u32, row: u32) -> Position {
    let lat = ORIGIN.0 + f64::from(row) * 100.0 / METRES_PER_DEGREE;
    let lon = ORIGIN.1 + f64::from(column) * 100.0 / (METRES_PER_DEGREE * ORIGIN.0.to_radians().cos());
    Position::new(lat, lon).expect("the town is on earth")
}

/// The town's streets.
pub fn town() -> Arc<Roads> {
    let (mut nodes, mut links) = (Vec::new(), Vec::new());
    for row in 0..SIDE {
        for column in 0..SIDE {
            let (id, place) = (row * SIDE + column, corner(column, row));
            nodes.push(format!(r#"{{"id":{id},"x":{},"y":{}}}"#, place.lon(), place.lat()));
            for (right, up) in [(1, 0), (0, 1)] {
                if column + right < SIDE && row + up < SIDE {
                    let other = (row + up) * SIDE + column + right;
                    links.push(link(id, other));
                    links.push(link(other, id));
                }
            }
        }
    }
    let json = format!(
        r#"{{"directed":true,"multigraph":true,"graph":{{}},"nodes":[{}],"links":[{}]}}"#,
        nodes.join(","),
        links.join(",")
    );
    Arc::new(Roads::import_node_link(json.as_bytes()).expect("the town is well built").0)
}

fn link(from: u32, to: u32) -> String {
    format!(
        r#"{{"source":{from},"target":{to},"key":0,"length":100.0,"speed_kmph":36.0,"travel_time":10.0}}"#
    )
}
