//! Bikes between stations: quantities of a fixed route, routes for given quantities, and instances as text.

mod quantities;
mod routes;
mod text;
