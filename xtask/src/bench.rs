//! Holds the load generator against its peers: same host, pinned cores, interleaved repetitions.
//!
//! Machines are shared and noisy, so a table quotes medians with their range, and ratios within
//! one repetition: only what ran within the same half minute is compared.

mod figures;
mod floor;
mod measure;
mod offline;
mod peers;
mod servers;
mod table;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};

use figures::Figures;
use peers::{Load, Peer};
use servers::Server;

/// What a run of the bench does; smaller with `--quick`.
#[derive(Clone, Copy)]
pub(crate) struct Size {
    repetitions: usize,
    seconds: u32,
}

const FULL: Size = Size { repetitions: 5, seconds: 4 };
const QUICK: Size = Size { repetitions: 2, seconds: 2 };

/// The parts of the bench, in the order they run.
const PARTS: [&str; 6] = ["closed", "connections", "rate", "stall", "protocols", "offline"];

/// Runs the bench: `parts` of it, all if none is named.
pub(crate) fn bench(root: &Path, args: &[&str]) -> Result<()> {
    let size = if args.contains(&"--quick") { QUICK } else { FULL };
    let chosen: Vec<&str> = args.iter().copied().filter(|a| !a.starts_with("--")).collect();
    if let Some(unknown) = chosen.iter().find(|part| !PARTS.contains(part)) {
        bail!("no part `{unknown}`; there are {}", PARTS.join(", "));
    }
    let peers = peers::present(root);
    for peer in &peers::ALL {
        if !peers.iter().any(|(present, _)| present.name == peer.name) {
            println!("not here: {} ({})", peer.name, peer.hint);
        }
    }
    let mut page = String::from("# script/bench\n\n");
    page += &servers::host_line()?;
    for part in PARTS.iter().filter(|part| chosen.is_empty() || chosen.contains(part)) {
        let text = match *part {
            "closed" => closed(root, size, &peers)?,
            "connections" => connections(root, size, &peers)?,
            "rate" => rate(root, size, &peers)?,
            "stall" => stall(root, size, &peers)?,
            "protocols" => protocols(root, size, &peers)?,
            "offline" => offline::offline(root, size.repetitions)?,
            other => unreachable!("{other} is not among PARTS"),
        };
        println!("{text}");
        page += &text;
    }
    let kept = root.join("records/bench");
    fs::create_dir_all(&kept)?;
    let file = kept.join("latest.md");
    fs::write(&file, page).with_context(|| format!("could not write `{}`", file.display()))?;
    println!("written to records/bench/latest.md");
    Ok(())
}

/// A row's label and what each repetition gave.
type Rows = BTreeMap<(usize, String), Vec<Figures>>;

/// Runs every present peer that can carry `load` against `server`, interleaved.
fn interleave(
    root: &Path,
    size: Size,
    present: &[(&'static Peer, std::path::PathBuf)],
    server: &Server,
    load: &Load,
) -> Result<Rows> {
    let mut rows = Rows::new();
    let running = server.start(root)?;
    for repetition in 0..size.repetitions {
        if load.rate.is_none() && !load.http2 && !load.tls {
            let figures = floor::closed(running.address(), load.connections, size.seconds)?;
            rows.entry((0, "floor: raw echo".to_owned())).or_default().push(figures);
        }
        // The one that goes first changes from repetition to repetition.
        for turn in 0..present.len() {
            let index = (turn + repetition) % present.len();
            let (peer, program) = &present[index];
            let url = running.url(load);
            for (variant, argv) in (peer.argv)(program, &url, load, size.seconds) {
                let label = format!("{}{variant}", peer.name);
                // A peer that cannot carry a load leaves a row without figures, not a bench without.
                let figures = match measure::measure(&argv, peer, load, size.seconds) {
                    Ok(figures) => figures,
                    Err(why) => {
                        eprintln!("{label} against {}: {why:#}", server.name);
                        Figures::default()
                    }
                };
                rows.entry((index + 1, label)).or_default().push(figures);
            }
        }
    }
    Ok(rows)
}

type Present<'a> = &'a [(&'static Peer, std::path::PathBuf)];

fn closed(root: &Path, size: Size, present: Present<'_>) -> Result<String> {
    let mut page = String::new();
    for server in servers::FOR_CLOSED {
        let load = Load::closed(64);
        let rows = interleave(root, size, present, server, &load)?;
        let title = format!("Closed loop, 64 connections, against {}", server.name);
        page += &table::cost(&title, &rows);
    }
    Ok(page)
}

fn connections(root: &Path, size: Size, present: Present<'_>) -> Result<String> {
    let mut page = String::new();
    for connections in [1000, 10_000] {
        let load = Load::closed(connections);
        let rows = interleave(root, size, present, &servers::MINIMAL, &load)?;
        let title = format!("Closed loop, {connections} connections, against the minimal server");
        page += &table::cost(&title, &rows);
    }
    Ok(page)
}

fn rate(root: &Path, size: Size, present: Present<'_>) -> Result<String> {
    let ours: Vec<_> = present.iter().filter(|(peer, _)| peer.name == "bakeoff").cloned().collect();
    let most = interleave(root, QUICK, &ours, &servers::MINIMAL, &Load::closed(64))?;
    let rates: Vec<f64> = most.values().flatten().filter_map(|figures| figures.rate).collect();
    let most = table::median(&rates).context("the closed loop gave no rate")?;
    let mut page = String::new();
    for share in [0.15, 0.40, 0.60] {
        let load = Load::constant(64, (most * share).round());
        let rows = interleave(root, size, present, &servers::MINIMAL, &load)?;
        let offered = load.rate.unwrap_or_default();
        let title = format!("Constant rate, {offered:.0}/s ({:.0} % of the most)", share * 100.0);
        page += &table::rate(&title, offered, &rows);
    }
    Ok(page)
}

fn stall(root: &Path, size: Size, present: Present<'_>) -> Result<String> {
    let size = Size { repetitions: size.repetitions.min(2), seconds: 20 };
    let mut page = String::new();
    for (connections, offered, poisson) in
        [(10, 1000.0, false), (64, 10_000.0, false), (10, 1000.0, true), (64, 10_000.0, true)]
    {
        let load = Load { poisson, ..Load::constant(connections, offered) };
        let rows = interleave(root, size, present, &servers::STALLING, &load)?;
        let rhythm = if poisson { "Poisson" } else { "constant" };
        let title = format!(
            "Stall of 200 ms every 2 s, {offered:.0}/s {rhythm}, {connections} connections"
        );
        page += &table::stall(&title, &rows);
    }
    Ok(page)
}

fn protocols(root: &Path, size: Size, present: Present<'_>) -> Result<String> {
    let mut page = String::new();
    let http2 = servers::http2(root);
    for (server, load, title) in [
        (http2, Load { http2: true, ..Load::closed(2) }, "h2c, 2 connections"),
        (
            http2,
            Load { http2: true, streams: 32, ..Load::closed(2) },
            "h2c, 2 connections of 32 streams",
        ),
        (&servers::TLS, Load { tls: true, ..Load::closed(64) }, "TLS 1.3, 64 connections"),
    ] {
        if server.missing(root) {
            let _ = writeln!(page, "## {title}\n\nnot run: {} is not here\n", server.name);
            continue;
        }
        let rows = interleave(root, size, present, server, &load)?;
        page += &table::cost(&format!("{title}, against {}", server.name), &rows);
    }
    Ok(page)
}
