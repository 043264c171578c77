//! Stations as snapshots of before they were watched have them.

use crate::bikes::row::StationRow;
use crate::bikes::watch::Watch;
use paceline_model::Instant;
use paceline_model::bikes::{
    Batteries, Hotspot, Service, StationSpec, StationStock, StockReading, StockWord, WorkOrderId,
};
use serde::Deserialize;
use std::sync::Arc;

/// A station of which nobody asked whether it gives its bikes.
#[derive(Deserialize)]
pub(super) struct UnwatchedStation {
    spec: Arc<StationSpec>,
    service: Service,
    closed: bool,
    stock: UninspectedStock,
    heard_at: Option<Instant>,
    hotspot: Option<(Hotspot, Instant)>,
    orders: Vec<WorkOrderId>,
}

#[derive(Deserialize)]
struct UninspectedStock {
    reported: StockReading,
    words: Vec<StockWord>,
    docks_broken: u32,
}

impl From<UnwatchedStation> for StationRow {
    fn from(stored: UnwatchedStation) -> Self {
        let UnwatchedStation { spec, service, closed, stock, heard_at, hotspot, orders } = stored;
        let UninspectedStock { reported, words, docks_broken } = stock;
        let (inspected_at, batteries) = (None, Batteries::default());
        let stock = StationStock { reported, words, docks_broken, locked_in: 0, inspected_at, batteries };
        Self { spec, service, closed, stock, heard_at, hotspot, orders, watch: Watch::default() }
    }
}
