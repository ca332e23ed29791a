//! Ratings files: what they hold, what is wrong with them, and what a decision makes of them.

use bakeoff_decision::ratings::Ratings;
use bakeoff_decision::{Evidence, decide};

const TWO_RATERS: &str = r#"
schema = "bakeoff.ratings/1"
example = true

[[criteria]]
name = "onboarding"
question = "How soon does a newcomer change the service without help?"
levels = [
    { level = 1, means = "after months" },
    { level = 2, means = "after several weeks" },
    { level = 3, means = "after two weeks" },
    { level = 4, means = "within a week" },
    { level = 5, means = "on the first day" },
]

[[ratings]]
rater = "ann"
weights = { onboarding = 60 }
[ratings.scores.onboarding]
Rust = { score = 2, reason = "the borrow checker" }
Go = { score = 4, reason = "a small language" }

[[ratings]]
rater = "bob"
[ratings.scores.onboarding]
rust-axum = { score = 3, reason = "good errors" }
Go = { score = 4, reason = "the tour" }
"#;

const ALTERNATIVES: [(&str, &str); 2] = [("rust-axum", "Rust"), ("go-nethttp", "Go")];

#[test]
fn scores_by_language_stand_in_for_scores_by_candidate() {
    let ratings = Ratings::from_toml(TWO_RATERS).expect("sound");
    let criterion = ratings.criterion("onboarding", &ALTERNATIVES).expect("rated");
    let row = |scores: [f64; 2]| Some(scores.map(Some).to_vec());
    assert_eq!(criterion.scores, [row([2.0, 3.0]), row([4.0, 4.0])]);
    assert_eq!(criterion.raters, ["ann", "bob"]);
    assert_eq!(criterion.scale, Some([1.0, 5.0]));
}

#[test]
fn what_is_written_is_read_again() {
    let ratings = Ratings::from_toml(TWO_RATERS).expect("sound");
    let text = ratings.to_toml().expect("can be written");
    assert_eq!(Ratings::from_toml(&text), Ok(ratings));
}

#[test]
fn files_of_single_people_are_merged_and_a_rater_counts_once() {
    let both = Ratings::from_toml(TWO_RATERS).expect("sound");
    let mut first = both.clone();
    let second = Ratings { ratings: vec![first.ratings.remove(1)], ..first.clone() };
    assert_eq!(first.clone().merged(second), Ok(both.clone()));
    let problems = both.clone().merged(both).expect_err("twice the same");
    assert_eq!(problems[0].to_string(), "ratings[2].rater repeats another");
}

#[test]
fn every_problem_of_a_ratings_file_is_reported_with_its_path() {
    let text = TWO_RATERS
        .replace("score = 2,", "score = 7,")
        .replace("\"good errors\"", "\" \"")
        .replace("\"within a week\"", "\"\"")
        .replace(
            "rater = \"bob\"\n[ratings.scores.onboarding]",
            "rater = \"bob\"\n[ratings.scores.onbording]",
        );
    let problems = Ratings::from_toml(&text).expect_err("wrong");
    let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(lines.join("\n"), @r"
    criteria[0].levels[3].means is blank
    ratings[0].scores.onboarding.Rust.score 7 is outside the scale 1 to 5
    ratings[0].scores.onboarding.Rust needs low <= score <= high
    ratings[1].scores.onbording is no criterion of this file; did you mean `onboarding`?
    ");
}

#[test]
fn one_who_rates_alone_gives_low_and_high_and_a_criterion_nobody_rated_is_unknown() {
    let ratings = Ratings::from_toml(TWO_RATERS).expect("sound");
    let mut alone = ratings.clone();
    alone.ratings.truncate(1);
    for score in alone.ratings[0].scores.get_mut("onboarding").expect("there").values_mut() {
        (score.low, score.high) = (Some(score.score - 1.0), Some(score.score + 1.0));
    }
    let criterion = alone.criterion("onboarding", &ALTERNATIVES).expect("rated");
    assert_eq!(criterion.ranges, [Some([1.0, 2.0, 3.0]), Some([3.0, 4.0, 5.0])]);
    let nobody = Ratings { ratings: Vec::new(), ..ratings };
    let mut criterion = nobody.criterion("onboarding", &ALTERNATIVES).expect("a criterion");
    criterion.swing = Some(1.0);
    let evidence = Evidence {
        alternatives: vec!["rust-axum".into(), "go-nethttp".into()],
        criteria: vec![criterion],
        ..Evidence::default()
    };
    let decision = decide(&evidence).expect("sound");
    assert!((decision.p_best[0] - 0.5).abs() < 0.01, "{:?}", decision.p_best);
    assert!((decision.shares.unknown - 1.0).abs() < 1e-12);
}

#[test]
fn one_who_rates_alone_and_is_sure_of_some_has_a_level_to_either_side_of_those() {
    let mut alone = Ratings::from_toml(TWO_RATERS).expect("sound");
    alone.ratings.truncate(1);
    let scores = alone.ratings[0].scores.get_mut("onboarding").expect("there");
    let rust = scores.get_mut("Rust").expect("rated");
    (rust.low, rust.high) = (Some(1.0), Some(4.0));
    scores.get_mut("Go").expect("rated").score = 5.0;
    let criterion = alone.criterion("onboarding", &ALTERNATIVES).expect("rated");
    assert_eq!(criterion.ranges, [Some([1.0, 2.0, 4.0]), Some([4.0, 5.0, 5.0])]);
}

#[test]
fn the_file_that_the_documentation_shows_is_sound() {
    let text = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/ratings.md"));
    let from = text.find("```toml\n").expect("a file is shown") + "```toml\n".len();
    let file = text[from..].split("```").next().expect("it ends");
    let ratings = Ratings::from_toml(file).unwrap_or_else(|problems| panic!("{problems:?}"));
    let criterion = ratings.criterion("onboarding", &ALTERNATIVES).expect("rated");
    let row = |scores: [f64; 2]| Some(scores.map(Some).to_vec());
    assert_eq!(criterion.scores, [row([3.0, 4.0]), row([5.0, 4.0])]);
}
