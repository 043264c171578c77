//! What is measured of the process, whatever regions it serves: answers, tasks, the load shedder, the clock.

use super::{PREFIX, from_zero};
use crate::clock::Clock;
use crate::hotspots::Hotspots;
use crate::task_metrics::TaskMetrics;
use axum::http::StatusCode;
use paceline_supervise::{Admission, LoadShedder, Supervisor};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{
    DescriptorEncoder, EncodeLabelSet, EncodeLabelValue, EncodeMetric as _, LabelValueEncoder,
};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Registry;
use std::fmt;
use std::sync::Arc;

/// The process's registry, and the counts of answers that whoever answers adds to.
pub(crate) fn process(
    supervisor: &Supervisor,
    load_shedder: &Arc<LoadShedder>,
    hotspots: &Hotspots,
    clock: Clock,
) -> (Registry, Answers) {
    let (mut registry, answers) = (Registry::with_prefix(PREFIX), Answers::default());
    let r = &mut registry;
    answers.register(r);
    count_admissions(load_shedder, r);
    r.register("hotspots", "Places where tasks or time pile up, by rule", hotspots.counts());
    r.register_collector(Box::new(TaskMetrics::of(supervisor, load_shedder)));
    r.register_collector(Box::new(ClockMetrics(clock)));
    (registry, answers)
}

/// The class of an HTTP status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Class(&'static str);

impl Class {
    const ALL: [Self; 5] = [Self("1xx"), Self("2xx"), Self("3xx"), Self("4xx"), Self("5xx")];

    fn of(status: StatusCode) -> Self {
        // Statuses lie between 100 and 999; those above 599 are nobody's, and count as the server's.
        let class = usize::from(status.as_u16() / 100);
        Self::ALL[class.clamp(1, 5) - 1]
    }
}

impl EncodeLabelValue for Class {
    fn encode(&self, encoder: &mut LabelValueEncoder<'_>) -> fmt::Result {
        fmt::Write::write_str(encoder, self.0)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ByClass {
    class: Class,
}

/// Answers to the public.
#[derive(Clone, Default)]
pub(crate) struct Answers(Family<ByClass, Counter>);

impl Answers {
    fn register(&self, r: &mut Registry) {
        r.register("http_responses", "Answers to the public, by class of status", self.0.clone());
        from_zero(&self.0, Class::ALL.map(|class| ByClass { class }));
    }
    pub(crate) fn count(&self, status: StatusCode) {
        self.0.get_or_create(&ByClass { class: Class::of(status) }).inc();
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelValue)]
enum To {
    Admitting,
    Shedding,
    Probing,
}

/// Whether new work is admitted from now on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ByAdmission {
    to: To,
}

/// Counts the load shedder's changes from now on.
fn count_admissions(load_shedder: &LoadShedder, r: &mut Registry) {
    let changes = Family::<ByAdmission, Counter>::default();
    r.register("load_shedder_changes", "Changes of the load shedder", changes.clone());
    from_zero(&changes, [To::Admitting, To::Shedding, To::Probing].map(|to| ByAdmission { to }));
    load_shedder.on_change(move |change| {
        let to = match change.to {
            Admission::Admitting => To::Admitting,
            Admission::Shedding => To::Shedding,
            Admission::Probing => To::Probing,
        };
        changes.get_or_create(&ByAdmission { to }).inc();
    });
}

/// How the clock stands to the wall's, as of the scrape.
#[derive(Debug)]
struct ClockMetrics(Clock);

impl Collector for ClockMetrics {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let status = self.0.status();
        let offset = "Milliseconds that the wall clock is ahead of the engine's";
        let gauge = encoder.encode_descriptor("clock_offset_ms", offset, None, MetricType::Gauge)?;
        ConstGauge::new(status.offset_ms).encode(gauge)?;
        let jumps = "Jumps of the wall clock that were not believed";
        let counter = encoder.encode_descriptor("clock_jumps", jumps, None, MetricType::Counter)?;
        ConstCounter::new(status.jumps).encode(counter)
    }
}
