//! What Prometheus exporters of a node say, as a report of that node: `options` says which metric is which reading. Asking for the text is the
//! server's.
//!
//! What is not said is unknown: a sensor that was there and is not, a value that is no number, an exporter that does not answer.

mod options;

pub use options::{MetricMapping, MetricReading, ScrapeOptions, ScrapeTarget};

use super::exposition::{Malformed, Sample, samples};
use super::id::{DeviceUuid, NodeId};
use super::limits::CELSIUS;
use super::reading::RawNumber;
use super::telemetry::{DeviceUse, NodeReport, PowerSupply, SensorKind, TemperatureReport};
use crate::Instant;
use crate::limits::{NODE_DEVICES_MAX, NODE_TEMPERATURES_MAX};
use std::collections::{BTreeMap, BTreeSet};

/// The XID of a GPU that fell off the bus. Source: NVIDIA, *XID Errors*.
const XID_FELL_OFF: f64 = 79.0;

type Sensor = (SensorKind, Option<DeviceUuid>);

/// What one exporter has said so far.
#[derive(Clone, Debug, Default)]
pub struct Scraped {
    sensors: BTreeSet<Sensor>,
    /// Those whose use was said.
    devices: BTreeSet<DeviceUuid>,
    /// What the node ran on, once it has spoken of a battery.
    supply: Option<PowerSupply>,
    xids: BTreeMap<DeviceUuid, f64>,
}

/// What one text says.
#[derive(Default)]
struct Said {
    celsius: BTreeMap<Sensor, f64>,
    watts: BTreeMap<Option<DeviceUuid>, f64>,
    uses: BTreeMap<DeviceUuid, DeviceUse>,
    xids: BTreeMap<DeviceUuid, f64>,
    battery: Option<f64>,
    on_mains: bool,
}

impl Scraped {
    /// The report that a text amounts to. Errors: a line that is none.
    pub fn report(
        &mut self,
        node: &NodeId,
        now: Instant,
        mapping: &[MetricMapping],
        text: &str,
    ) -> Result<NodeReport, Malformed> {
        let mut said = Said::default();
        for sample in samples(text) {
            let sample = sample?;
            mapping.iter().filter(|of| of.is_of(&sample)).for_each(|of| said.take(of, &sample));
        }
        keep(&mut self.sensors, said.celsius.keys(), NODE_TEMPERATURES_MAX);
        keep(&mut self.devices, said.uses.keys(), NODE_DEVICES_MAX);
        let supply = if said.on_mains { PowerSupply::External } else { PowerSupply::Battery };
        let has_battery = said.battery.is_some() || self.supply.is_some();
        self.supply = has_battery.then_some(supply);
        let temperature = |sensor: &Sensor| TemperatureReport {
            sensor: sensor.0,
            device: sensor.1.clone(),
            celsius: RawNumber(said.celsius.get(sensor).copied().filter(|celsius| celsius.is_finite())),
            watts: said.watts.get(&sensor.1).copied().filter(|watts| watts.is_finite()),
        };
        let temperatures = self.sensors.iter().map(temperature).collect();
        let battery = self.supply.map(|of| (of, RawNumber(said.battery.filter(|of| of.is_finite()))));
        // The number stays until the next error: it is news once.
        let news = said.xids.iter().filter(|(device, xid)| self.xids.get(device) != Some(xid));
        let fell_off =
            news.filter(|(_, xid)| **xid == XID_FELL_OFF).map(|(device, _)| device.clone()).collect();
        for (device, xid) in said.xids {
            if self.xids.len() < NODE_DEVICES_MAX || self.xids.contains_key(&device) {
                self.xids.insert(device, xid);
            }
        }
        let used = |device: &DeviceUuid| said.uses.get(device).copied().unwrap_or_default();
        let uses = self.devices.iter().map(|device| (device.clone(), used(device))).collect();
        Ok(NodeReport { temperatures, battery, fell_off, uses, ..NodeReport::heartbeat(node.clone(), now) })
    }

    /// The report where the exporter says nothing that can be read: all that it said before is unknown, and the node has not spoken.
    pub fn unreadable(&self, node: &NodeId, now: Instant) -> NodeReport {
        let temperature = |(sensor, device): &Sensor| TemperatureReport {
            sensor: *sensor,
            device: device.clone(),
            celsius: RawNumber(None),
            watts: None,
        };
        NodeReport {
            spoke: false,
            temperatures: self.sensors.iter().map(temperature).collect(),
            battery: self.supply.map(|of| (of, RawNumber(None))),
            uses: self.devices.iter().map(|device| (device.clone(), DeviceUse::default())).collect(),
            ..NodeReport::heartbeat(node.clone(), now)
        }
    }
}

/// Takes in what was said for the first time, as long as no more is known than a node can have.
fn keep<'a, T: Ord + Clone + 'a>(known: &mut BTreeSet<T>, said: impl Iterator<Item = &'a T>, most: usize) {
    for one in said {
        if known.len() < most || known.contains(one) {
            known.insert(one.clone());
        }
    }
}

impl MetricMapping {
    fn is_of(&self, sample: &Sample<'_>) -> bool {
        self.metric == sample.name
            && self.labels.iter().all(|(label, value)| sample.label(label) == Some(value))
    }
}

impl Said {
    /// Takes a sample in. One that should name a GPU and does not is of nothing.
    fn take(&mut self, of: &MetricMapping, sample: &Sample<'_>) {
        let device = match &of.device_label {
            None => None,
            Some(label) => match sample.label(label).map(DeviceUuid::new) {
                Some(Ok(device)) => Some(device),
                _ => return,
            },
        };
        let value = sample.value;
        match (of.reading, device) {
            (MetricReading::Celsius, device) => {
                let can_be =
                    |celsius: f64| (CELSIUS.0.as_celsius()..=CELSIUS.1.as_celsius()).contains(&celsius);
                let known =
                    self.celsius.entry((of.sensor.unwrap_or(SensorKind::Board), device)).or_insert(value);
                if can_be(value) && (!can_be(*known) || value > *known) {
                    *known = value;
                }
            }
            (MetricReading::Watts, device) => _ = self.watts.insert(device, value),
            (MetricReading::BatteryPercent, _) => self.battery = Some(value),
            (MetricReading::OnMains, _) => self.on_mains |= value == 1.0,
            (MetricReading::Xid, Some(device)) => _ = self.xids.insert(device, value),
            (MetricReading::BusyPercent, Some(device)) => {
                self.used(device).busy_percent = within(value, 100.0)
            }
            (MetricReading::MemoryFreeMib, Some(device)) => self.used(device).free_mib = within(value, 1e9),
            (MetricReading::MemoryUsedMib, Some(device)) => self.used(device).used_mib = within(value, 1e9),
            (_, None) => {}
        }
    }

    fn used(&mut self, device: DeviceUuid) -> &mut DeviceUse {
        self.uses.entry(device).or_default()
    }
}

/// A number that can be, in whole; what cannot be is unknown.
fn within(value: f64, most: f64) -> Option<u32> {
    (0.0..=most).contains(&value).then_some(value as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DCGM: &str = "DCGM_FI_DEV_GPU_TEMP{gpu=\"0\",UUID=\"GPU-1\"} 71\nDCGM_FI_DEV_GPU_TEMP{gpu=\"1\",UUID=\"GPU-2\"} NaN\n\
        DCGM_FI_DEV_POWER_USAGE{gpu=\"0\",UUID=\"GPU-1\"} 68.5\nDCGM_FI_DEV_GPU_UTIL{UUID=\"GPU-1\"} 93\n\
        DCGM_FI_DEV_FB_FREE{UUID=\"GPU-1\"} 11000\nDCGM_FI_DEV_XID_ERRORS{UUID=\"GPU-2\"} 79\n\
        node_hwmon_temp_celsius{chip=\"platform_coretemp_0\",sensor=\"temp1\"} 55\n\
        node_hwmon_temp_celsius{chip=\"platform_coretemp_0\",sensor=\"temp2\"} 58\n\
        node_hwmon_temp_celsius{chip=\"platform_coretemp_0\",sensor=\"temp3\"} 255\n\
        node_power_supply_capacity{power_supply=\"BAT0\"} 64\nnode_power_supply_online{power_supply=\"AC\"} 0\n";

    fn node() -> NodeId {
        NodeId::new("n1").expect("a name")
    }
    fn celsius(report: &NodeReport) -> Vec<(SensorKind, Option<f64>)> {
        report.temperatures.iter().map(|of| (of.sensor, of.celsius.0)).collect()
    }

    #[test]
    fn known_names_become_readings_and_what_is_no_number_is_unknown() {
        let (mapping, mut scraped) = (ScrapeOptions::default().mapping(), Scraped::default());
        let report = scraped.report(&node(), Instant(5), &mapping, DCGM).expect("well-formed");
        let expected =
            [(SensorKind::Gpu, Some(71.0)), (SensorKind::Gpu, None), (SensorKind::Cpu, Some(58.0))];
        assert_eq!(celsius(&report), expected);
        assert_eq!(report.temperatures[0].watts, Some(68.5));
        assert_eq!(report.battery, Some((PowerSupply::Battery, RawNumber(Some(64.0)))));
        assert_eq!(
            report.uses[0].1,
            DeviceUse { busy_percent: Some(93), free_mib: Some(11_000), used_mib: None }
        );
        assert_eq!(report.fell_off.len(), 1);
        let again = scraped.report(&node(), Instant(6), &mapping, DCGM).expect("well-formed");
        assert_eq!(again.fell_off, [], "the same error is news once");
    }

    #[test]
    fn what_was_there_and_is_not_is_unknown_and_never_zero() {
        let (mapping, mut scraped) = (ScrapeOptions::default().mapping(), Scraped::default());
        scraped.report(&node(), Instant(5), &mapping, DCGM).expect("well-formed");
        let expected = [(SensorKind::Gpu, None), (SensorKind::Gpu, None), (SensorKind::Cpu, None)];
        let empty = scraped.report(&node(), Instant(6), &mapping, "up 1\n").expect("well-formed");
        assert_eq!((celsius(&empty), empty.spoke), (expected.to_vec(), true));
        let silent = scraped.unreadable(&node(), Instant(7));
        assert_eq!((celsius(&silent), silent.spoke), (expected.to_vec(), false));
        assert!(scraped.report(&node(), Instant(8), &mapping, "<html>").is_err());
    }

    #[test]
    fn the_charge_and_the_use_of_gpus_are_unknown_too_once_they_are_not_said() {
        let (mapping, mut scraped) = (ScrapeOptions::default().mapping(), Scraped::default());
        scraped.report(&node(), Instant(5), &mapping, DCGM).expect("well-formed");
        let empty = scraped.report(&node(), Instant(6), &mapping, "up 1\n").expect("well-formed");
        for report in [empty, scraped.unreadable(&node(), Instant(7))] {
            assert_eq!(report.battery, Some((PowerSupply::Battery, RawNumber(None))));
            let unknown = (DeviceUuid::new("GPU-1").expect("a UUID"), DeviceUse::default());
            assert_eq!(report.uses, [unknown]);
        }
    }

    #[test]
    fn an_exporter_that_names_ever_new_gpus_is_held_to_what_a_node_can_have() {
        let (mapping, mut scraped) = (ScrapeOptions::default().mapping(), Scraped::default());
        let says = |look: u32, gpu: u32| {
            let metrics = ["GPU_TEMP", "GPU_UTIL", "XID_ERRORS"];
            metrics.map(|of| format!("DCGM_FI_DEV_{of}{{UUID=\"GPU-{look}-{gpu}\"}} 50\n")).concat()
        };
        for look in 0..50 {
            let text: String = (0..4).map(|gpu| says(look, gpu)).collect();
            scraped.report(&node(), Instant(5), &mapping, &text).expect("well-formed");
        }
        let report = scraped.unreadable(&node(), Instant(7));
        assert_eq!(
            (report.temperatures.len(), report.uses.len(), scraped.xids.len()),
            (NODE_TEMPERATURES_MAX, NODE_DEVICES_MAX, NODE_DEVICES_MAX)
        );
    }

    #[test]
    fn a_given_name_replaces_a_known_one_and_bad_options_are_refused() {
        let text = r#"{ "targets": [{ "node": "n1", "url": "http://n1:9400/metrics", "interval": "5 s" }],
            "metrics": [{ "metric": "node_hwmon_temp_celsius", "reading": "celsius", "sensor": "board",
                          "labels": { "chip": "nct" } }] }"#;
        let options: ScrapeOptions = serde_json::from_str(text).expect("well-formed");
        options.validate().expect("it keeps the rules");
        let mapping = options.mapping();
        let text = format!("{DCGM}node_hwmon_temp_celsius{{chip=\"nct\"}} 40\n");
        let report = Scraped::default().report(&node(), Instant(0), &mapping, &text).expect("well-formed");
        assert_eq!(celsius(&report)[2..], [(SensorKind::Board, Some(40.0))]);
        let refused = |change: fn(&mut ScrapeOptions)| {
            let mut options = options.clone();
            change(&mut options);
            options.validate().expect_err("it breaks a rule").to_string()
        };
        let said = refused(|options| options.targets[0].url = "n1:9400".into());
        assert_eq!(said, "scrape.targets.url is n1:9400: must begin with http:// or https://");
        let said = refused(|options| options.metrics[0].sensor = None);
        assert!(said.starts_with("scrape.metrics.sensor is left out of node_hwmon_temp_celsius"), "{said}");
    }
}
