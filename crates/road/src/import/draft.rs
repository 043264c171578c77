//! A network during an import: what the readers make, and the later stages cut down, join and lay out.

use paceline_model::Position;

/// A street between two nodes, before numbering. A ring has `from == to`.
#[derive(Clone, Debug)]
pub(super) struct Street {
    pub(super) from: u32,
    pub(super) to: u32,
    /// Both ends included.
    pub(super) line: Vec<Position>,
    pub(super) metres: f64,
    /// Speed from `from` to `to`; `None` if that is not allowed.
    pub(super) ahead_kmh: Option<f64>,
    /// Speed from `to` to `from`.
    pub(super) back_kmh: Option<f64>,
    /// Index into [`Draft::names`].
    pub(super) name: Option<u32>,
    /// The input's way at the `from` end and at the `to` end, for turn restrictions.
    pub(super) ways: [i64; 2],
    /// The input's ways from `from` to `to` with the metres on each; negative where driven against the way's nodes.
    pub(super) parts: Vec<(i64, f64)>,
}

/// What a turn restriction says of the turn that it names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    Forbidden,
    /// One does not turn back; where the ways in and out are one, nothing else is meant.
    NoTurnBack,
    Compulsory,
}

/// A turn restriction in the input's terms.
#[derive(Clone, Debug)]
pub(super) struct Restriction {
    pub(super) from_way: i64,
    pub(super) via: Via,
    pub(super) to_way: i64,
    pub(super) turn: Turn,
}

/// What lies between the way in and the way out.
#[derive(Clone, Debug)]
pub(super) enum Via {
    Node(u32),
    /// Ways one after the other, and the nodes at which they end.
    Ways(Vec<i64>, Vec<u32>),
}

impl Restriction {
    /// The nodes at which it decides how one goes on.
    pub(super) fn nodes(&self) -> &[u32] {
        match &self.via {
            Via::Node(node) => std::slice::from_ref(node),
            Via::Ways(_, nodes) => nodes,
        }
    }
}

/// A network during the import. Nodes are numbered in order of first use.
#[derive(Debug, Default)]
pub(super) struct Draft {
    pub(super) nodes: Vec<Position>,
    pub(super) streets: Vec<Street>,
    pub(super) names: Vec<String>,
    pub(super) restrictions: Vec<Restriction>,
}

/// The length of a line on the ground.
pub(super) fn line_metres(line: &[Position]) -> f64 {
    line.windows(2).map(|pair| pair[0].distance_m(pair[1])).sum()
}
