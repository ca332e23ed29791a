//! Questions to one person: a level and a reason, swing points; again, back, skipped, enough for now.

use std::io::{BufRead, Write};

use bakeoff_decision::ratings::{RatedCriterion, Score};

use crate::failure::Failure;
use crate::talk;

/// One thing to be rated on one criterion.
#[derive(Clone, Copy)]
pub(crate) struct Question<'a> {
    pub(crate) criterion: &'a RatedCriterion,
    pub(crate) subject: &'a str,
}

/// What was answered.
pub(crate) struct Answers<T> {
    /// One for each question, in their order, as far as the answers went.
    pub(crate) given: Vec<T>,
    /// Whether they ended before the last question.
    pub(crate) ended: bool,
}

/// What was typed.
enum Typed {
    Ended,
    Skip,
    Back,
    Again,
    Text(String),
}

/// How to answer, before the first question.
pub(crate) fn explain() {
    talk::line("Answer with a level and a reason:      4 small standard library, well documented");
    talk::line("or, where you are not sure, a range:   4 3..5 small, but I know only half of it");
    talk::line(
        "`-` skips, `<` goes back one, `?` shows the levels again; Ctrl-D keeps what is answered.",
    );
}

/// The answers to `questions`; `None` where one was skipped.
pub(crate) fn scores(
    questions: &[Question<'_>],
    input: &mut dyn BufRead,
) -> Result<Answers<Option<Score>>, Failure> {
    let mut answers: Vec<Option<Score>> = Vec::new();
    let mut shown = None;
    while let Some(question) = questions.get(answers.len()) {
        let name = question.criterion.name.as_str();
        if shown != Some(name) {
            show(question.criterion);
            shown = Some(name);
        }
        let place = format!("{} of {}", answers.len() + 1, questions.len());
        match typed(&format!("[{place}] {}: ", question.subject), input)? {
            Typed::Ended => return Ok(Answers { given: answers, ended: true }),
            Typed::Skip => answers.push(None),
            Typed::Back => answers.truncate(answers.len().saturating_sub(1)),
            Typed::Again => shown = None,
            Typed::Text(text) => match answer(&text, question.criterion) {
                Ok(score) => answers.push(Some(score)),
                Err(why) => talk::line(&format!("  {why}")),
            },
        }
    }
    Ok(Answers { given: answers, ended: false })
}

/// Swing points for each of what `described` says, parallel to it; none where all were skipped, or the answers ended
/// early: points count beside one another only.
pub(crate) fn points(
    described: &[String],
    input: &mut dyn BufRead,
) -> Result<Answers<f64>, Failure> {
    talk::line("\nIf everything were at its worst, which improvement would you want first?");
    talk::line("Give it 100, and the others what they are worth beside it. `-` is nothing.");
    let mut answers: Vec<f64> = Vec::new();
    while let Some(text) = described.get(answers.len()) {
        let place = format!("{} of {}", answers.len() + 1, described.len());
        match typed(&format!("[{place}] {text}: "), input)? {
            Typed::Ended => return Ok(Answers { given: Vec::new(), ended: true }),
            Typed::Skip => answers.push(0.0),
            Typed::Back => answers.truncate(answers.len().saturating_sub(1)),
            Typed::Again => {}
            Typed::Text(text) => match text.parse::<f64>() {
                Ok(points) if (0.0..=1e6).contains(&points) => answers.push(points),
                Ok(_) | Err(_) => talk::line("  a number from 0 up, please"),
            },
        }
    }
    if answers.iter().all(|points| *points == 0.0) {
        answers.clear();
    }
    Ok(Answers { given: answers, ended: false })
}

fn show(criterion: &RatedCriterion) {
    let question = criterion.question.as_deref().unwrap_or("");
    talk::line(&format!("\n{}: {question}", criterion.name));
    for level in &criterion.levels {
        talk::line(&format!("  {}  {}", level.level, level.means));
    }
}

fn typed(prompt: &str, input: &mut dyn BufRead) -> Result<Typed, Failure> {
    let _ = write!(anstream::stderr(), "{prompt}");
    let mut line = String::new();
    let read = input.read_line(&mut line);
    if read.map_err(|why| Failure::usage(format!("cannot read the answer: {why}")))? == 0 {
        return Ok(Typed::Ended);
    }
    Ok(match line.trim() {
        "-" => Typed::Skip,
        "<" => Typed::Back,
        "?" | "" => Typed::Again,
        text => Typed::Text(text.to_owned()),
    })
}

/// `4 a reason`, or `4 3..5 a reason`; what is missing, in words.
fn answer(text: &str, criterion: &RatedCriterion) -> Result<Score, String> {
    let (level, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    let known = |number: &f64| criterion.levels.iter().any(|known| known.level == *number);
    let Some(score) = level.parse::<f64>().ok().filter(known) else {
        let levels: Vec<String> =
            criterion.levels.iter().map(|known| known.level.to_string()).collect();
        return Err(format!("one of the levels {}, please, and a reason", levels.join(", ")));
    };
    let rest = rest.trim();
    let (first, after) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    let range = first
        .split_once("..")
        .and_then(|(low, high)| Some((low.parse::<f64>().ok()?, high.parse::<f64>().ok()?)));
    let (low, high, reason) = match range {
        Some((low, high)) => (Some(low), Some(high), after.trim()),
        None => (None, None, rest),
    };
    if let (Some(low), Some(high)) = (low, high)
        && !(known(&low) && known(&high) && low <= score && score <= high)
    {
        return Err(format!("a range of levels with {level} in it, please"));
    }
    if reason.is_empty() {
        return Err("a reason too, please: it is what the others will want to know".to_owned());
    }
    Ok(Score { score, low, high, reason: reason.to_owned() })
}

#[cfg(test)]
mod tests {
    use bakeoff_decision::ratings::ScaleLevel;

    use super::*;

    fn joy() -> RatedCriterion {
        let level = |level: u8| ScaleLevel { level: f64::from(level), means: "so".to_owned() };
        RatedCriterion {
            name: "joy".to_owned(),
            question: None,
            levels: (1..=5).map(level).collect(),
        }
    }

    /// Level, lowest level, reason.
    type Short = (f64, Option<f64>, String);

    fn asked(text: &str) -> Result<Vec<Option<Short>>, String> {
        let criterion = joy();
        let questions = ["go", "rust"].map(|subject| Question { criterion: &criterion, subject });
        let answers =
            scores(&questions, &mut text.as_bytes()).map_err(|why| why.error.to_string())?;
        let short = |score: Score| (score.score, score.low, score.reason);
        assert_eq!(answers.ended, answers.given.len() < questions.len());
        Ok(answers.given.into_iter().map(|answer| answer.map(short)).collect())
    }

    #[test]
    fn answers_are_asked_for_until_they_are_some() {
        let four = Some((4.0, None, "well read".to_owned()));
        for text in [
            "4 well read\n-\n",
            "4  well read \n-\n",
            // No level, none of them, no reason, a range beside the level.
            "well read\n7 x\n4\n4 1..2 x\n4 well read\n-\n",
            // Asked again, and taken back.
            "?\n2 no\n<\n4 well read\n-\n",
        ] {
            assert_eq!(asked(text), Ok(vec![four.clone(), None]), "{text}");
        }
        let unsure = Some((4.0, Some(3.0), "who knows".to_owned()));
        assert_eq!(asked("-\n4 3..5 who knows\n"), Ok(vec![None, unsure]));
        assert_eq!(asked("4 well read\n"), Ok(vec![four]), "as far as they went");
    }

    #[test]
    fn swing_points_are_numbers_or_nothing() {
        let described = ["tail".to_owned(), "memory".to_owned()];
        let found = |text: &str| {
            let answers = points(&described, &mut text.as_bytes()).ok();
            answers.map(|answers| (answers.given, answers.ended))
        };
        assert_eq!(found("100\n-\n"), Some((vec![100.0, 0.0], false)));
        assert_eq!(found("many\n-3\n<\n50\n<\n60\n40\n"), Some((vec![60.0, 40.0], false)));
        assert_eq!(found("-\n-\n"), Some((Vec::new(), false)));
        assert_eq!(found("100\n"), Some((Vec::new(), true)), "half of them say nothing");
    }
}
