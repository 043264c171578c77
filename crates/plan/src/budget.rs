//! How long a round may take: a deadline when live, a count of work steps when a run must repeat exactly.

/// What is left to spend. A step is one road node settled or one assignment edge scanned: some 50 ns.
pub struct Budget {
    steps_left: u64,
    steps_used: u64,
    since_asked: u64,
    clock: Option<Box<dyn FnMut() -> f64 + Send>>,
    /// Of the whole time, when last asked.
    clock_share: f64,
    /// Of the whole time, where this budget ends.
    clock_end: f64,
    late: bool,
}

/// Steps between two looks at the deadline: about 0.1 ms of work.
const ASK_EVERY: u64 = 2_048;

impl Budget {
    /// Ends after `steps`. The same input and the same steps give the same answer.
    pub fn steps(steps: u64) -> Self {
        Self {
            steps_left: steps,
            steps_used: 0,
            since_asked: 0,
            clock: None,
            clock_share: 0.0,
            clock_end: 1.0,
            late: false,
        }
    }
    /// Ends when `share`, the part of the time that has passed, first reaches 1; it is asked every few thousand steps.
    /// Solvers plan ahead by it, such as an annealing that is to be cold at the end.
    pub fn within(share: impl FnMut() -> f64 + Send + 'static) -> Self {
        Self { clock: Some(Box::new(share)), ..Self::steps(u64::MAX) }
    }
    /// No end, for tests and oracles.
    pub fn unlimited() -> Self {
        Self::steps(u64::MAX)
    }
    /// Takes `steps`; `false` once the budget has ended.
    pub fn spend(&mut self, steps: u64) -> bool {
        self.steps_used += steps;
        self.steps_left = self.steps_left.saturating_sub(steps);
        self.since_asked += steps;
        if self.since_asked >= ASK_EVERY {
            self.since_asked = 0;
            self.clock_share = self.clock.as_mut().map_or(0.0, |share| share());
            self.late |= self.clock_share >= self.clock_end;
        }
        !self.is_over()
    }
    /// The part that is used up, from 0 to 1: of the steps, or of the time when last asked.
    pub fn share(&self) -> f64 {
        let steps = self.steps_used as f64 / (self.steps_used as f64 + self.steps_left as f64).max(1.0);
        steps.max(self.clock_share / self.clock_end).min(1.0)
    }
    /// Whether it has ended.
    pub fn is_over(&self) -> bool {
        self.late || self.steps_left == 0
    }
    /// Lets `work` take at most `steps` of what is left: it sees a budget that ends then.
    pub fn part<T>(&mut self, steps: u64, work: impl FnOnce(&mut Self) -> T) -> T {
        let kept = self.steps_left.saturating_sub(steps);
        self.steps_left -= kept;
        let done = work(self);
        self.steps_left += kept;
        done
    }
    /// Lets `work` take what is left up to `share` of the whole, in steps as in time: it sees a budget that ends then.
    pub fn up_to<T>(&mut self, share: f64, work: impl FnOnce(&mut Self) -> T) -> T {
        let end = std::mem::replace(&mut self.clock_end, share);
        let whole = self.steps_used.saturating_add(self.steps_left);
        let open = ((whole as f64 * share) as u64).saturating_sub(self.steps_used);
        let done = self.part(open, work);
        self.clock_end = end;
        self.late = self.clock_share >= end;
        done
    }
    /// Steps taken so far.
    pub fn used(&self) -> u64 {
        self.steps_used
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_ends_with_the_step_that_uses_it_up() {
        let mut budget = Budget::steps(10);
        assert!(budget.spend(9));
        assert!(!budget.spend(1));
        assert!(budget.is_over() && !budget.spend(0));
        assert_eq!(budget.used(), 10);
    }

    #[test]
    fn it_says_which_part_is_used() {
        let mut budget = Budget::steps(10);
        budget.spend(4);
        assert_eq!(budget.share(), 0.4);
        let mut passed = [0.25, 1.0].into_iter();
        let mut budget = Budget::within(move || passed.next().unwrap_or(1.0));
        assert!(budget.spend(ASK_EVERY) && (budget.share() - 0.25).abs() < 1e-9);
        assert!(!budget.spend(ASK_EVERY));
        assert_eq!(budget.share(), 1.0);
    }

    #[test]
    fn a_part_of_it_ends_before_the_whole() {
        let mut budget = Budget::steps(10);
        assert!(budget.part(4, |part| !part.spend(5) && part.is_over()));
        assert!(!budget.is_over() && budget.spend(5));
        assert!(!budget.part(4, |part| part.spend(1)), "one was left");
    }

    #[test]
    fn up_to_a_share_it_is_a_budget_of_its_own() {
        let mut budget = Budget::steps(100);
        budget.spend(10);
        budget.up_to(0.5, |first| {
            assert!(first.spend(10) && (first.share() - 0.4).abs() < 1e-9);
            assert!(!first.spend(30) && first.share() == 1.0);
        });
        assert!(!budget.is_over() && budget.share() == 0.5);
        budget.up_to(0.5, |first| assert!(first.is_over(), "its share is used up"));
        assert!(budget.spend(49) && !budget.spend(1));

        let mut passed = [0.2, 0.6, 0.9, 1.0].into_iter();
        let mut budget = Budget::within(move || passed.next().unwrap_or(1.0));
        budget.up_to(0.5, |first| {
            assert!(first.spend(ASK_EVERY) && (first.share() - 0.4).abs() < 1e-9);
            assert!(!first.spend(ASK_EVERY) && first.share() == 1.0);
        });
        assert!(!budget.is_over() && budget.spend(ASK_EVERY), "it goes on behind the share");
        assert!(!budget.spend(ASK_EVERY));
    }

    #[test]
    fn a_deadline_is_asked_every_few_thousand_steps_and_stays_passed() {
        let mut asked = 0;
        let mut budget = Budget::within(move || {
            asked += 1;
            f64::from(u8::from(asked == 2))
        });
        assert!(budget.spend(ASK_EVERY - 1));
        assert!(budget.spend(1));
        assert!(!budget.spend(ASK_EVERY));
        assert!(!budget.spend(ASK_EVERY));
    }
}
