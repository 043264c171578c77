//! May this happen? One file per kind of command: each looks at the world and answers with events or a refusal. Nothing here changes anything,
//! and nothing here says what follows for orders: that is `settle`'s.

mod report;
mod station;
mod stock;
mod van;
mod verdict;
mod withdraw;

use super::world::Bikes;
use paceline_model::Instant;
use paceline_model::bikes::Command;
use verdict::Verdict;

/// Judges one command against the world as it is.
pub(super) fn admit(world: &Bikes, at: Instant, command: Command) -> Verdict {
    match command {
        Command::PutStation(spec) => station::put(world, spec),
        Command::RemoveStation(station) => station::remove(world, station),
        Command::CloseStation(station) => station::close(world, station),
        Command::OpenStation(station) => station::open(world, station),
        Command::TakeStock(reports) => stock::admit(world, at, reports),
        Command::TakeCells(cells, reports) => stock::admit_cells(world, at, cells, reports),
        Command::PutVan(spec, aboard) => van::put(world, spec, aboard),
        Command::EquipVan(spec, aboard, load) => van::equip(world, spec, aboard, load),
        Command::RemoveVan(van) => van::remove(world, van),
        Command::Report(report) => report::admit(world, at, report),
        Command::Withdraw(order, words) => withdraw::admit(world, order, words),
    }
}
