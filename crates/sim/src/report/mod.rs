//! The report of one or several runs: one HTML file that needs nothing else, pictures drawn as inline SVG.
//! Numbers are prepared here, straight and pure; the template only places them. `fleet` and `crate::edge` say what is drawn.

pub(crate) mod draw;
mod fleet;
mod optimum;
pub(crate) mod page;
pub(crate) mod table;

pub use fleet::{left_out, render, rows};
pub use table::{Row, common_seed, names};
