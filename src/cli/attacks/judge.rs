//! The attacks ended, each held against what the rules allow it, with a change that would help where it is more.

use std::path::Path;

use arrow::array::ArrayRef;

use super::look::Look;
use super::{Attacks, Given, SAMPLED_ROWS, Sight, tokens, wp216};
use crate::cli::earlier::{self, Known as Labels, Own};
use crate::cli::prepare::random_secret;
use crate::engine;
use crate::error::{Error, Result};
use crate::release::measure::Measured;
use crate::risk::attack::change::listed;
use crate::risk::attack::fingerprints::Advice;
use crate::risk::attack::tokens::{Domain, KeyFact, enumeration};
use crate::risk::attack::{AttackOutcome, Change, ordered, ordered_changes};
use crate::risk::figure;
use crate::secret::stream;
use crate::spec::{Claim, Role};

/// Subjects whose trails are tried.
const TRAILS: usize = 2_000;
/// A measure that is rare at its ends only may be cut there, this share at each.
const CUT: f64 = 0.01;

impl Attacks<'_> {
    /// Ends the attacks and holds each against what the rules allow it; `seen` is what all workers saw.
    ///
    /// `folder` holds all releases of the dataset, `release` is the id of this one where the ledger has it already.
    pub fn outcomes(
        &self,
        mut seen: Look,
        measured: &Measured,
        folder: &Path,
        release: Option<&str>,
    ) -> Result<Vec<AttackOutcome>> {
        let Given { prepared, plan, conditions, spills, recipient, .. } = *self.given;
        let explained = || Labels::all(prepared, plan);
        let (known, tokens, key) = (&explained, &seen.marks, recipient);
        let own = Own { release, measured, conditions, known, tokens, spills, key };
        let earlier = earlier::attacks(folder, &own)?;

        let mut outcomes = self.residues(&mut seen, measured)?;
        outcomes.extend(self.metadata()?);
        outcomes.extend(self.relinked()?);
        outcomes.extend(self.of_measures(&mut seen));
        outcomes.extend(self.orders()?);
        outcomes.extend(self.of_tokens(&seen)?);
        outcomes.extend(self.of_trails(&mut seen)?);
        outcomes.extend(self.of_wp216(&seen)?);
        outcomes.extend(earlier);
        outcomes.extend(self.nothing_there(&seen));
        Ok(outcomes.into_iter().map(|outcome| outcome.judged(conditions)).collect())
    }

    /// Identifiers in cells; the labels of quasi columns are few, and looked at here.
    fn residues(&self, seen: &mut Look, measured: &Measured) -> Result<Vec<AttackOutcome>> {
        for (at, domain) in self.places(Sight::Quasi).into_iter().zip(&measured.table.domains) {
            for label in domain.values().iter().flatten() {
                seen.residual.feed(at, label, 1)?;
            }
        }
        let redacting = self.given.conditions.claim == Claim::Deidentified;
        let outcome = |mut outcome: AttackOutcome| {
            if outcome.id == "residual_values" {
                outcome.sampling.source = self.identified;
            }
            let counted = match outcome.id.as_str() {
                "residual_columns" => "columns of identifiers",
                _ => "cells with an identifier",
            };
            let outcome = outcome.judged(self.given.conditions);
            outcome.helped(counted, |outcome| seen.residual.changes(outcome, redacting))
        };
        Ok(seen.residual.outcomes().into_iter().map(outcome).collect())
    }

    /// What files say beside their cells: whatever stands there of a column goes with the column.
    fn metadata(&self) -> Result<Vec<AttackOutcome>> {
        let outcome = |outcome: AttackOutcome| match outcome.id.as_str() {
            "metadata_values" => {
                outcome.judged(self.given.conditions).helped("values outside the cells", without_columns)
            }
            _ => outcome,
        };
        Ok(self.footers.outcomes()?.into_iter().map(outcome).collect())
    }

    /// Classes of one value, rare values and extremes.
    fn of_measures(&self, seen: &mut Look) -> Vec<AttackOutcome> {
        let judged = |outcome: AttackOutcome| outcome.judged(self.given.conditions);
        let mut outcomes = Vec::new();
        let measures = self.names(Sight::Measure);
        for (column, outcome) in seen.homogeneity.outcomes(&measures).into_iter().enumerate() {
            let changes = |_: &AttackOutcome| seen.homogeneity.changes(column, &measures[column]);
            outcomes.push(judged(outcome).helped("values named rightly", changes));
        }
        for outcome in seen.fingerprints.near_unique().into_iter().map(judged) {
            let numbers = seen.numbers.iter_mut().find(|(at, _)| outcome.columns.contains(&self.forms[*at].0));
            let numbers = numbers.filter(|_| outcome.met() == Some(false));
            let advice = numbers.and_then(|(_, numbers)| numbers.round_and_cut(CUT)).map(|advice| told(&advice));
            outcomes.push(match advice {
                Some(_) => outcome.advised(advice),
                None => outcome.helped("records with a rare value", without_columns),
            });
        }
        for (_, numbers) in &mut seen.numbers {
            let outcome = judged(numbers.extremes());
            outcomes.push(outcome.helped("ends that few subjects hold", |_| numbers.extremes_changes()));
        }
        outcomes
    }

    /// Subjects that a few of their linked records single out.
    fn of_trails(&self, seen: &mut Look) -> Result<Vec<AttackOutcome>> {
        let Some(subject) = self.subject.filter(|_| self.trails) else { return Ok(Vec::new()) };
        let seed = random_secret()?;
        let draws = || stream(&seed, "trails", 0);
        let known: Vec<String> = [Sight::Quasi, Sight::Measure].map(|sight| self.names(sight)).concat();
        let found = seen.trails.unicity(TRAILS, &mut draws(), &known);
        let outcome = |outcome: AttackOutcome| {
            let (id, token) = (outcome.id.clone(), &self.forms[subject].0);
            let changes = |_: &AttackOutcome| seen.points.changes(&id, &known, token, TRAILS, draws);
            outcome.judged(self.given.conditions).helped("trails that are alone", changes)
        };
        Ok(found.into_iter().map(outcome).collect())
    }

    /// Singling out, linkability, inference.
    fn of_wp216(&self, seen: &Look) -> Result<Vec<AttackOutcome>> {
        let control = engine::control(self.given.source, self.given.plan, SAMPLED_ROWS)?;
        let written = wp216::Written { columns: &seen.written, of: seen.rows };
        let subjects = self.subjects.as_deref();
        wp216::outcomes(self.given, control.as_ref(), &written, &self.secrets(), subjects, &random_secret()?)
    }

    /// Attacks for which the release has no column to start from.
    fn nothing_there(&self, seen: &Look) -> Vec<AttackOutcome> {
        let applies = |id: &str| match id {
            "relink_quasi" => !self.places(Sight::Quasi).is_empty(),
            "relink_measures" | "homogeneity" | "near_unique_value" => !self.places(Sight::Measure).is_empty(),
            "extreme_values" => !seen.numbers.is_empty(),
            "token_enumeration" | "token_unkeyed" | "token_frequency" => !seen.tokens.is_empty(),
            "token_reuse_columns" => seen.tokens.len() > 1,
            "inference" => self.names(Sight::Measure).iter().any(|name| self.secrets().contains(name)),
            id if id.starts_with("trail_unicity") => self.trails,
            _ => true,
        };
        let nothing = self.given.conditions.rules.attacks.keys().filter(|id| !applies(id));
        nothing.map(|id| AttackOutcome::nothing_there(id)).collect()
    }

    /// The columns that somebody would like to learn of a person.
    fn secrets(&self) -> Vec<String> {
        let columns = &self.given.prepared.pipeline.columns;
        let sensitive = columns.iter().filter(|column| column.role == Role::Sensitive);
        sensitive.map(|column| column.name.clone()).collect()
    }

    /// Whether a column tells where in the source a record stood.
    fn orders(&self) -> Result<Vec<AttackOutcome>> {
        let Given { sampled, conditions, .. } = *self.given;
        let computable = (0..self.sights.len()).filter(|&at| self.sights[at].computable());
        let outcome = |at: usize| {
            let ranks = ranks(sampled.released.column(at))?;
            let (name, positions) = (&self.forms[at].0, &sampled.positions);
            let outcome = ordered(name, &ranks, positions, self.source_rows, self.k).judged(conditions);
            let changes = |_: &AttackOutcome| ordered_changes(name, &ranks, positions, self.source_rows, self.k);
            Ok(outcome.helped("records whose place is guessed", changes))
        };
        computable.map(outcome).collect()
    }

    /// Whether tokens can be computed, betray themselves by their frequency, or link columns.
    fn of_tokens(&self, seen: &Look) -> Result<Vec<AttackOutcome>> {
        let conditions = self.given.conditions;
        let on = |at: usize, outcome: AttackOutcome| outcome.on([self.forms[at].0.clone()]).judged(conditions);
        let mut outcomes: Vec<AttackOutcome> = Vec::new();
        for outcome in tokens::tried(self.given, &seen.written, &self.detector)? {
            outcomes.push(match outcome.id.as_str() {
                "token_enumeration" => outcome.judged(conditions).helped("restored tokens", ephemeral_key),
                _ => outcome.judged(conditions).helped("tokens that anyone computes", without_columns),
            });
        }
        for (index, (at, counts, set)) in seen.tokens.iter().enumerate() {
            // the attacker is given the frequencies of the source: those of the release are the same but for
            // withheld records
            let once = self.subject == Some(*at) && !self.trails;
            let outcome = match once {
                true => AttackOutcome::new("token_frequency", 0, seen.rows, None), // each occurs once, as its value does
                false => counts.matched(counts),
            };
            outcomes.push(on(*at, outcome).helped("tokens known by how often they occur", without_columns));
            for (other, _, others) in &seen.tokens[index + 1..] {
                let names = [*at, *other].map(|at| self.forms[at].0.clone());
                let last = |outcome: &AttackOutcome| {
                    [vec![Change::drop_all(outcome.columns.last().map(String::as_str), &outcome.id)]]
                };
                let outcome = set.reused("token_reuse_columns", others, 16).on(names).judged(conditions);
                outcomes.push(outcome.helped("tokens that link both columns", last));
            }
        }
        Ok(outcomes)
    }
}

fn told(advice: &Advice) -> String {
    let mut changes = Vec::new();
    changes.extend(advice.step.map(|step| format!("round `{}` to {}", advice.column, figure(step))));
    changes.extend(advice.bottom.map(|bottom| format!("let {} stand for all below", figure(bottom))));
    changes.extend(advice.top.map(|top| format!("let {} stand for all above", figure(top))));
    let (before, after) = (figure(advice.rare_before as f64), figure(advice.rare_after as f64));
    format!("{}: records with a rare value fall from {before} to {after}", changes.join(", "))
}

/// Making the tokens with a key that dies with the release.
fn ephemeral_key(outcome: &AttackOutcome) -> [Vec<Change>; 1] {
    let change = format!("give {} tokens with an ephemeral key", listed(outcome.columns.iter().map(String::as_str)));
    [vec![Change::new(change, enumeration(KeyFact::Ephemeral, &Domain::of_list(0), outcome.trials, 0))]]
}

/// Dropping all columns of an outcome.
fn without_columns(outcome: &AttackOutcome) -> [Vec<Change>; 1] {
    [vec![Change::drop_all(outcome.columns.iter().map(String::as_str), &outcome.id)]]
}

/// The rank of each cell in the order of the values, nulls first.
fn ranks(cells: &ArrayRef) -> Result<Vec<u32>> {
    arrow::compute::rank(cells, None).map_err(|error| Error::Internal(error.to_string()))
}
