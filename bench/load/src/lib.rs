//! What open-loop load is made of: what is due, connections that cost little beside who answers, and what became of what was sent.

pub mod answers;
pub mod lane;
pub mod queue;
