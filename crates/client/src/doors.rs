//! The servers of a cluster, of which any answers for all regions: where one cannot be reached, the next is asked.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// Where a client asks. Clones share where it is.
#[derive(Clone, Debug)]
pub(crate) struct Doors {
    /// There is at least one.
    urls: Arc<[Arc<str>]>,
    /// How often it went on to the next.
    at: Arc<AtomicUsize>,
}

impl Doors {
    /// `None`: there are none.
    pub(crate) fn of(urls: Vec<Arc<str>>) -> Option<Self> {
        (!urls.is_empty()).then(|| Self { urls: urls.into(), at: Arc::default() })
    }

    /// Where to ask now, and the number by which [`Doors::leave`] knows it.
    pub(crate) fn now(&self) -> (usize, &Arc<str>) {
        let at = self.at.load(Relaxed);
        (at, &self.urls[at % self.urls.len()])
    }

    /// A door did not answer: the next one is asked, unless somebody else has gone on already.
    pub(crate) fn leave(&self, at: usize) {
        // Where that fails, another call has.
        _ = self.at.compare_exchange(at, at.wrapping_add(1), Relaxed, Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_door_is_asked_once_however_many_calls_found_one_closed() {
        let doors = Doors::of(["a", "b", "c"].map(Arc::from).to_vec()).expect("there are some");
        let (first, url) = doors.now();
        assert_eq!(&**url, "a");
        doors.leave(first);
        doors.leave(first);
        assert_eq!(&**doors.now().1, "b");
        for expected in ["c", "a", "b"] {
            doors.leave(doors.now().0);
            assert_eq!(&**doors.now().1, expected);
        }
    }
}
