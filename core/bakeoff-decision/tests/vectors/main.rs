//! Every published decision vector whose method is in METHODS.md, at its stated tolerance.
//!
//! A vector that no test opens stands in [`LEFT_OUT`] with its reason; an answer of a vector that no test
//! looks at fails that test (see [`vector`]).

mod judged;
mod simulated;
mod vector;

/// Vectors that are not run, and why.
const LEFT_OUT: [(&str, &str); 2] = [
    (
        "dec-topsis-tzeng2011",
        "TOPSIS is not built: its scores of two change when a third leaves (METHODS.md B1, optional)",
    ),
    (
        "dec-vikor-opricovic2004",
        "VIKOR is not built: its scores of two change when a third leaves (METHODS.md B1, optional)",
    ),
];

/// Vectors that are run elsewhere in this crate, by the file that does.
const ELSEWHERE: [(&str, &str); 1] =
    [("dec-pbest-correlated-normal", include_str!("../../src/simulate.rs"))];

#[test]
fn every_decision_vector_is_run_or_left_out_for_a_reason() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../vectors");
    let mut seen = 0;
    for entry in std::fs::read_dir(folder).expect("the vectors are there") {
        let name = entry.expect("readable").file_name().into_string().expect("a plain name");
        let Some(id) = name.strip_suffix(".json").filter(|id| id.starts_with("dec-")) else {
            continue;
        };
        seen += 1;
        let call = format!("vector!(\"{id}\")");
        let here = [include_str!("judged.rs"), include_str!("simulated.rs")]
            .iter()
            .any(|file| file.contains(&call));
        let elsewhere = ELSEWHERE.iter().any(|(run, text)| *run == id && text.contains(id));
        let left_out = LEFT_OUT.iter().any(|(left, _)| *left == id);
        assert!(
            [here, elsewhere, left_out].into_iter().filter(|yes| *yes).count() == 1,
            "{id}: run here {here}, elsewhere {elsewhere}, left out {left_out}"
        );
    }
    assert!(seen >= LEFT_OUT.len() + ELSEWHERE.len(), "{seen} vectors in {folder}");
}
