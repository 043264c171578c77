//! Who holds what a stuck task waits for, in words, for the doctor.

use super::dump::{Dump, Holder, Leak, LeakWait, Report};

/// Whether a report is about a leak that is told already.
pub(super) fn is_told(dump: &Dump, report: &Report) -> bool {
    let is_of = |leak: &Leak| {
        report.task.as_ref().is_some_and(|task| task.name == leak.task.task.name)
            && report.component == leak.task.component
    };
    report.breach == "stuck" && dump.leaks.iter().any(is_of)
}

/// What the oldest of a leak waits for, and who holds that.
pub(super) fn held(leak: &Leak) -> String {
    if leak.waits.is_empty() {
        return "whatever was to wake it is gone".to_owned();
    }
    let waits = leak.waits.iter().map(|wait| {
        let LeakWait { kind, name, holders, holders_count, forgotten } = wait;
        let mut held: Vec<String> = holders.iter().map(|holder| named(holder, leak)).collect();
        let more = holders_count.saturating_sub(holders.len() as u64);
        held.extend((more > 0).then(|| format!("{more} more tasks")));
        held.extend((*forgotten > 0).then(|| format!("no one: {forgotten} forgotten")));
        format!("the {kind} \"{name}\" is held by {}", held.join(", and by "))
    });
    waits.collect::<Vec<_>>().join("; ")
}

/// The first task that holds what a leak waits for and is not part of it.
pub(super) fn other_holder(leak: &Leak) -> Option<&Holder> {
    let mut holders = leak.waits.iter().flat_map(|wait| &wait.holders);
    holders.find(|holder| holder.task.id != leak.task.task.id)
}

fn named(holder: &Holder, leak: &Leak) -> String {
    if holder.task.id == leak.task.task.id {
        return "itself".to_owned();
    }
    let owner =
        holder.owner.as_ref().map_or_else(String::new, |owner| format!(" of {} {owner}", holder.scope));
    format!("{}/{}{owner}", holder.component, holder.task.name)
}
