//! Traces as a collector receives them: a tiny one listens here, and what it gets is OTLP over HTTP.
//! Source: opentelemetry-proto, `ExportTraceServiceRequest`.
#![cfg(feature = "otlp")]

mod common;

use axum::Router;
use axum::body::Bytes;
use axum::http::StatusCode;
use axum::routing::post;
use common::{corner, get, options, order, with_admin_after};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1::Span;
use paceline_serve::{TraceOptions, Traces};
use prost::Message as _;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tracing::Instrument as _;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

/// Runs `talk` while a collector listens, and returns all spans that it got by the time that the traces have ended.
async fn collected(talk: impl AsyncFnOnce(&Traces)) -> Vec<Span> {
    let spans = Arc::new(Mutex::new(Vec::new()));
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a free port");
    let endpoint = format!("http://{}", listener.local_addr().expect("it has one"));
    let take = {
        let spans = spans.clone();
        async move |body: Bytes| {
            let request = ExportTraceServiceRequest::decode(body).expect("OTLP");
            let scopes = request.resource_spans.into_iter().flat_map(|resource| resource.scope_spans);
            spans.lock().expect("nobody panics here").extend(scopes.flat_map(|scope| scope.spans));
            StatusCode::OK
        }
    };
    let (stop, stopped) = oneshot::channel::<()>();
    let collector = axum::serve(listener, Router::new().route("/v1/traces", post(take)))
        .with_graceful_shutdown(async { _ = stopped.await });
    let work = async {
        let options = TraceOptions { endpoint: Some(endpoint), ..TraceOptions::default() };
        let traces = Traces::start(&options).expect("it can begin");
        let subscribed = tracing_subscriber::registry().with(traces.layer()).set_default();
        talk(&traces).await;
        drop(subscribed);
        // The exporter waits for the collector, which runs on this thread.
        tokio::task::spawn_blocking(|| traces.end()).await.expect("it ends");
        drop(stop);
    };
    let (served, ()) = tokio::join!(collector, work);
    served.expect("the collector lived");
    std::mem::take(&mut *spans.lock().expect("nobody panics here"))
}

fn text(span: &Span, key: &str) -> String {
    let found = span.attributes.iter().find(|attribute| attribute.key == key);
    let value = found.and_then(|attribute| attribute.value.as_ref()).and_then(|value| value.value.as_ref());
    match value {
        Some(Value::StringValue(text)) => text.clone(),
        Some(Value::IntValue(number)) => number.to_string(),
        other => format!("{other:?}"),
    }
}

#[tokio::test]
async fn each_order_is_one_trace_from_ingest_to_publish() {
    let spans = collected(async |traces| {
        let shows = |server: paceline_serve::Server| server.with_traces(traces);
        with_admin_after(options(), shows, async |api, _| {
            for (vehicle, column) in [("v1", 0), ("v2", 4)] {
                api.vehicle(vehicle, corner(column, 0)).await;
            }
            for id in ["o1", "o2"] {
                api.must(common::post("/v1/orders", order(id))).await;
                api.until(&format!("/v1/orders/{id}"), "phase", "assigned").await;
            }
        })
        .await;
    })
    .await;
    let orders: Vec<&Span> = spans.iter().filter(|span| span.name == "order").collect();
    let mut ids: Vec<String> = orders.iter().map(|span| text(span, "order")).collect();
    ids.sort();
    assert_eq!(ids, ["o1", "o2"], "each once");
    assert_ne!(orders[0].trace_id, orders[1].trace_id);
    for order in orders {
        assert!(order.parent_span_id.is_empty(), "a trace begins with its order");
        assert_eq!(text(order, "outcome"), "assigned");
        let mut parts: Vec<&Span> =
            spans.iter().filter(|span| span.parent_span_id == order.span_id).collect();
        parts.sort_by_key(|span| span.start_time_unix_nano);
        let names: Vec<&str> = parts.iter().map(|span| span.name.as_str()).collect();
        assert_eq!(names, ["ingest", "decide", "commit", "publish"]);
        for part in parts {
            assert_eq!(part.trace_id, order.trace_id);
            assert!(part.start_time_unix_nano >= order.start_time_unix_nano, "{}", part.name);
            assert!(part.end_time_unix_nano >= part.start_time_unix_nano, "{}", part.name);
        }
    }
}

#[tokio::test]
async fn each_task_is_a_span_linked_to_the_one_that_spawned_it() {
    let spans = collected(async |_| {
        let outer = tracing::trace_span!(target: "paceline::trace", parent: None, "start up");
        let serves = with_admin_after(
            options(),
            |server| server,
            async |_, admin| {
                admin.must(get("/debug/tasks")).await;
            },
        );
        serves.instrument(outer).await;
    })
    .await;
    let outer = spans.iter().find(|span| span.name == "start up").expect("it was sent");
    let starts =
        [("region", "region/setup"), ("http", "server"), ("journal", "journal_writer"), ("solver", "solver")];
    for (name, file) in starts {
        let task = spans.iter().find(|span| span.name == "task" && text(span, "task") == name);
        let task = task.unwrap_or_else(|| panic!("no span of {name}"));
        let [link] = task.links.as_slice() else { panic!("{name} has {} links", task.links.len()) };
        assert_eq!((&link.trace_id, &link.span_id), (&outer.trace_id, &outer.span_id), "{name}");
        assert!(task.parent_span_id.is_empty(), "{name} may outlive who spawned it");
        assert_eq!(text(task, "component"), "serve");
        assert!(
            text(task, "location").starts_with(&format!("crates/serve/src/{file}.rs:")),
            "{}",
            text(task, "location")
        );
        assert!(text(task, "start_us").parse::<u64>().is_ok(), "{}", text(task, "start_us"));
    }
}

#[tokio::test]
async fn hotspots_among_the_spans_are_listed_and_counted() {
    collected(async |traces| {
        let shows = |server: paceline_serve::Server| server.with_traces(traces);
        with_admin_after(options(), shows, async |_, admin| {
            // A parent that does nothing but wait for its child, and a component that spawns too much.
            let parent = tracing::trace_span!(target: "paceline::trace", parent: None, "settle", component = "test");
            let child = tracing::trace_span!(target: "paceline::trace", parent: &parent, "wait", component = "test");
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            drop(child);
            drop(parent);
            for _ in 0..1_500 {
                let task = tracing::trace_span!(target: "supervise::task", parent: None, "task", component = "test",
                    task = "flood", start_us = 250_i64);
                drop(task.entered());
            }
            let listed = admin.must(get("/debug/hotspots")).await;
            let names: Vec<String> = listed
                .as_array()
                .expect("a list")
                .iter()
                .filter(|row| row["component"] == "test")
                .map(|row| format!("{} {}", row["kind"], row["name"]))
                .collect();
            assert_eq!(names, ["\"spawns\" \"\"", "\"start_latency\" \"flood\"", "\"child\" \"wait in settle\""]);
            let figures = admin.must(get("/metrics")).await;
            let counted = r#"paceline_hotspots_total{kind="StartLatency",component="test"} 1500"#;
            assert!(figures.as_str().is_some_and(|text| text.contains(counted)), "{figures}");
        })
        .await;
    })
    .await;
}
