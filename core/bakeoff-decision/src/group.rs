//! People one by one: each member's own weights and ratings, and what separates the camps
//! (METHODS.md B4, B9).

use std::collections::BTreeSet;

use crate::cells::rated::value_of;
use crate::decide::criteria_as_given;
use crate::decision::{MemberFacts, Members, Separation};
use crate::evidence::{Criterion, Evidence, Kind, Member};
use crate::view::{View, add_scaled};
use crate::weights;

/// Somebody who rated.
pub(crate) struct Rater {
    pub(crate) name: String,
    /// Column of the scores, where these carry no names.
    place: usize,
}

impl Rater {
    /// Which column of the scores of a criterion is this rater's.
    pub(crate) fn column_of(&self, criterion: &Criterion) -> Option<usize> {
        if criterion.raters.is_empty() {
            let columns = criterion.scores.iter().flatten().map(Vec::len).max().unwrap_or(0);
            return (self.place < columns).then_some(self.place);
        }
        criterion.raters.iter().position(|name| *name == self.name)
    }
}

/// All raters: by name where criteria name them, else by column.
pub(crate) fn raters(evidence: &Evidence) -> Vec<Rater> {
    let rated: Vec<&Criterion> =
        evidence.criteria.iter().filter(|c| c.kind == Kind::Rated).collect();
    let named: BTreeSet<&String> = rated.iter().flat_map(|criterion| &criterion.raters).collect();
    if !named.is_empty() {
        // A name has no place in scores without names.
        let named = named.into_iter();
        return named.map(|name| Rater { name: name.clone(), place: usize::MAX }).collect();
    }
    let columns = rated.iter().flat_map(|criterion| &criterion.scores).flatten().map(Vec::len);
    (0..columns.max().unwrap_or(0))
        .map(|place| Rater { name: format!("rater {}", place + 1), place })
        .collect()
}

/// The model once for each person, with own weights and ratings where there are any.
pub(crate) fn members(view: &View) -> Option<Members> {
    let evidence = &view.model.evidence;
    let mut people = raters(evidence);
    for member in &evidence.members {
        if !people.iter().any(|person| person.name == member.name) {
            people.push(Rater { name: member.name.clone(), place: usize::MAX });
        }
    }
    if people.is_empty() || view.leader.is_none() {
        return None;
    }
    let with_weights: Vec<&Member> =
        evidence.members.iter().filter(|member| !member.weights.is_empty()).collect();
    let consensus = if with_weights.is_empty() {
        view.model.weights.clone()
    } else {
        weights::consensus(&evidence.criteria, &evidence.members)
    };
    let each: Vec<(MemberFacts, Vec<f64>)> =
        people.iter().filter_map(|person| facts(view, person, &consensus)).collect();
    let separates = separation(view, &each);
    let sentence = sentence(view, &each);
    Some(Members {
        consensus: criteria_as_given(view.model, &consensus),
        each: each.into_iter().map(|(facts, _)| facts).collect(),
        separates,
        sentence,
    })
}

fn facts(view: &View, person: &Rater, consensus: &[f64]) -> Option<(MemberFacts, Vec<f64>)> {
    let evidence = &view.model.evidence;
    let own = evidence.members.iter().find(|member| member.name == person.name);
    let own = own.filter(|member| !member.weights.is_empty());
    let weights = own.map_or_else(
        || view.model.weights.clone(),
        |member| weights::of_member(&evidence.criteria, member),
    );
    let draws = view.outcome.sample.draws;
    let mut totals = vec![vec![0.0f32; draws]; view.model.alternatives()];
    let mut own_ratings = false;
    for (j, criterion) in evidence.criteria.iter().enumerate() {
        for (at, totals) in totals.iter_mut().enumerate() {
            let score = person.column_of(criterion).and_then(|column| {
                criterion.scores.get(at)?.as_ref()?.get(column).copied().flatten()
            });
            let weight = weights[j] as f32;
            match score.filter(|_| criterion.kind == Kind::Rated) {
                Some(score) => {
                    own_ratings = true;
                    let value = weight * value_of(criterion, score) as f32;
                    for total in totals.iter_mut() {
                        *total += value;
                    }
                }
                None => add_scaled(totals, &view.outcome.sample.cells[j][at], weight),
            }
        }
    }
    let p_best = view.p_best_of(&totals);
    let choice = view.leader_of(&p_best)?;
    let distance: f64 =
        weights.iter().zip(consensus).map(|(own, mean)| (own - mean).abs()).sum::<f64>() / 2.0;
    let facts = MemberFacts {
        name: person.name.clone(),
        weights: criteria_as_given(view.model, &weights),
        own_ratings,
        choice: view.name(choice),
        p_best: view.model.as_given(&p_best),
        distance,
    };
    Some((facts, weights))
}

/// By criterion, how the mean weights of the two camps differ, and how much that difference
/// favours the leader over the alternative that most of the others choose.
fn separation(view: &View, each: &[(MemberFacts, Vec<f64>)]) -> Vec<Separation> {
    let Some(leader) = view.leader else { return Vec::new() };
    let name = view.name(leader);
    let (with, against): (Vec<_>, Vec<_>) =
        each.iter().partition(|(facts, _)| facts.choice == name);
    let votes =
        |at: usize| against.iter().filter(|(facts, _)| facts.choice == view.name(at)).count();
    let others = view.eligible.iter().copied().filter(|at| *at != leader && votes(*at) > 0);
    let Some(rival) = others.max_by_key(|at| votes(*at)) else { return Vec::new() };
    if with.is_empty() {
        return Vec::new();
    }
    let mean = |camp: &[&(MemberFacts, Vec<f64>)], j: usize| {
        camp.iter().map(|(_, weights)| weights[j]).sum::<f64>() / camp.len() as f64
    };
    let mut found: Vec<Separation> = (0..view.model.criteria())
        .map(|j| {
            let (for_leader, for_others) = (mean(&with, j), mean(&against, j));
            let gap = view.means[j][leader] - view.means[j][rival];
            let effect = (for_leader - for_others) * gap;
            Separation { criterion: view.criterion(j), for_leader, for_others, effect }
        })
        .collect();
    found.sort_by(|a, b| {
        b.effect.abs().total_cmp(&a.effect.abs()).then(a.criterion.cmp(&b.criterion))
    });
    found
}

fn sentence(view: &View, each: &[(MemberFacts, Vec<f64>)]) -> String {
    let name = view.leader.map(|leader| view.name(leader)).unwrap_or_default();
    let votes = each.iter().filter(|(facts, _)| facts.choice == name).count();
    format!("{votes} of {} people's own numbers choose {name}", each.len())
}
