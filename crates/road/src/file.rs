//! The road file: magic, version, a table of sections with a checksum each, then the sections, aligned for mapping.
//! Layout in the crate's README. Everything is little-endian. A file is checked in full when it is opened, so that
//! the rest of the crate may index without asking.

use crate::cch::{Hierarchy, TurnArc};
use crate::network::{Arc, NONE};
use bytemuck::Pod;
use std::fs::File;
use std::io::Write;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// First bytes of every road file.
const MAGIC: [u8; 8] = *b"PACEROAD";
/// The version that this code writes, and the only one that it reads.
const VERSION: u32 = 2;
/// Sections start at multiples of this, so that a mapped section can be read in place.
const ALIGN: usize = 16;
/// Magic, version, section count, file length, checksum of the table.
const HEAD: usize = 32;
/// Offset, length, checksum, reserved.
const ROW: usize = 24;

#[cfg(target_endian = "big")]
compile_error!("road files are little-endian and read in place");

/// Why a road network could not be read or built.
#[derive(Debug, thiserror::Error)]
pub enum RoadError {
    /// The file system said no.
    #[error("{path}: {source}", path = path.display())]
    Io {
        /// As it was given to the caller's function.
        path: PathBuf,
        /// The system's error.
        source: std::io::Error,
    },
    /// Not a road file at all.
    #[error("not a Paceline road file: it does not begin with PACEROAD")]
    Foreign,
    /// Written by a newer Paceline: import again, or update.
    #[error("road file version {found}, this program reads version {known}")]
    Version {
        /// Version in the file.
        found: u32,
        /// The only version that this program reads.
        known: u32,
    },
    /// The file ends too early.
    #[error("road file is cut short: {expected} bytes expected, {found} found")]
    Truncated {
        /// Bytes that its header promises.
        expected: u64,
        /// Bytes that are there.
        found: u64,
    },
    /// Bytes have changed since it was written.
    #[error("road file is damaged in section {section}, bytes {offset} to {end}: checksum mismatch")]
    Checksum {
        /// Name of the section, as in `Section`.
        section: &'static str,
        /// First byte of the section in the file.
        offset: u64,
        /// First byte after it.
        end: u64,
    },
    /// Checksums hold, but sections contradict each other: a faulty writer.
    #[error("road file is inconsistent in section {section}: {what}")]
    Inconsistent {
        /// Name of the section, as in `Section`.
        section: &'static str,
        /// The rule that it breaks.
        what: &'static str,
    },
    /// The OpenStreetMap extract cannot be read.
    #[error("cannot read the OpenStreetMap extract: {0}")]
    Osm(String),
    /// The DIMACS files cannot be read.
    #[error("cannot read the DIMACS {file} file, line {line}: {what}")]
    Dimacs {
        /// Which of the two: `.gr` or `.co`.
        file: &'static str,
        /// Counted from 1.
        line: usize,
        /// The rule that the line breaks.
        what: String,
    },
    /// The node-link document cannot be read.
    #[error("cannot read the node-link document: {0}")]
    NodeLink(String),
    /// The input holds no street that a car may drive, or none that leads back.
    #[error("no drivable streets in the input that lead back to where they began ({dropped} led nowhere)")]
    Empty {
        /// Streets that may be driven, but are no part of a strongly connected network.
        dropped: u64,
    },
    /// A metric needs one weight per edge.
    #[error("{found} weights for {expected} edges: one per edge expected")]
    Weights {
        /// Edges of the network.
        expected: usize,
        /// Weights that were given.
        found: usize,
    },
    /// An edge that the network does not have.
    #[error("edge {edge} is not of this network, which has {edges} edges from 0")]
    UnknownEdge {
        /// The number that was given.
        edge: u32,
        /// Edges of the network.
        edges: usize,
    },
    /// A turn restriction between edges that do not meet, or that the network does not have.
    #[error("no turn leads from edge {from} to edge {to}")]
    NoTurn {
        /// The edge that one would come from.
        from: u32,
        /// The edge that one would go on to.
        to: u32,
    },
    /// More streets than a road file can number.
    #[error("the network is too large: {0} directed edges")]
    TooLarge(usize),
}

macro_rules! sections {
    ($($name:ident $size:literal $text:literal,)*) => {
        /// One column of the network.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Section { $($name,)* }
        impl Section {
            pub(crate) const ALL: &[Self] = &[$(Self::$name,)*];
            /// Bytes per element.
            fn size(self) -> usize { match self { $(Self::$name => $size,)* } }
            fn name(self) -> &'static str { match self { $(Self::$name => $text,)* } }
        }
    };
}

sections! {
    Nodes 8 "nodes",
    OutFirst 4 "out-first",
    OutArcs 16 "out-arcs",
    Tails 4 "tails",
    Twins 4 "twins",
    InFirst 4 "in-first",
    InArcs 16 "in-arcs",
    InEdges 4 "in-edges",
    ShapeOf 4 "shape-of",
    ShapeFirst 4 "shape-first",
    ShapePoints 8 "shape-points",
    NameOf 4 "name-of",
    NameFirst 4 "name-first",
    NameText 1 "name-text",
    Restrictions 16 "restrictions",
    Grid 32 "grid",
    CellFirst 4 "cell-first",
    CellSegments 8 "cell-segments",
    PortOf 4 "port-of",
    OnFirst 4 "on-first",
    OnArcs 8 "on-arcs",
    BackFirst 4 "back-first",
    BackArcs 8 "back-arcs",
    UpFirst 4 "up-first",
    UpHeads 4 "up-heads",
    LowFirst 4 "low-first",
    LowArcs 8 "low-arcs",
    InputFirst 4 "input-first",
    Inputs 4 "inputs",
    WayFirst 4 "way-first",
    WayParts 16 "way-parts",
}

const COUNT: usize = Section::ALL.len();
/// The bytes of each section, by [`Section`].
pub(crate) type SectionBytes = [Vec<u8>; COUNT];

#[derive(Debug)]
enum Bytes {
    Mapped(memmap2::Mmap),
    /// In 16-byte words for the alignment; the second number is the length in bytes.
    Owned(Vec<u128>, usize),
}

/// A checked road file in memory.
#[derive(Debug)]
pub(crate) struct Image {
    bytes: Bytes,
    columns: [Range<usize>; COUNT],
}

impl Image {
    pub(crate) fn open(path: &Path) -> Result<Self, RoadError> {
        let io = |source| RoadError::Io { path: path.to_owned(), source };
        let file = File::open(path).map_err(io)?;
        #[expect(
            unsafe_code,
            reason = "mapping a file; road files are replaced by renaming, never written in place"
        )]
        let map = unsafe { memmap2::Mmap::map(&file) }.map_err(io)?;
        Self::checked(Bytes::Mapped(map))
    }
    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self, RoadError> {
        let mut words = vec![0u128; bytes.len().div_ceil(ALIGN)];
        bytemuck::cast_slice_mut(&mut words)[..bytes.len()].copy_from_slice(bytes);
        Self::checked(Bytes::Owned(words, bytes.len()))
    }
    pub(crate) fn save(&self, path: &Path) -> Result<(), RoadError> {
        let io = |source| RoadError::Io { path: path.to_owned(), source };
        let mut beside = path.as_os_str().to_owned();
        beside.push(".part");
        let mut file = File::create(&beside).map_err(io)?;
        file.write_all(self.bytes()).and_then(|()| file.sync_all()).map_err(io)?;
        std::fs::rename(&beside, path).map_err(io)
    }
    pub(crate) fn bytes(&self) -> &[u8] {
        self.bytes.get()
    }
    /// The table's checksum, which covers every section's checksum.
    pub(crate) fn digest(&self) -> u32 {
        u32_at(self.bytes(), 24)
    }
    pub(crate) fn column<T: Pod>(&self, section: Section) -> &[T] {
        bytemuck::cast_slice(&self.bytes()[self.columns[section as usize].clone()])
    }

    /// A copy of all columns.
    pub(crate) fn columns(&self) -> SectionBytes {
        std::array::from_fn(|i| self.bytes()[self.columns[i].clone()].to_vec())
    }

    fn checked(bytes: Bytes) -> Result<Self, RoadError> {
        let columns = table(bytes.get())?;
        let image = Self { bytes, columns };
        consistent(&image)?;
        Ok(image)
    }
}

impl Bytes {
    fn get(&self) -> &[u8] {
        match self {
            Self::Mapped(map) => map,
            Self::Owned(words, len) => &bytemuck::cast_slice(words)[..*len],
        }
    }
}

/// Lays the columns out as a file.
pub(crate) fn encode(columns: &SectionBytes) -> Vec<u8> {
    let mut out = vec![0u8; (HEAD + COUNT * ROW).next_multiple_of(ALIGN)];
    for (i, column) in columns.iter().enumerate() {
        let row = HEAD + i * ROW;
        let offset = out.len() as u64;
        out[row..row + 8].copy_from_slice(&offset.to_le_bytes());
        out[row + 8..row + 16].copy_from_slice(&(column.len() as u64).to_le_bytes());
        out[row + 16..row + 20].copy_from_slice(&crc32c::crc32c(column).to_le_bytes());
        out.extend_from_slice(column);
        out.resize(out.len().next_multiple_of(ALIGN), 0);
    }
    let length = out.len() as u64;
    out[..8].copy_from_slice(&MAGIC);
    out[8..12].copy_from_slice(&VERSION.to_le_bytes());
    out[12..16].copy_from_slice(&(COUNT as u32).to_le_bytes());
    out[16..24].copy_from_slice(&length.to_le_bytes());
    let checksum = crc32c::crc32c(&out[HEAD..HEAD + COUNT * ROW]);
    out[24..28].copy_from_slice(&checksum.to_le_bytes());
    out
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    let mut word = [0; 4];
    word.copy_from_slice(&bytes[at..at + 4]);
    u32::from_le_bytes(word)
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from(u32_at(bytes, at)) | u64::from(u32_at(bytes, at + 4)) << 32
}

/// Checks the head, the table and every section's checksum.
fn table(bytes: &[u8]) -> Result<[Range<usize>; COUNT], RoadError> {
    let magic = bytes.len().min(MAGIC.len());
    if bytes.is_empty() || bytes[..magic] != MAGIC[..magic] {
        return Err(RoadError::Foreign);
    }
    let truncated = |expected: u64| RoadError::Truncated { expected, found: bytes.len() as u64 };
    if bytes.len() < HEAD {
        return Err(truncated(HEAD as u64));
    }
    let found = u32_at(bytes, 8);
    if found != VERSION {
        return Err(RoadError::Version { found, known: VERSION });
    }
    let length = u64_at(bytes, 16);
    if (bytes.len() as u64) < length || bytes.len() < HEAD + COUNT * ROW {
        return Err(truncated(length.max((HEAD + COUNT * ROW) as u64)));
    }
    let rows = &bytes[HEAD..HEAD + COUNT * ROW];
    let head_holds =
        u32_at(bytes, 12) == COUNT as u32 && u32_at(bytes, 28) == 0 && bytes.len() as u64 == length;
    if crc32c::crc32c(rows) != u32_at(bytes, 24) || !head_holds {
        return Err(RoadError::Checksum { section: "head", offset: 0, end: (HEAD + COUNT * ROW) as u64 });
    }
    let mut columns: [Range<usize>; COUNT] = std::array::from_fn(|_| 0..0);
    for &section in Section::ALL {
        columns[section as usize] = column_range(bytes, section)?;
    }
    Ok(columns)
}

fn column_range(bytes: &[u8], section: Section) -> Result<Range<usize>, RoadError> {
    let row = HEAD + section as usize * ROW;
    let (offset, length) = (u64_at(bytes, row), u64_at(bytes, row + 8));
    let end = offset.saturating_add(length);
    if end > bytes.len() as u64 {
        return Err(RoadError::Truncated { expected: end, found: bytes.len() as u64 });
    }
    let range = offset as usize..end as usize;
    if crc32c::crc32c(&bytes[range.clone()]) != u32_at(bytes, row + 16) {
        return Err(RoadError::Checksum { section: section.name(), offset, end });
    }
    if !range.start.is_multiple_of(ALIGN) || !range.len().is_multiple_of(section.size()) {
        return Err(RoadError::Inconsistent { section: section.name(), what: "its place or length is odd" });
    }
    Ok(range)
}

/// Checks that every index points at something, so that readers need not. Long, because it is a list: one line per rule.
fn consistent(image: &Image) -> Result<(), RoadError> {
    let numbers = |section: Section| image.column::<u32>(section);
    let rule = |holds: bool, section: Section, what: &'static str| {
        if holds { Ok(()) } else { Err(RoadError::Inconsistent { section: section.name(), what }) }
    };
    let nodes = image.column::<[i32; 2]>(Section::Nodes).len();
    let edges = image.column::<Arc>(Section::OutArcs).len();
    let below = |section: Section, limit: usize| numbers(section).iter().all(|&n| (n as usize) < limit);
    let below_or_none =
        |section: Section, limit: usize| numbers(section).iter().all(|&n| n == NONE || (n as usize) < limit);
    rule(nodes > 0 && edges > 0, Section::OutArcs, "it is empty")?;
    for section in [Section::Tails, Section::Twins, Section::InEdges, Section::ShapeOf, Section::NameOf] {
        rule(numbers(section).len() == edges, section, "one entry per edge expected")?;
    }
    rule(
        image.column::<Arc>(Section::InArcs).len() == edges,
        Section::InArcs,
        "one entry per edge expected",
    )?;
    for section in [Section::OutArcs, Section::InArcs] {
        let arcs = image.column::<Arc>(section);
        rule(arcs.iter().all(|arc| (arc.other as usize) < nodes), section, "an edge leads nowhere")?;
    }
    rule(below(Section::Tails, nodes), Section::Tails, "an edge comes from nowhere")?;
    rule(below_or_none(Section::Twins, edges), Section::Twins, "an opposite edge is missing")?;
    rule(below(Section::InEdges, edges), Section::InEdges, "an edge is missing")?;
    let turns = image.column::<[u32; 4]>(Section::Restrictions);
    let turn_holds = |turn: &[u32; 4]| {
        (turn[0] as usize) < edges && (turn[1] as usize) < nodes && (turn[2] as usize) < edges
    };
    rule(turns.iter().all(turn_holds), Section::Restrictions, "an edge or a node is missing")?;
    let points = image.column::<[i32; 2]>(Section::ShapePoints);
    let on_earth = |p: &[i32; 2]| p[0].abs() <= 900_000_000 && p[1].abs() <= 1_800_000_000;
    rule(points.iter().all(on_earth), Section::ShapePoints, "a point is not on the ground")?;
    let shapes = numbers(Section::ShapeFirst).len().saturating_sub(1);
    let shape_holds = numbers(Section::ShapeOf).iter().all(|&s| ((s >> 1) as usize) < shapes);
    rule(shape_holds, Section::ShapeOf, "a shape is missing")?;
    let lines = numbers(Section::ShapeFirst).windows(2).all(|w| w[1] >= w[0].saturating_add(2));
    rule(lines, Section::ShapeFirst, "a line needs two points")?;
    let names = numbers(Section::NameFirst).len().saturating_sub(1);
    rule(below_or_none(Section::NameOf, names), Section::NameOf, "a name is missing")?;
    let grid = image.column::<[i32; 8]>(Section::Grid);
    rule(grid.len() == 1 && grid[0][2..6].iter().all(|&n| n > 0), Section::Grid, "one grid expected")?;
    let cells = grid[0][4] as usize * grid[0][5] as usize;
    let segments = image.column::<[u32; 2]>(Section::CellSegments);
    let in_range = |s: &[u32; 2]| (s[0] as usize) < edges;
    rule(segments.iter().all(in_range), Section::CellSegments, "an edge is missing")?;
    firsts(image, Section::OutFirst, nodes, edges)?;
    firsts(image, Section::InFirst, nodes, edges)?;
    firsts(image, Section::WayFirst, edges, image.column::<[u32; 4]>(Section::WayParts).len())?;
    firsts(image, Section::ShapeFirst, shapes, points.len())?;
    firsts(image, Section::NameFirst, names, image.column::<u8>(Section::NameText).len())?;
    firsts(image, Section::CellFirst, cells, segments.len())?;
    hierarchy_consistent(image, edges)
}

/// Checks the hierarchy likewise: every index points at something, arcs lead upwards, and what a port is joined to its
/// parent is joined to as well, so that a customisation finds every arc that it looks for.
fn hierarchy_consistent(image: &Image, edges: usize) -> Result<(), RoadError> {
    let rule = |holds: bool, section: Section, what: &'static str| {
        if holds { Ok(()) } else { Err(RoadError::Inconsistent { section: section.name(), what }) }
    };
    let numbers = |section: Section| image.column::<u32>(section);
    let ports = numbers(Section::OnFirst).len().saturating_sub(1);
    let arcs = numbers(Section::UpHeads).len();
    let port_of = numbers(Section::PortOf);
    rule(port_of.len() == edges, Section::PortOf, "one entry per edge expected")?;
    rule(port_of.iter().all(|&port| (port as usize) < ports), Section::PortOf, "a port is missing")?;
    for (section, first) in [(Section::OnArcs, Section::OnFirst), (Section::BackArcs, Section::BackFirst)] {
        let arcs = image.column::<TurnArc>(section);
        let holds = |arc: &TurnArc| (arc.edge as usize) < edges && (arc.head as usize) < ports;
        rule(arcs.iter().all(holds), section, "an edge or a port is missing")?;
        firsts(image, first, ports, arcs.len())?;
    }
    firsts(image, Section::UpFirst, ports, arcs)?;
    let low = image.column::<[u32; 2]>(Section::LowArcs);
    firsts(image, Section::LowFirst, ports, low.len())?;
    rule(low.len() == arcs, Section::LowArcs, "one entry per arc expected")?;
    let inputs = numbers(Section::Inputs);
    firsts(image, Section::InputFirst, arcs, inputs.len())?;
    rule(inputs.iter().all(|&input| ((input >> 1) as usize) < edges), Section::Inputs, "an edge is missing")?;
    let hierarchy = Hierarchy::of(image);
    let heads = |port: usize| &hierarchy.up_heads[hierarchy.up(port)];
    for port in 0..ports {
        let up = heads(port);
        let rises = up.first().is_none_or(|&head| head as usize > port) && up.is_sorted_by(|a, b| a < b);
        let ends = up.last().is_none_or(|&head| (head as usize) < ports);
        rule(rises && ends, Section::UpHeads, "an arc does not lead upwards")?;
        let closed = up.split_first().is_none_or(|(&parent, others)| within(others, heads(parent as usize)));
        rule(closed, Section::UpHeads, "two higher neighbours are not joined")?;
        let enters = |&[tail, arc]: &[u32; 2]| {
            (tail as usize) < port
                && hierarchy.up(tail as usize).contains(&(arc as usize))
                && hierarchy.up_heads[arc as usize] as usize == port
        };
        rule(hierarchy.low(port).iter().all(enters), Section::LowArcs, "an arc is not what it says")?;
    }
    Ok(())
}

/// Whether all of `part` is in `whole`; both ascend.
fn within(part: &[u32], whole: &[u32]) -> bool {
    let mut rest = whole.iter();
    part.iter().all(|wanted| rest.any(|found| found == wanted))
}

/// Checks a column of offsets: `rows` + 1 of them, never falling, from 0 to `total`.
fn firsts(image: &Image, section: Section, rows: usize, total: usize) -> Result<(), RoadError> {
    let first = image.column::<u32>(section);
    let holds = first.len() == rows + 1
        && first.first() == Some(&0)
        && first.last() == Some(&(total as u32))
        && first.is_sorted();
    if holds {
        Ok(())
    } else {
        Err(RoadError::Inconsistent { section: section.name(), what: "offsets do not fit" })
    }
}
