//! Every key of a manifest, in one place: the reader refuses others, the schema and the docs list
//! these.

/// A key, what its value is, and what it is for.
#[derive(Debug)]
pub(crate) struct Key {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) required: bool,
    pub(crate) doc: &'static str,
}

/// What a value is.
#[derive(Debug)]
pub(crate) enum Kind {
    /// Any text.
    Text,
    /// A path relative to the manifest.
    Path,
    /// `true` or `false`.
    Bool,
    /// A whole number from 0.
    Count,
    /// A finite number.
    Number,
    /// A number, or a text with a unit.
    Quantity,
    /// `"5%"` or 0.05.
    Share,
    /// `"250ms"`.
    Span,
    /// `"512MiB"` or a number of bytes.
    Bytes,
    /// An array of texts: program and arguments.
    Command,
    /// One command or an array of commands.
    Commands,
    /// A text or an array of texts.
    Texts,
    /// A whole number or an array of them.
    Counts,
    /// `"60%"`, `"2000/s"`, or an array of these.
    Levels,
    /// One of these words, or an array of them.
    Words(&'static [&'static str]),
    /// A table with these keys.
    Table(&'static [Key]),
    /// A table of named values.
    Map(&'static Kind),
    /// An array of values.
    List(&'static Kind),
    /// A table with these keys and values of other names beside them.
    Open(&'static [Key], &'static Kind),
    /// Criteria and groups of criteria, nested.
    Tree,
    /// A value drawn anew for each request.
    Param,
    /// Whatever TOML can say.
    Any,
}

const fn key(name: &'static str, kind: Kind, doc: &'static str) -> Key {
    Key { name, kind, required: false, doc }
}

const fn must(name: &'static str, kind: Kind, doc: &'static str) -> Key {
    Key { name, kind, required: true, doc }
}

/// The top of a manifest.
pub(crate) const ROOT: &[Key] = &[
    must("title", Kind::Text, "What is being decided, in the team's words."),
    key(
        "reference",
        Kind::Text,
        "The candidate the others are compared with, and which runs twice. Default: the first.",
    ),
    key("limits", Kind::Table(LIMITS), "What every candidate gets, the same for all."),
    must("candidates", Kind::Map(&Kind::Table(CANDIDATE)), "The implementations under comparison."),
    key(
        "upstream",
        Kind::Table(UPSTREAM),
        "What stands in for the services that candidates call; started beside each of them.",
    ),
    key("database", Kind::Table(DATABASE), "The PostgreSQL server that candidates keep data in."),
    key(
        "contract",
        Kind::Table(CONTRACT),
        "What every candidate must do, checked before any load.",
    ),
    key("workloads", Kind::Map(&Kind::Table(WORKLOAD)), "Requests and how they arrive."),
    key("probes", Kind::Map(&Kind::Table(PROBE)), "What is measured beside load."),
    key("criteria", Kind::Tree, "What is weighed; tables within tables make a tree."),
    key("requirements", Kind::Map(&Kind::Table(REQUIREMENT)), "What must hold, as measured."),
    key(
        "profiles",
        Kind::Map(&Kind::Map(&Kind::Number)),
        "Named sets of swing points, by criterion or group; they replace the criteria's own.",
    ),
    key("judging", Kind::Table(JUDGING), "How candidates are compared and when measuring stops."),
    key("quick", Kind::Table(QUICK), "What `--quick` makes of the experiment."),
    key("claims", Kind::Path, "File of the claims to check against the evidence."),
    key("battery", Kind::Path, "Folder of the defective programs."),
];

pub(crate) const LIMITS: &[Key] = &[
    key("cpus", Kind::Count, "Processors for the candidate. Default: 1."),
    key("memory", Kind::Bytes, "Memory; no swap beside it. Default: not limited."),
    key("pids", Kind::Count, "Processes and threads. Default: not limited."),
    key("required", Kind::Bool, "Refuse to run where a limit cannot be enforced. Default: false."),
];

pub(crate) const CANDIDATE: &[Key] = &[
    key("language", Kind::Text, "The language it stands for, as people write it."),
    key("tuning", Kind::Words(TUNINGS), "How far it was tuned. Default: out-of-the-box."),
    key("note", Kind::Text, "One line on what it is and what was tuned."),
    key("dir", Kind::Path, "Its folder."),
    key("git", Kind::Table(GIT), "A revision of the repository that the manifest is in."),
    key("url", Kind::Text, "Something already running on loopback: `http://127.0.0.1:8080`."),
    key(
        "toolchain",
        Kind::Command,
        "The receipt that it can be built here; if it fails the candidate is skipped.",
    ),
    key("hint", Kind::Text, "What to tell someone who lacks the toolchain."),
    key("fetch", Kind::Commands, "Fetches what the build needs; not timed."),
    key("build", Kind::Commands, "Builds it; timed."),
    key(
        "clean",
        Kind::Commands,
        "Removes what the build made, so that a clean build can be timed.",
    ),
    key("check", Kind::Commands, "Checks without building, if the language can."),
    key("artifact", Kind::Path, "The file that the build makes, relative to `dir`."),
    key(
        "run",
        Kind::Command,
        "Starts it. `{artifact}`, `{address}`, `{port}`, `{dir}`, `{upstream}`, `{database}` and `{pool}` are filled in.",
    ),
    key(
        "shell",
        Kind::Bool,
        "Let `sh -c` run commands that are written as one text. Default: false.",
    ),
    key("env", Kind::Map(&Kind::Text), "Environment variables it gets."),
    key(
        "ready",
        Kind::Text,
        "The request that answers 200 once it is ready. Default: `GET /health`.",
    ),
    key("ready-within", Kind::Span, "How long it may take to become ready. Default: 10s."),
    key("stop-within", Kind::Span, "How long it may take to stop after SIGTERM. Default: 5s."),
    key("workloads", Kind::Texts, "The workloads it takes part in. Default: all."),
];

/// How far a candidate may have been tuned.
pub(crate) const TUNINGS: &[&str] = &["out-of-the-box", "tuned"];

pub(crate) const GIT: &[Key] = &[
    must("rev", Kind::Text, "A revision as git understands it."),
    key("dir", Kind::Path, "The folder within the repository. Default: its top."),
];

pub(crate) const UPSTREAM: &[Key] = &[
    key("workloads", Kind::Texts, "The workloads whose requests reach it. Default: all."),
    key(
        "run",
        Kind::Command,
        "Starts a program of your own; `{address}`, `{port}` and `{dir}` are filled in. Default: the built-in stub.",
    ),
    key("dir", Kind::Path, "The folder that program starts in. Default: the manifest's."),
    key("env", Kind::Map(&Kind::Text), "Environment variables it gets."),
    key(
        "ready",
        Kind::Text,
        "The request that answers 200 once it is ready. Default: `GET /health`.",
    ),
    key("ready-within", Kind::Span, "How long it may take to become ready. Default: 10s."),
];

pub(crate) const DATABASE: &[Key] = &[
    must("url", Kind::Text, "The server, on this machine: `postgres://USER@127.0.0.1:5432/NAME`."),
    must("pool", Kind::Count, "Connections that a candidate may hold."),
    key("prepare", Kind::Path, "SQL that fills each candidate's database. Default: it is empty."),
    key("hint", Kind::Text, "What to tell someone who has no such server."),
];

pub(crate) const CONTRACT: &[Key] = &[
    key("cases", Kind::Texts, "File or files of fixed cases and of recipes for random requests."),
    key(
        "requests",
        Kind::Count,
        "Random requests on which all candidates must agree. Default: 500.",
    ),
    key(
        "compare-headers",
        Kind::Texts,
        "Response headers that must agree as well. Default: content-type.",
    ),
    key("ignore", Kind::Texts, "JSON pointers whose values may differ between candidates."),
];

/// The top of the file that `contract.cases` names.
pub(crate) const CASES: &[Key] = &[
    key("case", Kind::List(&Kind::Table(CASE)), "A request with a known answer."),
    key("random", Kind::List(&Kind::Open(REQUEST, &Kind::Param)), "A recipe for random requests."),
    key("ignore", Kind::Texts, "JSON pointers whose values may differ between candidates."),
    key(
        "workloads",
        Kind::Texts,
        "The file is for candidates that take part in one of these. Default: for all.",
    ),
];

pub(crate) const CASE: &[Key] = &[
    must("name", Kind::Text, "What it shows."),
    key("method", Kind::Text, "The method. Default: GET."),
    must("path", Kind::Text, "Path and query."),
    key("headers", Kind::Map(&Kind::Text), "Header fields."),
    key("body", Kind::Text, "The body."),
    key("body-file", Kind::Path, "File that holds the body."),
    key(
        "json",
        Kind::Any,
        "The body as JSON; `content-type` is then `application/json` unless `headers` has one.",
    ),
    must("expect", Kind::Table(EXPECT), "The answer wanted."),
];

pub(crate) const EXPECT: &[Key] = &[
    key("status", Kind::Count, "The status code. Default: 200."),
    key("headers", Kind::Map(&Kind::Text), "Header fields; a value must begin with this."),
    key("text", Kind::Text, "The body, exactly."),
    key("json", Kind::Any, "The body as JSON; key order and number spelling do not count."),
    key("body-file", Kind::Path, "File with the body: JSON if it is, else text."),
    key("echo", Kind::Bool, "The body is the request's own."),
];

pub(crate) const WORKLOAD: &[Key] = &[
    must(
        "requests",
        Kind::List(&Kind::Open(REQUEST, &Kind::Param)),
        "The requests, mixed by weight.",
    ),
    key(
        "variants",
        Kind::Count,
        "Concrete requests drawn for each trial; the answers to 1000 of them are learnt before the load and held against those under it. Default: 256.",
    ),
    key(
        "closed",
        Kind::Counts,
        "Connections of closed loops, a load each. Default: 64 where `load` has shares or is absent.",
    ),
    key("arrivals", Kind::Words(RHYTHMS), "Rhythms of open loads. Default: constant."),
    key(
        "load",
        Kind::Levels,
        "Open loads: shares of what the weakest candidate sustains, or rates.",
    ),
    key("connections", Kind::Count, "Connections of open loads. Default: 64."),
    key("warm-up", Kind::Span, "Time before measuring. Default: 3s."),
    key("measure", Kind::Span, "The measuring window. Default: 10s."),
    key("drain", Kind::Span, "How long requests in flight are waited for. Default: 2s."),
    key("timeout", Kind::Span, "Deadline of one request. Default: 5s."),
    key(
        "requests-per-connection",
        Kind::Count,
        "New connection after so many. Default: connections are kept.",
    ),
    key("rounds", Kind::Count, "Rounds that it takes part in, at most. Default: all."),
    key(
        "exploratory",
        Kind::Bool,
        "Looked at, not judged: its comparisons do not share the joint level, and the reference does not run twice. Default: false.",
    ),
    key(
        "slow-clients",
        Kind::Count,
        "Each `load` once more beside so many clients that send and read slowly. Default: none.",
    ),
    key("overload", Kind::Table(OVERLOAD), "A load beyond the knee, and the way back."),
    key("sweep", Kind::Table(SWEEP), "A search for the highest rate that keeps these bounds."),
    key("objective", Kind::Table(OBJECTIVE), "Requirements on this workload, in short."),
];

pub(crate) const OVERLOAD: &[Key] = &[
    key(
        "load",
        Kind::Share,
        "The overload, of what the weakest candidate sustains; above 100%. Default: 200%.",
    ),
    key("span", Kind::Span, "How long it lasts. Default: 2s."),
    key("recovery", Kind::Share, "The load before and after it; at most 90%. Default: 60%."),
    key("within", Kind::Span, "How long recovery is watched. Default: 6s."),
];

pub(crate) const SWEEP: &[Key] = &[
    key("p99", Kind::Span, "Latency p99 stays below this. Default: 20ms."),
    key("errors", Kind::Share, "Failed requests stay below this. Default: 0.1%."),
    key("step", Kind::Span, "How long each rate is offered. Default: 1s."),
];

/// The rhythms of open loads.
pub(crate) const RHYTHMS: &[&str] = &["constant", "poisson"];

pub(crate) const OBJECTIVE: &[Key] = &[
    key("p50", Kind::Span, "Latency p50, at most."),
    key("p90", Kind::Span, "Latency p90, at most."),
    key("p99", Kind::Span, "Latency p99, at most."),
    key("p999", Kind::Span, "Latency p99.9, at most."),
    key("errors", Kind::Share, "Failed requests, at most."),
];

/// Methods that can stand for `method` and `path` in a request.
pub(crate) const METHODS: &[&str] = &["get", "post", "put", "patch", "delete", "head", "options"];

pub(crate) const REQUEST: &[Key] = &[
    key("get", Kind::Text, "Path and query of a GET; `{name}` is drawn anew each time."),
    key("post", Kind::Text, "The same for POST."),
    key("put", Kind::Text, "The same for PUT."),
    key("patch", Kind::Text, "The same for PATCH."),
    key("delete", Kind::Text, "The same for DELETE."),
    key("head", Kind::Text, "The same for HEAD."),
    key("options", Kind::Text, "The same for OPTIONS."),
    key("method", Kind::Text, "The method, with `path`."),
    key("path", Kind::Text, "Path and query, with `method`."),
    key("weight", Kind::Count, "Share of this request among those of the workload. Default: 1."),
    key("headers", Kind::Map(&Kind::Text), "Header fields."),
    key(
        "body",
        Kind::Any,
        "The body: a text with holes, or `{ bytes = [least, most] }` of random text.",
    ),
    key(
        "json",
        Kind::Any,
        "The body as JSON: a value with `{ range = [1, 5] }` where numbers are drawn, or a file's path. `content-type` is then `application/json` unless `headers` has one.",
    ),
    key("body-file", Kind::Path, "File that holds the body."),
    key(
        "params",
        Kind::Map(&Kind::Param),
        "What fills the holes; they may also stand in the request itself.",
    ),
    key("expect", Kind::Table(EXPECT), "The answer wanted, whatever the draw."),
    key("queries", Kind::Count, "Statements it costs the database, as the server counts them."),
    key("rows", Kind::Count, "Rows that these give or change."),
];

pub(crate) const PROBE: &[Key] = &[
    key("rounds", Kind::Count, "Repetitions. Default: what the probe needs."),
    key("enabled", Kind::Bool, "Whether a built-in probe runs. Default: true."),
    key("candidates", Kind::Texts, "The candidates a built-in probe is for. Default: all."),
    key("subject", Kind::Text, "What the program stands for: results are filed under it."),
    key("dir", Kind::Path, "The program's folder."),
    key("toolchain", Kind::Command, "The receipt that it can be built here."),
    key("hint", Kind::Text, "What to tell someone who lacks the toolchain."),
    key("build", Kind::Commands, "Builds it."),
    key("run", Kind::Command, "Runs it; it prints one JSON object a line."),
    key("within", Kind::Span, "How long one run may take. Default: 60s."),
    key(
        "metrics",
        Kind::Map(&Kind::Words(DIRECTIONS)),
        "The metrics it prints: `lower` or `higher` is better.",
    ),
];

/// Which way a metric can be better.
pub(crate) const DIRECTIONS: &[&str] = &["lower", "higher"];

pub(crate) const CRITERION: &[Key] = &[
    key(
        "swing",
        Kind::Number,
        "What the change from worst to best is worth beside the others, in points.",
    ),
    key("measure", Kind::Text, "Measured: the metric."),
    key("workload", Kind::Text, "Measured: the workload."),
    key(
        "load",
        Kind::Text,
        "Measured: the load's label. Default: the first closed one for throughput, the first open one for all else.",
    ),
    key("best", Kind::Quantity, "Measured: as good as it matters."),
    key("worst", Kind::Quantity, "Measured: the worst that matters."),
    key(
        "shape",
        Kind::Words(SHAPES),
        "Measured: how value lies between them. Default: log, linear for counts and shares.",
    ),
    key(
        "knots",
        Kind::Any,
        "Measured: `[[number, value], ...]`, straight lines between; with `shape = \"piecewise\"`.",
    ),
    key(
        "midvalue",
        Kind::Number,
        "Measured: where half the value is reached, as a fraction of the range; with `shape = \"exponential\"`.",
    ),
    key("margin", Kind::Share, "Measured: the difference in the metric that the team cares about."),
    key("rated", Kind::Path, "Rated: file of people's ratings."),
    key("cited", Kind::Text, "Cited: the source, with its year."),
    key(
        "grade",
        Kind::Count,
        "Cited: 1 direct and recent, 2 indirect, 3 old or other domain, 4 opinion. Default: 2.",
    ),
    key("values", Kind::Any, "Cited: candidate to `[min, mode, max]` of the value from 0 to 1."),
    key("unknown", Kind::Bool, "Nobody knows: every value is as likely."),
];

/// How value can lie between the anchors.
pub(crate) const SHAPES: &[&str] = &["log", "linear", "piecewise", "exponential"];

pub(crate) const REQUIREMENT: &[Key] = &[
    must("measure", Kind::Text, "The metric."),
    key("workload", Kind::Text, "The workload. Default: the first that yields the metric."),
    key(
        "load",
        Kind::Text,
        "The load's label. Default: the first closed one for throughput, the first open one for all else.",
    ),
    key("min", Kind::Quantity, "The least it may be."),
    key("max", Kind::Quantity, "The most it may be."),
];

pub(crate) const JUDGING: &[Key] = &[
    key("rounds", Kind::Count, "Rounds of a fixed run, one look. Default: 8."),
    key(
        "until",
        Kind::Words(UNTIL),
        "Stop when verdicts are decided or intervals precise, instead of after `rounds`.",
    ),
    key("rounds-min", Kind::Count, "First look with `until`. Default: 8; 10 for precise."),
    key("rounds-max", Kind::Count, "Last look with `until`. Default: 32."),
    key("half-width", Kind::Share, "Wanted half-width with `until = \"precise\"`. Default: 5%."),
    key("level", Kind::Share, "Joint confidence of the primary verdicts. Default: 95%."),
    key("margin", Kind::Share, "Margin of metrics that name none. Default: 5%."),
    key("margins", Kind::Map(&Kind::Share), "Margins by metric."),
    key("primary", Kind::Texts, "Metrics whose verdicts share the level; others are exploratory."),
    key(
        "prior-variance",
        Kind::Number,
        "Prior variance of the anytime-valid interval. Default: 1.",
    ),
    key("builds", Kind::Count, "How often each candidate is built. Default: 1."),
    key("retries", Kind::Count, "How often a void trial is planned again. Default: 2."),
    key(
        "retry-share",
        Kind::Share,
        "What retries may take in all, of the time that the planned trials should take. Default: 50%.",
    ),
    key("gates", Kind::Table(GATES), "Bounds beyond which a trial is void."),
];

/// When measuring may stop other than after a number of rounds.
pub(crate) const UNTIL: &[&str] = &["decided", "precise"];

pub(crate) const GATES: &[Key] = &[
    key("generator-cpu", Kind::Share, "The generator's CPU in open loads, at most. Default: 70%."),
    key("rate-delivered", Kind::Share, "Delivered over offered rate, at least. Default: 99%."),
    key("send-lag-p99", Kind::Span, "Send lag p99 of open loads, at most. Default: 1ms."),
    key("errors", Kind::Share, "Failed over all requests, at most. Default: 0.1%."),
    key(
        "littles-law",
        Kind::Share,
        "Distance of throughput x time over requests in flight from 1. Default: 5%.",
    ),
    key("steal", Kind::Share, "Steal over wall time, at most. Default: 2%."),
    key(
        "generator-wait",
        Kind::Share,
        "The generator's wait for a processor, at most. Default: 5%.",
    ),
    key(
        "interference",
        Kind::Share,
        "The candidate's wait for a processor caused by others, at most. Default: 5%.",
    ),
    key("upstream-cpu", Kind::Share, "The upstream's CPU of its processor, at most. Default: 50%."),
];

pub(crate) const QUICK: &[Key] = &[
    key("rounds", Kind::Count, "Rounds. Default: 5."),
    key("warm-up", Kind::Span, "Warm-up, at most. Default: 400ms."),
    key("measure", Kind::Span, "Measuring window, at most. Default: 1s."),
    key("load", Kind::Levels, "Open loads that remain. Default: the middle one."),
    key("requests", Kind::Count, "Random requests of the contract, at most. Default: 200."),
    key(
        "workloads",
        Kind::Texts,
        "Workloads that remain, with the candidates that take part in them. Default: all.",
    ),
    key("programs", Kind::Bool, "Whether probe programs and the battery remain. Default: true."),
];
