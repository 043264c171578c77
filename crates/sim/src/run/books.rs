//! The books of a run, closed: what the city, the rounds and the solver counted becomes the table, and every order has one outcome.

use super::host::Host;
use super::rounds::Rounds;
use crate::account::Account;
use crate::error::SimError;
use crate::kpi::{Courses, Kpis, ratio};
use paceline_engine::World;
use paceline_plan::forecast::Errors;

impl Host {
    /// Fills the table in. Errors: orders without an outcome, or with two.
    pub(super) fn close(mut self, kpis: &mut Kpis) -> Result<(Courses, u64), SimError> {
        let account = self.city.account(self.now);
        kpis.orders = u64::from(self.city.placed());
        drives(kpis, &account);
        riders(kpis, &account, self.tally.outcomes().served as f64);
        (kpis.charges, kpis.stranded, kpis.faults) = (account.charges, account.stranded, account.faults);
        self.lost = self.lost.max(self.regions.findings());
        kpis.regions = self.regions.kpis();
        let (mut rounds, mut errors) = (Rounds::default(), Errors::default());
        let (mut open, mut digest) = (0, 0_u64);
        for part in self.regions.parts {
            rounds.add(part.solver.rounds);
            kpis.check_notes += part.solver.check_notes;
            if let Some(shadow) = part.solver.shadow {
                *kpis.shadow.get_or_insert_default() += shadow;
            }
            let ledger = part.drive.region.ledger();
            errors = errors.plus(ledger.forecast_errors());
            open += under_way(ledger.world());
            digest = digest.rotate_left(1) ^ ledger.checkpoint().digest();
        }
        kpis.check_notes += self.lost;
        decisions(kpis, rounds);
        (kpis.forecast_wape, kpis.forecast_wape_last_hour) = (errors.wape(), errors.wape_last_hour());
        let courses = self.tally.finish(self.city.turned_away().len() as u64, kpis);
        if open > 0 {
            return Err(SimError::Unfinished { open, hours: 0 });
        }
        courses.outcomes.account_for(kpis.orders)?;
        Ok((courses, digest))
    }
}

/// What was driven, and on how much energy.
fn drives(kpis: &mut Kpis, account: &Account) {
    let (driven, energy) = (&account.driven, &account.energy);
    let rider_cm = driven.with_riders_cm as f64;
    let empty_cm = (driven.to_pickup_cm + driven.to_charger_cm + driven.to_rank_cm) as f64;
    kpis.rider_km = rider_cm / 1e5;
    kpis.pickup_km = driven.to_pickup_cm as f64 / 1e5;
    kpis.charger_km = driven.to_charger_cm as f64 / 1e5;
    kpis.rank_km = driven.to_rank_cm as f64 / 1e5;
    kpis.total_km = (rider_cm + empty_cm) / 1e5;
    kpis.empty_km_share = ratio(empty_cm, rider_cm + empty_cm);
    kpis.occupancy = ratio(driven.party_cm as f64, rider_cm);
    kpis.energy_kwh = energy.driving_mwh as f64 / 1e6 + energy.idling_uwh as f64 / 1e9;
    kpis.charged_kwh = energy.charged_uwh as f64 / 1e9;
}

/// What it was to ride.
fn riders(kpis: &mut Kpis, account: &Account, served: f64) {
    kpis.pooled_share = ratio(account.rides.shared_orders as f64, served);
    kpis.km_per_order = ratio(kpis.total_km, served);
    kpis.delay_mean_s = ratio(account.rides.delay_ms as f64, served) / 1_000.0;
    kpis.detour = ratio(account.rides.riding_ms as f64, account.rides.direct_ms as f64);
}

/// How rounds went.
fn decisions(kpis: &mut Kpis, rounds: Rounds) {
    (kpis.degraded_ticks, kpis.held_back) = (rounds.degraded, rounds.held_back);
    kpis.decisions = rounds.decisions.number();
    [kpis.decision_p50_ms, kpis.decision_p99_ms, kpis.decision_max_ms] = rounds.decisions.quantiles_ms();
}

/// Orders that the world still has without an outcome.
fn under_way(world: &World) -> usize {
    world.orders().filter(|order| !order.phase.is_final()).count()
}
