//! Tasks as Prometheus sees them, read from the registry at each scrape. Labels are component and state: as many as the
//! program has parts, never as many as it has vehicles.

use paceline_supervise::{Admission, Breach, BreachReport, Component, LoadShedder, POLL_BUCKETS, Supervisor};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, NoLabelSet};
use prometheus_client::metrics::MetricType;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

/// Reports of leaks, by component.
#[derive(Clone, Default)]
struct Leaks(Arc<Mutex<BTreeMap<&'static str, u64>>>);

impl Leaks {
    /// Counts what this supervisor reports from now on.
    fn of(supervisor: &Supervisor) -> Self {
        let leaks = Self::default();
        let counts = leaks.clone();
        supervisor.on_report(move |report| counts.record(report));
        leaks
    }

    fn record(&self, report: &BreachReport) {
        // What was aborted in time is gone, and a long poll is slow; neither is a leak.
        if !matches!(report.breach, Breach::Aborted | Breach::BlockedPoll) {
            *self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(report.component).or_default() += 1;
        }
    }

    fn count(&self, component: &str) -> u64 {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(component).copied().unwrap_or(0)
    }
}

/// The registry's figures.
pub(crate) struct TaskMetrics {
    supervisor: Supervisor,
    load_shedder: Arc<LoadShedder>,
    leaks: Leaks,
}

impl TaskMetrics {
    /// The figures of this supervisor, with the leaks that it reports from now on.
    pub(crate) fn of(supervisor: &Supervisor, load_shedder: &Arc<LoadShedder>) -> Self {
        Self {
            supervisor: supervisor.clone(),
            load_shedder: load_shedder.clone(),
            leaks: Leaks::of(supervisor),
        }
    }

    fn encode_load_shedder(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let help = "Tasks that the load explains";
        let mut expected = encoder.encode_descriptor("tasks_expected", help, None, MetricType::Gauge)?;
        // Nothing is expected until something was learnt: no value rather than a wrong one.
        if let Some(learnt) = self.load_shedder.expected() {
            expected.encode_gauge(&learnt)?;
        }
        let help = "0 admitting, 1 probing, 2 shedding";
        let mut state = encoder.encode_descriptor("load_shedder_state", help, None, MetricType::Gauge)?;
        let number: i64 = match self.load_shedder.admission() {
            Admission::Admitting => 0,
            Admission::Probing => 1,
            Admission::Shedding => 2,
        };
        state.encode_gauge(&number)
    }
}

impl fmt::Debug for TaskMetrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TaskMetrics")
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Of {
    component: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct In {
    component: &'static str,
    state: &'static str,
}

/// One of a component's counters.
type Count = fn(&Component) -> u64;

impl Collector for TaskMetrics {
    fn encode(&self, mut encoder: DescriptorEncoder) -> fmt::Result {
        let components = self.supervisor.registry().components();
        let mut tasks = encoder.encode_descriptor("tasks", "Tasks that live", None, MetricType::Gauge)?;
        for Component { name: component, active, idle, blocked, .. } in components.iter().cloned() {
            for (state, count) in [("active", active), ("idle", idle), ("blocked", blocked)] {
                tasks.encode_family(&In { component, state })?.encode_gauge(&count)?;
            }
        }
        self.encode_load_shedder(&mut encoder)?;
        let counted: [(_, _, Count); 5] = [
            ("tasks_spawned", "Tasks spawned", |component| component.spawned),
            ("tasks_ended", "Tasks ended, however", |component| component.ended),
            ("tasks_failed", "Tasks that ended with an error or a panic", |c| c.failed + c.panicked),
            ("tasks_restarted", "Times that a task was started again", |component| component.restarted),
            ("task_polls_blocked", "Polls that ran over their limit", |component| component.blocked_polls),
        ];
        for (name, help, count) in counted {
            counters(&mut encoder, name, help, &components, count)?;
        }
        let help = "Tasks that outlived their contract, cannot end, or lost their scope";
        counters(&mut encoder, "task_leaks", help, &components, |component| {
            self.leaks.count(component.name)
        })?;
        let (name, help) = ("task_poll_seconds", "Time of one poll, of one in 16");
        times(&mut encoder, name, help, &components, |component| &component.poll_times)?;
        let (name, help) = ("task_start_seconds", "From spawn to first poll");
        times(&mut encoder, name, help, &components, |component| &component.start_latencies)
    }
}

fn counters(
    encoder: &mut DescriptorEncoder<'_>,
    name: &str,
    help: &str,
    components: &[Component],
    count: impl Fn(&Component) -> u64,
) -> fmt::Result {
    let mut metric = encoder.encode_descriptor(name, help, None, MetricType::Counter)?;
    for component in components {
        let of = Of { component: component.name };
        metric.encode_family(&of)?.encode_counter::<NoLabelSet, _, u64>(&count(component), None)?;
    }
    Ok(())
}

fn times(
    encoder: &mut DescriptorEncoder<'_>,
    name: &str,
    help: &str,
    components: &[Component],
    of: impl Fn(&Component) -> &[u64; POLL_BUCKETS],
) -> fmt::Result {
    let mut metric = encoder.encode_descriptor(name, help, None, MetricType::Histogram)?;
    for component in components {
        let counts = of(component);
        let buckets = seconds(counts);
        // Only buckets are kept, so the sum is that of their bounds: not less than the truth, not twice as much.
        let sum =
            buckets.iter().map(|(bound, count)| if bound.is_finite() { bound * *count as f64 } else { 0.0 });
        let (sum, count) = (sum.sum(), counts.iter().sum());
        let label = Of { component: component.name };
        metric.encode_family(&label)?.encode_histogram::<NoLabelSet>(sum, count, &buckets, None)?;
    }
    Ok(())
}

/// Upper bounds in seconds with their counts.
fn seconds(counts: &[u64; POLL_BUCKETS]) -> Vec<(f64, u64)> {
    let bound = |bucket: usize| match bucket + 1 == POLL_BUCKETS {
        true => f64::INFINITY,
        false => (1_u64 << (bucket + 10)) as f64 / 1e9,
    };
    counts.iter().enumerate().map(|(bucket, count)| (bound(bucket), *count)).collect()
}
