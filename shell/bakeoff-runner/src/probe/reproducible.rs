//! Whether two clean builds in different folders are the same, byte for byte.

use std::fs;

use super::build::Workshop;
use super::{Found, ProbeError, Subject, file};

pub(super) fn run(subject: &Subject<'_>) -> Result<Found, ProbeError> {
    let Some(artifact) = &subject.candidate.artifact else {
        return Err(ProbeError::Nothing { reason: "it has no artifact".to_owned() });
    };
    let mut hashes = Vec::new();
    // Names of different lengths: a path that leaks into the artifact moves what follows it.
    for place in ["one", "another-place"] {
        let name = format!("{}-{place}", subject.candidate.name);
        let workshop = Workshop::open(subject, &name)?;
        workshop.time(&subject.candidate.build)?;
        let path = workshop.dir.join(artifact);
        let bytes = fs::read(&path).map_err(file(&path))?;
        hashes.push(blake3::hash(&bytes).to_hex().to_string());
        workshop.close();
    }
    let differs = hashes[0] != hashes[1];
    let mut found = Found::default();
    found.metric("build-differs", f64::from(u8::from(differs)));
    found.fact("same bytes from two folders", if differs { "no" } else { "yes" });
    found.fact("artifact hashes", hashes.join(", "));
    Ok(found)
}
