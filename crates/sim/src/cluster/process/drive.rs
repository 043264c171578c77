//! What drives a member: its questions to the table one after the other, its regions, its signs of life.

use super::Process;
use super::message::{Channel, Effect, Timer};
use super::under_way::{Caller, Course};
use crate::cluster::calls::Said;
use crate::cluster::database::{Answer, Statement};
use crate::cluster::host::{Host, Out};
use paceline_cluster::{Input, Member, Output};
use paceline_model::{Instant, Millis, RegionId};

impl Process {
    /// Asks the table once all that was asked before is answered.
    pub(super) fn question(&mut self, statement: Statement) {
        self.questions.waiting.push_back(statement);
        if self.questions.waiting.len() == 1 {
            self.ask_first();
        }
    }

    fn ask_first(&mut self) {
        let Some(statement) = self.questions.waiting.front().cloned() else { return };
        self.questions.asked = self.number();
        self.ask(Channel::Table, self.questions.asked, statement);
    }

    pub(super) fn ask(&mut self, channel: Channel, number: u64, statement: Statement) {
        self.effects.push(Effect::Ask(channel.clone(), number, statement));
        self.effects.push(Effect::After(self.spec.answer_wait, Timer::GiveUp(channel, number)));
    }

    pub(super) fn beat_now(&mut self) {
        self.questions.beat.1 = Instant(u64::MAX);
        if !self.questions.waiting.iter().any(|question| matches!(question, Statement::Beat { .. })) {
            let leaving = self.is_ending();
            let (name, incarnation) = (self.spec.name.clone(), self.incarnation);
            self.question(Statement::Beat { name, incarnation, leaving });
        }
    }

    pub(super) fn table_answered(&mut self, answer: Option<Answer>) {
        let Some(question) = self.questions.waiting.pop_front() else { return };
        self.ask_first();
        let input = match (question, answer) {
            (Statement::Join { .. }, Some(Answer::Joined(incarnation))) => {
                let regions = self.spec.borders.keys().cloned();
                self.incarnation = incarnation;
                self.member =
                    Some(Member::new(self.spec.name.clone(), incarnation, self.spec.options, regions));
                self.effects
                    .push(Effect::Note(format!("{} has joined as {}", self.spec.name, incarnation.0)));
                if self.is_ending() {
                    self.tell(Input::End);
                }
                return self.beat_now();
            }
            (Statement::Join { .. }, _) => return self.question(self.joining()),
            (Statement::Beat { .. }, answer) => {
                if let Some(Answer::Read(table)) = answer {
                    self.tell(Input::Read(table));
                }
                let after = self.member.as_ref().map_or(self.spec.options.beat, Member::read_after);
                return self.beat_after(after);
            }
            (Statement::Claim { region, .. }, Some(Answer::Claimed(term))) => Input::Claimed(region, term),
            (Statement::Claim { region, .. }, _) => Input::Claimed(region, None),
            (Statement::Release { region, .. }, _) => Input::Released(region),
            _ => return,
        };
        self.tell(input);
    }

    fn beat_after(&mut self, after: Millis) {
        let number = self.number();
        self.questions.beat = (number, self.now + after);
        self.effects.push(Effect::After(after, Timer::Beat(number)));
    }

    pub(super) fn tell(&mut self, input: Input) {
        if let Some(member) = &mut self.member {
            member.handle(self.now, input);
        }
    }

    /// Does what the member and the regions ask for, until they ask for nothing more.
    pub(super) fn go_on(&mut self) {
        loop {
            let output = self.member.as_mut().and_then(Member::poll);
            let out = self.hosts.iter_mut().find(|(_, (_, host))| !host.out.is_empty());
            let out = out.map(|(region, (_, host))| (region.clone(), host.out.remove(0)));
            if output.is_none() && out.is_none() {
                break;
            }
            output.into_iter().for_each(|output| self.act(output));
            out.into_iter().for_each(|(region, out)| self.heard(region, out));
        }
        let Some(member) = &self.member else { return };
        let (after, ended) = (member.read_after(), member.is_ended() || member.is_replaced());
        if self.questions.beat.1.0 < u64::MAX && self.now + after < self.questions.beat.1 {
            self.beat_after(after);
        }
        // One whose place another process took has nothing to do any more.
        if ended && self.hosts.is_empty() {
            self.course = Course::Closing;
        }
        if self.course == Course::Closing && self.doors.is_empty() {
            self.effects.push(Effect::Ended);
        }
    }

    fn act(&mut self, output: Output) {
        let by = self.spec.name.clone();
        match output {
            Output::Claim(region, after) => self.question(Statement::Claim { region, after, by }),
            Output::Open(region) => {
                self.followers.remove(&region);
                let borders = self.spec.borders.get(&region).cloned().unwrap_or_default();
                let host = Host::open(self.now, region.clone(), borders, self.spec.planted);
                self.hosts.insert(region, (0, host));
            }
            Output::Close(region) => match self.hosts.get_mut(&region) {
                Some((_, host)) => host.close(),
                None => self.tell(Input::Closed(region)),
            },
            Output::Release(region, term, heir) => {
                self.question(Statement::Release { region, term, heir, by });
            }
            Output::Follow(region) => self.follow(region),
            Output::Unfollow(region) => _ = self.followers.remove(&region),
            Output::Ready(region, term) => {
                self.question(Statement::Ready { region, term, follower: by });
            }
        }
    }

    fn heard(&mut self, region: RegionId, out: Out<Caller>) {
        match out {
            Out::Ask(statement) => {
                let number = self.number();
                if let Some((asked, _)) = self.hosts.get_mut(&region) {
                    *asked = number;
                }
                self.ask(Channel::Region(region), number, statement);
            }
            Out::Opened => {
                self.note(format!("{} runs {region}", self.spec.name));
                self.look(&region);
                self.tell(Input::Opened(region));
            }
            Out::Failed => {
                self.let_go(&region);
                self.tell(Input::Failed(region));
            }
            Out::Closed => {
                self.let_go(&region);
                self.note(format!("{} has closed {region}", self.spec.name));
                self.tell(Input::Closed(region));
            }
            Out::Fenced => {
                self.note(format!("{} is fenced off {region}", self.spec.name));
                self.tell(Input::Fenced(region));
            }
            Out::Reply(caller, said) => self.say(caller, said),
            Out::Looked(look, errands) => self.looked(&region, look, errands),
            Out::Left => self.wake(&region),
            Out::Damaged(what) => self.effects.push(Effect::Damaged(what)),
        }
    }

    fn note(&mut self, line: String) {
        self.effects.push(Effect::Note(line));
    }

    fn let_go(&mut self, region: &RegionId) {
        self.couriers.remove(region);
        let Some((_, host)) = self.hosts.remove(region) else { return };
        for caller in host.into_callers() {
            self.say(caller, Said::Unanswered);
        }
    }
}
