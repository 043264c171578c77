//! What pprof is given is what pprof reads: gzipped protobuf with samples, locations and names. Source of the format:
//! github.com/google/pprof, proto/profile.proto; only the fields that are looked at stand here.
#![cfg(feature = "profiles")]

mod common;

use common::{Api, corner, get, options, with_admin};
use prost::Message;
use std::io::Read as _;

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
}
#[derive(Clone, PartialEq, Message)]
struct Function {
    #[prost(uint64, tag = "1")]
    id: u64,
    #[prost(int64, tag = "2")]
    name: i64,
}

impl Profile {
    async fn of(admin: &Api, path: &str) -> Self {
        let zipped = admin.send(get(path)).await.error_for_status().expect("a profile").bytes().await;
        let mut bytes = Vec::new();
        let zipped = zipped.expect("the body arrives");
        flate2::read::GzDecoder::new(zipped.as_ref()).read_to_end(&mut bytes).expect("gzip");
        Self::decode(bytes.as_slice()).expect("protobuf")
    }
    fn text(&self, index: i64) -> &str {
        &self.string_table[usize::try_from(index).expect("an index")]
    }
    /// The unit of values; and every sample has a value and only locations that are there.
    fn sound(&self) -> (&str, &str) {
        assert_eq!(self.string_table.first().map(String::as_str), Some(""), "the first string is empty");
        for sample in &self.sample {
            assert_eq!(sample.value.len(), self.sample_type.len());
            for id in &sample.location_id {
                assert!(self.location.iter().any(|location| location.id == *id), "no location {id}");
            }
        }
        (self.text(self.sample_type[0].kind), self.text(self.sample_type[0].unit))
    }
    fn names(&self) -> Vec<&str> {
        self.location.iter().flat_map(|location| self.names_at(location)).collect()
    }
    fn names_at(&self, location: &Location) -> Vec<&str> {
        let functions = |line: &Line| self.function.iter().find(|function| function.id == line.function_id);
        location.line.iter().filter_map(functions).map(|function| self.text(function.name)).collect()
    }
    /// A sample's frames, the innermost first.
    fn stack(&self, sample: &Sample) -> Vec<&str> {
        let places = |id: &u64| self.location.iter().find(|location| location.id == *id);
        sample.location_id.iter().filter_map(places).flat_map(|at| self.names_at(at)).collect()
    }
    fn label(&self, sample: &Sample, key: &str) -> Option<&str> {
        let label = sample.label.iter().find(|label| self.text(label.key) == key)?;
        Some(self.text(label.text))
    }
}

/// Burns the processor until the profile is there.
#[inline(never)]
fn burn_for_the_profile(stop: &std::sync::atomic::AtomicBool) -> u64 {
    let mut sum = 0_u64;
    while !stop.load(std::sync::atomic::Ordering::Relaxed) {
        sum = std::hint::black_box(sum.wrapping_mul(31).wrapping_add(7));
    }
    sum
}

#[tokio::test]
async fn a_processor_profile_names_who_burns() {
    with_admin(options(), async |_, admin| {
        let stop = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
        let burner = std::thread::spawn({
            let stop = stop.clone();
            move || burn_for_the_profile(&stop)
        });
        let profile = Profile::of(&admin, "/debug/pprof/profile?seconds=1").await;
        stop.store(true, std::sync::atomic::Ordering::Relaxed);
        burner.join().expect("it ends");
        assert_eq!(profile.sound(), ("cpu", "nanoseconds"));
        let names = profile.names();
        assert!(names.iter().any(|name| name.contains("burn_for_the_profile")), "{names:?}");
    })
    .await;
}

/// Holds 64 MiB: with one sample for each 512 KiB it cannot be missed.
#[inline(never)]
fn hold_for_the_profile() -> Vec<Vec<u8>> {
    (0..64).map(|_| vec![1; 1 << 20]).collect()
}

#[tokio::test]
async fn a_heap_profile_names_who_holds() {
    with_admin(options(), async |_, admin| {
        let held = hold_for_the_profile();
        let profile = Profile::of(&admin, "/debug/pprof/heap").await;
        assert_eq!(profile.sound(), ("inuse_space", "bytes"));
        let names = profile.names();
        assert!(names.iter().any(|name| name.contains("hold_for_the_profile")), "{names:?}");
        drop(held);
    })
    .await;
}

/// Two vehicles listen: one group of tasks each, by owner, which pprof adds up as one stack.
#[tokio::test]
async fn a_profile_of_tasks_says_who_owns_them_and_where_they_wait() {
    with_admin(options(), async |api, admin| {
        let mut feeds = Vec::new();
        for vehicle in ["v1", "v2"] {
            api.vehicle(vehicle, corner(1, 0)).await;
            feeds.push(api.send(get(&format!("/v1/vehicles/{vehicle}/stream"))).await);
        }
        let profile = loop {
            let profile = Profile::of(&admin, "/debug/pprof/tasks").await;
            assert_eq!(profile.sound(), ("tasks", "count"));
            let waiting = profile.names().contains(&"what concerns the vehicle");
            if waiting && ["v1", "v2"].iter().all(|vehicle| profile.feed_of(vehicle).is_some()) {
                break profile;
            }
        };
        for vehicle in ["v1", "v2"] {
            let feed = profile.feed_of(vehicle).expect("it was there");
            assert_eq!(feed.value[0], 1);
            assert_eq!(profile.label(feed, "component"), Some("fleet"));
            assert_eq!(profile.label(feed, "state"), Some("idle"));
            assert_eq!(profile.label(feed, "proved"), None);
        }
        let live = admin.must(get("/debug/tasks")).await["live"].as_i64().expect("a number");
        let counted: i64 = profile.sample.iter().map(|sample| sample.value[0]).sum();
        assert!((counted - live).abs() <= 4, "{counted} of {live}");
    })
    .await;
}

impl Profile {
    fn feed_of(&self, vehicle: &str) -> Option<&Sample> {
        let wanted = ["what concerns the vehicle", "feed", "vehicle", "fleet"];
        let mut samples = self.sample.iter();
        samples.find(|sample| self.label(sample, "owner") == Some(vehicle) && self.stack(sample) == wanted)
    }
}
