//! Tasks as a profile in pprof's form: one sample for each group of tasks that were spawned at one line and wait at one place, with who
//! owns them as labels. Source of the format: github.com/google/pprof, `proto/profile.proto`; only the fields that are written stand here.

use super::tasks::state_name;
use flate2::Compression;
use flate2::write::GzEncoder;
use paceline_supervise::{Owner, Registry, SourceLocation, TaskRow, TaskState};
use prost::Message;
use std::collections::BTreeMap;
use std::io::{self, Write as _};

/// Most groups that are told apart by their owners. Tasks of further ones are counted together, without that label.
const GROUPS_MAX: usize = 50_000;

/// What tells groups apart: the frames of a stack, and its labels.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Group {
    component: &'static str,
    scope: &'static str,
    name: &'static str,
    spawned: SourceLocation,
    /// Where it waits, if that has a name.
    at: Option<(&'static str, SourceLocation)>,
    state: TaskState,
    /// Whether it was proved that nobody can wake it.
    stuck: bool,
    owner: Option<Owner>,
}

impl Group {
    fn of(row: &TaskRow) -> Self {
        Self {
            component: row.component,
            scope: row.scope,
            name: row.name,
            spawned: row.location,
            at: row.at.map(|at| (at.name, at.location)),
            state: row.state,
            stuck: row.stuck,
            owner: row.owner.clone(),
        }
    }
}

/// How many tasks a group has, and how long they have been where they are, together.
#[derive(Clone, Copy, Default)]
struct Sum {
    tasks: i64,
    waited_ms: i64,
}

/// All tasks there are, gzipped. Errors: none that memory can have.
pub(super) fn take(registry: &Registry) -> io::Result<Vec<u8>> {
    let mut groups: BTreeMap<Group, Sum> = BTreeMap::new();
    registry.for_each(|row| {
        let mut group = Group::of(&row);
        if groups.len() >= GROUPS_MAX && !groups.contains_key(&group) {
            group.owner = None;
        }
        let sum = groups.entry(group).or_default();
        sum.tasks += 1;
        let waited_ms = row.at.map_or(row.state_for_ms, |at| at.for_ms);
        sum.waited_ms = sum.waited_ms.saturating_add(waited_ms.try_into().unwrap_or(i64::MAX));
    });
    let mut profile = Encoder::new();
    for (group, sum) in &groups {
        profile.add(group, *sum);
    }
    let mut zipped = GzEncoder::new(Vec::new(), Compression::fast());
    zipped.write_all(&profile.profile.encode_to_vec())?;
    zipped.finish()
}

/// A profile in which each text, and each frame, stands once.
struct Encoder {
    profile: Profile,
    texts: BTreeMap<String, i64>,
    frames: BTreeMap<(i64, i64, u32), u64>,
}

impl Encoder {
    fn new() -> Self {
        let mut new = Self { profile: Profile::default(), texts: BTreeMap::new(), frames: BTreeMap::new() };
        // The format wants the first text to be none.
        new.text("");
        for (kind, unit) in [("tasks", "count"), ("waited", "milliseconds")] {
            let sample_type = ValueType { kind: new.text(kind), unit: new.text(unit) };
            new.profile.sample_type.push(sample_type);
        }
        new.profile.default_sample_type = new.text("tasks");
        new
    }

    fn add(&mut self, group: &Group, sum: Sum) {
        let nowhere = SourceLocation { file: "", line: 0 };
        let waits = group.at.unwrap_or(("(no named place)", nowhere));
        // The leaf first: where it waits; what it is, and who spawned it; for what kind of entity; of which component.
        let frames = [waits, (group.name, group.spawned), (group.scope, nowhere), (group.component, nowhere)];
        let location_id = frames.map(|(name, place)| self.frame(name, place)).to_vec();
        let owner = group.owner.as_ref().map(Owner::as_str);
        let labels = [
            ("component", Some(group.component)),
            ("scope", Some(group.scope)),
            ("owner", owner),
            ("state", Some(state_name(group.state))),
            ("proved", group.stuck.then_some("nobody can wake it")),
        ];
        let label = labels
            .into_iter()
            .filter_map(|(key, text)| Some(Label { key: self.text(key), text: self.text(text?) }))
            .collect();
        self.profile.sample.push(Sample { location_id, value: vec![sum.tasks, sum.waited_ms], label });
    }

    fn text(&mut self, text: &str) -> i64 {
        if let Some(index) = self.texts.get(text) {
            return *index;
        }
        let index = self.texts.len() as i64;
        self.texts.insert(text.to_owned(), index);
        self.profile.string_table.push(text.to_owned());
        index
    }

    fn frame(&mut self, name: &str, place: SourceLocation) -> u64 {
        let key = (self.text(name), self.text(place.file), place.line);
        if let Some(id) = self.frames.get(&key) {
            return *id;
        }
        let id = self.frames.len() as u64 + 1;
        self.frames.insert(key, id);
        let (name, filename, line) = key;
        self.profile.function.push(Function { id, name, system_name: name, filename });
        self.profile.location.push(Location { id, line: vec![Line { function_id: id, line: line.into() }] });
        id
    }
}

#[derive(Clone, PartialEq, Message)]
struct Profile {
    #[prost(message, repeated, tag = "1")]
    sample_type: Vec<ValueType>,
    #[prost(message, repeated, tag = "2")]
    sample: Vec<Sample>,
    #[prost(message, repeated, tag = "4")]
    location: Vec<Location>,
    #[prost(message, repeated, tag = "5")]
    function: Vec<Function>,
    #[prost(string, repeated, tag = "6")]
    string_table: Vec<String>,
    #[prost(int64, tag = "14")]
    default_sample_type: i64,
}

#[derive(Clone, PartialEq, Message)]
struct ValueType {
    #[prost(int64, tag = "1")]
    kind: i64,
    #[prost(int64, tag = "2")]
    unit: i64,
}

#[derive(Clone, PartialEq, Message)]
struct Sample {
    #[prost(uint64, repeated, tag = "1")]
    location_id: Vec<u64>,
    #[prost(int64, repeated, tag = "2")]
    value: Vec<i64>,
    #[prost(message, repeated, tag = "3")]
    label: Vec<Label>,
}

#[derive(Clone, PartialEq, Message)]
struct Label {
    #[prost(int64, tag = "1")]
    key: i64,
    #[prost(int64, tag = "2")]
    text: i64,
}

#[derive(Clone, PartialEq, Message)]
struct Location {
    #[prost(uint64, tag = "1")]
    id: u64,
    #[prost(message, repeated, tag = "4")]
    line: Vec<Line>,
}

#[derive(Clone, PartialEq, Message)]
struct Line {
    #[prost(uint64, tag = "1")]
    function_id: u64,
    #[prost(int64, tag = "2")]
    line: i64,
}

#[derive(Clone, PartialEq, Message)]
struct Function {
    #[prost(uint64, tag = "1")]
    id: u64,
    #[prost(int64, tag = "2")]
    name: i64,
    #[prost(int64, tag = "3")]
    system_name: i64,
    #[prost(int64, tag = "4")]
    filename: i64,
}
