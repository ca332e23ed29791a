//! `bakeoff init`: what it writes is sound, names what is there, and never replaces anything.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

fn bakeoff(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_bakeoff"))
        .args(arguments)
        .current_dir(folder)
        .env("NO_COLOR", "1")
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

fn with(files: &[(&str, &str)]) -> tempfile::TempDir {
    let top = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = top.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    top
}

const CRATE: &str = "[package]\nname = \"orders_service\"\nversion = \"0.1.0\"\n";

#[test]
fn every_program_found_becomes_a_candidate_of_a_sound_manifest() {
    let top = with(&[
        ("services/Orders RS/Cargo.toml", CRATE),
        ("services/Orders RS/crates/inner/Cargo.toml", CRATE),
        ("services/go/go.mod", "module orders\n"),
        ("node/package.json", "{\"main\": \"a\\\"b.js\"}"),
        ("py/pyproject.toml", "not toml at all ["),
        ("jvm/pom.xml", "<project/>"),
        (".hidden/go.mod", "module hidden\n"),
    ]);
    let made = bakeoff(top.path(), &["init"]);
    assert!(made.status.success(), "{}", text(&made.stderr));
    let checked = bakeoff(top.path(), &["check"]);
    let said = text(&checked.stdout);
    assert!(said.contains("sound; 5 candidates"), "{said}{}", text(&checked.stderr));
    let manifest = fs::read_to_string(top.path().join("bakeoff.toml")).unwrap();
    for line in [
        "reference = \"jvm\"",
        "[candidates.orders-rs]",
        "artifact = \"target/release/orders_service\"",
        "dir = \"services/Orders RS\"",
        // What its file declares does not fit into a command: the folder's name stands in.
        "run = [\"node\", \"node\"]",
    ] {
        assert!(manifest.contains(line), "{line} in {manifest}");
    }
}

#[test]
fn one_program_alone_is_compared_with_what_it_was() {
    let top = with(&[("go.mod", "module service\n")]);
    let git = Command::new("git").args(["init", "-q"]).current_dir(top.path()).status();
    assert!(git.unwrap().success());
    assert!(bakeoff(top.path(), &["init"]).status.success());
    let checked = bakeoff(top.path(), &["check"]);
    assert!(text(&checked.stdout).contains("sound; 2 candidates"), "{}", text(&checked.stderr));
    let manifest = fs::read_to_string(top.path().join("bakeoff.toml")).unwrap();
    assert!(manifest.contains("git = { rev = \"main\" }"), "{manifest}");
}

#[test]
fn nothing_is_written_over_and_nothing_without_a_program() {
    let top = with(&[("deep/down/below/go.mod", "module far\n")]);
    let none = bakeoff(top.path(), &["init"]);
    assert_eq!(none.status.code(), Some(2));
    assert!(text(&none.stderr).contains("Cargo.toml, go.mod"), "{}", text(&none.stderr));
    for name in ["bakeoff.toml", "contract.toml"] {
        let top = with(&[("go.mod", "module service\n"), (name, "mine")]);
        let refused = bakeoff(top.path(), &["init"]);
        assert_eq!(refused.status.code(), Some(2));
        assert!(text(&refused.stderr).contains("not touched"), "{}", text(&refused.stderr));
        assert_eq!(fs::read_to_string(top.path().join(name)).unwrap(), "mine");
        assert_eq!(fs::read_dir(top.path()).unwrap().count(), 2);
    }
}
