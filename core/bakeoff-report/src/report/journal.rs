//! The records of a run, sorted by kind.

use bakeoff_experiment::battery::BatteryRecord;
use bakeoff_experiment::host::HostFacts;
use bakeoff_experiment::record::{
    BuildRecord, ContractRecord, Extended, Finished, Interrupted, Opened, ProbeRecord, Rates,
    Record, Resumed, TrialRecord,
};

/// The records of a run by kind, each kind in the order it was written.
#[derive(Clone, Debug, Default)]
pub(crate) struct Journal<'a> {
    pub(crate) opened: Option<&'a Opened>,
    pub(crate) host: Option<&'a HostFacts>,
    pub(crate) built: Vec<&'a BuildRecord>,
    pub(crate) contracts: Vec<&'a ContractRecord>,
    pub(crate) rates: Option<&'a Rates>,
    pub(crate) probes: Vec<&'a ProbeRecord>,
    pub(crate) batteries: Vec<&'a BatteryRecord>,
    pub(crate) trials: Vec<&'a TrialRecord>,
    pub(crate) extended: Vec<&'a Extended>,
    pub(crate) interrupted: Vec<&'a Interrupted>,
    pub(crate) resumed: Vec<&'a Resumed>,
    pub(crate) finished: Option<&'a Finished>,
}

impl<'a> Journal<'a> {
    pub(crate) fn new(records: &'a [Record]) -> Self {
        let mut journal = Self::default();
        for record in records {
            match record {
                Record::Opened(opened) => journal.opened = journal.opened.or(Some(opened)),
                Record::Host(host) => journal.host = journal.host.or(Some(host)),
                Record::Built(built) => journal.built.push(built),
                Record::Contract(contract) => journal.contracts.push(contract),
                Record::Rates(rates) => journal.rates = Some(rates),
                Record::Probe(probe) => journal.probes.push(probe),
                Record::Battery(battery) => journal.batteries.push(battery),
                Record::Trial(trial) => journal.trials.push(trial),
                Record::Extended(extended) => journal.extended.push(extended),
                Record::Interrupted(interrupted) => journal.interrupted.push(interrupted),
                Record::Resumed(resumed) => journal.resumed.push(resumed),
                Record::Finished(finished) => journal.finished = Some(finished),
            }
        }
        journal
    }
}
