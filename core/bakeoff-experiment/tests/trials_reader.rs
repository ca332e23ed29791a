//! What `bakeoff.trials/1` is refused for: every problem has a path and a reason.

use bakeoff_experiment::trials_reader::read;

const SOUND: &str = r#"{"schema":"bakeoff.trials/1",
 "design":{"candidates":["a","b"],"reference":"b","margin":{"latency-p99":0.05},"level":0.95,"stop":{"kind":"fixed","rounds":8},
           "direction":{"latency-p99":"lower","throughput":"higher"}},
 "trials":[{"round":1,"position":0,"candidate":"a","workload":"orders","load":"60%","build":1,"metrics":{"latency-p99":0.0123,"cpu-per-request":0.00011}},
           {"round":1,"position":1,"candidate":"b","workload":"orders","load":"60%","build":1,"metrics":{"latency-p99":0.0120}}]}"#;

/// What reading the sound file says once `from` is `to`.
fn changed(from: &str, to: &str) -> String {
    assert!(SOUND.contains(from), "{from}");
    match read(SOUND.replacen(from, to, 1).as_bytes()) {
        Ok(_) => "accepted".to_owned(),
        Err(problems) => problems.to_string(),
    }
}

#[test]
fn the_documented_file_is_accepted() {
    assert_eq!(read(SOUND.as_bytes()).unwrap().trials.len(), 2);
}

#[test]
fn every_refusal_says_where_and_why() {
    for (from, to, expected) in [
        ("0.0123", "null", "trials[0].metrics.latency-p99 is not a finite number"),
        ("0.0123", "\"NaN\"", "trials[0].metrics.latency-p99 is not a finite number"),
        ("0.0123", "1e999", "trials[0].metrics.latency-p99 is not a finite number"),
        ("0.0120", "-1", "trials[1].metrics.latency-p99 is below zero"),
        (
            "0.0120",
            "NaN",
            "trials[1].metrics.latency-p99 is not JSON: expected value at line 5 column 120",
        ),
        (
            "\"reference\":\"b\"",
            "\"reference\":\"c\"",
            "design.reference is not in design.candidates",
        ),
        ("\"level\":0.95", "\"level\":95", "design.level is not between 0 and 1"),
        ("\"level\":0.95", "\"level\":\"95%\"", "design.level is not a number"),
        (
            "\"fixed\"",
            "\"fixd\"",
            "design.stop.kind is not one of fixed, anytime, planned, precision",
        ),
        ("\"rounds\":8", "\"rounds\":-8", "design.stop.rounds is not a whole number"),
        (
            "\"lower\"",
            "\"down\"",
            "design.direction.latency-p99 is neither \"lower\" nor \"higher\"",
        ),
        ("0.05}", "-0.05}", "design.margin.latency-p99 is not a finite number from 0"),
        (
            "\"candidate\":\"b\"",
            "\"candidate\":\"c\"",
            "trials[1].candidate \"c\" is not in design.candidates",
        ),
        (
            "\"candidate\":\"b\"",
            "\"candidate\":\"a\"",
            "trials[1] is there twice: a in round 1 of orders 60%",
        ),
        ("\"round\":1", "\"round\":0", "trials[0].round is 0; rounds count from 1"),
        ("\"round\":1", "\"round\":1.5", "trials[0].round is not a whole number"),
        ("trials/1", "trials/2", "schema is \"bakeoff.trials/2\", not \"bakeoff.trials/1\""),
        ("\"margin\"", "\"margins\"", "design.margins is no known field; did you mean `margin`?"),
        ("0.0123", "1e308", "trials[0].metrics.latency-p99 is beyond 1e-100 to 1e100"),
        ("0.0123", "5e-324", "trials[0].metrics.latency-p99 is beyond 1e-100 to 1e100"),
        ("\"rounds\":8", "\"half_width\":-5", "design.stop.half_width is not above zero"),
        ("[\"a\",\"b\"]", "[\"a\",\"b\",\"a\"]", "design.candidates names one twice"),
    ] {
        assert_eq!(changed(from, to), expected, "{from} -> {to}");
    }
}

#[test]
fn a_field_that_nobody_reads_is_refused_and_so_is_one_of_another_type() {
    for (from, to, expected) in [
        (
            "\"workload\":\"orders\"",
            "\"workloda\":\"orders\"",
            "trials[0].workloda is no known field; did you mean `workload`?",
        ),
        (
            "\"build\":1,",
            "\"builds\":2,",
            "trials[0].builds is no known field; did you mean `build`?",
        ),
        ("\"build\":1,", "\"vm\":2,", "trials[0].vm is no known field"),
        (
            "\"level\":0.95,",
            "\"level\":0.95,\"exploratory\":7,",
            "design.exploratory is not an array of texts",
        ),
        (
            "\"rounds\":8",
            "\"looks\":[8,\"x\"]",
            "design.stop.looks is not an array of whole numbers",
        ),
        ("\"rounds\":8", "\"prior_variance\":\"1\"", "design.stop.prior_variance is not a number"),
    ] {
        assert_eq!(changed(from, to), expected, "{from} -> {to}");
    }
}

#[test]
fn a_field_that_is_known_is_no_problem_beside_one_that_is_not() {
    let file = SOUND.replacen("\"level\":0.95", "\"level\":\"x\",\"exploratory\":[\"orders\"]", 1);
    let said = read(file.as_bytes()).unwrap_err().to_string();
    assert_eq!(said, "design.level is not a number");
}

#[test]
fn all_problems_come_at_once_and_the_rest_is_counted() {
    let row = r#"{"round":0,"position":0,"candidate":"x","metrics":{}}"#;
    let rows = vec![row; 100].join(",");
    let file = SOUND.replace("\"trials\":[", &format!("\"trials\":[{rows},"));
    let problems = read(file.as_bytes()).unwrap_err();
    assert_eq!(problems.problems.len(), 20);
    // Two problems a row, and 99 of them are repeats of the first.
    assert_eq!(problems.omitted, 299 - 20);
}

#[test]
fn what_is_no_json_at_all_is_refused() {
    for text in ["", "[]", "{", "\u{0}", "{\"schema\":1}", "null"] {
        assert!(read(text.as_bytes()).is_err(), "{text:?}");
    }
}

#[test]
fn the_schema_asks_for_what_the_reader_asks_for() {
    let schema = bakeoff_experiment::trials::schema();
    let required = |at: &serde_json::Value| -> Vec<String> {
        at["required"].as_array().unwrap().iter().map(|v| v.as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(required(&schema), ["schema", "design", "trials"]);
    let definitions = &schema["$defs"];
    assert_eq!(required(&definitions["Design"]), ["candidates", "reference", "level", "stop"]);
    assert_eq!(required(&definitions["TrialRow"]), ["round", "position", "candidate", "metrics"]);
    for key in required(&definitions["Design"]) {
        let answer = changed(&format!("\"{key}\":"), &format!("\"no-{key}\":"));
        assert!(answer.contains(&format!("design.{key}")), "{key}: {answer}");
    }
}
