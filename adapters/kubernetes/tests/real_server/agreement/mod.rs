//! Paceline beside kube-scheduler, on one real server: a pod for which one of the two finds a place, the other does too, and where somebody has to end
//! for it, that is so for both. The checker judges every binding of either.
//!
//! `PACELINE_AGREEMENT_CASES` says how many cases, `PACELINE_AGREEMENT_SEED` which; docs/kubernetes.md has the figures.

mod case;
mod choices;
mod devices;
pub(crate) mod dice;
mod features;
mod play;
mod shrink;

use crate::plane::{self, Plane};
use case::Case;
use features::FEATURES;
use kube::Client;
use paceline_kubernetes::client::{self, Options};
use play::{Difference, Field, Played};
use std::collections::BTreeMap;

/// Enough that every pair of features comes once.
const CASES: u64 = 78;
const AT_ONCE: usize = 200;
/// Differences that are made small and shown.
const SHOWN_MAX: usize = 6;

#[tokio::test(flavor = "multi_thread")]
async fn a_pod_that_kube_scheduler_can_place_paceline_can_place_and_the_other_way_round() {
    let Some(program) = plane::program() else { return };
    let mut plane = Plane::start_bare(program);
    let admin = plane.ready().await;
    plane.start_scheduler();
    tokio::select! {
        ended = client::run(admin.clone(), Options::default(), std::future::pending()) => panic!("{ended:?}"),
        () = compare(&admin) => {}
    }
}

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().unwrap())
}

async fn compare(admin: &Client) {
    let mut field = Field::new(admin.clone()).await;
    let (count, seed) = (setting("PACELINE_AGREEMENT_CASES", CASES), setting("PACELINE_AGREEMENT_SEED", 1));
    let cases: Vec<_> = (0..count).map(|number| Case::make(seed, number)).collect();
    let mut tally = Tally::default();
    for batch in cases.chunks(AT_ONCE) {
        let played = field.play(batch).await;
        batch.iter().zip(played).for_each(|(case, played)| tally.add(case, played));
        eprintln!("{} cases, {} differences", tally.cases, tally.differing.len());
    }
    tally.print();
    assert_eq!(tally.refused, Vec::<String>::new(), "the server takes every case");
    let differing = confirmed(&mut field, &tally.differing).await;
    for (case, difference) in differing.iter().take(SHOWN_MAX) {
        let small = shrink::shrink(&mut field, case.clone(), *difference).await;
        show(&mut field, &small).await;
    }
    assert_eq!(differing.len(), 0, "cases in which the two differ, with the seed {seed}");
}

/// Those that differ when they are played again, by themselves.
async fn confirmed(field: &mut Field, differing: &[Case]) -> Vec<(Case, Difference)> {
    let again = field.play(differing).await;
    let cases = differing.iter().cloned().zip(again);
    let confirmed = cases.filter_map(|(case, played)| {
        let played = played.ok()?;
        let difference = played.difference()?;
        eprintln!("{:?}: {played:?}", case.features.map(|feature| FEATURES[feature].0));
        Some((case, difference))
    });
    confirmed.collect()
}

async fn show(field: &mut Field, case: &Case) {
    let [a, b] = case.features.map(|feature| FEATURES[feature].0);
    eprintln!("---- {a} and {b}");
    case.objects.iter().chain([&case.asked]).for_each(|of| eprintln!("{of}"));
    eprintln!("{:#?}", field.play(std::slice::from_ref(case)).await);
}

/// What came of all cases.
#[derive(Default)]
struct Tally {
    cases: usize,
    /// By feature and outcome.
    outcomes: BTreeMap<(&'static str, &'static str), usize>,
    differing: Vec<Case>,
    /// How many differ by choice, and by which.
    chosen: BTreeMap<&'static str, usize>,
    /// What the server does not take of a case.
    refused: Vec<String>,
}

impl Tally {
    fn add(&mut self, case: &Case, played: Result<Played, String>) {
        let played =
            played.unwrap_or_else(|refusal| panic!("the server does not take a case: {refusal}\n{case:#?}"));
        self.cases += 1;
        for feature in case.features {
            *self.outcomes.entry((FEATURES[feature].0, played.ours.kind())).or_default() += 1;
        }
        if played.difference().is_some() {
            match choices::choice(case, &played) {
                Some(choice) => *self.chosen.entry(choice).or_default() += 1,
                None => self.differing.push(case.clone()),
            }
        }
    }

    fn print(&self) {
        for (name, _) in FEATURES {
            let counts = self.outcomes.iter().filter(|((feature, _), _)| *feature == name);
            let counts: Vec<_> = counts.map(|((_, outcome), count)| format!("{count} {outcome}")).collect();
            eprintln!("{name}: {}", counts.join(", "));
        }
        self.chosen.iter().for_each(|(choice, count)| eprintln!("{count} times: {choice}"));
    }
}
