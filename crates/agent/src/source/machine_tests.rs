//! A machine made of files.

use super::*;

/// A machine with these files, and no GPU driver.
fn machine(files: &[(&str, &str)]) -> (tempfile::TempDir, MachineSource) {
    let dir = tempfile::tempdir().expect("a directory");
    for (name, content) in files {
        let file = dir.path().join(name);
        std::fs::create_dir_all(file.parent().expect("a folder")).expect("made");
        std::fs::write(file, content).expect("written");
    }
    let source = MachineSource { root: dir.path().to_owned(), nvidia_smi: dir.path().join("no-driver") };
    (dir, source)
}

#[paceline_supervise::test]
async fn a_box_says_what_it_is() {
    let (_dir, source) = machine(&[
        ("proc/cpuinfo", "processor : 0\nmodel name : x\n\nprocessor : 1\n"),
        ("proc/meminfo", "MemTotal:        8123456 kB\nMemFree: 1 kB\n"),
        ("proc/sys/kernel/osrelease", "6.8.0-31+tegra\n"),
        ("sys/class/dmi/id/bios_version", " 1.14.2 \n"),
    ]);
    let said = source.fingerprint().await;
    assert_eq!((said.cpu_milli, said.memory_mib), (2_000, 8_123_456 / 1_024 - RESERVED_MIB));
    assert_eq!((said.firmware.as_deref(), said.devices.len()), (Some("1.14.2"), 0));
    assert_eq!(said.labels.get(KERNEL_LABEL).map(String::as_str), Some("6.8.0-31-tegra"));
    let id = paceline_model::edge::NodeId::new("box-1").expect("a name");
    said.spec(id).expect("the region takes it");
}

#[paceline_supervise::test]
async fn the_hottest_that_can_be_counts_and_what_cannot_be_hides_no_true_one() {
    let (_dir, source) = machine(&[
        ("sys/class/thermal/thermal_zone0/type", "cpu-thermal\n"),
        ("sys/class/thermal/thermal_zone0/temp", "61500\n"),
        ("sys/class/thermal/thermal_zone1/type", "soc0-thermal\n"),
        ("sys/class/thermal/thermal_zone1/temp", "511000\n"),
        ("sys/class/thermal/thermal_zone2/type", "gpu-thermal\n"),
        ("sys/class/thermal/thermal_zone2/temp", "-256000\n"),
        ("sys/class/hwmon/hwmon0/name", "coretemp\n"),
        ("sys/class/hwmon/hwmon0/temp1_input", "67000\n"),
        ("sys/class/hwmon/hwmon0/temp1_max", "100000\n"),
        ("sys/class/hwmon/hwmon1/name", "nvme\n"),
        ("sys/class/hwmon/hwmon1/temp1_input", "90000\n"),
    ]);
    let said = source.read(Duration::ZERO).await;
    let mut celsius: Vec<_> =
        said.temperatures.iter().map(|of| (format!("{:?}", of.sensor), of.celsius.clone())).collect();
    celsius.sort_by(|one, other| one.0.cmp(&other.0));
    let number = |celsius| Some(RawReading::Number(celsius));
    assert_eq!(celsius, [("Cpu".to_owned(), number(67.0)), ("Gpu".to_owned(), number(-256.0))]);
    assert_eq!((said.battery, said.driver), (None, None));
}

#[paceline_supervise::test]
async fn a_battery_is_on_the_grid_where_a_supply_is_online() {
    let files = |online: &'static str| {
        [
            ("sys/class/power_supply/AC/type", "Mains\n"),
            ("sys/class/power_supply/AC/online", online),
            ("sys/class/power_supply/BAT0/type", "Battery\n"),
            ("sys/class/power_supply/BAT0/capacity", "101\n"),
        ]
    };
    for (online, supply) in [("1\n", PowerSupply::External), ("0\n", PowerSupply::Battery)] {
        let (_dir, source) = machine(&files(online));
        let said = source.read(Duration::ZERO).await.battery.expect("a battery");
        assert_eq!(
            said,
            BatteryReport { supply, percent: Some(RawReading::Text("101".into())) },
            "told as it is"
        );
    }
}
