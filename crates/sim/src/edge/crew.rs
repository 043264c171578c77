//! Reads what a scene's files name and writes its boxes and models out.

use super::body::Body;
use super::names::written_out;
use super::parts::{Boxes, Sites};
use super::scene::Scene;
use crate::error::SimError;
use crate::files::rows;
use paceline_model::edge::{ModelId, ModelSpec, NodeId, NodeSpec};
use paceline_model::limits::Rule;
use paceline_model::{Invalid, Position};
use paceline_plan::Rng;
use serde::Deserialize;
use std::path::Path;
use std::sync::Arc;

#[derive(Deserialize)]
struct Place {
    #[serde(alias = "LATITUDE", alias = "Latitude")]
    lat: f64,
    #[serde(alias = "LONGITUDE", alias = "Longitude")]
    lon: f64,
}

/// Positions of a CSV file with columns for latitude and longitude.
pub(super) fn positions(path: &Path) -> Result<Vec<Position>, SimError> {
    rows(path, |Place { lat, lon }| Position::new(lat, lon).map_err(|invalid| invalid.to_string()))
}

/// The models of a scene.
pub(super) fn models(scene: &Scene) -> Result<Vec<ModelSpec>, SimError> {
    let spec = |(id, model): (&String, &paceline_api::edge::NewModel)| {
        scene.checked(ModelId::new(id).and_then(|id| model.spec(id)), &format!("models.{id}"))
    };
    scene.models.iter().map(spec).collect()
}

/// The boxes of a scene, kind by kind; those of one kind stand together and share it.
pub(super) fn bodies(scene: &Scene, ambient: f64, rng: &mut Rng) -> Result<Vec<Body>, SimError> {
    let mut all = Vec::new();
    for (kind, boxes) in &scene.boxes {
        let sites = boxes.sites.as_ref().map(|sites| sites_of(scene, kind, sites)).transpose()?;
        let of = Arc::new(boxes.clone());
        let count = sites.as_ref().map_or(boxes.count, |sites| boxes.count.min(sites.len() as u32));
        for n in 0..count {
            let mut spec = scene.checked(node(kind, boxes, n), &format!("boxes.{kind}.node"))?;
            if let Some(sites) = &sites {
                spec.place.position = sites.get(n as usize).copied();
            }
            all.push(Body::new(spec, of.clone(), ambient, scene.begins(), rng));
        }
    }
    Ok(all)
}

/// Errors: the file; none of its lines is taken, so that there would be no box of the kind.
fn sites_of(scene: &Scene, kind: &str, sites: &Sites) -> Result<Vec<Position>, SimError> {
    let all = positions(&scene.file(&sites.file))?;
    let lines = all.len();
    let taken: Vec<Position> = all.into_iter().skip(sites.from).step_by(sites.every).collect();
    if taken.is_empty() {
        let rule = Rule::Shape(format!("must be below the {lines} lines of {}", sites.file.display()));
        return scene.checked(Err(Invalid::new("from", sites.from, rule)), &format!("boxes.{kind}.sites"));
    }
    Ok(taken)
}

fn node(kind: &str, boxes: &Boxes, n: u32) -> Result<NodeSpec, Invalid> {
    let id = format!("{kind}-{n}");
    written_out(&boxes.node, &id, n)?.spec(NodeId::new(&id)?)
}
