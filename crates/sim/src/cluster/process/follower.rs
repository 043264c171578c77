//! A region that is replayed beside its owner.

use super::Process;
use super::message::{Channel, Effect, Timer};
use super::under_way::Follower;
use crate::cluster::database::{Answer, Statement};
use paceline_cluster::Input;
use paceline_model::{Millis, RegionId};

/// Between two looks at what its owner has written.
const FOLLOW_EVERY: Millis = Millis(100);

impl Process {
    pub(super) fn follow(&mut self, region: RegionId) {
        self.followers.insert(region.clone(), Follower::default());
        self.follow_on(&region);
    }

    pub(super) fn follow_on(&mut self, region: &RegionId) {
        let number = self.number();
        let Some(follower) = self.followers.get_mut(region) else { return };
        follower.asked = number;
        let tail = Statement::Tail { region: region.clone(), after: follower.lines };
        self.ask(Channel::Follower(region.clone()), number, tail);
    }

    pub(super) fn followed(&mut self, region: &RegionId, number: u64, answer: Option<Answer>) {
        let Some(follower) = self.followers.get_mut(region).filter(|follower| follower.asked == number)
        else {
            return;
        };
        let mut caught_up = false;
        if let Some(Answer::Lines(lines)) = answer {
            follower.lines += lines.len() as u64;
            // Once it has been told, it is replayed as fast as it is written.
            caught_up = lines.is_empty() && !follower.ready;
            follower.ready |= caught_up;
        }
        self.effects.push(Effect::After(FOLLOW_EVERY, Timer::Follow(region.clone())));
        if caught_up {
            self.tell(Input::CaughtUp(region.clone()));
        }
    }
}
