//! Every limit of the engine with its reason, and the one shape of a refusal at the edge: field, value, rule.
//! Called by every constructor that takes data from outside.

use serde::{Deserialize, Serialize};

/// Longest identifier in bytes: a UUID is 36, a URN with a UUID 45.
pub const ID_BYTES_MAX: usize = 64;
/// What an identifier may hold beside ASCII letters and digits.
pub const ID_PUNCTUATION: &str = "-_.:@";
/// Most tags or attributes on one vehicle or order: more is a table in the caller's system, not a tag.
pub const TAGS_MAX: usize = 16;
/// Most seats or passengers: the largest vehicles in the field are 16-seat shuttles; four of those is a bus.
pub const SEATS_MAX: u8 = 64;
/// Furthest ahead that an order's times may lie: beyond a week it is a timetable.
pub const BOOKING_AHEAD_MS_MAX: u64 = 7 * 24 * 3_600_000;
/// How late an order's latest pick-up may already be when it arrives. Clocks differ; a second is forgiven.
pub const CLOCK_SKEW_MS_MAX: u64 = 1_000;
/// Furthest that a wall clock may step and still be followed, slowly: clocks drift by seconds in a month, and jump by minutes or years.
pub const CLOCK_STEP_MS_MAX: u64 = 5_000;
/// Furthest ahead of our clock that a device's reading may be; beyond, it counts as of now. The newest reading of a vehicle counts: one
/// of next year would be the last.
pub const READING_AHEAD_MS_MAX: u64 = 5_000;
/// Furthest behind our clock that a device's reading may be without being told so: the slowest usual rate is 20 s, and a receiver's fix
/// seconds old. A clock that is slow by more goes unnoticed otherwise, for what it says is older than what is known.
pub const READING_BEHIND_MS_MAX: u64 = 60_000;
/// Most orders of a region that nobody has yet, those booked ahead included: some 120 MB, and a week's bookings of a large city.
pub const OPEN_ORDERS_MAX: usize = 100_000;
/// Most vehicles of a region: twice the largest fleet that was measured.
pub const VEHICLES_MAX: usize = 200_000;
/// Most charger sites of a region.
pub const CHARGERS_MAX: usize = 20_000;
/// Most areas of a region: a city has some hundred quarters. With 10,000 corners each they take 160 MB.
pub const GEOFENCES_MAX: usize = 1_000;
/// Most points in a geofence's ring: a borough's outline simplified to 10 m has some 2,000.
pub const RING_POINTS_MAX: usize = 10_000;
/// Smallest and largest battery in kWh: an e-scooter has 0.3, an electric lorry about 900.
pub const BATTERY_KWH: (f64, f64) = (0.1, 2_000.0);
/// Smallest and largest nominal consumption in Wh/km: a scooter uses about 10, a loaded lorry some 1,500.
pub const CONSUMPTION_WH_PER_KM: (f64, f64) = (1.0, 5_000.0);
/// Grams of CO₂ of a kilowatt-hour: brown coal gives about 1,100, an old diesel set some 4,000.
pub const GRAMS_PER_KWH: (f64, f64) = (0.0, 5_000.0);
/// Speeds of streets in km/h: slower is standing still, faster drives nobody.
pub const SPEED_KMH: (f64, f64) = (0.5, 250.0);
/// Most plugs of one charger site.
pub const PLUGS_MAX: u16 = 10_000;
/// Largest power of one plug in kW: megawatt charging goes to 3,750.
pub const PLUG_KW: (f64, f64) = (0.1, 4_000.0);
/// Longest pick-up drive, in milliseconds, that a policy may allow: the price of leaving an order unserved lies above any drive within it.
pub const PICKUP_TIME_MS_MAX: u32 = 2 * 3_600_000;
/// Most vehicles, orders or sites in one page of a list: some 300 kB.
pub const LISTED_MAX: usize = 1_000;
/// Most reports of speeds in one batch: every edge of a city district.
pub const SPEED_REPORTS_MAX: usize = 10_000;
/// Most edges of the traffic that are shown: some 600 kB.
pub const EDGES_SHOWN_MAX: usize = 10_000;
/// Most starts, and most ends, of a table of drives: 200 x 200 take some tens of milliseconds.
pub const TABLE_PLACES_MAX: usize = 200;
/// Most places to choose the nearest from.
pub const NEAREST_AMONG_MAX: usize = 2_000;
/// Most positions of one trace: almost three hours at one a second.
pub const TRACE_POSITIONS_MAX: usize = 10_000;
/// The shortest and longest time to reach within, in seconds: beyond two hours an area is a country.
pub const REACH_S: (f64, f64) = (1.0, 7_200.0);
/// The least and most energy to reach with, in watt-hours: a large car's battery twice over.
pub const REACH_WH: (f64, f64) = (1.0, 200_000.0);
/// What a vehicle may draw beside driving, in watts: refrigerated lorries draw some tens of kilowatts.
pub const AUXILIARY_W: (f64, f64) = (0.0, 100_000.0);
/// The error of a trace's positions along each axis, in metres: from surveying to a phone between towers.
pub const SIGMA_M: (f64, f64) = (0.5, 100.0);

/// GPUs (or slices of them) of one edge node, lost ones included: the largest boxes have 16.
pub const NODE_DEVICES_MAX: usize = 16;
/// Temperatures of one report: four sensors for each device, and some of the box.
pub const NODE_TEMPERATURES_MAX: usize = 5 * NODE_DEVICES_MAX;
/// Slots of a GPU that is cut into slices: MIG has 8.
pub const GPU_SLOTS_MAX: u8 = 16;
/// Ways to cut a slice off one GPU: the A100 has seven, and as many with media engines.
pub const SLICE_PROFILES_MAX: usize = 16;
/// Most nodes of an edge region: a fleet of boxes of a country; some 1 GB.
pub const NODES_MAX: usize = 1_000_000;
/// Most models of a region.
pub const MODELS_MAX: usize = 10_000;
/// Most workloads of a region.
pub const WORKLOADS_MAX: usize = 1_000_000;
/// Most labels of a node: clusters in the field have some 60.
pub const LABELS_MAX: usize = 128;
/// Most taints, tolerations, requirements and spread rules of one object.
pub const SCHEDULING_RULES_MAX: usize = 32;
/// Most values of one requirement.
pub const LABEL_VALUES_MAX: usize = 64;
/// Most versions of a model that are kept, and most variants of a version.
pub const MODEL_VERSIONS_MAX: usize = 64;
/// Most replicas of a workload: one on each node of a large fleet.
pub const REPLICAS_MAX: u32 = 10_000;
/// Most replicas of a workload of which it is asked what would become of them: a site's, and an answer of some hundred kilobytes.
pub const WHAT_IF_REPLICAS_MAX: u32 = 1_000;
/// Neighbours of a node, of which one report of a node speaks, and whose word of a node is kept: a turbine's or a rack's.
pub const NEIGHBOURS_MAX: usize = 16;
/// Entries of one report on replicas: a large box runs some sixty small models, and each may be on its way to another variant.
pub const REPLICA_REPORTS_MAX: usize = 128;
/// Most characters of a node's last error of a replica: the last line of a log, not a log.
pub const REPLICA_ERROR_CHARS_MAX: usize = 256;
/// Most times up to which a node counts the answers of a replica: Prometheus' own histograms have 11.
pub const LATENCY_BUCKETS_MAX: usize = 24;
/// Most steps of a rollout: one for each percent.
pub const ROLLOUT_STEPS_MAX: usize = 100;
/// Most exporters of a region that are read: each is a task of the server with a connection.
pub const SCRAPE_TARGETS_MAX: usize = 4_096;
/// Most metrics that are given a meaning beside those that are known.
pub const SCRAPE_METRICS_MAX: usize = 64;
/// Longest that a node's agent may wait for other placements, in seconds: most networks forget a connection that was silent for longer.
pub const PLACEMENTS_WAIT_S_MAX: u64 = 60;
/// Largest request frame of a node's link that a server reads, in bytes; what is larger goes by a request of its own. A report of a hundred replicas has some 40 kB.
pub const LINK_FRAME_BYTES_MAX: usize = 64 << 10;
/// Largest answer over a link, in bytes: as much as an agent reads of any.
pub const LINK_ANSWER_BYTES_MAX: usize = 4 << 20;
/// Requests of one link that may be under way at once: a report, a wait, a proof, and what is read of workloads and models.
pub const LINK_REQUESTS_MAX: usize = 8;
/// Longest that a server keeps a link over which nothing comes, in seconds. Whoever keeps one pings more often than that.
pub const LINK_SILENCE_S_MAX: u64 = 180;
/// Most moves in a period that a region may be told to allow: what one round looks at.
pub const MOVES_MAX: u32 = 5_000;
/// Most moves of one defragmentation: at two in ten seconds an hour and a half's work, and what a person may want to look through.
pub const DEFRAGMENTATION_MOVES_MAX: u32 = 1_000;
/// Most clusters of a federation: ten times the largest that are reported of others.
pub const CLUSTERS_MAX: usize = 1_000;
/// Most workloads of a federation: each is looked at for each cluster.
pub const FEDERATED_WORKLOADS_MAX: usize = 10_000;
/// Most that a cluster may weigh beside others.
pub const CLUSTER_WEIGHT_MAX: u32 = 1_000;
/// Longest address of a server, in bytes.
pub const URL_BYTES_MAX: usize = 512;
/// Most classes of nodes in a cluster's summary: some 20 kB, and enough to tell apart what is free on ten thousand nodes of a few kinds.
pub const NODE_CLASSES_MAX: usize = 128;
/// Most stations of a system: Hangzhou has some 5,000, and a platform of many cities a few times that.
pub const STATIONS_MAX: usize = 50_000;
/// Most bikes that a system names one by one: three times the largest dockless fleets of one city.
pub const BIKES_MAX: usize = 500_000;
/// Most kinds of bikes of a system.
pub const BIKE_KINDS_MAX: usize = 256;
/// Most rides of the trip files that are read at once: a month of New York's is five million.
pub const RIDES_MAX: usize = 20_000_000;
/// Most odd things of one reason that a reading of a feed names; all are counted. A list that a person reads.
pub const NOTES_OF_ONE_REASON_MAX: usize = 100;
/// A whole GPU in milli-shares.
pub const MILLI_GPU_WHOLE: u16 = 1_000;
/// Most CPU of a node, in milli-CPU: 4,096 cores.
pub const MILLI_CPU_MAX: u32 = 4_096_000;
/// Most memory of a node, of a device or of a model's file, in MiB: 64 TiB.
pub const MEBIBYTES_MAX: u64 = 64 << 20;
/// Most bandwidth in Mbit/s: sixteen lanes of PCIe 6 carry about 1,000,000.
pub const MBPS_MAX: u32 = 4_000_000;
/// Losses of a device within a day after which an operator has to let it in.
pub const DEVICE_LOSSES_MAX: usize = 3;
/// Replicas that may give way to more important ones within one span: so many are remembered.
pub const PREEMPTIONS_MAX: u32 = 1_000;
/// Most docks of a station, and most bikes that are said to stand at one: the largest valet parks take some hundreds.
pub const STATION_DOCKS_MAX: u32 = 10_000;
/// Longest name of a station, in characters: two street names and a landmark.
pub const STATION_NAME_CHARS_MAX: usize = 128;
/// Most vans of a region.
pub const VANS_MAX: usize = 1_000;
/// Most charged batteries of a van: some 3 kg each.
pub const BATTERIES_MAX: u32 = 200;
/// Most bikes of a van: an articulated lorry with racks carries some 100.
pub const VAN_CAPACITY_MAX: u32 = 200;
/// Longest reason that a crew or an operator gives, in characters: a sentence.
pub const REASON_CHARS_MAX: usize = 256;
/// Words of crews about one station that no count has confirmed: at three an hour a day without a count; older ones are summed.
pub const STOCK_WORDS_MAX: usize = 64;
/// Words of a crew that are remembered, so that each counts once: a shift's, each with four words a stop.
pub const CREW_WORDS_MAX: usize = 256;
/// Work orders that have ended and are remembered: a week of 50 vans.
pub const ENDED_WORK_ORDERS_MAX: usize = 20_000;
/// Steps of a work order that are remembered: a dozen crews that decline it.
pub const WORK_ORDER_STEPS_MAX: usize = 48;
/// Bytes of the public area of a node's attestation key: 90 to 130 for keys on P-256.
pub const ATTESTATION_KEY_BYTES_MAX: usize = 1_024;
/// Characters of why a proof was good or bad.
pub const TRUST_REASON_CHARS_MAX: usize = 400;

/// Least, usual and most bytes of a chunk. A changed weight costs one chunk, and a request or an entry of the manifest some hundred
/// bytes: at 64 KiB that is under one in a hundred either way. The last chunk of a file may be smaller than the least.
pub const ARTEFACT_CHUNK_BYTES: (usize, usize, usize) = (16 << 10, 64 << 10, 256 << 10);
/// Most bytes of one artefact: language models of some ten billion weights in four bits fit.
pub const ARTEFACT_BYTES_MAX: u64 = 16 << 30;
/// Most chunks of one artefact: the largest in chunks of 48 KiB, which a file's content is never below on the whole.
pub const ARTEFACT_CHUNKS_MAX: usize = 350_000;
/// Most bytes of a signed manifest: an entry of a chunk takes 35.
pub const ARTEFACT_MANIFEST_BYTES_MAX: usize = 14 << 20;
/// Most signatures of a manifest: who built it, who released it, and both anew while keys are changed.
pub const ARTEFACT_SIGNATURES_MAX: usize = 8;
/// Most keys that are trusted at once.
pub const ARTEFACT_KEYS_MAX: usize = 64;
/// Most bytes of a file of keys: 64 lines with a comment each.
pub const ARTEFACT_KEYS_BYTES_MAX: usize = 64 << 10;
/// Most artefacts of one store: a server's, of all models with their kept versions.
pub const ARTEFACTS_MAX: usize = 10_000;
/// Most sources of one fetch: neighbours that were named, and the servers.
pub const ARTEFACT_SOURCES_MAX: usize = 16;
/// Most missing chunks of an artefact that one answer names: some 70 kB.
pub const ARTEFACT_CHUNKS_SHOWN_MAX: usize = 1_000;

const _: () = assert!(ID_BYTES_MAX >= 45, "a URN with a UUID must fit");
const _: () = assert!(CLOCK_SKEW_MS_MAX < BOOKING_AHEAD_MS_MAX);
const _: () = assert!(
    ARTEFACT_CHUNKS_MAX * 40 <= ARTEFACT_MANIFEST_BYTES_MAX,
    "a manifest of the most chunks must fit"
);

/// The rule that a value broke.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// A number outside its range.
    #[error("must lie within {low} and {high}")]
    Within {
        /// Least allowed value.
        low: f64,
        /// Largest allowed value.
        high: f64,
    },
    /// Text, or a list, of the wrong size.
    #[error("must have between {least} and {most} {unit}")]
    Size {
        /// Least allowed size.
        least: usize,
        /// Largest allowed size.
        most: usize,
        /// What is counted.
        unit: String,
    },
    /// Text with characters that identifiers may not have.
    #[error("may hold only letters, digits and - _ . : @")]
    Characters,
    /// Two times in the wrong order.
    #[error("must not be earlier than {than}")]
    NotBefore {
        /// The field that it is compared with.
        than: String,
    },
    /// A time that lies too far ahead.
    #[error("must not be more than {days} days ahead")]
    NotBeyond {
        /// How far ahead is allowed.
        days: u64,
    },
    /// A shape that is not a polygon.
    #[error("{0}")]
    Shape(String),
    /// Text that is not a time.
    #[error("must be a time as in RFC 3339, such as 2026-11-23T08:00:00Z, not before 1970")]
    Rfc3339,
    /// Two fields that say the same thing in two ways.
    #[error("must be left out where {other} is given")]
    Without {
        /// The other field.
        other: String,
    },
    /// A value that names nothing known.
    #[error("must be one of {0}")]
    OneOf(String),
}

/// The rule of a drop-off to which a way must lead.
const JOINED: &str = "must be joined with pickup by open roads";

/// A refusal at the edge: which field, what it held, and the rule it broke.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, thiserror::Error)]
#[error("{field} is {value}: {rule}")]
pub struct Invalid {
    /// The field in the caller's own terms, with a path if nested: `pickup.lat`.
    pub field: String,
    /// What it held, as text, cut to a readable length.
    pub value: String,
    /// What it should have kept to.
    pub rule: Rule,
}

impl Invalid {
    /// A refusal; the value is cut to 80 characters, so that an attack does not fill the log.
    pub fn new(field: impl Into<String>, value: impl ToString, rule: Rule) -> Self {
        let value = value.to_string();
        let cut = match value.char_indices().nth(80) {
            Some((at, _)) => format!("{}…", &value[..at]),
            None => value,
        };
        Self { field: field.into(), value: cut, rule }
    }
    /// The refusal of a drop-off to which no open road leads from the pick-up. It has a code of its own, and is stored as what it is: any
    /// program that reads it says field, value and rule.
    pub fn cut_off(dropoff: impl ToString) -> Self {
        Self::new("dropoff", dropoff, Rule::Shape(JOINED.into()))
    }
    /// Whether it is [`Invalid::cut_off`].
    pub fn is_cut_off(&self) -> bool {
        matches!(&self.rule, Rule::Shape(rule) if rule == JOINED)
    }
    /// The same refusal with `parent.` before the field's name.
    pub fn within(mut self, parent: &str) -> Self {
        self.field = format!("{parent}.{}", self.field);
        self
    }
}

/// Checks the length of a list. Errors: too long.
pub fn at_most(field: &str, length: usize, most: usize) -> Result<(), Invalid> {
    if length <= most {
        return Ok(());
    }
    let rule = Rule::Size { least: 0, most, unit: "entries".into() };
    Err(Invalid::new(field, format!("{length} entries"), rule))
}

/// Checks a number against a closed range. Errors: outside it, or not a number.
pub fn within(field: &str, value: f64, (low, high): (f64, f64)) -> Result<f64, Invalid> {
    if (low..=high).contains(&value) {
        Ok(value)
    } else {
        Err(Invalid::new(field, value, Rule::Within { low, high }))
    }
}
