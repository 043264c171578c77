//! Inferences as they go over HTTP. Source: the Open Inference Protocol, version 2 (KServe), "Inference", in JSON.

use serde::{Deserialize, Serialize};
use serde_json::Number;

/// What a tensor's elements are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Datatype {
    /// Unsigned, 8 bits.
    Uint8,
    /// Signed, 8 bits.
    Int8,
    /// Signed, 32 bits.
    Int32,
    /// Signed, 64 bits.
    Int64,
    /// Floating point, 32 bits.
    Fp32,
}

/// A tensor by its name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tensor {
    /// As the model calls it.
    pub name: String,
    /// Its extents; their product is the number of elements.
    pub shape: Vec<usize>,
    /// What its elements are.
    pub datatype: Datatype,
    /// The elements, the last index fastest.
    pub data: Vec<Number>,
}

/// A question to a model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InferRequest {
    /// Comes back with the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// All of the model's inputs.
    pub inputs: Vec<Tensor>,
}

/// A model's answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct InferResponse {
    /// Which model.
    pub model_name: String,
    /// Which version of it.
    pub model_version: String,
    /// The question's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// All of the model's outputs.
    pub outputs: Vec<Tensor>,
}

impl Tensor {
    /// Errors: not as many elements as its shape says, in words.
    pub fn check(&self) -> Result<(), String> {
        let said = self.shape.iter().try_fold(1_usize, |product, extent| product.checked_mul(*extent));
        if said == Some(self.data.len()) {
            return Ok(());
        }
        let (name, shape, data) = (&self.name, &self.shape, self.data.len());
        Err(format!(
            "{name} has the shape {shape:?} and {data} elements: they must be as many as the shape says"
        ))
    }
}
