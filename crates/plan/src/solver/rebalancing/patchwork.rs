//! Routes as they would be after a move: pieces of the present ones in a new order, judged without building them.

use super::instance::Instance;
use super::load::LoadSpan;
use super::state::SearchState;

/// Stops `from..until` of the route in `slot`, in their order or in the other one.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Piece {
    pub(super) slot: usize,
    pub(super) from: usize,
    pub(super) until: usize,
    pub(super) reversed: bool,
}

impl Piece {
    pub(super) fn new(slot: usize, from: usize, until: usize) -> Self {
        Self { slot, from, until, reversed: false }
    }

    /// In constant time at either end of a route, otherwise over its stops.
    fn span(self, instance: &Instance, state: &SearchState) -> LoadSpan {
        let stops = &state.routes[self.slot].stops;
        let span = if self.from == 0 {
            stops[self.until - 1].before
        } else if self.until == stops.len() {
            stops[self.from].behind
        } else {
            LoadSpan::of(stops[self.from..self.until].iter().map(|stop| instance.demand(stop.vertex)))
        };
        if self.reversed { span.reversed() } else { span }
    }
}

/// What the route in a slot would be: the depot's stops are those of its first and of its last piece.
#[derive(Clone, Copy, Debug)]
pub(super) struct Patchwork {
    pub(super) slot: usize,
    pieces: [Piece; 5],
    count: usize,
}

impl Patchwork {
    /// Of at most five pieces; empty ones are left out.
    pub(super) fn new(slot: usize, pieces: &[Piece]) -> Self {
        let mut patchwork = Self { slot, pieces: Default::default(), count: 0 };
        for piece in pieces.iter().filter(|piece| piece.from < piece.until) {
            patchwork.pieces[patchwork.count] = *piece;
            patchwork.count += 1;
        }
        patchwork
    }
    fn pieces(&self) -> &[Piece] {
        &self.pieces[..self.count]
    }

    /// What it costs more than the present route, in constant time.
    pub(super) fn delta(&self, instance: &Instance, state: &SearchState) -> i64 {
        let mut cost = -state.routes[self.slot].cost;
        let mut last = None;
        for piece in self.pieces() {
            let stops = &state.routes[piece.slot].stops;
            let (low, high) = (&stops[piece.from], &stops[piece.until - 1]);
            let (first, end) = if piece.reversed { (high, low) } else { (low, high) };
            cost +=
                if piece.reversed { high.driven_back - low.driven_back } else { high.driven - low.driven };
            cost += last.map_or(0, |last| i64::from(instance.leg(last, first.vertex)));
            last = Some(end.vertex);
        }
        cost
    }

    /// Whether some start load serves all stops.
    pub(super) fn fits(&self, instance: &Instance, state: &SearchState) -> bool {
        let spans = self.pieces().iter().map(|piece| piece.span(instance, state));
        spans.fold(LoadSpan::default(), LoadSpan::then).width() <= instance.capacity()
    }

    /// Its vertices, the depot at both ends, into `vertices`.
    pub(super) fn write(&self, state: &SearchState, vertices: &mut Vec<u32>) {
        vertices.clear();
        for piece in self.pieces() {
            let stops = &state.routes[piece.slot].stops[piece.from..piece.until];
            let own = stops.iter().map(|stop| stop.vertex);
            if piece.reversed {
                vertices.extend(own.rev());
            } else {
                vertices.extend(own);
            }
        }
    }
}
