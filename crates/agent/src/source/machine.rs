//! What the machine's own files say: `/proc`, `/sys`, and the GPU driver's tool where there is one. What cannot be read is left out.

use super::gpu::{self, Gpus};
use super::tag::tag;
use super::{Source, Telemetry};
use crate::disk::read_bounded;
use crate::runner::Pending;
use paceline_client::api::edge::{
    BatteryReport, NewNode, NodePlace, PowerSupply, RawReading, TemperatureReport,
};
use paceline_model::edge::SensorKind;
use paceline_model::edge::limits::CELSIUS;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Largest of these files that is read: `/proc/cpuinfo` of a large server is some 300 kB, all others are a line or some.
const FILE_BYTES_MAX: u64 = 1 << 20;
/// Most entries of a folder that are looked at: a large server has some hundred sensors.
const ENTRIES_MAX: usize = 512;
/// Memory that is not given away: the agent's, the system's, in MiB.
const RESERVED_MIB: u64 = 256;
/// The label that says which kernel a node runs.
const KERNEL_LABEL: &str = "paceline.dev/kernel";

/// The machine's own files.
#[derive(Clone, Debug)]
pub struct MachineSource {
    /// What stands before `/proc` and `/sys`: empty but in tests.
    root: PathBuf,
    /// The GPU driver's tool.
    nvidia_smi: PathBuf,
}

impl Default for MachineSource {
    fn default() -> Self {
        Self { root: "/".into(), nvidia_smi: "nvidia-smi".into() }
    }
}

impl Source for MachineSource {
    fn fingerprint(&self) -> Pending<'_, NewNode> {
        Box::pin(async {
            let Gpus { driver, cuda, cards, .. } = gpu::query(&self.nvidia_smi).await;
            NewNode {
                architecture: architecture().into(),
                cuda,
                driver,
                firmware: self.line("sys/class/dmi/id/bios_version").map(|text| tag(&text)),
                devices: cards.into_iter().map(|card| card.device).collect(),
                cpu_milli: self.cpus() * 1_000,
                memory_mib: self.memory_mib().saturating_sub(RESERVED_MIB),
                pcie_mbps: 0,
                place: NodePlace::default(),
                battery_reserve_percent: None,
                labels: self.kernel().into_iter().collect(),
                taints: Vec::new(),
                untrusted: false,
                storage_mib: None,
                neighbours: Vec::new(),
            }
        })
    }

    fn read(&self, _since_start: Duration) -> Pending<'_, Telemetry> {
        Box::pin(async {
            let gpus = gpu::query(&self.nvidia_smi).await;
            let mut temperatures = self.temperatures();
            temperatures.extend(gpus.temperatures());
            Telemetry { temperatures, battery: self.battery(), driver: gpus.report(), ..Telemetry::default() }
        })
    }
}

impl MachineSource {
    fn line(&self, file: &str) -> Option<String> {
        text(&self.root.join(file)).map(|text| text.lines().next().unwrap_or_default().trim().to_owned())
    }

    fn cpus(&self) -> u32 {
        let known = text(&self.root.join("proc/cpuinfo")).unwrap_or_default();
        let listed = known.lines().filter(|line| line.starts_with("processor")).count();
        u32::try_from(listed).unwrap_or(1).max(1)
    }

    fn memory_mib(&self) -> u64 {
        let known = text(&self.root.join("proc/meminfo")).unwrap_or_default();
        let total = known.lines().find_map(|line| line.strip_prefix("MemTotal:"));
        let kib = total.and_then(|rest| rest.split_whitespace().next()?.parse::<u64>().ok());
        kib.unwrap_or(0) / 1_024
    }

    fn kernel(&self) -> Option<(String, String)> {
        Some((KERNEL_LABEL.to_owned(), tag(&self.line("proc/sys/kernel/osrelease")?)))
    }

    /// The hottest of each kind: what limits the box.
    fn temperatures(&self) -> Vec<TemperatureReport> {
        let mut hottest: BTreeMap<SensorKind, Option<f64>> = BTreeMap::new();
        for (sensor, celsius) in self.zones().chain(self.chips()) {
            let known = hottest.entry(sensor).or_default();
            // What cannot be is said only where nothing else is: it makes the sensor unknown, and hides no true one.
            let counts = celsius.filter(|celsius| can_be(*celsius));
            *known = match (*known, counts) {
                (Some(known), Some(new)) if can_be(known) => Some(known.max(new)),
                (_, Some(new)) => Some(new),
                (None, None) => celsius,
                (known, None) => known,
            };
        }
        let report = |(sensor, celsius): (SensorKind, Option<f64>)| TemperatureReport {
            sensor: sensor.into(),
            device: None,
            celsius: celsius.map(RawReading::Number),
            watts: None,
        };
        hottest.into_iter().map(report).collect()
    }

    /// Source: Linux, `Documentation/driver-api/thermal/sysfs-api.rst`: millidegrees Celsius.
    fn zones(&self) -> impl Iterator<Item = (SensorKind, Option<f64>)> {
        entries(&self.root.join("sys/class/thermal")).into_iter().filter_map(|zone| {
            let kind = text(&zone.join("type"))?;
            Some((sensor(&kind)?, millidegrees(&zone.join("temp"))))
        })
    }

    /// Source: Linux, `Documentation/hwmon/sysfs-interface.rst`: `tempN_input`, millidegrees Celsius.
    fn chips(&self) -> impl Iterator<Item = (SensorKind, Option<f64>)> {
        let chips = entries(&self.root.join("sys/class/hwmon")).into_iter();
        let known = chips.filter_map(|chip| Some((chip.clone(), sensor(&text(&chip.join("name"))?)?)));
        known.flat_map(|(chip, kind)| {
            let inputs = entries(&chip).into_iter().filter(|file| {
                let name = file.file_name().and_then(|name| name.to_str()).unwrap_or_default();
                name.starts_with("temp") && name.ends_with("_input")
            });
            inputs.map(move |file| (kind, millidegrees(&file)))
        })
    }

    /// Source: Linux, `Documentation/ABI/testing/sysfs-class-power`.
    fn battery(&self) -> Option<BatteryReport> {
        let supplies = entries(&self.root.join("sys/class/power_supply"));
        let of = |kind: &str| {
            let is = |supply: &&PathBuf| text(&supply.join("type")).is_some_and(|text| text.trim() == kind);
            supplies.iter().filter(is).collect::<Vec<_>>()
        };
        let battery = of("Battery").into_iter().find(|battery| battery.join("capacity").exists())?;
        let online = |supply: &&PathBuf| text(&supply.join("online")).is_some_and(|text| text.trim() == "1");
        let external = of("Mains").iter().chain(&of("USB")).any(online);
        let supply = if external { PowerSupply::External } else { PowerSupply::Battery };
        let percent = text(&battery.join("capacity")).map(|text| RawReading::Text(text.trim().to_owned()));
        Some(BatteryReport { supply, percent })
    }
}

/// What a driver's name of a sensor is a temperature of; `None`: of something that the region does not ask about, such as a disk.
fn sensor(name: &str) -> Option<SensorKind> {
    let name = name.trim().to_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| name.contains(word));
    match () {
        () if has(&["gpu"]) => Some(SensorKind::Gpu),
        () if has(&["cpu", "x86_pkg_temp", "coretemp", "k10temp", "soc", "tj"]) => Some(SensorKind::Cpu),
        () if has(&["pmic"]) => Some(SensorKind::Pmic),
        () if has(&["mem", "ddr", "dram"]) => Some(SensorKind::Mem),
        () if has(&["board", "acpitz", "ambient"]) => Some(SensorKind::Board),
        () => None,
    }
}

/// Whether the region can believe a temperature, in degrees Celsius.
fn can_be(celsius: f64) -> bool {
    (f64::from(CELSIUS.0.0) / 10.0..=f64::from(CELSIUS.1.0) / 10.0).contains(&celsius)
}

fn millidegrees(file: &Path) -> Option<f64> {
    text(file)?.trim().parse::<f64>().ok().map(|milli| milli / 1_000.0)
}

fn text(file: &Path) -> Option<String> {
    String::from_utf8(read_bounded(file, FILE_BYTES_MAX).ok()?).ok()
}

/// In the order of their names.
fn entries(folder: &Path) -> Vec<PathBuf> {
    let read = std::fs::read_dir(folder).into_iter().flatten().take(ENTRIES_MAX);
    let mut entries: Vec<PathBuf> = read.filter_map(|entry| Some(entry.ok()?.path())).collect();
    entries.sort();
    entries
}

/// As Kubernetes calls it.
fn architecture() -> &'static str {
    match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    }
}

#[cfg(test)]
#[path = "machine_tests.rs"]
mod tests;
