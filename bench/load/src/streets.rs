//! Places on the server's own streets, so that the load fits any region.

use crate::api::Api;
use anyhow::Context as _;
use paceline_plan::Rng;
use serde_json::{Value, json};

/// All corners of all streets, street by street.
pub(crate) struct Streets {
    corners: Vec<[f64; 2]>,
}

impl Streets {
    pub(crate) async fn fetch(api: &Api) -> anyhow::Result<Self> {
        let drawn: Value = api.get("/v1/roads").await?.json().await?;
        let streets = drawn["streets"].as_array().context("the server draws no streets")?;
        let numbers: Vec<f64> =
            streets.iter().filter_map(Value::as_array).flatten().filter_map(Value::as_f64).collect();
        let corners: Vec<[f64; 2]> = numbers.chunks_exact(2).map(|pair| [pair[0], pair[1]]).collect();
        anyhow::ensure!(corners.len() > 1, "the server draws no streets");
        Ok(Self { corners })
    }
    pub(crate) fn corners(&self) -> usize {
        self.corners.len()
    }
    pub(crate) fn any(&self, rng: &mut Rng) -> usize {
        rng.below(self.corners.len())
    }
    /// The corner after this one: mostly the next on the same street.
    pub(crate) fn after(&self, corner: usize) -> usize {
        (corner + 1) % self.corners.len()
    }
    pub(crate) fn at(&self, corner: usize) -> [f64; 2] {
        self.corners[corner]
    }
    pub(crate) fn place(&self, corner: usize) -> Value {
        let [lat, lon] = self.at(corner);
        json!({ "lat": lat, "lon": lon })
    }
}
