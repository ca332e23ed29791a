//! The instrument's certificate on this host: how wrong its numbers can be, measured against a
//! server whose behaviour is programmed. Takes about half a minute.

use std::cell::RefCell;
use std::num::NonZeroU32;
use std::time::Duration;

use bakeoff_load::{
    Arrivals, Blame, Expected, LoadOutcome, LoadPlan, RequestShape, Service, Stall, Variant,
    WeightedRequest,
};
use bakeoff_units::Rate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::control::Control;
use crate::loopback::{Manner, ask};
use crate::reference::{Program, Running, Served};
use crate::run::{DriveError, DriverOptions, run};
use crate::target::{Reach, Target, TargetError};

/// Name and version of the format.
pub const CERTIFICATE_SCHEMA: &str = "bakeoff.certificate/1";

const STALL: Stall = Stall { every: Duration::from_secs(2), length: Duration::from_millis(200) };
const STALL_SERVICE: Duration = Duration::from_micros(200);
/// Requests per second into the stall.
const STALL_RATE: f64 = 1_000.0;
/// Runs that are made again because the host disturbed them, at most.
const REPEATS_MAX: usize = 3;
/// Of the bare client.
const LOOPBACK_REQUESTS: u32 = 3_000;

/// How to calibrate.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CalibrateOptions {
    /// CPU of the reference server.
    pub server_cpu: Option<usize>,
    /// CPU of the generator. If it is another than the server's, both spin.
    pub generator_cpu: Option<usize>,
}

/// The instrument's certificate. Times in seconds, rates per second.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Certificate {
    /// Name and version of the format.
    #[schemars(extend("const" = CERTIFICATE_SCHEMA))]
    pub schema: String,
    /// When it was made, in seconds since the Unix epoch; 0 if nobody said.
    #[serde(default)]
    pub at_unix: f64,
    /// The version of the program that made it.
    #[serde(default)]
    pub version: String,
    /// The machine it speaks of.
    #[serde(default)]
    pub host: String,
    /// Whether the generator span, with a CPU of its own.
    pub spinning: bool,
    /// Whether the server's times count from the kernel's stamp of a request's arrival. Else they
    /// count from reading it, and its waking up is taken for the generator's error.
    #[serde(default)]
    pub stamped: bool,
    /// The way through the kernel, both ways: what a bare client that does nothing but send to one
    /// socket and wait for the answer measures beyond the server's truth, median; none if it was
    /// not measured. An error as large as that is not the generator's.
    #[serde(default)]
    pub loopback_p50: Option<f64>,
    /// Largest error of a median, in either direction, over all programmed service times and shares
    /// of the maximum rate; none if it was not measured.
    #[serde(default)]
    pub error_p50: Option<f64>,
    /// What was reported of programmed service times and of a programmed stall.
    pub checks: Vec<CalibrationCheck>,
    /// Lateness of sending at a moderate constant rate, median.
    pub send_lag_p50: f64,
    /// The same, quantile 0.99.
    pub send_lag_p99: f64,
    /// Most requests per second in a closed loop over 64 connections on one thread.
    pub rate_max: f64,
    /// The generator's CPU seconds for each request then.
    pub cpu_per_request: f64,
    /// Most connections tried at once that all answered.
    pub connections: u32,
    /// Largest error of any quantile of a check beyond what the check allows, of programmed service
    /// times and stalls; 0 if none is.
    pub excess_max: f64,
    /// What was wrong with the generator during calibration; empty if nothing was.
    pub reasons: Vec<String>,
    /// Runs that were made again because the host had disturbed them, each with what it did.
    #[serde(default)]
    pub repeated: Vec<String>,
}

/// One programmed behaviour and what was reported of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CalibrationCheck {
    /// What was programmed.
    pub name: String,
    /// Offered rate.
    pub rate: f64,
    /// Delivered rate.
    pub delivered_rate: f64,
    /// Lateness of sending, quantile 0.99; none if it was not kept.
    #[serde(default)]
    pub send_lag_p99: Option<f64>,
    /// Quantile by quantile.
    pub quantiles: Vec<QuantileError>,
}

/// What was true, what was reported.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct QuantileError {
    /// The quantile, 0 to 1.
    pub quantile: f64,
    /// What the server did, from a request's arrival in the kernel to handing over its answer (of a
    /// stall: what follows from the schedule).
    pub truth: f64,
    /// What the generator reported.
    pub reported: f64,
    /// `reported - truth`: the way through the kernel twice, and error.
    pub error: f64,
}

/// Why there is no certificate.
#[derive(Debug, thiserror::Error)]
pub enum CalibrateError {
    /// The reference server did not run.
    #[error("the reference server did not run")]
    Server {
        /// What the kernel said.
        source: std::io::Error,
    },
    /// Its address was refused.
    #[error("the reference server's address")]
    Target(#[from] TargetError),
    /// A run yielded nothing.
    #[error("calibration run `{name}`")]
    Drive {
        /// Which.
        name: String,
        /// Why.
        source: DriveError,
    },
}

/// Calibrates the instrument on this host; `report` hears what is done next.
///
/// # Errors
///
/// [`CalibrateError`] if server or generator did not run.
pub fn calibrate(
    options: &CalibrateOptions,
    mut report: impl FnMut(&str),
) -> Result<Certificate, CalibrateError> {
    let spinning = options.generator_cpu.is_some() && options.generator_cpu != options.server_cpu;
    let bench = Bench { options, spinning, repeated: RefCell::default() };
    report("the way through the kernel");
    let mut certificate = Certificate {
        schema: CERTIFICATE_SCHEMA.to_owned(),
        at_unix: 0.0,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        host: String::new(),
        spinning,
        stamped: true,
        loopback_p50: bench.loopback()?,
        error_p50: None,
        checks: Vec::new(),
        send_lag_p50: f64::NAN,
        send_lag_p99: f64::NAN,
        rate_max: 0.0,
        cpu_per_request: 0.0,
        connections: 0,
        excess_max: 0.0,
        reasons: Vec::new(),
        repeated: Vec::new(),
    };
    bench.programmed(&mut certificate, &mut report)?;
    bench.stalled(&mut certificate, &mut report)?;
    report("maximum rate");
    let at_once = Program::default();
    let (outcome, _) = bench.run("maximum", &at_once, &Arrivals::closed(), 64, 3.0)?;
    certificate.rate_max = outcome.throughput();
    certificate.cpu_per_request =
        outcome.generator.cpu_s / outcome.counters.sent_in_window.max(1) as f64;
    bench.shares(&mut certificate, &mut report)?;
    for connections in [100, 1_000, 10_000] {
        report(&format!("{connections} connections"));
        let arrivals = Arrivals::closed();
        match bench.run("connections", &Program::default(), &arrivals, connections, 1.0) {
            Ok((outcome, _)) if outcome.problems.total() == 0 => {
                certificate.connections = connections;
            }
            // More than this host allows is an answer, not a failure.
            Ok(_) | Err(CalibrateError::Drive { .. }) => break,
            Err(error) => return Err(error),
        }
    }
    certificate.repeated = bench.repeated.into_inner();
    Ok(certificate)
}

/// Where the runs of a calibration take place.
struct Bench<'a> {
    options: &'a CalibrateOptions,
    spinning: bool,
    /// Runs that were made again, with why.
    repeated: RefCell<Vec<String>>,
}

impl Bench<'_> {
    /// What a bare client measures beyond the server's truth, median, in seconds.
    fn loopback(&self) -> Result<Option<f64>, CalibrateError> {
        let failed = |source| CalibrateError::Server { source };
        let program = Program { spin: self.spinning, stamps: true, ..Program::default() };
        let last = program.body.clone();
        let server = Running::start(program, self.options.server_cpu).map_err(failed)?;
        let manner = Manner { cpu: self.options.generator_cpu, spin: self.spinning };
        let asked = ask(server.address(), &last, LOOPBACK_REQUESTS, manner);
        let served = server.stop().map_err(failed)?;
        let measured = asked.map_err(failed)?.quantile_ns(0.5);
        let both = measured.zip(served.service.quantile_ns(0.5));
        Ok(both.map(|(measured, truth)| (measured as f64 - truth as f64) / 1e9))
    }

    /// Programmed service times: what is reported of them.
    fn programmed(
        &self,
        certificate: &mut Certificate,
        report: &mut impl FnMut(&str),
    ) -> Result<(), CalibrateError> {
        for (micros, per_second) in [(0, 2_000.0), (200, 2_000.0), (5_000, 1_000.0)] {
            let service = Service::Fixed(Duration::from_micros(micros));
            let name = format!("service time {:.1} ms", micros as f64 / 1e3);
            report(&name);
            let outcome = self.hold(certificate, &name, service, rate(per_second), 3.0)?;
            if micros == 0 {
                certificate.send_lag_p50 = quantile(&outcome, 0.5, |one| &one.send_lag);
                certificate.send_lag_p99 = quantile(&outcome, 0.99, |one| &one.send_lag);
            }
        }
        Ok(())
    }

    /// Shares of the maximum rate: how near to the truth it stays as it gets busy.
    fn shares(
        &self,
        certificate: &mut Certificate,
        report: &mut impl FnMut(&str),
    ) -> Result<(), CalibrateError> {
        for share in [0.15, 0.40, 0.60] {
            let name = format!("{:.0} % of the maximum rate", share * 100.0);
            report(&name);
            let Ok(rate) = Rate::per_second((certificate.rate_max * share).round()) else {
                continue;
            };
            let (faults, excess_max) = (certificate.reasons.len(), certificate.excess_max);
            self.hold(certificate, &name, Service::Fixed(Duration::ZERO), rate, 2.0)?;
            // How it fares as it gets busy is a figure, not a fault: each run says it for itself.
            certificate.reasons.truncate(faults);
            certificate.excess_max = excess_max;
        }
        Ok(())
    }

    /// Holds what is reported at a constant rate against what the server did.
    fn hold(
        &self,
        certificate: &mut Certificate,
        name: &str,
        service: Service,
        rate: Rate,
        seconds: f64,
    ) -> Result<LoadOutcome, CalibrateError> {
        let program = Program { service, stamps: true, ..Program::default() };
        let (outcome, served) = self.run(name, &program, &Arrivals::constant(rate), 64, seconds)?;
        // The kernel begins with stamps a little after they are first asked for.
        certificate.stamped &= served.requests * 99 <= served.stamped * 100;
        let truth = |share| served.service.quantile_ns(share).unwrap_or(0) as f64 / 1e9;
        let error = certificate.add(name, rate, &outcome, truth);
        let worst = certificate.error_p50.filter(|worst| error.abs() <= worst.abs());
        certificate.error_p50 = worst.or(Some(error));
        Ok(outcome)
    }

    /// A programmed stall: what is reported of it, against what follows from the schedule.
    fn stalled(
        &self,
        certificate: &mut Certificate,
        report: &mut impl FnMut(&str),
    ) -> Result<(), CalibrateError> {
        for (name, arrivals) in [
            ("stall of 200 ms every 2 s, constant", Arrivals::constant(rate(STALL_RATE))),
            ("stall of 200 ms every 2 s, Poisson", Arrivals::poisson(rate(STALL_RATE))),
        ] {
            report(name);
            let service = Service::Fixed(STALL_SERVICE);
            let program = Program { service, stall: Some(STALL), ..Program::default() };
            let (outcome, _) = self.run(name, &program, &arrivals, 64, 6.0)?;
            certificate.add(name, rate(STALL_RATE), &outcome, stalled_truth);
        }
        Ok(())
    }

    /// A run, made again if the host disturbed it; all of them together at most
    /// [`REPEATS_MAX`] times. What the generator itself did wrong stands.
    fn run(
        &self,
        name: &str,
        program: &Program,
        arrivals: &Arrivals,
        connections: u32,
        seconds: f64,
    ) -> Result<(LoadOutcome, Served), CalibrateError> {
        loop {
            let ran = self.run_once(name, program, arrivals, connections, seconds)?;
            let health = ran.0.health();
            let mut repeated = self.repeated.borrow_mut();
            if health.blame != Some(Blame::Host) || REPEATS_MAX <= repeated.len() {
                return Ok(ran);
            }
            repeated.push(format!("{name}: {}", health.reasons.join("; ")));
        }
    }

    fn run_once(
        &self,
        name: &str,
        program: &Program,
        arrivals: &Arrivals,
        connections: u32,
        seconds: f64,
    ) -> Result<(LoadOutcome, Served), CalibrateError> {
        let program = Program { spin: self.spinning, ..program.clone() };
        let expected = Expected::Exact(program.body.clone());
        let server = Running::start(program, self.options.server_cpu)
            .map_err(|source| CalibrateError::Server { source })?;
        let target = Target::tcp(server.address(), &Reach::Loopback)?;
        let shape = RequestShape::Variants(vec![Variant::get("/", expected)]);
        let request = WeightedRequest { shape, ..WeightedRequest::get("/") };
        let mut plan =
            LoadPlan::new(&server.address().to_string(), vec![request], arrivals.clone());
        plan.connections = NonZeroU32::new(connections).unwrap_or(NonZeroU32::MIN);
        plan.warm_up = Duration::from_millis(300);
        plan.measure = Duration::from_secs_f64(seconds);
        plan.drain = Duration::from_secs(2);
        let options = DriverOptions {
            cpus: self.options.generator_cpu.into_iter().collect(),
            spin: self.spinning,
            ..DriverOptions::default()
        };
        let outcome = run(&plan, &target, &options, &Control::new())
            .map_err(|source| CalibrateError::Drive { name: name.to_owned(), source });
        let served = server.stop().map_err(|source| CalibrateError::Server { source })?;
        Ok((outcome?, served))
    }
}

impl Certificate {
    /// Gives the error of the median, in seconds.
    fn add(
        &mut self,
        name: &str,
        rate: Rate,
        outcome: &LoadOutcome,
        truth: impl Fn(f64) -> f64,
    ) -> f64 {
        let mut quantiles: Vec<QuantileError> = Vec::new();
        for share in [0.5, 0.9, 0.95, 0.99, 0.999] {
            let reported = quantile(outcome, share, |one| &one.latency);
            let truth = truth(share);
            let error = reported - truth;
            quantiles.push(QuantileError { quantile: share, truth, reported, error });
            let allowed = (truth * 0.01).max(200e-6);
            self.excess_max = self.excess_max.max(error.abs() - allowed);
        }
        let median = quantiles.first().map_or(f64::NAN, |first| first.error);
        let health = outcome.health();
        self.reasons.extend(health.reasons.into_iter().map(|reason| format!("{name}: {reason}")));
        self.checks.push(CalibrationCheck {
            name: name.to_owned(),
            rate: rate.as_per_second(),
            delivered_rate: outcome.delivered_rate(),
            send_lag_p99: Some(quantile(outcome, 0.99, |one| &one.send_lag)),
            quantiles,
        });
        median
    }
}

/// What a schedule at a constant rate must find behind the stall: a tenth of the arrivals falls
/// into it and waits 0 to 200 ms, all equally likely; the others take the service time.
fn stalled_truth(share: f64) -> f64 {
    let stalled = STALL.length.as_secs_f64() / STALL.every.as_secs_f64();
    let wait = (share - (1.0 - stalled)) / stalled * STALL.length.as_secs_f64();
    wait.max(STALL_SERVICE.as_secs_f64())
}

fn quantile(
    outcome: &LoadOutcome,
    share: f64,
    times: impl Fn(&LoadOutcome) -> &bakeoff_load::Times,
) -> f64 {
    times(outcome).quantile_ns(share).map_or(f64::NAN, |nanos| nanos as f64 / 1e9)
}

fn rate(per_second: f64) -> Rate {
    Rate::per_second(per_second).expect("a constant above zero")
}
