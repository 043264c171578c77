//! Bikes regions over HTTP: stations and what stands there, bikes that stand at none, vans and their crews, work orders, hotspots, and the feed that is published.

mod gbfs;
mod lists;
mod loose;
mod stations;
mod stock;
mod vans;
mod work_orders;

pub(super) use gbfs::FeedAsked;
pub(super) use lists::{list_hotspots, list_stations, list_vans, list_work_orders};
pub(super) use loose::take_bikes;
pub(super) use stations::{
    close_station, explain_station, open_station, put_station, read_station, remove_station,
};
pub(super) use stock::take_stock;
pub(super) use vans::{locate_van, put_van, read_van, remove_van, report_crew};
pub(super) use work_orders::{explain_work_order, read_work_order, withdraw_work_order};
