//! The smallest case about which two schedulers differ: all that can be left out is.

use super::case::Case;
use super::play::{Difference, Field};
use serde_json::Value;

/// So often something is left out, at most.
const ROUNDS_MAX: usize = 12;

/// A step into an object.
#[derive(Clone, Debug)]
enum Step {
    Key(String),
    At(usize),
}

/// Leaves out what does not matter as long as the two differ in the same way: first each part by itself, then as many of these together as go.
pub(super) async fn shrink(field: &mut Field, mut case: Case, difference: Difference) -> Case {
    for _ in 0..ROUNDS_MAX {
        let mut parts = parts(&case);
        let alone: Vec<_> = parts.iter().map(|part| case.without(std::slice::from_ref(part))).collect();
        let may_go = differing(field, &alone, difference).await;
        let mut at = 0;
        parts.retain(|_| {
            at += 1;
            may_go[at - 1]
        });
        let together: Vec<_> = (0..parts.len()).map(|from| case.without(&parts[from..])).collect();
        let differs = differing(field, &together, difference).await;
        let Some(first) = differs.iter().position(|differs| *differs) else { break };
        case = together[first].clone();
    }
    case
}

/// Which of these cases differ in this way.
async fn differing(field: &mut Field, cases: &[Case], difference: Difference) -> Vec<bool> {
    let played = field.play(cases).await.into_iter();
    played.map(|played| played.is_ok_and(|played| played.difference() == Some(difference))).collect()
}

/// A part of a case: of which object, or after the last of who asks, and the way to it; no way: the object itself.
type Part = (usize, Vec<Step>);

/// All parts that may be left out. The last of an object first, so that leaving one out moves none of those that follow it here.
fn parts(case: &Case) -> Vec<Part> {
    let mut all = Vec::new();
    for (at, of) in case.objects.iter().chain([&case.asked]).enumerate() {
        if at < case.objects.len() {
            all.push((at, Vec::new()));
        }
        let mut paths = Vec::new();
        paths_of(of, &mut Vec::new(), &mut paths);
        all.extend(paths.into_iter().map(|path| (at, path)));
    }
    all.reverse();
    all
}

impl Case {
    /// The case without some of its parts, in the order of [`parts`].
    fn without(&self, parts: &[Part]) -> Self {
        let mut case = self.clone();
        for (at, path) in parts {
            if path.is_empty() {
                case.objects.remove(*at);
            } else {
                remove(case.objects.get_mut(*at).unwrap_or(&mut case.asked), path);
            }
        }
        case
    }
}

/// What the server asks for, or the case needs in order to stand by itself.
fn is_needed(key: &str) -> bool {
    let needed = [
        "apiVersion",
        "kind",
        "metadata",
        "name",
        "namespace",
        "spec",
        "containers",
        "image",
        "nodeName",
        "nodeSelector",
        "pool-@",
        "asked",
    ];
    needed.contains(&key)
}

/// The ways to all parts that may be left out.
fn paths_of(of: &Value, path: &mut Vec<Step>, paths: &mut Vec<Vec<Step>>) {
    let mut go = |step: Step, part: &Value, may_go: bool| {
        path.push(step);
        if may_go {
            paths.push(path.clone());
        }
        paths_of(part, path, paths);
        path.pop();
    };
    match of {
        Value::Object(parts) => {
            parts.iter().for_each(|(key, part)| go(Step::Key(key.clone()), part, !is_needed(key)))
        }
        Value::Array(parts) => {
            parts.iter().enumerate().for_each(|(at, part)| go(Step::At(at), part, parts.len() > 1))
        }
        _ => {}
    }
}

fn remove(mut of: &mut Value, path: &[Step]) {
    let Some((last, way)) = path.split_last() else { return };
    for step in way {
        of = match step {
            Step::Key(key) => &mut of[key],
            Step::At(at) => &mut of[*at],
        };
    }
    match (last, of) {
        (Step::Key(key), Value::Object(parts)) => _ = parts.remove(key),
        (Step::At(at), Value::Array(parts)) => _ = parts.remove(*at),
        _ => {}
    }
}
