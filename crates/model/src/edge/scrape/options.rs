//! Which exporters are read, and what their metrics mean: the names of NVIDIA's DCGM exporter and some of the node exporter are known; others come by
//! the table `[regions.NAME.edge.scrape]`.

use crate::duration::within as span_within;
use crate::edge::id::NodeId;
use crate::edge::telemetry::SensorKind;
use crate::limits::{Invalid, Rule, SCRAPE_METRICS_MAX, SCRAPE_TARGETS_MAX, at_most};
use crate::{Millis, duration};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Which exporters are read, and what their metrics mean.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ScrapeOptions {
    /// Time between two looks at an exporter: that of reports.
    #[serde(with = "duration")]
    pub interval: Millis,
    /// How long its answer may take: less than an interval.
    #[serde(with = "duration")]
    pub timeout: Millis,
    /// The exporters.
    pub targets: Vec<ScrapeTarget>,
    /// What metrics mean beside those that are known; one of a known name replaces that.
    pub metrics: Vec<MetricMapping>,
}

/// One exporter.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScrapeTarget {
    /// Of which node it speaks.
    pub node: NodeId,
    /// Where it answers.
    pub url: String,
    /// Time between two looks, where it is another than the usual.
    #[serde(default, with = "duration::optional", skip_serializing_if = "Option::is_none")]
    pub interval: Option<Millis>,
}

/// What a metric is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MetricMapping {
    /// Its name.
    pub metric: String,
    /// What it is.
    pub reading: MetricReading,
    /// Of a temperature: what it is of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sensor: Option<SensorKind>,
    /// Labels that must have these values.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// The label that names the GPU by its UUID; left out: it is of the box.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_label: Option<String>,
}

/// A reading as a metric says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MetricReading {
    /// Degrees Celsius. Of several samples of one sensor the hottest that can be counts.
    Celsius,
    /// Power drawn, in watts.
    Watts,
    /// How busy a GPU is, in percent.
    BusyPercent,
    /// Memory of a GPU that its driver says is free, in MiB.
    MemoryFreeMib,
    /// The same, used.
    MemoryUsedMib,
    /// The number of the last XID error; 79: it fell off the bus.
    Xid,
    /// The battery's charge, in percent.
    BatteryPercent,
    /// 1 where the node runs on the grid, else 0.
    OnMains,
}

impl Default for ScrapeOptions {
    fn default() -> Self {
        Self {
            interval: Millis::from_secs(10),
            timeout: Millis::from_secs(3),
            targets: Vec::new(),
            metrics: Vec::new(),
        }
    }
}

impl ScrapeOptions {
    /// Errors: a span outside its range, too many of something, a target that is neither `http://` nor `https://`, a temperature of nothing.
    pub fn validate(&self) -> Result<(), Invalid> {
        let seconds = |low, high| (Millis::from_secs(low), Millis::from_secs(high));
        span_within("scrape.interval", self.interval, seconds(1, 3_600))?;
        span_within("scrape.timeout", self.timeout, (Millis(100), Millis::from_secs(60)))?;
        at_most("scrape.targets", self.targets.len(), SCRAPE_TARGETS_MAX)?;
        at_most("scrape.metrics", self.metrics.len(), SCRAPE_METRICS_MAX)?;
        for target in &self.targets {
            if !target.url.starts_with("http://") && !target.url.starts_with("https://") {
                let rule = Rule::Shape("must begin with http:// or https://".into());
                return Err(Invalid::new("scrape.targets.url", &target.url, rule));
            }
            if let Some(interval) = target.interval {
                span_within("scrape.targets.interval", interval, seconds(1, 3_600))?;
            }
        }
        let bare = |of: &&MetricMapping| of.reading == MetricReading::Celsius && of.sensor.is_none();
        match self.metrics.iter().find(bare) {
            Some(of) => {
                let rule = Rule::Shape("must be given with reading = \"celsius\"".into());
                Err(Invalid::new("scrape.metrics.sensor", format!("left out of {}", of.metric), rule))
            }
            None => Ok(()),
        }
    }

    /// All metrics that mean something: the given ones, and of the known ones those that are not given.
    pub fn mapping(&self) -> Vec<MetricMapping> {
        let given = |of: &MetricMapping| self.metrics.iter().any(|given| given.metric == of.metric);
        self.metrics.iter().cloned().chain(known().into_iter().filter(|of| !given(of))).collect()
    }
}

/// Names that exporters have. Source: NVIDIA's `dcgm-exporter` (`default-counters.csv`); Prometheus' `node_exporter` (collectors `hwmon`,
/// `thermal_zone` and `powersupplyclass`).
fn known() -> Vec<MetricMapping> {
    use MetricReading as R;
    let of = |metric: &str, reading, sensor| MetricMapping {
        metric: metric.into(),
        reading,
        sensor,
        labels: BTreeMap::new(),
        device_label: None,
    };
    let gpu = |metric, reading, sensor| MetricMapping {
        device_label: Some("UUID".into()),
        ..of(metric, reading, sensor)
    };
    let at = |metric, label: &str, value: &str, sensor| MetricMapping {
        labels: BTreeMap::from([(label.into(), value.into())]),
        ..of(metric, R::Celsius, Some(sensor))
    };
    vec![
        gpu("DCGM_FI_DEV_GPU_TEMP", R::Celsius, Some(SensorKind::Gpu)),
        gpu("DCGM_FI_DEV_MEMORY_TEMP", R::Celsius, Some(SensorKind::Mem)),
        gpu("DCGM_FI_DEV_POWER_USAGE", R::Watts, None),
        gpu("DCGM_FI_DEV_GPU_UTIL", R::BusyPercent, None),
        gpu("DCGM_FI_DEV_FB_FREE", R::MemoryFreeMib, None),
        gpu("DCGM_FI_DEV_FB_USED", R::MemoryUsedMib, None),
        gpu("DCGM_FI_DEV_XID_ERRORS", R::Xid, None),
        at("node_hwmon_temp_celsius", "chip", "platform_coretemp_0", SensorKind::Cpu),
        at("node_thermal_zone_temp", "type", "x86_pkg_temp", SensorKind::Cpu),
        at("node_thermal_zone_temp", "type", "cpu-thermal", SensorKind::Cpu),
        at("node_thermal_zone_temp", "type", "gpu-thermal", SensorKind::Gpu),
        of("node_power_supply_capacity", R::BatteryPercent, None),
        of("node_power_supply_online", R::OnMains, None),
    ]
}
