//! What nodes have already of what a round is about, where a score asks for that.

use super::about::About;
use super::asked::Asked;
use super::present::Present;
use crate::edge::world::Edge;

/// Which nodes have what is asked for.
pub(super) fn present<'a>(world: &'a Edge, about: About<'a>, asked: &[Asked]) -> Present<'a> {
    let asked = asked.iter().filter_map(|one| Some((&about.row(world, one.workload)?.spec.model, one)));
    let asked = asked.flat_map(|(model, one)| one.options.iter().map(move |variant| (model, variant)));
    let running = || {
        world.workloads.rows().flat_map(|row| {
            row.replicas.iter().filter_map(move |replica| Some((&row.spec.model, replica.bound.as_deref()?)))
        })
    };
    match about {
        About::Moves => Present::of_asked(running().map(|(model, bound)| (model, &bound.variant)), running()),
        About::Round | About::Known | About::Supposed(_) => Present::of_asked(asked, running()),
    }
}
