//! The published test vectors of `vectors/`, each at the tolerance its file states.

mod compare;
mod crosscheck;
mod distribution;
mod resampling;
mod rig;
mod series;
mod vector;

/// Vectors that are not run, and why.
const LEFT_OUT: [(&str, &str); 1] = [(
    "stat-quantile-ci-greedy-gomoremath",
    "benchstat grows its interval from the mode and prefers the left; METHODS.md A11 asks for at most half \
     of alpha beyond each end, which is symmetric, and lists this one as optional",
)];

#[test]
fn every_statistics_vector_is_run_or_left_out_for_a_reason() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../vectors");
    let files = [
        include_str!("compare.rs"),
        include_str!("crosscheck.rs"),
        include_str!("distribution.rs"),
        include_str!("resampling.rs"),
        include_str!("rig.rs"),
        include_str!("series.rs"),
    ];
    let mut seen = 0;
    for entry in std::fs::read_dir(folder).expect("the vectors are there") {
        let name = entry.expect("readable").file_name().into_string().expect("a plain name");
        let Some(id) = name.strip_suffix(".json").filter(|id| id.starts_with("stat-")) else {
            continue;
        };
        seen += 1;
        let call = format!("vector!(\"{id}\")");
        let run = files.iter().any(|file| file.contains(&call));
        let left_out = LEFT_OUT.iter().any(|(left, _)| *left == id);
        assert!(run != left_out, "{id}: run {run}, left out {left_out}");
    }
    assert!(seen > files.len(), "{seen} vectors in {folder}");
}
