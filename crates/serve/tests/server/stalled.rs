//! A client of the stream that does not read.

use crate::common::events::Events;
use crate::common::{Call, get, options, put, with_server};
use paceline_serve::ServeOptions;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

/// A circle of as many corners as an area may have: a change of some 400 kB.
fn large_area(id: usize) -> Call {
    let corner = |number: u32| {
        let (sin, cos) = (f64::from(number) * std::f64::consts::TAU / 10_000.0).sin_cos();
        [crate::common::corner(0, 0).lon() + 0.01 * cos, crate::common::corner(0, 0).lat() + 0.01 * sin]
    };
    let ring: Vec<[f64; 2]> = (0..10_000).map(corner).collect();
    put(&format!("/v1/geofences/g{id}"), json!({ "type": "Polygon", "coordinates": [ring] }))
}

#[tokio::test]
async fn a_stream_that_is_not_read_is_parted_with_and_others_go_on() {
    let options = ServeOptions { body_bytes_max: 1 << 20, ..options() };
    with_server(options, async |api| {
        let address = api.base.trim_start_matches("http://").to_owned();
        let mut deaf = tokio::net::TcpStream::connect(&address).await.expect("it listens");
        deaf.write_all(b"GET /v1/stream HTTP/1.1\r\nhost: localhost\r\n\r\n").await.expect("it can be sent");
        let mut heard = Events::open(&api, None).await;
        // More than the sockets hold.
        for id in 0..40 {
            api.must(large_area(id)).await;
        }
        let mut last = Value::Null;
        while last != "g39" {
            last = heard.next().await.expect("it goes on").data["event"]["geofence_put"]["id"].clone();
        }
        let stalled = async || {
            let metrics = api.must(get("/metrics")).await;
            metrics.as_str().expect("text").contains("paceline_streams_stalled_total{region=\"main\"} 1")
        };
        let since = tokio::time::Instant::now();
        while !stalled().await {
            assert!(since.elapsed() < Duration::from_secs(40), "it is still open");
            assert!(heard.next().await.is_some(), "who reads goes on");
        }
        let mut rest = Vec::new();
        // It ends, well or not: what was not sent is given up.
        _ = deaf.read_to_end(&mut rest).await;
        assert!(rest.len() < 40 * 400_000, "it did not get all");
    })
    .await;
}
