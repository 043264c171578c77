//! Positions in batches of a size that a server takes.

use crate::client::Client;
use crate::error::ClientError;
use crate::prepared::Prepared;
use paceline_api::operation as op;
use paceline_api::{PositionReport, PositionsTaken};

impl Client {
    /// Reports where vehicles are, in as many requests as it takes, one after the other. A batch may be sent again: the newest
    /// position of a vehicle counts, however often it comes. Returns how many were taken.
    ///
    /// Errors: what the last attempt said of the first request that failed; those before it were taken. Fields are named as in
    /// `positions`, whatever request they were in.
    pub async fn report_positions(&self, positions: &[PositionReport]) -> Result<u64, ClientError> {
        let (most, mut taken) = (self.options.positions_batch_max.max(1), 0);
        for (number, batch) in positions.chunks(most).enumerate() {
            let answer =
                self.call::<PositionsTaken>(&Prepared::new(&op::REPORT_POSITIONS, "", &batch)?).await;
            taken += answer.map_err(|error| moved_by(number * most, error))?.taken;
        }
        Ok(taken)
    }
}

/// The same error with its fields counted from the first position of all.
fn moved_by(before: usize, mut error: ClientError) -> ClientError {
    if let ClientError::Refused { problem, .. } = &mut error {
        for told in &mut problem.errors {
            let index = told.field.strip_prefix('[').and_then(|rest| rest.split_once(']'));
            if let Some((Ok(index), rest)) = index.map(|(index, rest)| (index.parse::<usize>(), rest)) {
                told.field = format!("[{}]{rest}", before + index);
            }
        }
    }
    error
}
