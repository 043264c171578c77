//! Which layouts belong together. A cluster of servers of several versions writes none of a level that one of them does not read.
//!
//! Whoever adds a layout of any kind of region adds a level, unless one is not released yet, and a row to the table of `docs/journal.md`;
//! and sees to it that nothing of it is written below its level.

use paceline_model::FormatLevel;

/// From this one on vehicles change regions: fleets' records of layout 2, their snapshots of layout 3.
pub const HAND_OVERS: FormatLevel = FormatLevel(2);

/// From this one on crews look why stations give no bikes: bikes regions' records of layout 2, their snapshots of layout 3.
pub const INSPECTIONS: FormatLevel = FormatLevel(2);

/// From this one on bikes that stand at no station are counted by cells: bikes regions' records of layout 3, their snapshots of layout 4.
pub const CELLS: FormatLevel = FormatLevel(2);

/// From this one on batteries are changed: bikes regions' records of layout 4, their snapshots of layout 5.
pub const BATTERIES: FormatLevel = FormatLevel(2);

/// The newest: what this program reads, and may write.
pub const NEWEST: FormatLevel = FormatLevel(2);

/// From which level on what is new.
pub const ADDED: &[(FormatLevel, &str)] = &[
    (HAND_OVERS, "vehicles change regions"),
    (INSPECTIONS, "crews inspect stations that give no bikes"),
    (CELLS, "bikes that stand at no station are counted by cells"),
    (BATTERIES, "batteries of bikes are changed"),
];
