//! Reads what a scene's files name and writes its boxes and models out.

use super::body::Body;
use super::names::written_out;
use super::parts::{Boxes, Sites};
use super::scene::Scene;
use crate::error::SimError;
use crate::files::read_all;
use paceline_model::edge::{ModelId, ModelSpec, NodeId, NodeSpec};
use paceline_model::{Invalid, Position};
use paceline_plan::Rng;
use serde::Deserialize;
use std::path::Path;

#[derive(Deserialize)]
struct Place {
    #[serde(alias = "LATITUDE", alias = "Latitude")]
    lat: f64,
    #[serde(alias = "LONGITUDE", alias = "Longitude")]
    lon: f64,
}

/// Positions of a CSV file with columns for latitude and longitude.
pub(super) fn positions(path: &Path) -> Result<Vec<Position>, SimError> {
    let bytes = read_all(path)?;
    let mut all = Vec::new();
    for (number, line) in csv::Reader::from_reader(bytes.as_slice()).deserialize::<Place>().enumerate() {
        let number = number as u64 + 2;
        let Place { lat, lon } = line.map_err(|error| SimError::line(path, number, error))?;
        all.push(Position::new(lat, lon).map_err(|invalid| SimError::line(path, number, invalid))?);
    }
    Ok(all)
}

/// The models of a scene.
pub(super) fn models(scene: &Scene) -> Result<Vec<ModelSpec>, SimError> {
    let spec = |(id, model): (&String, &paceline_api::edge::NewModel)| {
        scene.checked(ModelId::new(id).and_then(|id| model.spec(id)), &format!("models.{id}"))
    };
    scene.models.iter().map(spec).collect()
}

/// The boxes of a scene, kind by kind.
pub(super) fn bodies(scene: &Scene, ambient: f64, rng: &mut Rng) -> Result<Vec<Body>, SimError> {
    let mut all = Vec::new();
    for (kind, boxes) in &scene.boxes {
        let sites = boxes.sites.as_ref().map(|sites| sites_of(scene, sites)).transpose()?;
        let count = sites.as_ref().map_or(boxes.count, |sites| boxes.count.min(sites.len() as u32));
        for n in 0..count {
            let mut spec = scene.checked(node(kind, boxes, n), &format!("boxes.{kind}.node"))?;
            if let Some(sites) = &sites {
                spec.place.position = sites.get(n as usize).copied();
            }
            all.push(Body::new(spec, boxes.clone(), ambient, scene.begins(), rng));
        }
    }
    Ok(all)
}

fn sites_of(scene: &Scene, sites: &Sites) -> Result<Vec<Position>, SimError> {
    let all = positions(&scene.file(&sites.file))?;
    Ok(all.into_iter().skip(sites.from).step_by(sites.every).collect())
}

fn node(kind: &str, boxes: &Boxes, n: u32) -> Result<NodeSpec, Invalid> {
    let id = format!("{kind}-{n}");
    written_out(&boxes.node, &id, n)?.spec(NodeId::new(&id)?)
}
