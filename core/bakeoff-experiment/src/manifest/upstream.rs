//! What stands in for the services that candidates call.

use super::candidates::{check_holes, ready, refuse};
use super::cases::known_workloads;
use super::section::Section;
use super::{Files, file_path, keys};
use crate::experiment::Candidate;
use crate::upstream::{UPSTREAM_HOLE, Upstream, UpstreamProgram};
use crate::workload::Workload;

/// The table `upstream`.
pub(super) fn upstream(
    root: &Section<'_, '_, '_>,
    candidates: &[Candidate],
    workloads: &[Workload],
    files: &dyn Files,
) -> Option<Upstream> {
    let value = root.get("upstream")?;
    let section = Section::open(root.cx, "upstream", value, keys::UPSTREAM)?;
    if !root.cx.broken && !candidates.iter().any(Candidate::calls_upstream) {
        root.cx.collector.error(
            value.span().start..value.span().start + 1,
            "`upstream` has no effect",
            format!("no candidate's `run` or `env` names `{UPSTREAM_HOLE}`"),
            Some(format!("tell those that call it: \"--upstream\", \"http://{UPSTREAM_HOLE}\"")),
        );
    }
    let reached_by = known_workloads(&section, workloads);
    Some(Upstream { workloads: reached_by, program: program(&section, files) })
}

/// A program of the suite's own; the stub where there is none.
fn program(section: &Section<'_, '_, '_>, files: &dyn Files) -> Option<UpstreamProgram> {
    if section.get("run").is_none() {
        for key in ["dir", "env", "ready", "ready-within"] {
            refuse(section, key, "without `run` it is the built-in stub");
        }
        return None;
    }
    let run = section.command("run", false);
    check_holes(section, "run", &run, &["address", "port", "dir"]);
    let dir = match section.get("dir") {
        Some(_) => file_path(section, "dir", files)?,
        None => ".".to_owned(),
    };
    Some(UpstreamProgram {
        dir,
        run,
        env: section.text_map("env"),
        ready: ready(section),
        ready_within: section.span("ready-within", false).unwrap_or(10.0),
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use crate::experiment::Experiment;

    /// Two workloads and a candidate that is run with `run`; the experiment, or a line a problem.
    fn read(run: &str, more: &str) -> Result<Experiment, String> {
        let manifest = format!(
            "title = \"t\"\n[candidates.a]\ndir = \"d\"\nrun = [\"./x\"{run}]\n\
             [workloads.near]\nrequests = [{{ get = \"/\" }}]\n\
             [workloads.far]\nrequests = [{{ get = \"/\" }}]\n{more}"
        );
        let files = BTreeMap::from([("d/x".to_owned(), Vec::new())]);
        let read = crate::manifest::read("m", manifest.as_bytes(), &files);
        read.map(|sound| sound.experiment).map_err(|problems| {
            problems.list.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
        })
    }

    const CALLS: &str = ", \"http://{upstream}\"";

    #[test]
    fn it_is_reached_by_the_workloads_it_names_and_by_all_if_it_names_none() {
        for (table, near, far) in
            [("[upstream]\n", true, true), ("[upstream]\nworkloads = \"far\"\n", false, true)]
        {
            let experiment = read(CALLS, table).unwrap();
            let upstream = experiment.upstream.as_ref().unwrap();
            assert_eq!(upstream.program, None, "the stub, unless there is a program");
            assert_eq!(upstream.is_reached_by("near"), near, "{table}");
            assert_eq!(upstream.is_reached_by("far"), far, "{table}");
            let only = experiment.clone().only(&["near".to_owned()]).unwrap();
            assert_eq!(upstream.is_reached(&only), near, "{table}: with `near` alone");
        }
        let own = "[upstream]\nrun = [\"./up\", \"{address}\"]\nready = \"GET /up\"\n";
        let program = read(CALLS, own).unwrap().upstream.unwrap().program.unwrap();
        assert_eq!((program.dir.as_str(), program.ready.path.as_str()), (".", "/up"));
    }

    #[test]
    fn what_would_have_no_effect_is_refused() {
        for (run, table, problem) in [
            (CALLS, "", "nothing fills `{upstream}`"),
            ("", "[upstream]\n", "`upstream` has no effect"),
            (CALLS, "[upstream]\nworkloads = \"fra\"\n", "there is no workload `fra`"),
            (CALLS, "[upstream]\nready = \"GET /\"\n", "`upstream.ready` has no effect"),
            (CALLS, "[upstream]\nrun = [\"{artifact}\"]\n", "nothing fills `{artifact}`"),
        ] {
            let problems = read(run, table).unwrap_err();
            assert!(problems.contains(problem), "{problem}: {problems}");
        }
    }
}
