//! What the reader of manifests promises, on texts.

use std::collections::BTreeMap;

use super::*;

const SOUND: &str = r#"
title = "two pilots"

[candidates.a]
dir = "a"
run = ["./a", "{address}"]

[candidates.b]
dir = "b"
run = ["./b", "{address}"]

[workloads.json]
requests = [{ get = "/json/{n}", n = { range = [1, 50] } }]
arrivals = ["constant", "poisson"]
load = ["30%", "60%"]
closed = 32
"#;

fn files() -> BTreeMap<String, Vec<u8>> {
    [("a/x", ""), ("b/x", ""), ("contract.toml", ""), ("ratings.toml", "")]
        .into_iter()
        .map(|(path, text)| (path.to_owned(), text.as_bytes().to_vec()))
        .collect()
}

/// Reads a sound manifest with `more` after it; the experiment, or a line for each problem.
fn with(more: &str) -> Result<Experiment, String> {
    text(&format!("{SOUND}{more}"))
}

fn text(text: &str) -> Result<Experiment, String> {
    bytes(text.as_bytes(), &files())
}

fn bytes(bytes: &[u8], files: &BTreeMap<String, Vec<u8>>) -> Result<Experiment, String> {
    read("bakeoff.toml", bytes, files).map(|manifest| manifest.experiment).map_err(|problems| {
        let lines: Vec<String> = problems.list.iter().map(Problem::to_string).collect();
        lines.join("\n")
    })
}

#[test]
fn defaults_are_those_of_the_method() {
    let experiment = with("").unwrap();
    assert_eq!(experiment.reference, "a", "the first candidate, unless one is named");
    assert_eq!(experiment.judging.stop, crate::experiment::Stop::Fixed { rounds: 8 });
    assert_eq!((experiment.judging.level, experiment.judging.margin), (0.95, 0.05));
    assert_eq!(experiment.candidates[0].ready.path, "/health");
    let loads: Vec<String> =
        experiment.workloads[0].loads.iter().map(ToString::to_string).collect();
    assert_eq!(
        loads,
        ["closed 32", "30% constant", "60% constant", "30% poisson", "60% poisson"],
        "closed loops come first: they show what is sustainable"
    );
}

#[test]
fn shapes_of_their_own_come_after_the_plain_loads() {
    let shaped = with(
        "[workloads.s]\nrequests = [{ get = \"/\" }]\nclosed = 8\nload = \"60%\"\narrivals = \"poisson\"\n\
         slow-clients = 16\nsweep = { p99 = \"5ms\" }\noverload = { load = \"150%\", span = \"3s\" }\nrounds = 2\n",
    );
    let experiment = shaped.unwrap();
    let workload = experiment.workloads.iter().find(|w| w.name == "s").unwrap();
    let loads: Vec<String> = workload.loads.iter().map(ToString::to_string).collect();
    assert_eq!(
        loads,
        [
            "closed 8",
            "60% poisson",
            "60% poisson beside 16 slow",
            "sweep to p99 5ms poisson",
            "150% for 3s, then 60% poisson"
        ]
    );
    let trials = crate::plan::Plan::draw(&experiment, 1).trials;
    let last = trials.iter().filter(|t| t.workload == "s").map(|t| t.round).max();
    assert_eq!(last, Some(2), "a workload may take part in fewer rounds than the run has");
    let quick = experiment.quickened();
    let workload = quick.workloads.iter().find(|w| w.name == "s").unwrap();
    let loads: Vec<String> = workload.loads.iter().map(ToString::to_string).collect();
    assert_eq!(loads, ["closed 8", "60% poisson"], "a quick run has no time for shapes");
}

#[test]
fn an_overload_that_is_none_is_refused_where_it_stands() {
    let problems = text(
        r#"
title = "t"
[candidates.b]
dir = "b"
run = ["./b"]
[workloads.s]
requests = [{ get = "/" }]
closed = 8
slow-clients = 4
overload = { load = "90%", recovery = "95%", within = "soon" }
"#,
    )
    .unwrap_err();
    for (place, what) in [
        ("9:1", "slow-clients"),
        ("10:21", "overload.load"),
        ("10:39", "overload.recovery"),
        ("10:55", "overload.within"),
    ] {
        assert!(
            problems.lines().any(|line| line.contains(what) && line.contains(place)),
            "{what} at {place}: {problems}"
        );
    }
}

#[test]
fn all_problems_come_at_once_in_the_order_of_the_file() {
    insta::assert_snapshot!(text(r#"
titel = "typo"
reference = "c"
[candidates."a~twin"]
dir = "nowhere"
run = "sh -c x"
[candidates.b]
dir = "b"
run = ["./b", "{adress}"]
ready-within = "soon"
[workloads.w]
requests = [{ get = "no slash", weight = 0 }, { get = "/{id}", i = { range = [5, 1] } }]
load = [60, "120%"]
[requirements.r]
measure = "latency-p98"
max = "20ms"
[judging]
level = 1.5
primary = ["throughputs"]
"#).unwrap_err(), @r#"
    bakeoff.toml:1:1: the manifest has no `title`; What is being decided, in the team's words.
    bakeoff.toml:2:1: unknown key `titel`; did you mean `title`?
    bakeoff.toml:3:13: there is no candidate `c`; did you mean `b`?
    bakeoff.toml:4:13: a candidate's name cannot end in `~twin`
    bakeoff.toml:5:7: `nowhere` does not exist
    bakeoff.toml:6:7: `candidates.a~twin.run` must be an array of arguments; write ["sh", "-c", "x"], or set `shell = true`
    bakeoff.toml:9:7: nothing fills `{adress}` in `candidates.b.run`; did you mean `address`?
    bakeoff.toml:10:16: `candidates.b.ready-within` must be a length of time such as "250ms" or "10s"
    bakeoff.toml:12:21: `workloads.w.requests[0].get` must be a path such as "/orders?page=1"
    bakeoff.toml:12:42: `workloads.w.requests[0].weight` must be a whole number from 1 to 1000000
    bakeoff.toml:12:47: nothing fills `{id}`; add `id = { range = [1, 100] }`
    bakeoff.toml:12:64: unknown key `i` in `workloads.w.requests[1]`; did you mean `id`?
    bakeoff.toml:13:9: `workloads.w.load` must be a share up to "100%" or a rate such as "2000/s"
    bakeoff.toml:13:13: `workloads.w.load` must be a share up to "100%" or a rate such as "2000/s"
    bakeoff.toml:15:11: there is no metric `latency-p98`; did you mean `latency-p99`?
    bakeoff.toml:18:9: `judging.level` must be a share from 50% to below 100%
    bakeoff.toml:19:11: there is no metric `throughputs`; did you mean `throughput`?
    "#);
}

#[test]
fn criteria_make_a_tree_and_groups_share_out_their_points() {
    let experiment = with(r#"
[criteria.performance]
swing = 60
tail = { measure = "latency-p99", load = "60% poisson", best = "2ms", worst = "50ms", swing = 2, margin = "10%" }
[criteria.performance.cost]
cpu = { measure = "cpu-per-request", best = "10us", worst = "1ms", swing = 1 }
[criteria.hiring]
rated = "ratings.toml"
swing = 40
[profiles.platform]
performance = 90
hiring = 10
"#)
    .unwrap();
    let swings: Vec<(String, Vec<String>, f64)> =
        experiment.criteria.iter().map(|c| (c.name.clone(), c.path.clone(), c.swing)).collect();
    let path = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    assert_eq!(
        swings,
        [
            ("tail".to_owned(), path(&["performance"]), 40.0),
            ("cpu".to_owned(), path(&["performance", "cost"]), 20.0),
            ("hiring".to_owned(), path(&[]), 40.0),
        ]
    );
    assert_eq!(
        experiment.judging.margins["latency-p99"], 0.1,
        "a criterion's margin is its metric's"
    );
    let profile = &experiment.profiles["platform"];
    assert_eq!((profile["tail"], profile["cpu"], profile["hiring"]), (60.0, 30.0, 10.0));
}

#[test]
fn criteria_with_unsound_anchors_are_refused() {
    insta::assert_snapshot!(with(r#"
[criteria.same]
measure = "latency-p99"
best = "5ms"
worst = "5ms"
swing = 10
[criteria.swapped]
measure = "throughput"
best = "10/s"
worst = "1000/s"
swing = 10
[criteria.unit]
measure = "memory-peak"
best = "5ms"
worst = "64MiB"
swing = 10
[criteria.nothing]
swing = nan
"#).unwrap_err(), @r#"
    bakeoff.toml:20:8: `best` equals `worst` in `criteria.same`
    bakeoff.toml:25:8: `best` is worse than `worst` in `criteria.swapped`; swap them
    bakeoff.toml:30:8: `criteria.unit.best` must be an amount of memory such as "64MiB", or bytes
    bakeoff.toml:33:1: `criteria.nothing` has no `measure`; Measured: the metric.
    bakeoff.toml:34:9: `criteria.nothing.swing` must be a number from 0 to 1000000000
    "#);
}

#[test]
fn a_json_body_says_that_it_is_one_unless_told_otherwise() {
    let cases = [
        (r#"post = "/o", json = { a = 1 }"#, Some("application/json")),
        (
            r#"post = "/o", json = { a = 1 }, headers = { Content-Type = "text/plain" }"#,
            Some("text/plain"),
        ),
        (r#"post = "/o", body = "{}""#, None),
    ];
    for (request, wanted) in cases {
        let manifest = SOUND.replace(
            r#"{ get = "/json/{n}", n = { range = [1, 50] } }"#,
            &format!("{{ {request} }}"),
        );
        let headers = &text(&manifest).unwrap().workloads[0].requests[0].headers;
        assert_eq!(headers.get("content-type").map(String::as_str), wanted, "{request}");
    }
}

#[test]
fn json_bodies_draw_numbers_and_quote_words() {
    let experiment = text(&SOUND.replace(
        r#"[{ get = "/json/{n}", n = { range = [1, 50] } }]"#,
        r#"[{ post = "/orders", json = { id = { range = [1, 9] }, kind = { choice = ["a\"b"] }, deep = [true, { uuid = {} }] } }]"#,
    ))
    .unwrap();
    let request = &experiment.workloads[0].requests[0];
    insta::assert_debug_snapshot!((&request.body, &request.params), @r#"
    (
        Text {
            text: "{\"id\":{json-1},\"kind\":{json-2},\"deep\":[true,\"{json-3}\"]}",
            template: true,
        },
        {
            "json-1": Range(
                1,
                9,
            ),
            "json-2": Choice(
                [
                    "\"a\\\"b\"",
                ],
            ),
            "json-3": Uuid,
        },
    )
    "#);
}

#[test]
fn a_file_of_cases_can_be_for_some_workloads_only() {
    let case = |name: &str| format!("[[case]]\nname = \"{name}\"\npath = \"/x\"\nexpect = {{}}\n");
    let mut files = files();
    files.insert("contract.toml".to_owned(), case("for all").into_bytes());
    let orders = format!(
        "workloads = [\"orders\", \"oders\"]\n{}[[random]]\nget = \"/o\"\n",
        case("for those with orders")
    );
    files.insert("orders.toml".to_owned(), orders.clone().into_bytes());
    let manifest = format!(
        "{SOUND}[workloads.orders]\nrequests = [{{ get = \"/o\" }}]\n\
         [contract]\ncases = [\"contract.toml\", \"orders.toml\"]\n"
    );
    insta::assert_snapshot!(bytes(manifest.as_bytes(), &files).unwrap_err(), @"orders.toml:1:13: there is no workload `oders`; did you mean `orders`?");

    files.insert("orders.toml".to_owned(), orders.replace(", \"oders\"", "").into_bytes());
    let mut experiment = bytes(manifest.as_bytes(), &files).unwrap();
    experiment.candidates[1].workloads = vec!["json".to_owned()];
    let contract = &experiment.contract;
    let asked: Vec<(&str, bool, bool)> = (contract.cases.iter().map(|case| &case.workloads))
        .chain(contract.random.iter().map(|template| &template.workloads))
        .zip(["for all", "a case", "random"])
        .map(|(workloads, what)| {
            let [a, b] = [0, 1].map(|i| experiment.candidates[i].takes_part(workloads));
            (what, a, b)
        })
        .collect();
    assert_eq!(asked, [("for all", true, true), ("a case", true, false), ("random", true, false)]);
}

#[test]
fn a_quick_run_can_leave_workloads_out_with_all_that_hangs_on_them() {
    let more = "[workloads.orders]\nrequests = [{ get = \"/o\" }]\n\
        [candidates.c]\ndir = \"b\"\nrun = [\"./c\"]\nworkloads = \"orders\"\n\
        [quick]\nworkloads = \"json\"\nprograms = false\n\
        [probes.tasks]\nsubject = \"b\"\ndir = \"b\"\nrun = [\"./p\"]\nmetrics = { tasks = \"lower\" }\n\
        [requirements.one]\nmeasure = \"memory-peak\"\nworkload = \"orders\"\nmax = 1\n\
        [requirements.two]\nmeasure = \"tasks\"\nmax = 1\n\
        [requirements.three]\nmeasure = \"memory-peak\"\nworkload = \"json\"\nmax = 1\n";
    let quick = with(more).unwrap().quickened();
    let names = |names: Vec<&String>| names.into_iter().cloned().collect::<Vec<_>>().join(" ");
    assert_eq!(names(quick.workloads.iter().map(|w| &w.name).collect()), "json");
    assert_eq!(names(quick.candidates.iter().map(|c| &c.name).collect()), "a b");
    assert_eq!(names(quick.requirements.iter().map(|r| &r.name).collect()), "three");
    assert!(quick.probes.iter().all(|probe| probe.name != "tasks"));
}

#[test]
fn a_quick_run_leaves_out_dear_probes_and_what_rests_on_them() {
    let more = "[probes.build]\n[probes.start]\nrounds = 9\n\
        [requirements.edit]\nmeasure = \"build-incremental\"\nmax = \"5s\"\n\
        [requirements.start]\nmeasure = \"start\"\nmax = \"5s\"\n";
    let quick = with(more).unwrap().quickened();
    let mut probes: Vec<(&str, u32)> =
        quick.probes.iter().map(|probe| (probe.name.as_str(), probe.rounds)).collect();
    probes.sort_unstable();
    assert_eq!(probes, [("size", 1), ("source", 1), ("start", 5)]);
    assert_eq!(quick.requirements.iter().map(|r| r.name.as_str()).collect::<Vec<_>>(), ["start"]);
}

#[test]
fn what_is_compared_at_one_rate_means_an_open_load_unless_another_is_named() {
    let more = "[requirements.tail]\nmeasure = \"latency-p99\"\nmax = \"5ms\"\n\
        [requirements.rate]\nmeasure = \"throughput\"\nmin = \"5/s\"\n\
        [requirements.full]\nmeasure = \"latency-p99\"\nload = \"closed 32\"\nmax = \"5ms\"\n";
    let loads: Vec<Option<String>> =
        with(more).unwrap().requirements.into_iter().map(|r| r.cell.load).collect();
    let expected = ["30% constant", "closed 32", "closed 32"];
    assert_eq!(loads, expected.map(|load| Some(load.to_owned())));
}

#[test]
fn contract_problems_name_the_contracts_own_file() {
    let mut files = files();
    let contract = "[[case]]\nname = \"x\"\npath = \"/x\"\nexpect = { stauts = 200 }\n\n[[random]]\nget = \"/{n}\"\n";
    files.insert("contract.toml".to_owned(), contract.as_bytes().to_vec());
    let manifest = format!("{SOUND}[contract]\ncases = \"contract.toml\"\n");
    insta::assert_snapshot!(bytes(manifest.as_bytes(), &files).unwrap_err(), @r"
    contract.toml:4:12: unknown key `stauts` in `case[0].expect`; did you mean `status`?
    contract.toml:6:1: nothing fills `{n}`; add `n = { range = [1, 100] }`
    ");
}

#[test]
fn files_outside_the_folder_are_refused() {
    for path in ["../contract.toml", "/etc/passwd", "a/../../x"] {
        let problems = with(&format!("[contract]\ncases = {path:?}\n")).unwrap_err();
        assert!(problems.contains("leaves the manifest's folder"), "{path}: {problems}");
    }
}

#[test]
fn only_loopback_may_be_loaded() {
    for (url, sound) in [
        ("http://127.0.0.1:80", true),
        ("http://[::1]:80/", true),
        ("http://localhost:8080", true),
        ("http://10.0.0.1:80", false),
        ("http://127.0.0.1.evil.example:80", false),
        ("http://0x7f000001:80", false),
        ("https://127.0.0.1:80", false),
        ("http://127.0.0.1", false),
    ] {
        let result = with(&format!("[candidates.c]\nurl = {url:?}\n"));
        assert_eq!(result.is_ok(), sound, "{url}: {result:?}");
    }
}

#[test]
fn malformed_bytes_are_reported_where_they_are() {
    let problems = |bytes_: &[u8]| bytes(bytes_, &files()).unwrap_err();
    let found = problems(b"title = \"a\"\nx = \"\xff\"\n");
    assert!(found.contains("bakeoff.toml:2:6: the file is not UTF-8"), "{found}");
    let found = problems(b"title = \"a\"\ntitle = \"b\"\n");
    assert!(found.contains("bakeoff.toml:2:1: not TOML: duplicate key"), "{found}");
    let marked = format!("\u{feff}{}", SOUND.replace('\n', "\r\n"));
    assert!(
        text(&marked).is_ok(),
        "a byte order mark and CRLF are no problem: {:?}",
        text(&marked)
    );
}

#[test]
fn deep_and_large_manifests_are_refused_and_bounded() {
    let deep = format!("x = {}1{}", "[".repeat(10_000), "]".repeat(10_000));
    let found = text(&deep).unwrap_err();
    assert!(found.contains("recurs"), "{}", &found[..found.len().min(300)]);
    let dotted = format!("{}x = 1", "a.".repeat(10_000));
    assert!(text(&dotted).unwrap_err().contains("recursion limit"));
    let huge = vec![b'\n'; 10 << 20];
    assert!(bytes(&huge, &files()).unwrap_err().contains("10485760 bytes"));
    let lines: Vec<String> = (0..10_000).map(|n| format!("k{n} = {n}")).collect();
    let many = lines.join("\n");
    let problems = read("m", many.as_bytes(), &files()).unwrap_err();
    assert_eq!(problems.list.len() + problems.omitted, 10_002, "two keys are missing");
    assert!(problems.render(false).len() < 100_000);
}

#[test]
fn problems_are_rendered_with_their_line_and_a_remedy() {
    let problems =
        read("bakeoff.toml", format!("{SOUND}[judgin]\nrounds = 3\n").as_bytes(), &files())
            .unwrap_err();
    insta::assert_snapshot!(problems.render(false), @r"
    error: unknown key `judgin`
      --> bakeoff.toml:17:2
       |
    17 | [judgin]
       |  ^^^^^^ nothing reads this
       |
    help: did you mean `judging`?
    ");
    assert!(problems.render(true).contains("\u{1b}["), "coloured on request");
}

#[test]
fn the_schema_names_every_key_the_reader_knows_and_no_other() {
    let schema = schema();
    assert_eq!(schema["additionalProperties"], false);
    let listed: Vec<&String> = schema["properties"].as_object().unwrap().keys().collect();
    let known: Vec<&str> = keys::ROOT.iter().map(|key| key.name).collect();
    assert_eq!(listed, known);
    let candidate = &schema["properties"]["candidates"]["additionalProperties"]["properties"];
    assert_eq!(candidate.as_object().unwrap().len(), keys::CANDIDATE.len());
}

#[test]
fn the_docs_explain_every_key() {
    let docs = include_str!("../../../../docs/manifest.md");
    let mut absent = Vec::new();
    for keys in [
        keys::ROOT,
        keys::LIMITS,
        keys::CANDIDATE,
        keys::GIT,
        keys::CONTRACT,
        keys::CASES,
        keys::CASE,
        keys::EXPECT,
        keys::WORKLOAD,
        keys::OBJECTIVE,
        keys::OVERLOAD,
        keys::SWEEP,
        keys::REQUEST,
        keys::PROBE,
        keys::CRITERION,
        keys::REQUIREMENT,
        keys::JUDGING,
        keys::GATES,
        keys::QUICK,
    ] {
        absent.extend(
            keys.iter().filter(|key| {
                !docs.contains(&format!("`{}`", key.name)) || !docs.contains(key.doc)
            }),
        );
    }
    let absent: Vec<&str> = absent.into_iter().map(|key| key.name).collect();
    assert!(absent.is_empty(), "docs/manifest.md does not explain {absent:?}");
}

#[test]
fn a_built_in_probe_may_be_for_some_candidates_which_exist() {
    let kept = with("[probes.build]\ncandidates = [\"a\"]\n").unwrap();
    let build = kept.probes.iter().find(|probe| probe.name == "build").unwrap();
    assert_eq!(build.candidates, ["a"]);
    let problems = with("[probes.build]\ncandidates = [\"aa\"]\n").unwrap_err();
    assert!(problems.contains("there is no candidate `aa`"), "{problems}");
}
