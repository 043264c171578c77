//! One pod before all nodes: which of them may take it, which is best, and why not the others.

use super::decision::Decision;
use super::score;
use super::why::Why;
use crate::rules::{Guest, Layout, Question};
use std::cmp::Reverse;

/// What the nodes say of one pod.
pub(super) struct Look<'l, 'c> {
    layout: &'l Layout<'c>,
    asked: Guest<'c>,
    pub(super) question: Question<'l, 'c>,
    /// Rows that may take it.
    possible: Vec<usize>,
    /// Rows that may take it once others have ended.
    pub(super) may_give_way: Vec<usize>,
    pub(super) why: Why,
}

impl<'l, 'c> Look<'l, 'c> {
    /// Asks all nodes.
    ///
    /// Errors: something keeps the pod off every node.
    pub(super) fn of(layout: &'l Layout<'c>, asked: Guest<'c>) -> Result<Self, Why> {
        let question = Question::new(layout, asked).map_err(Why::barred)?;
        let why = Why::of_nodes(layout.rows.len());
        let (possible, may_give_way) = (Vec::new(), Vec::new());
        let mut look = Self { layout, asked, question, possible, may_give_way, why };
        for (at, row) in layout.rows.iter().enumerate() {
            match look.question.obstacle(at, row) {
                None => look.possible.push(at),
                Some(obstacle) => {
                    if obstacle.may_give_way() {
                        look.may_give_way.push(at);
                    }
                    look.why.count(obstacle);
                }
            }
        }
        Ok(look)
    }

    /// The best of the nodes that may take it.
    pub(super) fn best(&self) -> Option<usize> {
        self.weighed().min().map(|(_, _, at)| at)
    }

    /// All nodes that may take it, the best first.
    pub(super) fn ranked(&self) -> Vec<usize> {
        let mut ranked: Vec<_> = self.weighed().collect();
        ranked.sort_unstable();
        ranked.into_iter().map(|(_, _, at)| at).collect()
    }

    /// How many nodes may take it.
    pub(super) fn count(&self) -> usize {
        self.possible.len()
    }

    /// It goes to a node that may take it.
    pub(super) fn bind(&self, at: usize) -> Decision {
        let row = self.layout.rows[at].as_ref();
        Decision::Bind { node: row.name.clone(), devices: self.question.allot(row) }
    }

    /// The layout with that decided.
    pub(super) fn with(&self, decision: &Decision) -> Layout<'c> {
        let mut layout = self.layout.clone();
        if let Decision::Bind { node, devices } = decision {
            layout.place(node, self.asked, devices);
        }
        layout
    }

    /// The less the better: where room was made for it, if it may go there; then by most points, then by name.
    fn weighed(&self) -> impl Iterator<Item = (bool, Reverse<i64>, usize)> {
        let nominated = self.layout.cluster.nominated(self.asked.key, self.asked.pod);
        let nominated = nominated.and_then(|node| self.layout.at(node));
        let points = score::points(self.layout, self.asked, &self.possible);
        let all = points.into_iter().zip(&self.possible);
        all.map(move |(points, at)| (Some(*at) != nominated, Reverse(points), *at))
    }
}
