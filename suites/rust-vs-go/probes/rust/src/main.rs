//! The suite's probe programs in Rust: one program, the probe its argument. Each prints one JSON object a line.

mod channels;
mod foreign;
mod kernels;
mod report;
mod states;
mod tasks;
mod threads;

fn main() {
    match std::env::args().nth(1).as_deref() {
        Some("tasks") => tasks::run(),
        Some("threads") => threads::run(),
        Some("channels") => channels::run(),
        Some("kernels") => kernels::run(),
        Some("foreign") => foreign::run(),
        Some("states") => states::run(),
        _ => {
            eprintln!("usage: probes tasks|threads|channels|kernels|foreign|states");
            std::process::exit(2);
        }
    }
}
