//! The checks that a trial must pass to count, and whose fault it is if it does not.

use bakeoff_experiment::experiment::GateBounds;
use bakeoff_experiment::observation::{Blame, Gate, RATE_DELIVERED};
use bakeoff_units::Unit;

use crate::database::{Counted, Spent};

/// What is known of a trial when it is judged. Shares are fractions, times seconds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Facts {
    /// Requests that fell due per second (of a Poisson process more or fewer than were asked for,
    /// by chance); `None` in a closed loop.
    pub offered: Option<f64>,
    /// Whether more was offered than a candidate can do, on purpose.
    pub overload: bool,
    /// Requests sent per second.
    pub delivered: f64,
    /// Right answers per second.
    pub throughput: f64,
    /// Share of the time in which the generator had work; spinning does not count.
    pub generator_busy: f64,
    /// Its time ready to run without running, over wall time; `None` if the kernel does not say.
    pub generator_wait: Option<f64>,
    /// How late requests left by the generator's own fault, 0.99 quantile.
    pub own_lag_p99: f64,
    /// Share of requests that waited for a connection to come free.
    pub waited: f64,
    /// Failed over sent; `None` if nothing was sent.
    pub errors: Option<f64>,
    /// The most frequent failure with an example, for people.
    pub worst_error: String,
    /// Connections that the candidate closed while idle though nobody asked it to.
    pub lost: u64,
    /// Right answers.
    pub answered: u64,
    /// Rate times time over mean in flight; `None` if nothing departed.
    pub littles_law: Option<f64>,
    /// Share of time stolen by the hypervisor.
    pub steal: f64,
    /// Share of the candidate's processors that others used.
    pub others: f64,
    /// Share of the candidate's processors that it used.
    pub candidate_cpu: f64,
    /// Share of its processor that the upstream used; `None` if the load reaches none.
    pub upstream_cpu: Option<f64>,
    /// Why the upstream is gone, if it is.
    pub upstream_died: Option<String>,
    /// What the load cost the database; `None` if the workload's requests do not say.
    pub database: Option<Spent>,
    /// Why the candidate is gone, if it is.
    pub died: Option<String>,
    /// How often we were stopped and continued.
    pub stops: u32,
    /// By how much the clocks that count suspension and those that do not parted, in seconds.
    pub suspended: f64,
    /// Limits that do not hold though they are required, in words.
    pub unenforced: Vec<String>,
}

/// Most time the machine may have slept in a trial, in seconds: the clocks are read one after the
/// other.
const SUSPENDED_MAX: f64 = 0.05;

/// Share of the time above which a generator has no idle moment left and measures itself, unless
/// the candidate has none left either. METHODS.md names no bound for closed loops.
const BUSY_MAX: f64 = 0.97;

/// Most connections that a candidate may close unasked, by answers: servers that limit the requests
/// of a connection do so every few hundred.
const LOST_MAX: f64 = 0.01;

/// Share of its processors above which a candidate counts as the bottleneck.
const SATURATED: f64 = 0.90;

struct Check<'a> {
    name: &'a str,
    value: f64,
    bound: f64,
    passed: bool,
    blame: Blame,
    detail: String,
}

impl From<Check<'_>> for Gate {
    fn from(check: Check<'_>) -> Self {
        Self {
            name: check.name.to_owned(),
            passed: check.passed,
            value: check.value,
            bound: check.bound,
            blame: check.blame,
            detail: check.detail,
        }
    }
}

/// Every check that applies, passed or not. The order is that of the blame: whoever comes first
/// explains what comes later.
pub fn judge(facts: &Facts, bounds: &GateBounds) -> Vec<Gate> {
    let mut gates = interruptions(facts);
    gates.extend(host(facts, bounds));
    gates.extend(generator(facts, bounds));
    gates.extend(upstream(facts, bounds));
    gates.extend(facts.database.iter().flat_map(database));
    gates.extend(candidate(facts, bounds));
    gates.into_iter().map(Gate::from).collect()
}

/// Why a trial does not count, if it does not: the first gate that failed, and whose fault it is.
pub fn verdict(gates: &[Gate]) -> Option<(String, Blame)> {
    let failed = gates.iter().find(|gate| !gate.passed)?;
    Some((format!("{}: {}", failed.name, failed.detail), failed.blame))
}

fn percent(share: f64) -> String {
    Unit::Fraction.format(share)
}

fn at_most(name: &str, value: f64, bound: f64, blame: Blame, detail: String) -> Check<'_> {
    Check { name, value, bound, passed: value <= bound, blame, detail }
}

fn interruptions(facts: &Facts) -> Vec<Check<'static>> {
    let stops = f64::from(facts.stops);
    let mut checks = vec![
        at_most(
            "stopped",
            stops,
            0.0,
            Blame::User,
            format!("stopped {} times (Ctrl-Z)", facts.stops),
        ),
        at_most(
            "clock",
            facts.suspended,
            SUSPENDED_MAX,
            Blame::Host,
            format!("the machine slept for {}", Unit::Seconds.format(facts.suspended)),
        ),
    ];
    if let Some(died) = &facts.died {
        checks.push(at_most(
            "alive",
            1.0,
            0.0,
            Blame::Candidate,
            format!("ended under load: {died}"),
        ));
    }
    for limit in &facts.unenforced {
        checks.push(at_most("limits", 1.0, 0.0, Blame::Host, limit.clone()));
    }
    checks
}

fn host(facts: &Facts, bounds: &GateBounds) -> Vec<Check<'static>> {
    vec![
        at_most(
            "steal",
            facts.steal,
            bounds.steal_max,
            Blame::Host,
            format!("the hypervisor took {} of our processors' time", percent(facts.steal)),
        ),
        at_most(
            "interference",
            facts.others,
            bounds.interference_max,
            Blame::Host,
            format!("other processes used {} of the candidate's processors", percent(facts.others)),
        ),
    ]
}

fn generator(facts: &Facts, bounds: &GateBounds) -> Vec<Check<'static>> {
    let mut checks = Vec::new();
    if let Some(wait) = facts.generator_wait {
        checks.push(at_most(
            "generator-wait",
            wait,
            bounds.generator_wait_max,
            Blame::Generator,
            format!("the generator waited for its processor for {} of the time", percent(wait)),
        ));
    }
    // An overload is meant to fill the candidate's processor, as a closed loop is.
    if facts.offered.is_some() && !facts.overload {
        checks.extend(pace(facts, bounds));
    } else {
        checks.push(headroom(facts, bounds));
    }
    if let Some(quotient) = facts.littles_law {
        let gap = (quotient - 1.0).abs();
        checks.push(at_most(
            "littles-law",
            gap,
            bounds.littles_law_max,
            Blame::Generator,
            format!("rate x time over requests in flight is {quotient:.4}, should be 1"),
        ));
    }
    checks
}

/// Whether the upstream was fit: what waits for it is not the candidate's to answer for. It is a
/// part of the rig as the generator is, and bears its blame.
fn upstream(facts: &Facts, bounds: &GateBounds) -> Vec<Check<'static>> {
    let mut checks = Vec::new();
    if let Some(died) = &facts.upstream_died {
        let detail = format!("the upstream ended under load: {died}");
        checks.push(at_most("upstream-alive", 1.0, 0.0, Blame::Generator, detail));
    }
    if let Some(share) = facts.upstream_cpu {
        let detail = format!("the upstream used {} of its processor", percent(share));
        let bound = bounds.upstream_cpu_max;
        checks.push(at_most("upstream-cpu", share, bound, Blame::Generator, detail));
    }
    checks
}

/// Whether the database did for the answers what they cost, and no more: its counters have no margin
/// (FIELD.md, fairness rule 3). Answers from a cache cost it less, a query for each row of another
/// more.
fn database(spent: &Spent) -> Vec<Check<'static>> {
    let counted = |name, what: &str, count: Counted| {
        let Counted { seen, least, most } = count;
        let cost = if least == most { least.to_string() } else { format!("{least} to {most}") };
        let answers = spent.answers;
        Check {
            name,
            value: seen as f64,
            bound: if seen < least { least } else { most } as f64,
            passed: count.matches(),
            blame: Blame::Candidate,
            detail: format!("the database counted {seen} {what}; {answers} answers cost {cost}"),
        }
    };
    let mut checks = vec![counted("database-queries", "queries", spent.queries)];
    checks.extend(spent.rows.map(|rows| counted("database-rows", "rows", rows)));
    let Spent { connections, pool, .. } = spent;
    checks.push(at_most(
        "database-pool",
        *connections as f64,
        *pool as f64,
        Blame::Candidate,
        format!("it held {connections} connections to the database and may hold {pool}"),
    ));
    checks
}

/// Whether an open loop was kept.
fn pace(facts: &Facts, bounds: &GateBounds) -> [Check<'static>; 2] {
    let late = Unit::Seconds.format(facts.own_lag_p99);
    [
        at_most(
            "generator-cpu",
            facts.generator_busy,
            bounds.generator_cpu_max,
            Blame::Generator,
            format!("the generator worked for {} of the time", percent(facts.generator_busy)),
        ),
        at_most(
            "send-lag",
            facts.own_lag_p99,
            bounds.send_lag_p99_max,
            Blame::Generator,
            format!("requests left up to {late} late (p99) by the generator's own fault"),
        ),
    ]
}

/// A closed loop is meant to fill someone's processor: it must be the candidate's, or nobody's (a
/// workload of waiting).
fn headroom(facts: &Facts, bounds: &GateBounds) -> Check<'static> {
    let strict = BUSY_MAX.max(bounds.generator_cpu_max);
    let bound = if SATURATED <= facts.candidate_cpu { 1.0 } else { strict };
    let detail = format!(
        "the generator was busy for {} of the time, the candidate for {}",
        percent(facts.generator_busy),
        percent(facts.candidate_cpu)
    );
    at_most("generator-cpu", facts.generator_busy, bound, Blame::Generator, detail)
}

fn candidate(facts: &Facts, bounds: &GateBounds) -> Vec<Check<'static>> {
    let mut checks = Vec::new();
    let errors = facts.errors.unwrap_or(1.0);
    checks.push(at_most(
        "errors",
        errors,
        bounds.errors_max,
        Blame::Candidate,
        match facts.errors {
            Some(share) if facts.worst_error.is_empty() => format!("{} failed", percent(share)),
            Some(share) => format!("{} failed, most often {}", percent(share), facts.worst_error),
            None => "no request was sent".to_owned(),
        },
    ));
    if let Some(offered) = facts.offered.filter(|_| !facts.overload) {
        let share = if 0.0 < offered { facts.delivered / offered } else { 0.0 };
        checks.push(Check {
            name: RATE_DELIVERED,
            value: share,
            bound: bounds.rate_delivered_min,
            passed: bounds.rate_delivered_min <= share,
            // Requests that found a free connection left in time, or send-lag would have failed.
            blame: if 0.0 < facts.waited { Blame::Candidate } else { Blame::Generator },
            detail: format!(
                "{} of the offered rate was sent; {} of the requests waited for a connection",
                percent(share),
                percent(facts.waited)
            ),
        });
    }
    let lost = facts.lost as f64 / facts.answered.max(1) as f64;
    checks.push(at_most(
        "connections-lost",
        lost,
        LOST_MAX,
        Blame::Candidate,
        format!("it closed {} connections unasked over {} answers", facts.lost, facts.answered),
    ));
    checks
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;

    const BOUNDS: GateBounds = GateBounds {
        generator_cpu_max: 0.7,
        rate_delivered_min: 0.99,
        send_lag_p99_max: 0.001,
        errors_max: 0.001,
        littles_law_max: 0.02,
        steal_max: 0.01,
        generator_wait_max: 0.02,
        interference_max: 0.02,
        upstream_cpu_max: 0.5,
    };

    fn good() -> Facts {
        Facts {
            offered: Some(1000.0),
            delivered: 1000.0,
            throughput: 1000.0,
            generator_busy: 0.2,
            generator_wait: Some(0.0),
            errors: Some(0.0),
            littles_law: Some(1.0),
            ..Facts::default()
        }
    }

    /// Judges each of these and renders why it does not count.
    fn judged(cases: &[Facts]) -> String {
        let mut text = String::new();
        for facts in cases {
            match verdict(&judge(facts, &BOUNDS)) {
                None => writeln!(text, "counts"),
                Some((reason, blame)) => writeln!(text, "{blame:?}: {reason}"),
            }
            .unwrap();
        }
        text
    }

    #[test]
    fn a_trial_counts_or_says_whose_fault_it_is() {
        insta::assert_snapshot!(judged(&[
            good(),
            Facts { steal: 0.05, ..good() },
            Facts { others: 0.3, generator_wait: Some(0.4), ..good() },
            Facts { generator_wait: Some(0.4), own_lag_p99: 0.3, ..good() },
            Facts { generator_busy: 0.9, ..good() },
            Facts { own_lag_p99: 0.004, ..good() },
            Facts { littles_law: Some(0.5), ..good() },
            Facts { errors: Some(0.02), worst_error: "reset (100)".to_owned(), ..good() },
            Facts { errors: None, littles_law: None, ..good() },
            Facts { delivered: 500.0, waited: 0.6, ..good() },
            Facts { delivered: 500.0, waited: 0.6, overload: true, ..good() },
            Facts { died: Some("signal 11 (SIGSEGV)".to_owned()), errors: Some(0.5), ..good() },
            Facts { lost: 500, answered: 1000, ..good() },
            Facts { upstream_cpu: Some(0.3), ..good() },
            Facts { upstream_cpu: Some(0.6), delivered: 500.0, waited: 0.6, ..good() },
            Facts {
                upstream_died: Some("exit status 1".to_owned()),
                errors: Some(0.5),
                ..good()
            },
            Facts { stops: 1, ..good() },
            Facts { suspended: 30.0, ..good() },
            Facts { unenforced: vec!["memory: not enforced".to_owned()], ..good() },
        ]), @r"
        counts
        Host: steal: the hypervisor took 5.00 % of our processors' time
        Host: interference: other processes used 30.0 % of the candidate's processors
        Generator: generator-wait: the generator waited for its processor for 40.0 % of the time
        Generator: generator-cpu: the generator worked for 90.0 % of the time
        Generator: send-lag: requests left up to 4.00 ms late (p99) by the generator's own fault
        Generator: littles-law: rate x time over requests in flight is 0.5000, should be 1
        Candidate: errors: 2.00 % failed, most often reset (100)
        Candidate: errors: no request was sent
        Candidate: rate-delivered: 50.0 % of the offered rate was sent; 60.0 % of the requests waited for a connection
        counts
        Candidate: alive: ended under load: signal 11 (SIGSEGV)
        Candidate: connections-lost: it closed 500 connections unasked over 1000 answers
        counts
        Generator: upstream-cpu: the upstream used 60.0 % of its processor
        Generator: upstream-alive: the upstream ended under load: exit status 1
        User: stopped: stopped 1 times (Ctrl-Z)
        Host: clock: the machine slept for 30.0 s
        Host: limits: memory: not enforced
        ");
    }

    #[test]
    fn the_databases_own_counters_void_a_trial_without_any_margin() {
        let exact = |seen| Counted { seen, least: 1200, most: 1200 };
        let spent =
            Spent { answers: 1200, queries: exact(1200), rows: None, connections: 16, pool: 16 };
        let with = |spent: Spent| Facts { database: Some(spent), ..good() };
        insta::assert_snapshot!(judged(&[
            with(spent.clone()),
            with(Spent { queries: exact(1), ..spent.clone() }),
            with(Spent { queries: exact(1201), ..spent.clone() }),
            with(Spent {
                queries: Counted { seen: 1205, least: 1200, most: 1204 },
                ..spent.clone()
            }),
            with(Spent { rows: Some(exact(25_200)), ..spent.clone() }),
            with(Spent { connections: 17, ..spent.clone() }),
            Facts { steal: 0.05, ..with(Spent { queries: exact(0), ..spent }) },
        ]), @r"
        counts
        Candidate: database-queries: the database counted 1 queries; 1200 answers cost 1200
        Candidate: database-queries: the database counted 1201 queries; 1200 answers cost 1200
        Candidate: database-queries: the database counted 1205 queries; 1200 answers cost 1200 to 1204
        Candidate: database-rows: the database counted 25200 rows; 1200 answers cost 1200
        Candidate: database-pool: it held 17 connections to the database and may hold 16
        Host: steal: the hypervisor took 5.00 % of our processors' time
        ");
    }

    #[test]
    fn a_full_generator_in_a_closed_loop_is_forgiven_only_if_the_candidate_is_full_too() {
        let closed = Facts { offered: None, generator_busy: 0.99, ..good() };
        insta::assert_snapshot!(judged(&[
            Facts { candidate_cpu: 0.99, ..closed.clone() },
            Facts { candidate_cpu: 0.5, ..closed.clone() },
            Facts { candidate_cpu: 0.1, generator_busy: 0.3, ..closed },
        ]), @r"
        counts
        Generator: generator-cpu: the generator was busy for 99.0 % of the time, the candidate for 50.0 %
        counts
        ");
    }
}
