//! Requests at a process's door: each finds its way by the real [`Door`].

use super::Process;
use super::message::{Back, Effect, Pid, Timer};
use super::under_way::{AtDoor, Caller};
use crate::cluster::calls::{Call, Said, What};
use crate::cluster::fleet;
use crate::cluster::setup::Planted;
use paceline_cluster::{Answered, Door, Step};
use paceline_model::{Command, Millis};

/// Between two looks whether a region can be reached.
const LOOK_EVERY: Millis = Millis(20);
/// Longest that an answer from another server is waited for.
const FORWARD_WAIT: Millis = Millis(3_000);
/// Changes of a stream that are told at once.
const CHANGES_MAX: usize = 8;

impl Process {
    pub(super) fn at_door(&mut self, call: Call, caller: Caller) {
        let id = self.number();
        let door = Door::new(matches!(caller, Caller::Door(..)));
        self.doors.insert(id, AtDoor { door, call, caller, since: self.now, nth: 0 });
        self.try_door(id);
    }

    /// Lets a request go on, if it can.
    pub(super) fn try_door(&mut self, id: u64) {
        let (Some(at), Some(member)) = (self.doors.get_mut(&id), &self.member) else {
            return self.leave(id, Said::Refused);
        };
        let step = at.door.next(member.route(&at.call.region), self.now.since(at.since));
        self.take_step(id, step);
    }

    fn take_step(&mut self, id: u64, step: Step) {
        match step {
            Step::Serve => self.serve(id),
            Step::Forward(_, url) => self.send_on(id, &url),
            Step::Wait => self.effects.push(Effect::After(LOOK_EVERY, Timer::Door(id))),
            Step::Unknown | Step::Refuse => self.leave(id, Said::Refused),
            Step::Unanswered => self.leave(id, Said::Unanswered),
            Step::Done => {}
        }
    }

    fn send_on(&mut self, id: u64, url: &str) {
        let (Some(at), Ok(to)) = (self.doors.get_mut(&id), url.parse().map(Pid)) else { return };
        at.nth += 1;
        let (nth, call) = (at.nth, at.call.clone());
        self.effects.push(Effect::Forward { to, id, nth, call });
        self.effects.push(Effect::After(FORWARD_WAIT, Timer::Forwarded(id, nth)));
    }

    pub(super) fn came_back_to_door(&mut self, id: u64, nth: u64, back: Back) {
        let again = self.spec.planted == Some(Planted::RepeatWithoutKey);
        let Some(at) = self.doors.get_mut(&id).filter(|at| at.nth == nth) else { return };
        let answered = match &back {
            Back::Said(Said::Refused) | Back::Unreached => Answered::NotDone,
            Back::Said(Said::Unanswered) | Back::Unknown => Answered::Unknown,
            Back::Said(_) => Answered::Yes,
        };
        // What was sent before is not waited for any more.
        at.nth += 1;
        if let (true, Answered::Unknown, What::Place { keyed, .. }) = (again, answered, &mut at.call.what) {
            *keyed = false;
            return self.take_step(id, Step::Wait);
        }
        match (at.door.answered(answered), back) {
            (Step::Done, Back::Said(said)) => self.leave(id, said),
            (step, _) => self.take_step(id, step),
        }
    }

    fn serve(&mut self, id: u64) {
        let Some(AtDoor { call, caller, .. }) = self.doors.remove(&id) else { return };
        let host = self.hosts.get_mut(&call.region).map(|(_, host)| host);
        let Some(host) = host.filter(|host| host.takes_commands()) else {
            return self.say(caller, Said::Refused);
        };
        let request = match call.what {
            What::Read { after } => {
                let changes = host.after(after, CHANGES_MAX);
                return self.say(caller, Said::Changes(changes));
            }
            // Each sending of an order gives it a name of its own.
            What::Place { order, keyed } => fleet::place(self.now, order, id, keyed),
            What::Drive(vehicle) => return host.drive(self.now, &vehicle, caller),
            What::Join(vehicle) => fleet::join(self.now, vehicle),
            What::Give(vehicle, to) => Some(fleet::plain(Command::HandOver(vehicle, to))),
            What::Take(from, given) => Some(fleet::take(from, (*given).clone())),
        };
        if let Some(request) = request {
            host.command(self.now, request, caller);
        }
    }

    fn leave(&mut self, id: u64, said: Said) {
        if let Some(at) = self.doors.remove(&id) {
            self.say(at.caller, said);
        }
    }

    pub(super) fn say(&mut self, caller: Caller, said: Said) {
        match caller {
            Caller::Client(attempt) => self.effects.push(Effect::ToClient { attempt, said }),
            Caller::Door(to, id, nth) => self.effects.push(Effect::Back { to, id, nth, said }),
            Caller::Courier(region, look, given) => self.carried(&region, look, &given, &said),
            Caller::Note(region, look) => self.done(&region, look, matches!(said, Said::Receipt(_))),
            Caller::Nobody => {}
        }
    }
}
