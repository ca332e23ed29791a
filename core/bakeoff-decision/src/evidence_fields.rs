//! The form of an evidence document: which fields there are, and what each may hold.

use crate::evidence_reader::Field;
use crate::evidence_reader::Form::{
    Choice, Count, Flag, Flags, Number, NumberMap, Object, Objects, Row, Rows, Small, Text,
    TextOrTexts, Texts, Tuple, Tuples,
};

/// Fields of the document.
pub(crate) const EVIDENCE: &[Field] = &[
    Field::required("schema", Choice(&["bakeoff.evidence/1"])),
    Field::optional("title", Text),
    Field::optional("seed", Count),
    Field::optional("draws", Count),
    Field::required("alternatives", Texts),
    Field::required("criteria", Objects(CRITERION)),
    Field::optional("weights", Choice(&["swing", "members", "ordinal", "none"])),
    Field::optional("constraints", Texts),
    Field::optional("elicitation", Object(ELICITATION)),
    Field::optional("groups", Objects(GROUP)),
    Field::optional("members", Objects(MEMBER)),
    Field::optional("requirements", Objects(REQUIREMENT)),
    Field::optional("signals", Objects(SIGNAL)),
];

/// Fields of a criterion.
const CRITERION: &[Field] = &[
    Field::required("name", Text),
    Field::required("kind", Choice(&["measured", "rated", "cited", "unknown"])),
    Field::optional("path", Texts),
    Field::optional("swing", Number),
    Field::optional("rank", Small),
    Field::optional("shape", Choice(&["log", "linear", "piecewise", "exponential"])),
    Field::optional("best", Number),
    Field::optional("worst", Number),
    Field::optional("knots", Tuples(2)),
    Field::optional("rho", Number),
    Field::optional("midvalue", Number),
    Field::optional("rounds", Rows),
    Field::optional("exact", Flag),
    Field::optional("trials", Text),
    Field::optional("transfer_sd", Number),
    Field::optional("transfer", Choice(&["each", "common"])),
    Field::optional("scale", Tuple(2)),
    Field::optional("scores", Rows),
    Field::optional("raters", Texts),
    Field::optional("ranges", Tuples(3)),
    Field::optional("triangular", Tuples(3)),
    Field::optional("pert", Tuples(3)),
    Field::optional("interval", Tuples(2)),
    Field::optional("normal", Tuples(2)),
    Field::optional("grade", Choice(&["direct", "indirect", "old", "opinion"])),
    Field::optional("source", TextOrTexts),
    Field::optional("min", Number),
    Field::optional("max", Number),
    Field::optional("effort", Number),
    Field::optional("more", Small),
    Field::optional("unit", Text),
];

/// Fields of comparisons that weights follow from.
const ELICITATION: &[Field] = &[
    Field::required("method", Choice(&["pairwise", "best-worst", "ranks"])),
    Field::optional("comparisons", Rows),
    Field::optional("judges", Objects(JUDGE)),
    Field::optional("priorities", Choice(&["eigenvector", "geometric-mean"])),
    Field::optional("best", Text),
    Field::optional("worst", Text),
    Field::optional("best_to_others", NumberMap),
    Field::optional("others_to_worst", NumberMap),
    Field::optional("formula", Choice(&["centroid", "sum", "reciprocal"])),
];

/// Fields of one person's comparisons.
const JUDGE: &[Field] = &[Field::optional("name", Text), Field::required("comparisons", Rows)];

/// Fields of a node of the criteria tree.
const GROUP: &[Field] = &[Field::required("path", Texts), Field::required("swing", Number)];

/// Fields of a member of the deciding group.
const MEMBER: &[Field] = &[Field::required("name", Text), Field::optional("weights", NumberMap)];

/// Fields of a requirement.
const REQUIREMENT: &[Field] = &[
    Field::required("name", Text),
    Field::optional("criterion", Text),
    Field::optional("rounds", Rows),
    Field::optional("holds", Flags),
    Field::optional("min", Number),
    Field::optional("max", Number),
];

/// Fields of a signal.
const SIGNAL: &[Field] = &[
    Field::required("name", Text),
    Field::required("criterion", Text),
    Field::required("alternative", Text),
    Field::required("hours", Number),
    Field::required("outcomes", Objects(OUTCOME)),
];

/// Fields of what a signal may say.
const OUTCOME: &[Field] = &[Field::required("says", Text), Field::required("given", Tuples(2))];

/// The form of one row of numbers, as [`Rows`] holds them.
pub(crate) const ROW: crate::evidence_reader::Form = Row;
