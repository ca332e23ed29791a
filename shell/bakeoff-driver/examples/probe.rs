//! Loads an address and prints what came of it, for measuring the driver itself:
//! `probe ADDRESS SECONDS CONNECTIONS [closed|RATE] [CPU] [spin|sleep] [STREAMS]`, or `probe serve ADDRESS`, or
//! `probe calibrate`.

use std::num::{NonZeroU16, NonZeroU32};
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use bakeoff_driver::{
    CalibrateOptions, Control, DriverOptions, Reach, Target, calibrate, reference, run,
};
use bakeoff_load::{Arrivals, LoadPlan, Protocol, TimesReport, WeightedRequest};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let word = |index: usize| words.get(index).map_or("", String::as_str);
    if word(0) == "serve" {
        let listener = std::net::TcpListener::bind(word(1))?;
        let program = reference::Program::default();
        reference::serve(listener.into(), &program, &AtomicBool::new(false))?;
        return Ok(());
    }
    if word(0) == "calibrate" {
        let options = CalibrateOptions { server_cpu: Some(0), generator_cpu: Some(1) };
        let certificate = calibrate(&options, |doing| eprintln!("{doing}"))?;
        println!("{certificate:#?}");
        return Ok(());
    }
    let target = Target::tcp(word(0).parse()?, &Reach::Loopback)?;
    let arrivals = match word(3) {
        "" | "closed" => Arrivals::closed(),
        rate => Arrivals::constant(rate.parse()?),
    };
    let mut plan = LoadPlan::new(word(0), vec![WeightedRequest::get("/")], arrivals);
    plan.measure = Duration::from_secs_f64(word(1).parse()?);
    plan.warm_up = Duration::from_secs(1);
    plan.connections = NonZeroU32::new(word(2).parse()?).ok_or("no connections")?;
    if let Some(streams) = word(6).parse().ok().and_then(NonZeroU16::new) {
        plan.protocol = Protocol::Http2 { streams, secure: false };
    }
    let options = DriverOptions {
        cpus: word(4).parse().into_iter().collect(),
        spin: word(5) == "spin",
        ..DriverOptions::default()
    };
    let outcome = run(&plan, &target, &options, &Control::new())?;
    let report = outcome.report();
    println!(
        "{:.0}/s sent {} answered {} failed {} cpu/Mreq {:.3} s busy {:.3}",
        report.throughput,
        report.sent,
        report.answered,
        report.failed,
        report.generator.cpu / report.sent as f64 * 1e6,
        report.generator.busy_share
    );
    let show = |name: &str, times: &TimesReport| {
        let micros = |seconds: Option<f64>| seconds.unwrap_or(f64::NAN) * 1e6;
        println!(
            "{name:>10} p50 {:9.1} p99 {:9.1} p999 {:9.1} max {:9.1} us",
            micros(times.p50),
            micros(times.p99),
            micros(times.p999),
            micros(times.max)
        );
    };
    show("latency", &report.latency);
    show("service", &report.service_time);
    show("lag", &report.send_lag);
    show("own lag", &report.own_lag);
    show("dwell", &report.dwell);
    println!("{:?} {:?}", report.generator.reasons, report.failed_by_kind);
    println!("{:?}", report.littles_law);
    Ok(())
}
