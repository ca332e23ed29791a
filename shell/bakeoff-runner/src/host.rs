//! Facts about the machine that a reader needs to believe or repeat a run.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use bakeoff_experiment::host::HostFacts;
use rustix::process::{Resource, getrlimit};
use rustix::system::uname;

use crate::environment::Environment;
use crate::limits::Tree;

/// What can be seen of this machine without disturbing it.
pub fn facts(environment: &Environment) -> HostFacts {
    let cpuinfo = read("/proc/cpuinfo");
    let meminfo = read("/proc/meminfo");
    let kernel = uname();
    let mut host = HostFacts {
        cpu_model: cpu_model(&cpuinfo),
        cpus: environment.cpus.len() as u32,
        memory: kilobytes(&meminfo, "MemTotal").unwrap_or(0),
        kernel: format!(
            "{} {} {}",
            kernel.sysname().to_string_lossy(),
            kernel.release().to_string_lossy(),
            kernel.machine().to_string_lossy()
        ),
        os: os_name(&read("/etc/os-release")),
        virtualisation: virtualisation(&cpuinfo),
        cgroups: Tree::of_this_process(&environment.cgroup_root).describe(),
        facts: BTreeMap::new(),
        warnings: Vec::new(),
        calibration: None,
    };
    let mut note = |name: &str, value: String| {
        if !value.is_empty() {
            host.facts.insert(name.to_owned(), value);
        }
    };
    note("clock source", line(&sys("clocksource/clocksource0/current_clocksource")));
    note("cpu governor", line(&sys("cpu/cpu0/cpufreq/scaling_governor")));
    note("turbo", turbo());
    note("simultaneous multithreading", line(&sys("cpu/smt/control")));
    note("cpu caches", caches());
    note("processors used", crate::cpus::list(&environment.cpus));
    note("load average", read("/proc/loadavg").split(' ').take(3).collect::<Vec<_>>().join(" "));
    note("swap in use", swap_in_use(&meminfo).unwrap_or_default());
    note("transparent huge pages", chosen(&line("/sys/kernel/mm/transparent_hugepage/enabled")));
    note("address randomisation", line("/proc/sys/kernel/randomize_va_space"));
    note(
        "local ports",
        read("/proc/sys/net/ipv4/ip_local_port_range")
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" to "),
    );
    note("listen backlog", line("/proc/sys/net/core/somaxconn"));
    note("open files", open_files());
    note(
        "steal since boot",
        steal_since_boot(&read("/proc/stat")).map(percent).unwrap_or_default(),
    );
    host.warnings = warnings(&host, &read("/proc/stat"), &meminfo);
    host.calibration = crate::calibration::read(environment, &host);
    host
}

fn read(path: impl AsRef<Path>) -> String {
    fs::read_to_string(path).unwrap_or_default()
}

fn line(path: &str) -> String {
    read(path).trim().to_owned()
}

fn sys(path: &str) -> String {
    format!("/sys/devices/system/{path}")
}

fn percent(share: f64) -> String {
    format!("{:.2} %", 100.0 * share)
}

/// The value of a `name : value` line.
fn field(text: &str, name: &str) -> Option<String> {
    text.lines().find_map(|line| {
        let (key, value) = line.split_once(':')?;
        (key.trim() == name).then(|| value.trim().to_owned())
    })
}

fn cpu_model(cpuinfo: &str) -> String {
    ["model name", "Model", "Hardware", "cpu model"]
        .iter()
        .find_map(|name| field(cpuinfo, name))
        .unwrap_or_else(|| "unknown".to_owned())
}

fn kilobytes(meminfo: &str, name: &str) -> Option<u64> {
    field(meminfo, name)?.strip_suffix("kB")?.trim().parse::<u64>().ok().map(|kb| kb * 1024)
}

fn os_name(release: &str) -> String {
    release
        .lines()
        .find_map(|line| line.strip_prefix("PRETTY_NAME="))
        .map(|name| name.trim_matches('"').to_owned())
        .unwrap_or_default()
}

fn virtualisation(cpuinfo: &str) -> String {
    let vendor = line("/sys/class/dmi/id/sys_vendor");
    let product = line("/sys/class/dmi/id/product_name");
    let named = format!("{vendor} {product}").trim().to_owned();
    let flagged =
        field(cpuinfo, "flags").is_some_and(|flags| flags.split(' ').any(|f| f == "hypervisor"));
    match (flagged, named.is_empty()) {
        (true, true) => "hypervisor present".to_owned(),
        (true, false) => format!("hypervisor present ({named})"),
        (false, _) => "none seen".to_owned(),
    }
}

fn turbo() -> String {
    match (
        line(&sys("cpu/intel_pstate/no_turbo")).as_str(),
        line(&sys("cpu/cpufreq/boost")).as_str(),
    ) {
        ("0", _) | (_, "1") => "on".to_owned(),
        ("1", _) | (_, "0") => "off".to_owned(),
        _ => String::new(),
    }
}

/// The caches of the first processor: `L1d 32K, L1i 32K, L2 1024K, L3 33792K`.
fn caches() -> String {
    let entries = (0..8).filter_map(|index| {
        let at = |name: &str| line(&sys(&format!("cpu/cpu0/cache/index{index}/{name}")));
        let (level, size) = (at("level"), at("size"));
        let kind = match at("type").as_str() {
            "Data" => "d",
            "Instruction" => "i",
            _ => "",
        };
        (!level.is_empty()).then(|| format!("L{level}{kind} {size}"))
    });
    entries.collect::<Vec<_>>().join(", ")
}

/// The word in brackets: the kernel marks what is chosen so.
fn chosen(text: &str) -> String {
    text.split('[').nth(1).and_then(|rest| rest.split(']').next()).unwrap_or_default().to_owned()
}

fn swap_in_use(meminfo: &str) -> Option<String> {
    let used = kilobytes(meminfo, "SwapTotal")?.checked_sub(kilobytes(meminfo, "SwapFree")?)?;
    Some(bakeoff_units::Unit::Bytes.format(used as f64))
}

fn open_files() -> String {
    let limit = getrlimit(Resource::Nofile);
    let shown =
        |value: Option<u64>| value.map_or_else(|| "unlimited".to_owned(), |n| n.to_string());
    format!("{} of {}", shown(limit.current), shown(limit.maximum))
}

/// Steal over all time of all processors since boot (proc(5): eighth number of the line `cpu`).
fn steal_since_boot(stat: &str) -> Option<f64> {
    let numbers: Vec<f64> = stat
        .lines()
        .next()?
        .strip_prefix("cpu ")?
        .split_whitespace()
        .filter_map(|number| number.parse().ok())
        .collect();
    let all: f64 = numbers.iter().take(8).sum();
    (all > 0.0).then(|| numbers.get(7).map(|steal| steal / all))?
}

/// What makes this machine a poor rig.
fn warnings(host: &HostFacts, stat: &str, meminfo: &str) -> Vec<String> {
    let mut warnings = Vec::new();
    if host.cpus < 2 {
        warnings.push("one processor: candidate and generator take it from each other".to_owned());
    }
    let clock = host.facts.get("clock source").map_or("", String::as_str);
    if !clock.is_empty()
        && !["tsc", "kvm-clock", "arch_sys_counter", "hyperv_clocksource_tsc_page"].contains(&clock)
    {
        warnings.push(format!("clock source {clock}: reading the time is slow"));
    }
    if host.facts.get("cpu governor").is_some_and(|governor| governor != "performance") {
        warnings.push("the cpu governor is not `performance`: frequency follows load".to_owned());
    }
    if steal_since_boot(stat).is_some_and(|steal| steal > 0.01) {
        warnings.push("the hypervisor has taken over 1 % of processor time since boot".to_owned());
    }
    let load: f64 = host
        .facts
        .get("load average")
        .and_then(|load| load.split(' ').next()?.parse().ok())
        .unwrap_or(0.0);
    if load > 0.5 * f64::from(host.cpus) {
        warnings.push(format!("load average {load}: something else is running"));
    }
    let swap = kilobytes(meminfo, "SwapTotal").zip(kilobytes(meminfo, "SwapFree"));
    if swap.is_some_and(|(total, free)| total > free + (64 << 20)) {
        warnings.push("swap is in use: memory is short".to_owned());
    }
    if host.virtualisation != "none seen" {
        warnings.push(
            "a virtual machine: neighbours are felt; ratios hold better than absolute numbers"
                .to_owned(),
        );
    }
    warnings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_found_in_what_the_kernel_writes() {
        let cpuinfo =
            "processor\t: 0\nmodel name\t: Some CPU @ 2.10GHz\nflags\t\t: fpu hypervisor\n";
        assert_eq!(cpu_model(cpuinfo), "Some CPU @ 2.10GHz");
        assert!(virtualisation(cpuinfo).starts_with("hypervisor present"));
        assert_eq!(kilobytes("MemTotal:        2048 kB\n", "MemTotal"), Some(2 << 20));
        assert_eq!(os_name("NAME=x\nPRETTY_NAME=\"Debian 12\"\n"), "Debian 12");
        assert_eq!(chosen("always [madvise] never"), "madvise");
        assert_eq!(steal_since_boot("cpu  10 0 10 70 0 0 0 10 0 0\ncpu0 1\n"), Some(0.1));
    }

    #[test]
    fn this_machine_has_a_processor_memory_and_a_kernel() {
        let folder = tempfile::tempdir().unwrap();
        let environment = Environment::new(Path::new("/x"), "run", folder.path(), folder.path());
        let host = facts(&environment);
        assert!(host.cpus > 0 && host.memory > 0);
        assert!(host.kernel.starts_with("Linux"), "{}", host.kernel);
    }
}
