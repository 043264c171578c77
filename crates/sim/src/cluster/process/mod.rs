//! One process of a server: the real [`Member`] and the real doors, with what drives them. It does nothing by itself: it is told what
//! happens and when, by its own clock, and says what is to be sent.

mod courier;
mod door;
mod drive;
mod follower;
mod message;
mod under_way;

pub(super) use message::{Back, Channel, Effect, Pid, Timer};

use super::calls::Call;
use super::clock::Clock;
use super::database::{Answer, Statement};
use super::host::Host;
use super::setup::{Planted, Setup};
use paceline_cluster::{ClusterOptions, Incarnation, Input, Member, ServerRow};
use paceline_engine::Borders;
use paceline_model::{Instant, Millis, RegionId, ServerId};
use std::collections::BTreeMap;
use std::sync::Arc;
use under_way::{AtDoor, Caller, Courier, Course, Follower, Questions};

/// Between two looks of a region whether its log is still its own.
const TEND_EVERY: Millis = Millis(1_000);

/// What a process is, and does not change.
pub(super) struct Spec {
    pub(super) pid: Pid,
    pub(super) name: ServerId,
    weight: f64,
    options: ClusterOptions,
    answer_wait: Millis,
    planted: Option<Planted>,
    /// All regions that there are, and where each begins.
    borders: BTreeMap<RegionId, Arc<Borders>>,
}

/// A process.
pub(super) struct Process {
    pub(super) spec: Spec,
    pub(super) clock: Clock,
    /// It stands still until then.
    pub(super) paused_until: Option<Instant>,
    /// It begins nothing more with what it has: all is to come to rest.
    pub(super) calm: bool,
    pub(super) effects: Vec<Effect>,
    incarnation: Incarnation,
    /// `None`: it has not joined yet.
    member: Option<Member>,
    questions: Questions,
    hosts: BTreeMap<RegionId, (u64, Host<Caller>)>,
    couriers: BTreeMap<RegionId, Courier>,
    followers: BTreeMap<RegionId, Follower>,
    doors: BTreeMap<u64, AtDoor>,
    numbers: u64,
    now: Instant,
    course: Course,
}

impl Process {
    pub(super) fn new(
        setup: &Setup,
        pid: Pid,
        (name, weight): (ServerId, f64),
        clock: Clock,
        borders: BTreeMap<RegionId, Arc<Borders>>,
    ) -> Self {
        let Setup { options, answer_wait, planted, .. } = *setup;
        Self {
            spec: Spec { pid, name, weight, options, answer_wait, planted, borders },
            clock,
            paused_until: None,
            calm: false,
            effects: Vec::new(),
            incarnation: Incarnation::default(),
            member: None,
            questions: Questions::default(),
            hosts: BTreeMap::new(),
            couriers: BTreeMap::new(),
            followers: BTreeMap::new(),
            doors: BTreeMap::new(),
            numbers: 0,
            now: Instant::ZERO,
            course: Course::Stays,
        }
    }

    fn number(&mut self) -> u64 {
        self.numbers += 1;
        self.numbers
    }

    /// It starts.
    pub(super) fn start(&mut self, now: Instant) {
        self.now = now;
        self.question(self.joining());
        self.effects.push(Effect::After(TEND_EVERY, Timer::Tend));
    }

    fn joining(&self) -> Statement {
        Statement::Join {
            name: self.spec.name.clone(),
            url: self.spec.pid.0.to_string(),
            weight: self.spec.weight,
        }
    }

    /// It is to end in order.
    pub(super) fn end(&mut self, now: Instant) {
        self.now = now;
        self.course = self.course.max(Course::Ending);
        self.tell(Input::End);
        self.go_on();
    }

    /// The store has answered, or `None`: it has not in time.
    pub(super) fn answered(&mut self, now: Instant, channel: Channel, number: u64, answer: Option<Answer>) {
        self.now = now;
        match channel {
            Channel::Table if number == self.questions.asked => self.table_answered(answer),
            Channel::Region(region) => {
                if let Some((_, host)) = self.hosts.get_mut(&region).filter(|(asked, _)| *asked == number) {
                    host.answered(now, answer);
                }
            }
            Channel::Follower(region) => self.followed(&region, number, answer),
            Channel::Table => {}
        }
        self.go_on();
    }

    pub(super) fn timer(&mut self, now: Instant, timer: Timer) {
        self.now = now;
        match timer {
            Timer::Beat(number) if number == self.questions.beat.0 => self.beat_now(),
            Timer::Beat(_) => {}
            Timer::Tend => {
                for (_, host) in self.hosts.values_mut() {
                    if !self.calm {
                        host.tick(now);
                    }
                    host.tend();
                }
                self.effects.push(Effect::After(TEND_EVERY, Timer::Tend));
            }
            Timer::Follow(region) => self.follow_on(&region),
            Timer::Courier(region, look) => self.look_again(&region, look),
            Timer::Door(id) => self.try_door(id),
            Timer::Forwarded(id, nth) => self.came_back_to_door(id, nth, Back::Unknown),
            Timer::GiveUp(channel, number) => return self.answered(now, channel, number, None),
        }
        self.go_on();
    }

    /// A request comes from a client.
    pub(super) fn called(&mut self, now: Instant, call: Call) {
        self.now = now;
        self.at_door(call.clone(), Caller::Client(call.attempt));
        self.go_on();
    }

    /// A request comes from another process's door.
    pub(super) fn forwarded(&mut self, now: Instant, (from, id, nth): (Pid, u64, u64), call: Call) {
        self.now = now;
        self.at_door(call, Caller::Door(from, id, nth));
        self.go_on();
    }

    /// What was sent on comes back.
    pub(super) fn came_back(&mut self, now: Instant, id: u64, nth: u64, back: Back) {
        self.now = now;
        self.came_back_to_door(id, nth, back);
        self.go_on();
    }

    /// Whether it runs a region, as it knows itself.
    pub(super) fn runs(&self, region: &RegionId) -> bool {
        self.member.as_ref().is_some_and(|member| member.runs(region))
    }

    /// Whether it is the process of this server that the table knows, and stays.
    pub(super) fn is_member(&self, name: &ServerId, row: &ServerRow) -> bool {
        self.spec.name == *name
            && self.incarnation == row.incarnation
            && self.member.is_some()
            && !self.is_ending()
    }

    /// Whether it has joined, and does not close: it lets nobody in else.
    pub(super) fn listens(&self) -> bool {
        self.member.is_some() && self.course != Course::Closing
    }

    /// Whether it is about to end.
    fn is_ending(&self) -> bool {
        self.course != Course::Stays
    }
}
