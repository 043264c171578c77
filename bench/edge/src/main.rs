//! Placement on edge nodes by the published protocol. Prints tables as Markdown; `README.md` beside it says how to run it.

mod allocation;
mod clock;
mod federation;
mod openb;
mod policies;
mod power;
mod protocol;
mod questions;
mod rounds;
mod scale;
mod speed;
mod together;
mod watts;

use anyhow::{Result, bail};
use std::path::PathBuf;

fn main() -> Result<()> {
    let mut args = std::env::args().skip(1);
    let (Some(dir), Some(part)) = (args.next().map(PathBuf::from), args.next()) else {
        bail!(
            "usage: paceline-bench-edge <folder of the openb trace> allocation|speed|together|scale|rounds|questions|federation|watts [picture.svg]"
        );
    };
    match part.as_str() {
        "allocation" => allocation::print(&dir),
        "speed" => speed::print(&dir),
        "together" => together::print(&dir),
        "scale" => scale::print(&dir),
        "rounds" => rounds::print(),
        "questions" => questions::print(),
        "federation" => federation::print(&dir),
        "watts" => watts::print(&dir, args.next().map(PathBuf::from).as_deref()),
        other => {
            bail!(
                "{other}: no such part; there are allocation, speed, together, scale, rounds, questions, federation and watts"
            )
        }
    }
}
