//! A real ONNX model by ONNX Runtime, each in a process of its own: `cargo test --features onnx --test onnx`, with `ORT_DYLIB_PATH` naming
//! `libonnxruntime.so`. Where it names none, the tests say so and are passed over.

#![cfg(feature = "onnx")]

use paceline_agent::infer::{InferRequest, Tensor};
use paceline_agent::probe::Probe;
use paceline_agent::replica::Variant;
use paceline_agent::runner::process::ProcessRunner;
use paceline_agent::runner::{Loadable, Loaded, RunError, Runner as _};
use paceline_client::api::edge::Precision;
use serde_json::json;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A field of protobuf that has a length, of less than 128 bytes.
fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
    [&[number << 3 | 2, u8::try_from(bytes.len()).expect("short")], bytes].concat()
}

/// A field of protobuf that is a number below 128.
fn number(field: u8, value: u8) -> Vec<u8> {
    vec![field << 3, value]
}

/// `y = x + x` over two floats, as ONNX. Source: onnx.proto, IR version 8, operator set 13.
fn doubles() -> Vec<u8> {
    let value = |name: &str| {
        let shape = field(2, &field(1, &number(1, 2)));
        let tensor = field(1, &[number(1, 1), shape].concat());
        [field(1, name.as_bytes()), field(2, &tensor)].concat()
    };
    let node = [field(1, b"x"), field(1, b"x"), field(2, b"y"), field(4, b"Add")].concat();
    let graph = [field(1, &node), field(2, b"g"), field(11, &value("x")), field(12, &value("y"))].concat();
    [number(1, 8), field(7, &graph), field(8, &number(2, 13))].concat()
}

fn tensor(name: &str, data: [f64; 2]) -> Tensor {
    serde_json::from_value(json!({ "name": name, "shape": [2], "datatype": "FP32", "data": data }))
        .expect("a tensor")
}
fn asks(data: [f64; 2]) -> InferRequest {
    InferRequest { id: None, inputs: vec![tensor("x", data)] }
}

/// The model with a probe that expects `right`, loaded; `None`: there is no library.
async fn loaded(dir: &Path, right: [f64; 2], memory_mib: u64) -> Option<Result<Arc<dyn Loaded>, RunError>> {
    if std::env::var_os("ORT_DYLIB_PATH").is_none() {
        eprintln!("passed over: ORT_DYLIB_PATH names no library of ONNX Runtime");
        return None;
    }
    let probe = Probe { request: asks([1.5, -2.0]), outputs: vec![tensor("y", right)], tolerance: 1e-6 };
    let file = dir.join("doubles.onnx");
    std::fs::write(&file, [doubles(), probe.as_metadata().expect("JSON")].concat()).expect("written");
    Some(load(file, memory_mib).await)
}

async fn load(file: PathBuf, memory_mib: u64) -> Result<Arc<dyn Loaded>, RunError> {
    let runner = ProcessRunner::new(env!("CARGO_BIN_EXE_paceline").into(), vec!["run-model".into()]);
    let (version, model) = ("1.0.0".into(), "doubles".into());
    let variant = Variant { model, version, precision: Precision::Fp32, artefact: None };
    runner.load(Loadable { variant, files: Some(file), devices: Vec::new(), memory_mib }).await
}

#[tokio::test]
async fn a_model_answers_its_own_probe_and_others() {
    let dir = tempfile::tempdir().expect("a directory");
    let Some(model) = loaded(dir.path(), [3.0, -4.0], 512).await else { return };
    let model = model.expect("it loads");
    let probe = model.probe().expect("it carries one").clone();
    let outputs = model.infer(&probe.request).await.expect("an answer");
    assert_eq!(probe.judge(&outputs), Ok(()));
    assert_eq!(model.infer(&asks([10.0, 0.25])).await.expect("an answer"), [tensor("y", [20.0, 0.5])]);
    let wrong = InferRequest { id: None, inputs: vec![tensor("z", [1.0, 1.0])] };
    let said = model.infer(&wrong).await.expect_err("no such input");
    assert_eq!(said, RunError::Refused("the input x is missing: the model asks for x".into()));
    assert!(model.infer(&asks([1.0, 2.0])).await.is_ok(), "it runs on");
}

#[tokio::test]
async fn a_probe_that_is_answered_wrongly_is_seen() {
    let dir = tempfile::tempdir().expect("a directory");
    let Some(model) = loaded(dir.path(), [3.0, 4.0], 512).await else { return };
    let model = model.expect("it loads");
    let probe = model.probe().expect("it carries one").clone();
    let outputs = model.infer(&probe.request).await.expect("an answer");
    assert_eq!(probe.judge(&outputs), Err("y[1] is -4.0, not 4.0".into()));
}

#[tokio::test]
async fn what_is_no_model_and_what_has_no_room_dies_alone_and_says_why() {
    let dir = tempfile::tempdir().expect("a directory");
    let Some(cramped) = loaded(dir.path(), [3.0, -4.0], 1).await else { return };
    assert!(matches!(cramped.err(), Some(RunError::Died(_))), "one MiB is no room");
    let file = dir.path().join("noise.onnx");
    std::fs::write(&file, b"no model at all").expect("written");
    let Err(RunError::Died(said)) = load(file, 512).await else { panic!("it cannot load") };
    assert!(said.contains("noise.onnx") || said.contains("rotobuf"), "{said}");
}
