//! Which regions are replayed here beside their owner: those that are to move here, and those whose owner this server comes next to.

use super::{Member, Output};
use crate::table::RegionRow;
use paceline_model::RegionId;

impl Member {
    pub(super) fn consider_following(&mut self, region: &RegionId, row: &RegionRow) {
        let follows = self.following.contains_key(region);
        match (self.is_next(region, row), follows) {
            (true, false) => {
                self.following.insert(region.clone(), false);
                self.outputs.push_back(Output::Follow(region.clone()));
            }
            (false, true) => {
                self.following.remove(region);
                self.outputs.push_back(Output::Unfollow(region.clone()));
            }
            _ => {}
        }
        self.tell_ready(region, row);
    }

    /// Whether this server is to go on where the owner ends.
    fn is_next(&self, region: &RegionId, row: &RegionRow) -> bool {
        let Some(owner) = row.owner.as_ref().filter(|owner| **owner != self.me) else { return false };
        // What was asked for is opened from what was replayed.
        if self.held.contains_key(region) {
            return self.following.contains_key(region);
        }
        let ranked = self.ranked(region, row);
        let next = ranked.iter().find(|name| **name != owner);
        let moves = ranked.first().is_some_and(|first| *first != owner);
        next.is_some_and(|next| **next == self.me) && (moves || self.options.standby)
    }

    pub(super) fn caught_up(&mut self, region: RegionId) {
        if let Some(ready) = self.following.get_mut(&region) {
            *ready = true;
            let row = self.table.region(&region);
            self.tell_ready(&region, &row);
        }
    }

    /// Tells the owner, through the table, that it may give the region away.
    fn tell_ready(&mut self, region: &RegionId, row: &RegionRow) {
        let ready = self.following.get(region) == Some(&true);
        let to_move = self.ranked(region, row).first().is_some_and(|first| **first == self.me);
        if ready && to_move && row.owner.is_some() && row.follower.as_ref() != Some(&self.me) {
            self.outputs.push_back(Output::Ready(region.clone(), row.term));
        }
    }
}
