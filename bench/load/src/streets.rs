//! Places on the server's own streets, so that the load fits any region.

use crate::api::Api;
use paceline_api::Place;
use paceline_plan::Rng;

/// All corners of all streets, street by street.
pub(crate) struct Streets {
    corners: Vec<Place>,
}

impl Streets {
    pub(crate) async fn fetch(api: &Api) -> anyhow::Result<Self> {
        let streets = api.client.streets().await?.streets;
        let pairs = streets.iter().flat_map(|street| street.chunks_exact(2));
        let corners: Vec<Place> = pairs.map(|pair| Place { lat: pair[0], lon: pair[1] }).collect();
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
    pub(crate) fn place(&self, corner: usize) -> Place {
        self.corners[corner]
    }
}
