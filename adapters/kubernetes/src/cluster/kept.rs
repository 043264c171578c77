//! One kind of objects as the API server last told of it: whatever comes twice, late or after it is gone changes nothing.

use std::collections::{BTreeMap, BTreeSet};

/// What was heard of one kind of objects. Lists and watches of one kind come in this shape.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard<K, T> {
    /// A list of all that there are begins.
    ListBegins,
    /// One of the list.
    Listed(K, Version, T),
    /// The list is complete: what it did not have is gone.
    ListEnds,
    /// One came into being or changed.
    Put(K, Version, T),
    /// One is gone.
    Gone(K, Version),
}

impl<K, T> Heard<K, T> {
    /// The same of other keys and objects.
    pub fn map<L, U>(self, key: impl FnOnce(K) -> L, object: impl FnOnce(T) -> U) -> Heard<L, U> {
        match self {
            Self::ListBegins => Heard::ListBegins,
            Self::Listed(name, at, of) => Heard::Listed(key(name), at, object(of)),
            Self::ListEnds => Heard::ListEnds,
            Self::Put(name, at, of) => Heard::Put(key(name), at, object(of)),
            Self::Gone(name, at) => Heard::Gone(key(name), at),
        }
    }
}

/// An object's resource version. They are compared as numbers (KEP-5504); one that is none counts as newest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version(u64);

impl Version {
    /// Reads one.
    pub fn read(text: Option<&str>) -> Self {
        Self(text.and_then(|text| text.parse().ok()).unwrap_or(u64::MAX))
    }
}

/// Objects that are gone are remembered up to so many, so that what is said of them late brings none back. A watch is never that far behind.
const GONE_MAX: usize = 10_000;

/// The objects of one kind.
#[derive(Clone, Debug)]
pub struct Kept<K, T> {
    rows: BTreeMap<K, (Version, T)>,
    gone: BTreeMap<K, Version>,
    listing: Option<BTreeSet<K>>,
    is_complete: bool,
}

impl<K, T> Default for Kept<K, T> {
    fn default() -> Self {
        Self { rows: BTreeMap::new(), gone: BTreeMap::new(), listing: None, is_complete: false }
    }
}

/// What became of one object: what it was, and what it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Became<K, T> {
    /// Its name.
    pub key: K,
    /// What it was before.
    pub was: Option<T>,
}

impl<K: Ord + Clone, T: PartialEq> Kept<K, T> {
    /// Takes in what was heard, and says which objects are not what they were.
    pub fn hear(&mut self, heard: Heard<K, T>) -> Vec<Became<K, T>> {
        match heard {
            Heard::ListBegins => {
                self.listing = Some(BTreeSet::new());
                Vec::new()
            }
            Heard::Listed(key, version, value) => {
                // A list is the server's word as of now: no memory stands against it.
                self.gone.remove(&key);
                if let Some(listing) = &mut self.listing {
                    listing.insert(key.clone());
                }
                self.put(key, version, value)
            }
            Heard::ListEnds => self.end_of_list(),
            Heard::Put(key, version, value) => {
                let is_old = self.rows.get(&key).is_some_and(|(known, _)| *known > version);
                let is_gone = self.gone.get(&key).is_some_and(|gone| *gone >= version);
                if is_old || is_gone { Vec::new() } else { self.put(key, version, value) }
            }
            Heard::Gone(key, version) => self.remove(key, version),
        }
    }

    /// Whether all that there are have been listed once.
    pub fn is_complete(&self) -> bool {
        self.is_complete
    }

    /// One of them.
    pub fn get<Q: Ord + ?Sized>(&self, key: &Q) -> Option<&T>
    where
        K: std::borrow::Borrow<Q>,
    {
        self.rows.get(key).map(|(_, value)| value)
    }

    /// As of when one of them is known.
    pub fn version(&self, key: &K) -> Option<Version> {
        self.rows.get(key).map(|(version, _)| *version)
    }

    /// All of them, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&K, &T)> {
        self.rows.iter().map(|(key, (_, value))| (key, value))
    }

    fn put(&mut self, key: K, version: Version, value: T) -> Vec<Became<K, T>> {
        let is_same = self.rows.get(&key).is_some_and(|(_, known)| *known == value);
        let was = self.rows.insert(key.clone(), (version, value)).map(|(_, was)| was);
        if is_same { Vec::new() } else { vec![Became { key, was }] }
    }

    fn remove(&mut self, key: K, version: Version) -> Vec<Became<K, T>> {
        if self.rows.get(&key).is_some_and(|(known, _)| *known > version) {
            return Vec::new();
        }
        while self.gone.len() >= GONE_MAX {
            let oldest = self.gone.iter().min_by_key(|(_, version)| **version).map(|(key, _)| key.clone());
            oldest.and_then(|key| self.gone.remove(&key));
        }
        self.gone.insert(key.clone(), version);
        let was = self.rows.remove(&key).map(|(_, was)| was);
        was.map(|was| Became { key, was: Some(was) }).into_iter().collect()
    }

    fn end_of_list(&mut self) -> Vec<Became<K, T>> {
        self.is_complete = true;
        self.gone.clear();
        let Some(listed) = self.listing.take() else { return Vec::new() };
        let missing: Vec<K> = self.rows.keys().filter(|key| !listed.contains(*key)).cloned().collect();
        let removed = missing.into_iter().filter_map(|key| {
            let (_, was) = self.rows.remove(&key)?;
            Some(Became { key, was: Some(was) })
        });
        removed.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(version: u64) -> Version {
        Version(version)
    }

    fn names(kept: &Kept<&'static str, u8>) -> Vec<(&'static str, u8)> {
        kept.iter().map(|(key, value)| (*key, *value)).collect()
    }

    #[test]
    fn what_is_heard_twice_or_late_changes_nothing() {
        let mut kept = Kept::default();
        assert_eq!(kept.hear(Heard::Put("a", at(3), 30)), [Became { key: "a", was: None }]);
        assert_eq!(kept.hear(Heard::Put("a", at(3), 30)), []);
        assert_eq!(kept.hear(Heard::Put("a", at(2), 20)), []);
        assert_eq!(kept.hear(Heard::Gone("a", at(2))), []);
        assert_eq!(names(&kept), [("a", 30)]);
    }

    #[test]
    fn what_is_said_late_of_an_object_that_is_gone_does_not_bring_it_back() {
        let mut kept = Kept::default();
        kept.hear(Heard::Put("a", at(3), 30));
        assert_eq!(kept.hear(Heard::Gone("a", at(4))), [Became { key: "a", was: Some(30) }]);
        assert_eq!(kept.hear(Heard::Put("a", at(3), 30)), []);
        assert_eq!(kept.hear(Heard::Put("a", at(5), 50)), [Became { key: "a", was: None }]);
    }

    #[test]
    fn a_list_takes_away_what_it_does_not_have_and_repeats_nothing() {
        let mut kept = Kept::default();
        kept.hear(Heard::Put("a", at(3), 30));
        kept.hear(Heard::Put("b", at(4), 40));
        assert!(!kept.is_complete());
        kept.hear(Heard::ListBegins);
        assert_eq!(kept.hear(Heard::Listed("b", at(4), 40)), []);
        assert_eq!(kept.hear(Heard::ListEnds), [Became { key: "a", was: Some(30) }]);
        assert!(kept.is_complete());
        assert_eq!(names(&kept), [("b", 40)]);
    }

    #[test]
    fn a_list_is_believed_also_where_its_versions_have_begun_anew() {
        let mut kept = Kept::default();
        kept.hear(Heard::Put("a", at(900), 90));
        kept.hear(Heard::ListBegins);
        kept.hear(Heard::Listed("a", at(7), 7));
        kept.hear(Heard::ListEnds);
        kept.hear(Heard::Put("a", at(8), 8));
        assert_eq!(names(&kept), [("a", 8)]);
    }
}
