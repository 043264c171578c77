//! Which regions are replayed here beside their owner: those that are to move here, and those whose owner this server comes next to.

use super::held::Following;
use super::{Member, Output};
use crate::table::RegionRow;
use paceline_model::{RegionId, ServerId};

impl Member {
    pub(super) fn consider_following(&mut self, region: &RegionId, row: &RegionRow, ranked: &[ServerId]) {
        let follows = self.following.contains_key(region);
        match (self.is_next(region, row, ranked), follows) {
            (true, false) => {
                self.following.insert(region.clone(), Following::default());
                self.outputs.push_back(Output::Follow(region.clone()));
            }
            (false, true) => {
                self.following.remove(region);
                self.outputs.push_back(Output::Unfollow(region.clone()));
            }
            _ => {}
        }
        if let Some(following) = self.following.get_mut(region) {
            following.to_move = ranked.first() == Some(&self.me);
        }
        self.tell_ready(region, row);
    }

    /// Whether this server is to go on where the owner ends.
    fn is_next(&self, region: &RegionId, row: &RegionRow, ranked: &[ServerId]) -> bool {
        let Some(owner) = row.owner.as_ref().filter(|owner| **owner != self.me) else { return false };
        // What was asked for is opened from what was replayed.
        if self.held.contains_key(region) {
            return self.following.contains_key(region);
        }
        let next = ranked.iter().find(|name| *name != owner);
        let moves = ranked.first().is_some_and(|first| first != owner);
        next == Some(&self.me) && (moves || self.options.standby)
    }

    pub(super) fn caught_up(&mut self, region: RegionId) {
        if let Some(following) = self.following.get_mut(&region) {
            following.caught_up = true;
            let row = self.table.region(&region);
            self.tell_ready(&region, &row);
        }
    }

    /// Tells the owner, through the table, that it may give the region away.
    fn tell_ready(&mut self, region: &RegionId, row: &RegionRow) {
        let Some(following) = self.following.get(region) else { return };
        let ready = following.caught_up && following.to_move && !self.ending;
        if ready && row.owner.is_some() && row.follower.as_ref() != Some(&self.me) {
            self.outputs.push_back(Output::Ready(region.clone(), row.term));
        }
    }
}
