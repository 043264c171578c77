//! The road desk: one thread that answers questions about the road network, so that a large one holds up nobody else.
//! Its queue is bounded; who does not find room is told to come back.

use paceline_road::{Roads, Search};
use paceline_supervise::waiting;
use std::convert::Infallible;
use std::sync::Arc;
use tokio::sync::{mpsc, watch};

/// Questions that may wait: at some milliseconds each, well under a second's worth.
pub(crate) const QUESTIONS_MAX: usize = 64;

/// A question, which sends its answer by itself.
pub(crate) type Question = Box<dyn FnOnce(&Roads, &mut Search) + Send>;

/// Runs until nobody is left who could ask.
pub(crate) fn run(
    current: &watch::Receiver<Arc<Roads>>,
    mut questions: mpsc::Receiver<Question>,
) -> Result<(), Infallible> {
    let mut search = Search::new(&current.borrow());
    while let Some(question) = next(&mut questions) {
        let roads = current.borrow().clone();
        question(&roads, &mut search);
    }
    Ok(())
}

/// The next question; the thread is shown as waiting for it.
fn next(questions: &mut mpsc::Receiver<Question>) -> Option<Question> {
    let _at = waiting("the next question");
    questions.blocking_recv()
}
