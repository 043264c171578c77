//! The shadow's thread, of a region of any kind: solves the rounds of the live policy again by the shadow policy, after the live plan is on its
//! way, and adds up what it would have done otherwise. It has no way to the region: nothing of it can be committed.
//!
//! At most one round waits for it. A round that finds no room is skipped and counted: the shadow is never in the way.

use paceline_supervise::sync::mpsc;
use paceline_supervise::{Spawner, Until};
use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::registry::Registry;
use std::convert::Infallible;
use std::ops::AddAssign;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Rounds that may wait.
const WAITING_MAX: usize = 1;

/// What a kind of region compares, as metrics.
pub(crate) trait Figures: Default + Send + Sync + 'static {
    /// What a shadow goes by.
    type Policies: PartialEq + Send + Sync;
    /// What it would have done otherwise in one round, or in several.
    type Difference: Copy + Default + AddAssign + Send;

    fn register(&self, r: &mut Registry);
    fn add(&self, difference: &Self::Difference);
}

/// Whose plan counts on something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelValue)]
pub(crate) enum Side {
    Live,
    Shadow,
}

/// Labels of what is counted for each side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct BySide {
    pub(crate) side: Side,
}

impl BySide {
    pub(crate) const BOTH: [Self; 2] = [Self { side: Side::Live }, Self { side: Side::Shadow }];
}

/// The way to the shadow, and its account.
pub(crate) struct ShadowHandle<S: Send + 'static, F: Figures> {
    rounds: mpsc::Sender<S>,
    pub(crate) book: Arc<ShadowBook<F>>,
}

impl<S: Send, F: Figures> ShadowHandle<S, F> {
    /// Has a round that the live policy has solved solved again, if the one before it is done with.
    pub(crate) fn offer(&self, solved: S) {
        if self.rounds.try_send(solved).is_err() {
            self.book.skip();
        }
    }
}

/// Starts the shadow, which runs until the solver ends. `compare` solves a round again and says what it went by; nothing: no shadow was set.
pub(crate) fn start<S: Send, F: Figures>(
    scope: &Spawner,
    registry: &mut Registry,
    mut compare: impl FnMut(S) -> Option<(Arc<F::Policies>, F::Difference)> + Send + 'static,
) -> ShadowHandle<S, F> {
    let (rounds, mut waiting) = mpsc::channel("a round to shadow", WAITING_MAX);
    let book = Arc::<ShadowBook<F>>::default();
    book.register(registry);
    let counted = book.clone();
    scope.spawn_blocking("shadow", Until::Owner, move |_| {
        while let Some(round) = waiting.blocking_recv() {
            match catch_unwind(AssertUnwindSafe(|| compare(round))) {
                Ok(Some((policies, difference))) => counted.add(&policies, difference),
                Ok(None) => {}
                Err(_) => {
                    tracing::error!("the shadow policy's solver panicked: this round is not compared");
                    counted.skip();
                }
            }
        }
        Ok::<(), Infallible>(())
    });
    ShadowHandle { rounds, book }
}

/// What the shadow would have done, for metrics and for whoever asks.
#[derive(Default)]
pub(crate) struct ShadowBook<F: Figures> {
    rounds: Counter,
    skipped: Counter,
    figures: F,
    since_change: Mutex<Option<Account<F>>>,
}

/// What has come together since the shadow policy was set.
pub(crate) struct Account<F: Figures> {
    pub(crate) policies: Arc<F::Policies>,
    pub(crate) rounds: u64,
    pub(crate) total: F::Difference,
    pub(crate) last: F::Difference,
}

impl<F: Figures> Clone for Account<F> {
    fn clone(&self) -> Self {
        Self { policies: self.policies.clone(), ..*self }
    }
}

impl<F: Figures> ShadowBook<F> {
    fn register(&self, r: &mut Registry) {
        r.register("shadow_rounds", "Rounds solved again by the shadow policy", self.rounds.clone());
        let skipped = "Rounds that the shadow had no time for";
        r.register("shadow_rounds_skipped", skipped, self.skipped.clone());
        self.figures.register(r);
    }

    /// A round that is not compared.
    fn skip(&self) {
        self.skipped.inc();
    }

    fn add(&self, policies: &Arc<F::Policies>, difference: F::Difference) {
        self.rounds.inc();
        self.figures.add(&difference);
        let mut account = self.account();
        let same = account.as_ref().is_some_and(|account| account.policies == *policies);
        if !same {
            let (total, last) = (F::Difference::default(), F::Difference::default());
            *account = Some(Account { policies: policies.clone(), rounds: 0, total, last });
        }
        if let Some(account) = &mut *account {
            account.rounds += 1;
            account.total += difference;
            account.last = difference;
        }
    }

    /// What it has come to since the shadow policy was set; nothing before its first round.
    pub(crate) fn since_set(&self, shadow: Option<&F::Policies>) -> Option<Account<F>> {
        self.account().as_ref().filter(|account| Some(&*account.policies) == shadow).cloned()
    }

    fn account(&self) -> MutexGuard<'_, Option<Account<F>>> {
        self.since_change.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
