//! What a road file holds: its sections, one column of the network each, and the rows that more than one reader knows.
//! Written by `import` and `cch`, laid out and mapped by `file`.

use crate::leg::Leg;
use bytemuck::{Pod, Zeroable, cast_slice};
use paceline_model::{Centimetres, Millis};

macro_rules! sections {
    ($($name:ident $size:literal $text:literal,)*) => {
        /// One column of the network.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Section { $($name,)* }
        impl Section {
            pub(crate) const ALL: &[Self] = &[$(Self::$name,)*];
            /// Bytes per element.
            pub(crate) fn size(self) -> usize { match self { $(Self::$name => $size,)* } }
            pub(crate) fn name(self) -> &'static str { match self { $(Self::$name => $text,)* } }
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
    WalkFirst 4 "walk-first",
    WalkEdges 4 "walk-edges",
    Grid 32 "grid",
    CellFirst 4 "cell-first",
    CellSegments 8 "cell-segments",
    PortOf 4 "port-of",
    PortsBeside 8 "ports-beside",
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

/// How many sections there are.
pub(crate) const COUNT: usize = Section::ALL.len();
/// The bytes of each section, by [`Section`].
pub(crate) type SectionBytes = [Vec<u8>; COUNT];

/// Makes `values` the bytes of a section.
pub(crate) fn set_section<T: Pod>(columns: &mut SectionBytes, section: Section, values: &[T]) {
    columns[section as usize] = cast_slice(values).to_vec();
}

/// No edge, no name.
pub(crate) const NONE: u32 = u32::MAX;

/// One edge out of a node (or into it), with what driving it takes.
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct Arc {
    /// The node at the other end.
    pub(crate) other: u32,
    pub(crate) time: u32,
    pub(crate) distance: u32,
    pub(crate) effort: u32,
}

impl Arc {
    pub(crate) fn leg(self) -> Leg {
        Leg {
            time: Millis(self.time),
            distance: Centimetres(self.distance),
            effort: Centimetres(self.effort),
        }
    }
}
