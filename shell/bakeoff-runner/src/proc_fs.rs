//! What the kernel tells about processes under `/proc`.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// Ids of all processes.
pub fn processes() -> Vec<i32> {
    let Ok(entries) = fs::read_dir("/proc") else { return Vec::new() };
    entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect()
}

/// The fields of `/proc/PID/stat` from the third on (state, parent, ...), past the name, which
/// may hold anything.
fn stat_fields(pid: i32) -> Option<Vec<String>> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let rest = &text[text.rfind(')')? + 1..];
    Some(rest.split_whitespace().map(str::to_owned).collect())
}

/// When a process started, in clock ticks since boot: with its id, its name for good.
pub fn start_time(pid: i32) -> Option<u64> {
    stat_fields(pid)?.get(19)?.parse().ok()
}

/// Whether a process runs, zombies not counted.
pub fn alive(pid: i32) -> bool {
    stat_fields(pid).is_some_and(|fields| !matches!(fields[0].as_str(), "Z" | "X"))
}

/// All live descendants of a process, itself not included.
pub fn descendants(pid: i32) -> Vec<i32> {
    let parents: Vec<(i32, i32)> = processes()
        .into_iter()
        .filter_map(|id| {
            let fields = stat_fields(id)?;
            (fields[0] != "Z").then(|| Some((id, fields.get(1)?.parse().ok()?)))?
        })
        .collect();
    let mut found = vec![pid];
    let mut next = 0;
    while next < found.len() {
        let parent = found[next];
        for &(id, of) in &parents {
            if of == parent && !found.contains(&id) {
                found.push(id);
            }
        }
        next += 1;
    }
    found.split_off(1)
}

/// The id of this boot.
pub fn boot_id() -> String {
    fs::read_to_string("/proc/sys/kernel/random/boot_id")
        .map(|text| text.trim().to_owned())
        .unwrap_or_default()
}

/// The inodes of sockets that listen on TCP port `port`, whatever the address.
pub fn listeners(port: u16) -> BTreeSet<u64> {
    ["/proc/self/net/tcp", "/proc/self/net/tcp6"]
        .iter()
        .filter_map(|path| fs::read_to_string(path).ok())
        .flat_map(|table| listeners_in(&table, port))
        .collect()
}

/// As [`listeners`], of one table of the kernel's.
fn listeners_in(table: &str, port: u16) -> Vec<u64> {
    const LISTEN: &str = "0A";
    let wanted = format!(":{port:04X}");
    table
        .lines()
        .skip(1)
        .filter_map(|line| {
            let mut fields = line.split_whitespace();
            let local = fields.nth(1)?;
            let state = fields.nth(1)?;
            (local.ends_with(&wanted) && state == LISTEN).then(|| fields.nth(5)?.parse().ok())?
        })
        .collect()
}

/// The inodes of the sockets that a process holds.
pub fn sockets(pid: i32) -> BTreeSet<u64> {
    let Ok(entries) = fs::read_dir(format!("/proc/{pid}/fd")) else { return BTreeSet::new() };
    entries
        .flatten()
        .filter_map(|entry| {
            let target = fs::read_link(entry.path()).ok()?;
            target.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?.parse().ok()
        })
        .collect()
}

/// What a process is called, for people: `python3 (4711)`.
pub fn name(pid: i32) -> String {
    let comm = fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
    format!("{} ({pid})", comm.trim().escape_debug())
}

/// Who holds one of `inodes`, for people.
pub fn holder(inodes: &BTreeSet<u64>) -> Option<String> {
    processes().into_iter().find(|&pid| !sockets(pid).is_disjoint(inodes)).map(name)
}

/// A number in kB of `/proc/PID/status` or `smaps_rollup`, in bytes.
pub fn kilobytes(path: &Path, field: &str) -> Option<u64> {
    let text = fs::read_to_string(path).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(field)?.strip_prefix(':'))?;
    Some(line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()? * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listener_is_found_by_port_and_belongs_to_its_process() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let inodes = listeners(port);
        assert_eq!(inodes.len(), 1);
        assert!(inodes.is_subset(&sockets(std::process::id() as i32)));
        assert_eq!(holder(&inodes), Some(name(std::process::id() as i32)));
    }

    #[test]
    fn only_listening_sockets_of_that_port_count() {
        let table = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n\
            0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 41 1\n\
            1: 0100007F:1F90 0100007F:C350 01 00000000:00000000 00:00000000 00000000     0        0 42 1\n\
            2: 0100007F:1F91 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 43 1\n";
        assert_eq!(listeners_in(table, 8080), [41]);
    }

    #[test]
    fn we_are_alive_and_started_before_now() {
        let own = std::process::id() as i32;
        assert!(alive(own) && start_time(own).is_some_and(|ticks| 0 < ticks));
        assert!(!alive(i32::MAX));
    }
}
