//! The road desk: one thread that answers questions about the road network, so that a large one holds up nobody else.
//! Its queue is bounded; who does not find room is told to come back.

use crate::queue;
use paceline_road::{Roads, Search};
use std::convert::Infallible;
use std::sync::Arc;
use tokio::sync::{mpsc, watch};

/// Questions that may wait: at some milliseconds each, well under a second's worth.
const QUESTIONS_MAX: usize = 64;

/// A question, which sends its answer by itself.
pub(crate) type Question = Box<dyn FnOnce(&Roads, &mut Search) + Send>;

/// The queue of questions.
pub(crate) fn channel() -> (mpsc::Sender<Question>, mpsc::Receiver<Question>) {
    mpsc::channel(QUESTIONS_MAX)
}

/// Runs until nobody is left who could ask.
pub(crate) fn run(
    current: &watch::Receiver<Arc<Roads>>,
    mut questions: mpsc::Receiver<Question>,
) -> Result<(), Infallible> {
    let mut search = Search::new(&current.borrow());
    while let Some(question) = queue::next(&mut questions, "the next question") {
        let roads = current.borrow().clone();
        question(&roads, &mut search);
    }
    Ok(())
}
