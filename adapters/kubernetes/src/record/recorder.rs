//! What is heard of a cluster becomes lines of a record: what is said twice, or listed again as it was, becomes none.

use super::kind::{Kind, OfKind, cut_down};
use super::line::{Gap, Head, Line, Said, written};
use super::mask::Mask;
use super::reading::Recorded;
use crate::cluster::{Heard, Kept, PodKey, Version};
use serde::Serialize;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// What was heard of one kind, cut down to what a record has of it.
#[derive(Clone, Debug)]
pub struct Word {
    kind: Kind,
    heard: Heard<PodKey, Value>,
}

impl Word {
    /// Cuts down what was heard.
    pub fn new<O: OfKind + Serialize>(heard: Heard<PodKey, O>, mask: &Mask) -> Self {
        let key = |key: PodKey| PodKey::new(&mask.text(&key.namespace), &mask.text(&key.name));
        let heard = heard.map(key, |of| cut_down(&of, mask));
        Self { kind: O::KIND, heard }
    }

    /// Whether it is of a pod that takes no room any more.
    fn is_of_finished(&self) -> Option<&PodKey> {
        let (Heard::Listed(key, _, of) | Heard::Put(key, _, of)) = &self.heard else { return None };
        let phase = of.pointer("/status/phase").and_then(Value::as_str);
        (self.kind == Kind::Pod && matches!(phase, Some("Succeeded" | "Failed"))).then_some(key)
    }
}

/// Writes a record, without writing it anywhere: times come in, lines go out.
#[derive(Debug, Default)]
pub struct Recorder {
    kinds: BTreeMap<Kind, Kept<PodKey, Value>>,
    /// The time of the last line.
    last_ms: u64,
    is_complete: bool,
    /// Of which kinds nothing is heard, since when, and why.
    broken: BTreeMap<Kind, (u64, String)>,
    /// Of which kinds something was missed that has not been made up for.
    behind: BTreeSet<Kind>,
    /// Which are being listed.
    listing: BTreeSet<Kind>,
}

impl Recorder {
    /// Begins a record: its first line.
    pub fn begin(mask: &Mask) -> (Self, String) {
        (Self::default(), written(&Head::new(mask.check())))
    }

    /// Goes on with one, from `now_ms` on: the line that says that nothing was heard in between.
    pub fn resume(recorded: Recorded, now_ms: u64) -> (Self, String) {
        let mut recorder = Self::default();
        // What a list says goes before whatever is known.
        let known = Version::read(Some("0"));
        for line in recorded.lines {
            recorder.last_ms = line.at_ms;
            match line.said {
                Said::Is(kind, of) => {
                    let name = |field: &str| of["metadata"][field].as_str().unwrap_or_default();
                    let key = PodKey::new(name("namespace"), name("name"));
                    recorder.kinds.entry(kind).or_default().hear(Heard::Put(key, known, of));
                }
                Said::Gone(kind, namespace, name) => {
                    let gone = Heard::Gone(PodKey::new(&namespace, &name), known);
                    recorder.kinds.entry(kind).or_default().hear(gone);
                }
                Said::Complete => recorder.is_complete = true,
                Said::Gap(_) | Said::CaughtUp(_) | Said::Still => {}
            }
        }
        recorder.behind = Kind::ALL.iter().copied().collect();
        let gap = Gap { since_ms: recorder.last_ms, of: None, why: "the recorder was not running".into() };
        let line = recorder.line(now_ms, Said::Gap(gap));
        (recorder, line)
    }

    /// Notes that of a kind nothing is heard from now on.
    pub fn broke(&mut self, now_ms: u64, kind: Kind, why: &str) {
        self.broken.entry(kind).or_insert_with(|| (now_ms, why.into()));
        self.behind.insert(kind);
    }

    /// The lines that something adds that was heard at `now_ms`. A clock that was set back stands still until it is later again.
    pub fn hear(&mut self, now_ms: u64, word: Word) -> String {
        let mut lines = String::new();
        let kind = word.kind;
        if let Some((since_ms, why)) = self.broken.remove(&kind) {
            let gap = Gap { since_ms: since_ms.min(now_ms), of: Some(kind), why };
            lines += &self.line(now_ms, Said::Gap(gap));
        }
        let kept = self.kinds.entry(kind).or_default();
        // A pod that had finished before it was heard of takes no part in anything.
        if word.is_of_finished().is_some_and(|key| kept.get(key).is_none()) {
            return lines;
        }
        match word.heard {
            Heard::ListBegins => _ = self.listing.insert(kind),
            Heard::ListEnds => _ = self.listing.remove(&kind),
            _ => {}
        }
        let became = kept.hear(word.heard);
        for key in became.into_iter().map(|one| one.key) {
            let is = self.kinds.get(&kind).and_then(|kept| kept.get(&key)).cloned();
            let said = is.map_or_else(|| Said::gone(kind, &key), |of| Said::Is(kind, of));
            lines += &self.line(now_ms, said);
        }
        if !self.listing.contains(&kind) && self.behind.remove(&kind) {
            lines += &self.line(now_ms, Said::CaughtUp(kind));
        }
        let is_listed = |kind: &Kind| self.kinds.get(kind).is_some_and(Kept::is_complete);
        if !self.is_complete && Kind::ALL.iter().all(is_listed) {
            self.is_complete = true;
            lines += &self.line(now_ms, Said::Complete);
        }
        lines
    }

    /// The line that says that nothing has changed, where none was written for so long; before everything was listed there is nothing to change.
    pub fn still(&mut self, now_ms: u64, silent_ms: u64) -> Option<String> {
        let is_silent = now_ms.saturating_sub(self.last_ms) >= silent_ms;
        (self.is_complete && is_silent).then(|| self.line(now_ms, Said::Still))
    }

    /// Whether everything was listed once.
    pub fn is_complete(&self) -> bool {
        self.is_complete
    }

    fn line(&mut self, now_ms: u64, said: Said) -> String {
        self.last_ms = self.last_ms.max(now_ms);
        written(&Line { at_ms: self.last_ms, said })
    }
}
