//! The table's thread: asks it one thing after the other, so that no reading is older than what was answered before it.

use super::told::Told;
use paceline_cluster::{Incarnation, Input, Store, StoreError, Term};
use paceline_model::{RegionId, ServerId};
use paceline_supervise::sync::mpsc;
use paceline_supervise::{Spawner, Until};
use tokio::runtime::Handle;

/// Questions that may wait: each region has one at most, and the beat.
const WAITING_MAX: usize = 4_096;

/// What the table is asked.
#[derive(Debug)]
pub(super) enum Question {
    /// A sign of life, and whether this server is about to end; then what it says.
    Beat {
        leaving: bool,
    },
    Claim(RegionId, Term),
    Release(RegionId, Term, Option<ServerId>),
    Ready(RegionId, Term),
}

/// Starts the thread. It ends when nobody is left who could ask.
pub(super) fn start(
    spawner: &Spawner,
    store: Box<dyn Store>,
    me: ServerId,
    incarnation: Incarnation,
    told: mpsc::Sender<Told>,
) -> mpsc::Sender<Question> {
    let (questions, mut asked) = mpsc::channel("what the table of owners is asked", WAITING_MAX);
    let runtime = Handle::current();
    spawner.spawn_blocking("cluster-table", Until::Owner, move |_| {
        let mut asking = Asking { store, me, incarnation };
        while let Some(question) = runtime.block_on(asked.recv()) {
            if let Some(answer) = asking.ask(question) {
                // Nobody listening means that the server ends.
                _ = told.blocking_send(answer);
            }
        }
    });
    questions
}

struct Asking {
    store: Box<dyn Store>,
    me: ServerId,
    incarnation: Incarnation,
}

impl Asking {
    fn ask(&mut self, question: Question) -> Option<Told> {
        match question {
            Question::Beat { leaving } => Some(match self.store.beat(&self.me, self.incarnation, leaving) {
                Ok(table) => Told::Input(Input::Read(table)),
                Err(error) => Told::Unread(error),
            }),
            Question::Claim(region, after) => {
                let claimed = said(self.store.claim(&region, after, &self.me)).flatten();
                Some(Told::Input(Input::Claimed(region, claimed)))
            }
            Question::Release(region, term, heir) => {
                // What was not told is told again with a later reading.
                said(self.store.release(&region, term, heir.as_ref()));
                Some(Told::Input(Input::Released(region)))
            }
            Question::Ready(region, term) => {
                said(self.store.ready(&region, term, &self.me));
                None
            }
        }
    }
}

fn said<T>(answer: Result<T, StoreError>) -> Option<T> {
    answer.inspect_err(|error| tracing::warn!(%error, "the table of owners was not told")).ok()
}
