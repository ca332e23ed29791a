//! How large the artifact is, with and without symbols, and what it needs beside itself.

use std::fs;

use super::{Found, ProbeError, Subject, elf, file};

pub(super) fn run(subject: &Subject<'_>) -> Result<Found, ProbeError> {
    if subject.artifact.as_os_str().is_empty() {
        return Err(ProbeError::Nothing { reason: "it has no artifact".to_owned() });
    }
    let bytes = fs::read(&subject.artifact).map_err(file(&subject.artifact))?;
    let mut found = Found::default();
    found.metric("artifact-size", bytes.len() as f64);
    let Some(elf) = elf::read(&bytes) else {
        found.fact("kind", "not an ELF program");
        return Ok(found);
    };
    found.metric("artifact-size-stripped", (bytes.len() as u64 - elf.strippable) as f64);
    found.metric("dynamic-dependencies", elf.needed.len() as f64);
    if !elf.needed.is_empty() {
        found.fact("needs", elf.needed.join(", "));
    }
    let alone = elf.needed.is_empty() && elf.interpreter.is_none();
    found.fact("kind", if alone { "static program" } else { "dynamic program" });
    found.fact("starts in an empty root", if alone { "yes" } else { "no" });
    Ok(found)
}
