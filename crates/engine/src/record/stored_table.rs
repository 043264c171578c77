//! How a table of rows is written down, whatever the kind of region.

use super::format::{RecordError, append};
use paceline_model::{Row, Slots, Table};
use serde::Serialize;

/// A table as it is stored: every slot with its generation, and the slots that were given up.
pub(crate) type StoredTable<R> = (Vec<(u32, Option<R>)>, Vec<u32>);

/// Written row by row: a second copy of a large world has no room.
pub(crate) fn append_table<'a, R: 'a, S: From<&'a R> + Serialize>(bytes: &mut Vec<u8>, table: &'a Slots<R>) {
    append(bytes, &(table.len() as u64));
    for (generation, row) in table.tenants() {
        append(bytes, &(generation, row.map(S::from)));
    }
    append(bytes, &table.vacant().iter().copied().collect::<Vec<u32>>());
}

/// Errors: no table that [`append_table`] writes.
pub(crate) fn table<S, R: Row + Clone + From<S>>(
    (slots, vacant): StoredTable<S>,
) -> Result<Table<R>, RecordError> {
    let slots = slots.into_iter().map(|(generation, row)| (generation, row.map(R::from))).collect();
    Ok(Table::from_parts(slots, vacant)?)
}
