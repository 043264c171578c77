//! Probes: a question with the answer that is known. A version runs when it has answered its probe rightly, and not before.

use crate::infer::{InferRequest, Tensor};
use serde::{Deserialize, Serialize};

/// Under this key an ONNX model carries its probe in its own metadata: what is signed is so signed with its probe.
pub const METADATA_KEY: &str = "paceline.probe";

/// A question and the answer that is known.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Probe {
    /// The question.
    pub request: InferRequest,
    /// The outputs that are looked at; a model may have others.
    pub outputs: Vec<Tensor>,
    /// By how much an element may differ: kernels of different processors round differently.
    #[serde(default = "tolerance")]
    pub tolerance: f64,
}

/// What runs of one model on two processors differ by, with room; far below what changes a label.
fn tolerance() -> f64 {
    1e-3
}

impl Probe {
    /// Errors: what is wrong with an answer, in words. An element that is no number is wrong.
    pub fn judge(&self, outputs: &[Tensor]) -> Result<(), String> {
        if self.outputs.is_empty() {
            return Err("the probe has no outputs to look at".into());
        }
        self.outputs.iter().try_for_each(|expected| {
            let name = &expected.name;
            let answered = outputs.iter().find(|output| output.name == *name);
            let answered = answered.ok_or_else(|| format!("no output is called {name}"))?;
            if answered.shape != expected.shape || answered.data.len() != expected.data.len() {
                return Err(format!("{name} has the shape {:?}, not {:?}", answered.shape, expected.shape));
            }
            let pairs = answered.data.iter().zip(&expected.data).enumerate();
            let wrong = pairs.into_iter().find(|(_, (is, should))| !self.near(is.as_f64(), should.as_f64()));
            match wrong {
                Some((at, (is, should))) => Err(format!("{name}[{at}] is {is}, not {should}")),
                None => Ok(()),
            }
        })
    }

    /// Bytes that carry the probe once they stand behind those of an ONNX model. Source: onnx.proto, `ModelProto.metadata_props` (field 14, a
    /// list of `StringStringEntryProto` with `key` 1 and `value` 2); a protobuf message may be written in parts, one behind the other.
    ///
    /// Errors: it cannot be written as JSON.
    pub fn as_metadata(&self) -> serde_json::Result<Vec<u8>> {
        let text = serde_json::to_vec(self)?;
        let entry = [field(1, METADATA_KEY.as_bytes()), field(2, &text)].concat();
        Ok(field(14, &entry))
    }

    fn near(&self, is: Option<f64>, should: Option<f64>) -> bool {
        is.zip(should).is_some_and(|(is, should)| (is - should).abs() <= self.tolerance)
    }
}

/// A field of protobuf that has a length. Source: protobuf, "Encoding", wire type 2.
fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
    let mut written = vec![number << 3 | 2];
    let mut length = bytes.len();
    while length >= 0x80 {
        written.push((length & 0x7f) as u8 | 0x80);
        length >>= 7;
    }
    written.push(length as u8);
    written.extend_from_slice(bytes);
    written
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(answer: serde_json::Value, expected: Result<(), &str>) {
        let output = json!([{ "name": "score", "shape": [2], "datatype": "FP32", "data": [0.25, 0.75] }]);
        let probe: Probe = serde_json::from_value(json!({ "request": { "inputs": [] }, "outputs": output }))
            .expect("a probe");
        let answer: Vec<Tensor> = serde_json::from_value(answer).expect("tensors");
        assert_eq!(probe.judge(&answer), expected.map_err(str::to_owned));
    }
    fn score(shape: &[usize], data: &[f64]) -> serde_json::Value {
        json!([{ "name": "score", "shape": shape, "datatype": "FP32", "data": data }])
    }

    #[test]
    fn an_answer_is_right_within_the_tolerance_and_in_full() {
        check(score(&[2], &[0.2501, 0.7499]), Ok(()));
        check(score(&[2], &[0.25, 0.76]), Err("score[1] is 0.76, not 0.75"));
        check(score(&[1], &[0.25]), Err("score has the shape [1], not [2]"));
        check(json!([]), Err("no output is called score"));
    }

    #[test]
    fn a_probe_that_looks_at_nothing_is_never_right() {
        let probe =
            Probe { request: InferRequest { id: None, inputs: vec![] }, outputs: vec![], tolerance: 1.0 };
        assert!(probe.judge(&[]).is_err());
    }
}
