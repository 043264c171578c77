//! Artefacts that the server keeps: taken from whoever releases models, given to whoever runs them. The formats, the store and its
//! checks are those of `paceline_artefact`; here is what is shared between requests.

mod gate;
mod gates;
mod image;
mod known;
mod options;
mod shelf;
mod uploads;

pub(crate) use gate::{NodeGate, Standing};
pub(crate) use gates::NodeGates;
pub(crate) use image::{Blob, IMAGE_MANIFEST};
pub use options::ArtefactOptions;
pub(crate) use shelf::{Opened, Shelf};
