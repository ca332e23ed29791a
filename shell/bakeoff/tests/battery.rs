//! A battery is put to its tools side by side, and says nothing of where it lies.

mod support;

use std::fs;
use std::path::Path;

use bakeoff_experiment::battery::{BatteryOutcome, BatteryRecord};
use bakeoff_experiment::record::Record;
use bakeoff_store::RunStore;
use support::{SHORT, alone, bakeoff, candidate, manifest, only_run};

/// A language whose compiler is `cp`. Programs note when they begin and end: nothing may come
/// between.
const LANGUAGES: &str = r#"
[Shell]
file = "defect.sh"
version = ["sh", "-c", "echo shell 1"]
hint = "install a shell"
compile = ["cp", "{source}", "{out}"]
lint = [["sh", "-n", "{source}"]]
run = ["sh", "-c", "echo begin >> runs.txt; sh {out}; s=$?; echo end >> runs.txt; exit $s"]
message = ["panicked at"]
"#;

const PROGRAMS: [(&str, &str, BatteryOutcome); 4] = [
    ("harmless", "sleep 0.05; echo right", BatteryOutcome::Harmless),
    ("trapped", "echo \"panicked at $SOURCE/defect.sh:1\"; exit 1", BatteryOutcome::Trapped),
    ("wrong", "sleep 0.05; echo left", BatteryOutcome::SilentlyWrong),
    ("wrong-too", "sleep 0.05; echo no", BatteryOutcome::SilentlyWrong),
];

fn write(folder: &Path) {
    let honest = r#""--mode", "honest""#;
    let more = [candidate("one", honest), candidate("two", honest), SHORT.to_owned()].join("");
    manifest(folder, "one", &more);
    let path = folder.join("bakeoff.toml");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, format!("battery = \"battery\"\n{text}")).unwrap();
    let battery = folder.join("battery");
    for (name, program, _) in PROGRAMS {
        let class = battery.join(name);
        fs::create_dir_all(&class).unwrap();
        let source = class.display().to_string();
        fs::write(class.join("defect.sh"), program.replace("$SOURCE", &source)).unwrap();
        let about = format!("title = \"{name}\"\nexpect = \"right\"\nruns = 3\n");
        fs::write(class.join("defect.toml"), about).unwrap();
    }
    fs::write(battery.join("languages.toml"), LANGUAGES).unwrap();
}

#[test]
fn programs_compile_side_by_side_run_one_at_a_time_and_name_no_folder_of_this_machine() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    write(folder.path());
    let output = bakeoff(folder.path(), &["run", ".", "--rounds", "2", "--seed", "1"]).output();
    let said = String::from_utf8(output.unwrap().stderr).unwrap();
    let run = only_run(folder.path()).unwrap_or_else(|| panic!("no run: {said}"));
    let records = RunStore::open_read_only(&run).unwrap().records().unwrap();
    let battery: &BatteryRecord = records
        .iter()
        .find_map(|record| match record {
            Record::Battery(battery) => Some(battery),
            _ => None,
        })
        .unwrap_or_else(|| panic!("no battery: {said}"));
    let outcomes: Vec<_> = battery.programs.iter().map(|p| (p.class.as_str(), p.outcome)).collect();
    assert_eq!(outcomes, PROGRAMS.map(|(name, _, outcome)| (name, outcome)), "{said}");
    assert_eq!(battery.programs[1].evidence, "panicked at trapped/defect.sh:1");
    let here = folder.path().display().to_string();
    for step in battery.programs.iter().flat_map(|program| &program.steps) {
        assert!(!step.output.contains(&here), "{step:?}");
    }
    let runs = fs::read_to_string(folder.path().join("battery/runs.txt")).unwrap();
    let lines: Vec<&str> = runs.lines().collect();
    assert_eq!(lines.len(), 2 * 3 * PROGRAMS.len());
    assert!(lines.chunks(2).all(|pair| pair == ["begin", "end"]), "{runs}");
}
