//! Files that follow from the program: JSON Schemas, the man page, shell completions.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

/// What is written, by the program's own answer to these arguments.
const GENERATED: [(&str, &[&str]); 16] = [
    ("docs/schema/bakeoff.toml.json", &["schema", "manifest"]),
    ("docs/schema/trials.json", &["schema", "trials"]),
    ("docs/schema/analysis.json", &["schema", "analysis"]),
    ("docs/schema/second-opinions.json", &["schema", "second-opinions"]),
    ("docs/schema/evidence.json", &["schema", "evidence"]),
    ("docs/schema/decision.json", &["schema", "decision"]),
    ("docs/schema/claims.json", &["schema", "claims"]),
    ("docs/schema/ledger.json", &["schema", "ledger"]),
    ("docs/schema/ratings.json", &["schema", "ratings"]),
    ("docs/schema/load.json", &["schema", "load"]),
    ("docs/schema/capacity.json", &["schema", "capacity"]),
    ("docs/schema/certificate.json", &["schema", "certificate"]),
    ("docs/bakeoff.1", &["__man"]),
    ("docs/completions/bakeoff.bash", &["completions", "bash"]),
    ("docs/completions/_bakeoff", &["completions", "zsh"]),
    ("docs/completions/bakeoff.fish", &["completions", "fish"]),
];

/// Writes the generated files, or with `check` complains about those that are out of date.
pub(crate) fn codegen(root: &Path, check: bool) -> Result<()> {
    println!("==> codegen");
    let mut stale = Vec::new();
    for (path, args) in GENERATED {
        let told = Command::new(env!("CARGO"))
            .args(["run", "--quiet", "--package", "bakeoff", "--"])
            .args(args)
            .current_dir(root)
            .output()
            .context("cargo does not start")?;
        if !told.status.success() {
            bail!("bakeoff {}: {}", args.join(" "), String::from_utf8_lossy(&told.stderr).trim());
        }
        let path = root.join(path);
        if std::fs::read(&path).ok().as_ref() == Some(&told.stdout) {
            continue;
        }
        if check {
            stale.push(path.display().to_string());
        } else {
            std::fs::create_dir_all(path.parent().context("a folder")?)?;
            std::fs::write(&path, &told.stdout)?;
            println!("wrote {}", path.display());
        }
    }
    if !stale.is_empty() {
        bail!("out of date, run `cargo xtask codegen`: {}", stale.join(", "));
    }
    Ok(())
}
