//! A sequence in pages that copies share: a copy costs one pointer for each page, and whoever changes an entry of a shared page
//! copies that page first. So a world can be written down as it stood while it goes on.

use arrayvec::ArrayVec;
use serde::ser::SerializeSeq;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::collections::VecDeque;
use std::sync::Arc;

/// Entries of one page. More make a copy of the whole cheaper and the first change after it dearer.
const PAGE: usize = 64;

type Page<T> = Arc<ArrayVec<T, PAGE>>;

/// Entries in order, added and taken at the end, or taken at the front: a list, a stack, a queue.
///
/// Changing one takes constant time, and a copy of at most a page where a copy of the whole is still around.
#[derive(Clone, Debug)]
pub struct Pages<T> {
    pages: VecDeque<Page<T>>,
    /// Entries of the first page that were taken.
    taken: usize,
    len: usize,
}

impl<T> Default for Pages<T> {
    fn default() -> Self {
        Self { pages: VecDeque::new(), taken: 0, len: 0 }
    }
}

impl<T> Pages<T> {
    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.len
    }
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }
    /// The entry at `index`, counted from 0 at the front.
    pub fn get(&self, index: usize) -> Option<&T> {
        let at = index + self.taken;
        self.pages.get(at / PAGE)?.get(at % PAGE)
    }
    /// The first entry.
    pub fn front(&self) -> Option<&T> {
        self.get(0)
    }
    /// The last entry.
    pub fn last(&self) -> Option<&T> {
        self.get(self.len.checked_sub(1)?)
    }
    /// All entries, from the front on.
    pub fn iter(&self) -> impl Iterator<Item = &T> + Clone {
        self.pages.iter().flat_map(|page| page.iter()).skip(self.taken)
    }
}

impl<T: Clone> Pages<T> {
    /// The same as [`Pages::get`], to change it.
    pub fn get_mut(&mut self, index: usize) -> Option<&mut T> {
        let at = index + self.taken;
        Arc::make_mut(self.pages.get_mut(at / PAGE)?).get_mut(at % PAGE)
    }
    /// Adds an entry at the end.
    pub fn push(&mut self, entry: T) {
        if self.pages.back().is_none_or(|page| page.is_full()) {
            self.pages.push_back(Arc::default());
        }
        if let Some(page) = self.pages.back_mut() {
            Arc::make_mut(page).push(entry);
            self.len += 1;
        }
    }
    /// Takes the last entry.
    pub fn pop(&mut self) -> Option<T> {
        self.len = self.len.checked_sub(1)?;
        let page = Arc::make_mut(self.pages.back_mut()?);
        let entry = page.pop();
        if page.is_empty() {
            self.pages.pop_back();
        }
        self.restart_if_empty();
        entry
    }
    /// Takes the first entry. Its page stays as it is until all of them were taken.
    pub fn pop_front(&mut self) -> Option<T> {
        let entry = self.front()?.clone();
        (self.taken, self.len) = (self.taken + 1, self.len - 1);
        if self.taken == PAGE {
            self.pages.pop_front();
            self.taken = 0;
        }
        self.restart_if_empty();
        Some(entry)
    }

    fn restart_if_empty(&mut self) {
        if self.len == 0 {
            *self = Self::default();
        }
    }
}

impl<T: Clone> FromIterator<T> for Pages<T> {
    fn from_iter<I: IntoIterator<Item = T>>(entries: I) -> Self {
        let mut pages = Self::default();
        entries.into_iter().for_each(|entry| pages.push(entry));
        pages
    }
}

/// As a list.
impl<T: Serialize> Serialize for Pages<T> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut list = to.serialize_seq(Some(self.len))?;
        self.iter().try_for_each(|entry| list.serialize_element(entry))?;
        list.end()
    }
}

impl<'de, T: Clone + Deserialize<'de>> Deserialize<'de> for Pages<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Ok(Vec::deserialize(from)?.into_iter().collect())
    }
}

/// Equal if they have equal entries in the same order, however they came to them.
impl<T: PartialEq> PartialEq for Pages<T> {
    fn eq(&self, other: &Self) -> bool {
        self.len == other.len && self.iter().eq(other.iter())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[derive(Clone, Debug)]
    enum Step {
        Push(u8),
        Pop,
        PopFront,
        Set(usize, u8),
        Copy,
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            6 => any::<u8>().prop_map(Step::Push),
            1 => Just(Step::Pop),
            3 => Just(Step::PopFront),
            3 => (0_usize..400, any::<u8>()).prop_map(|(index, value)| Step::Set(index, value)),
            1 => Just(Step::Copy),
        ]
    }

    proptest! {
        /// Any history: a queue of the standard library says the same, and every copy stays as it was made.
        #[test]
        fn pages_are_a_queue_and_copies_stand_still(history in prop::collection::vec(step(), 0..600)) {
            let (mut pages, mut oracle, mut copies) = (Pages::default(), VecDeque::new(), Vec::new());
            for step in history {
                match step {
                    Step::Push(value) => {
                        pages.push(value);
                        oracle.push_back(value);
                    }
                    Step::Pop => prop_assert_eq!(pages.pop(), oracle.pop_back()),
                    Step::PopFront => prop_assert_eq!(pages.pop_front(), oracle.pop_front()),
                    Step::Set(index, value) => {
                        let known = oracle.get_mut(index).map(|entry| *entry = value);
                        prop_assert_eq!(pages.get_mut(index).map(|entry| *entry = value), known);
                    }
                    Step::Copy => copies.push((pages.clone(), oracle.clone())),
                }
                prop_assert_eq!((pages.len(), pages.front(), pages.last()), (oracle.len(), oracle.front(), oracle.back()));
            }
            copies.push((pages, oracle));
            for (copy, oracle) in copies {
                prop_assert!(copy.iter().eq(oracle.iter()));
                prop_assert!((0..=oracle.len()).all(|index| copy.get(index) == oracle.get(index)));
            }
        }
    }

    #[test]
    fn a_change_copies_one_page_of_many() {
        let mut pages: Pages<u32> = (0..1_000).collect();
        let copy = pages.clone();
        *pages.get_mut(500).expect("it is there") = 7;
        let shared = |(page, other): (&Page<u32>, &Page<u32>)| Arc::ptr_eq(page, other);
        let copied = pages.pages.iter().zip(&copy.pages).filter(|pair| !shared(*pair)).count();
        assert_eq!((copied, copy.get(500), pages.get(500)), (1, Some(&500), Some(&7)));
    }
}
