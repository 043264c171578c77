//! The three state machines, walked pair by pair: what the tables below list happens, and nothing else does.

use expect_test::{Expect, expect};
use paceline_model::lifecycle::{
    Operational, OperationalTrigger, OrderPhase, OrderTrigger, Service, ServiceTrigger,
};
use proptest::prelude::*;
use std::fmt::Debug;

/// Writes each arrow of a machine as one line, so that a new or a lost arrow is seen in the difference.
fn check<S: Copy + Debug, T: Copy + Debug>(
    states: &[S],
    triggers: &[T],
    after: impl Fn(S, T) -> Option<S>,
    expected: Expect,
) {
    let mut arrows = String::new();
    for &state in states {
        for &trigger in triggers {
            if let Some(next) = after(state, trigger) {
                arrows += &format!("{state:?} --{trigger:?}--> {next:?}\n");
            }
        }
    }
    expected.assert_eq(&arrows);
}

#[test]
fn a_vehicle_moves_only_along_these_operational_arrows() {
    check(
        &Operational::ALL,
        &OperationalTrigger::ALL,
        Operational::after,
        expect![[r#"
        Idle --Start--> Running
        Running --PlugIn--> Charging
        Running --Fault--> Faulted
        Running --Stop--> Shutdown
        Charging --Unplug--> Running
        Charging --Fault--> Faulted
        Faulted --Recover--> Recovered
        Faulted --Stop--> Shutdown
        Recovered --PlugIn--> Charging
        Recovered --Resume--> Running
        Shutdown --Stopped--> Idle
    "#]],
    );
}

#[test]
fn an_order_moves_only_along_these_arrows() {
    check(
        &OrderPhase::ALL,
        &OrderTrigger::ALL,
        OrderPhase::after,
        expect![[r#"
        Open --Offer--> Offered
        Open --Assign--> Assigned
        Open --Cancel--> Cancelled
        Open --Expire--> TimedOut
        Offered --Accept--> Assigned
        Offered --Fail--> Open
        Offered --Cancel--> Cancelled
        Offered --Expire--> TimedOut
        Assigned --Arrive--> Arrived
        Assigned --Fail--> Open
        Assigned --Cancel--> Cancelled
        Assigned --Move--> Assigned
        Arrived --PickUp--> Aboard
        Arrived --Fail--> Open
        Arrived --Cancel--> Cancelled
        Aboard --DropOff--> Served
        Aboard --Fail--> Open
    "#]],
    );
}

/// All that may happen to a vehicle in service, those with a state once for each.
fn service_triggers() -> Vec<ServiceTrigger> {
    use ServiceTrigger as T;
    let mut triggers = vec![
        T::CommsLost,
        T::DriverCancellation,
        T::PassengerCancellation,
        T::ProviderCancellation,
        T::Maintenance,
        T::MaintenancePickUp,
        T::MaintenanceEnd,
        T::ReservationStart,
        T::ReservationStop,
        T::ServiceStart,
        T::ServiceEnd,
        T::TripStart,
        T::TripStop,
        T::TripResume,
        T::TripEnd,
        T::TripLeaveJurisdiction,
        T::Decommissioned,
        T::Recommissioned,
    ];
    triggers.extend(Service::ALL.map(T::CommsRestored));
    triggers.extend(Service::ALL.map(T::TripEnterJurisdiction));
    triggers
}

#[test]
fn a_vehicle_serves_only_along_these_arrows_of_the_mobility_data_specification() {
    check(
        &Service::ALL,
        &service_triggers(),
        Service::after,
        expect![[r#"
        Removed --CommsLost--> NonContactable
        Removed --MaintenanceEnd--> NonOperational
        Removed --Recommissioned--> NonOperational
        Available --CommsLost--> NonContactable
        Available --ReservationStart--> Reserved
        Available --ServiceEnd--> NonOperational
        Available --TripLeaveJurisdiction--> Elsewhere
        NonOperational --CommsLost--> NonContactable
        NonOperational --Maintenance--> NonOperational
        NonOperational --MaintenancePickUp--> Removed
        NonOperational --MaintenanceEnd--> NonOperational
        NonOperational --ServiceStart--> Available
        NonOperational --TripLeaveJurisdiction--> Elsewhere
        NonOperational --Decommissioned--> Removed
        Reserved --CommsLost--> NonContactable
        Reserved --DriverCancellation--> Available
        Reserved --PassengerCancellation--> Available
        Reserved --ProviderCancellation--> Available
        Reserved --ReservationStop--> Stopped
        Reserved --TripLeaveJurisdiction--> Elsewhere
        OnTrip --CommsLost--> NonContactable
        OnTrip --TripStop--> Stopped
        OnTrip --TripLeaveJurisdiction--> Elsewhere
        Stopped --CommsLost--> NonContactable
        Stopped --DriverCancellation--> Available
        Stopped --PassengerCancellation--> Available
        Stopped --ProviderCancellation--> Available
        Stopped --TripStart--> OnTrip
        Stopped --TripResume--> OnTrip
        Stopped --TripEnd--> Available
        NonContactable --CommsRestored(Removed)--> Removed
        NonContactable --CommsRestored(Available)--> Available
        NonContactable --CommsRestored(NonOperational)--> NonOperational
        NonContactable --CommsRestored(Reserved)--> Reserved
        NonContactable --CommsRestored(OnTrip)--> OnTrip
        NonContactable --CommsRestored(Stopped)--> Stopped
        NonContactable --CommsRestored(Elsewhere)--> Elsewhere
        Elsewhere --CommsLost--> NonContactable
        Elsewhere --TripEnterJurisdiction(Available)--> Available
        Elsewhere --TripEnterJurisdiction(NonOperational)--> NonOperational
        Elsewhere --TripEnterJurisdiction(Reserved)--> Reserved
        Elsewhere --TripEnterJurisdiction(OnTrip)--> OnTrip
    "#]],
    );
}

#[test]
fn a_faulted_vehicle_never_runs_without_a_recovery() {
    for trigger in OperationalTrigger::ALL {
        assert_ne!(Operational::Faulted.after(trigger), Some(Operational::Running), "by {trigger:?}");
    }
}

#[test]
fn a_trip_always_passes_through_a_stop() {
    for trigger in [ServiceTrigger::TripStart, ServiceTrigger::TripEnd, ServiceTrigger::TripResume] {
        assert_ne!(Service::Reserved.after(trigger), Some(Service::OnTrip), "by {trigger:?}");
        assert_ne!(Service::OnTrip.after(trigger), Some(Service::Available), "by {trigger:?}");
    }
}

proptest! {
    #[test]
    fn an_outcome_is_never_left(steps in prop::collection::vec(0..OrderTrigger::ALL.len(), 0..60)) {
        let mut phase = OrderPhase::Open;
        let mut outcome = None;
        for step in steps {
            phase = phase.after(OrderTrigger::ALL[step]).unwrap_or(phase);
            match outcome {
                Some(first) => prop_assert_eq!(phase, first),
                None => outcome = phase.is_final().then_some(phase),
            }
        }
    }
}
