//! The attack with an earlier release of the same dataset in hand: see [`crate::risk::attack::earlier`].
//!
//! The newest release of the dataset that the ledger knows lies beside the new one. What it measures is read from its
//! certificate, which must be the one that the ledger notes, and its classes are counted again from its files, which
//! must be the certified ones. Classes are compared on the quasi columns that both releases have; with fewer columns an
//! attacker finds less, so a column that one of them lacks is not attacked. Subjects are compared where both releases
//! have a token of them, otherwise records.
//!
//! What fails closed: a release that the ledger knows and that is gone or changed leaves all outcomes untried, with
//! risk 1. A class of the earlier release whose labels nobody can explain any more ([`Known`]) counts as hit, since nothing
//! shows that it is safe.
//!
//! Memory is that of the classes of both releases and of bounded sets of tokens.

mod known;
mod old;
mod tokens;

use std::collections::BTreeSet;
use std::path::Path;

pub use known::Known;
use old::{Noted, Old, Unread};
pub use tokens::Tokens;

use crate::engine::Spills;
use crate::error::{Error, Result};
use crate::release::encryption::RecipientKey;
use crate::release::ledger::LEDGER;
use crate::release::measure::Measured;
use crate::risk::attack::Change;
use crate::risk::attack::change::listed;
use crate::risk::attack::earlier::{Asked, Class, Classes, Compared, changes};
use crate::risk::attack::tokens::with_new_key;
use crate::risk::{AttackOutcome, Conditions};
use crate::table::EquivalenceTable;

const DIFFERENCES: &str = "earlier_differences";
const INTERSECTIONS: &str = "earlier_intersections";
const SENSITIVE: &str = "earlier_sensitive";
const REUSE: &str = "token_reuse_releases";

/// Every attack of this file. `earlier_sensitive` has an outcome for each sensitive column that both releases count,
/// `token_reuse_releases` for each token column of the new one.
pub const IDS: [&str; 4] = [DIFFERENCES, INTERSECTIONS, SENSITIVE, REUSE];

/// What is known of the new release.
pub struct Own<'a> {
    /// Its id where the ledger has it already: only releases before it count.
    pub release: Option<&'a str>,
    pub measured: &'a Measured,
    pub conditions: &'a Conditions,
    /// Gives what the labels of each quasi column stand for, where they are compared: see [`Known::all`].
    pub known: &'a dyn Fn() -> Vec<Known>,
    /// The tokens of its written files.
    pub tokens: &'a Tokens,
    pub spills: Spills<'a>,
    /// What opens its files, and may open earlier ones.
    pub key: Option<&'a RecipientKey>,
}

/// Attacks the new release together with the newest earlier one in the dataset's folder, `out/<name>`.
///
/// Without an earlier release there is nothing to attack with, and each outcome says so. An outcome beyond its limit
/// tells what would help; in others limits need not be set.
///
/// # Errors
/// The ledger cannot be read, or its chain is broken.
pub fn attacks(folder: &Path, own: &Own) -> Result<Vec<AttackOutcome>> {
    if own.release.is_some() && !folder.with_file_name(LEDGER).exists() {
        let advice = "give the release in the folder where it was made: its ledger tells of earlier ones".to_owned();
        return Ok(IDS.map(|id| AttackOutcome::new(id, 0, 0, None).advised(Some(advice.clone()))).to_vec());
    }
    let Some(noted) = Noted::newest(folder, own.release)? else {
        return Ok(IDS.map(AttackOutcome::nothing_there).to_vec());
    };
    match Old::read(folder, &noted, own) {
        Ok(old) => outcomes(&old, own),
        Err(Unread::Error(error)) => Err(error),
        Err(Unread::Lost(what)) => {
            // outcomes are published: no path of this machine stands in them
            let advice = format!(
                "put the earlier release `{}` back beside this one as it was ({what}); if nobody ever had it, give \
                 another `--out` or `name`",
                noted.release
            );
            Ok(IDS.map(|id| AttackOutcome::new(id, 0, 0, None).advised(Some(advice.clone()))).to_vec())
        }
    }
}

fn outcomes(old: &Old, own: &Own) -> Result<Vec<AttackOutcome>> {
    let new = classes(&own.measured.table, &old.quasi, &old.sensitive, !old.subjects)?;
    let before = classes(&old.table, &old.quasi, &old.sensitive, !old.subjects)?;
    let explained = (own.known)();
    let mut covers = Vec::with_capacity(old.quasi.len());
    let mut unknown = Vec::with_capacity(old.quasi.len());
    for (at, column) in old.quasi.iter().enumerate() {
        let labels = |classes: &Classes| classes.keys().map(|labels| labels[at].clone()).collect::<BTreeSet<_>>();
        let known = explained.iter().find(|known| known.column == *column);
        let known = known.ok_or_else(|| Error::Internal(format!("nothing explains the labels of `{column}`")))?;
        let (cover, strangers) = known.cover(&labels(&before), &labels(&new), old.shown(column))?;
        covers.push(cover);
        unknown.push(strangers);
    }
    let compared = Compared::new(&before, &new, &covers, &old.quasi, own.conditions.k)?;
    let strangers = Strangers::of(&before, &unknown, &old.quasi);
    let helped = |outcome: AttackOutcome, counted: &str, asked: Asked| {
        // what fails here has failed above already
        let withheld = |_: &AttackOutcome| {
            changes(&before, &new, &covers, &old.quasi, own.conditions.k, asked).unwrap_or_default()
        };
        outcome.judged(own.conditions).helped(counted, withheld)
    };
    let mut outcomes = vec![
        helped(compared.differences(), "classes that changed by few", Asked::Differences),
        helped(compared.intersections(), "overlaps with few candidates", Asked::Intersections),
    ];
    if old.sensitive.is_empty() {
        outcomes.push(AttackOutcome::nothing_there(SENSITIVE));
    }
    for (at, outcome) in compared.sensitive(&old.sensitive).into_iter().enumerate() {
        outcomes.push(helped(outcome, "overlaps with one value", Asked::Sensitive(at, &old.sensitive[at])));
    }
    let mut outcomes: Vec<AttackOutcome> = outcomes.into_iter().map(|outcome| strangers.counted(outcome)).collect();
    for outcome in own.tokens.reused(REUSE, &old.tokens) {
        let ephemeral = |outcome: &AttackOutcome| {
            let columns = listed(outcome.columns.iter().map(String::as_str));
            [vec![Change::new(format!("give {columns} tokens with an ephemeral key"), with_new_key(outcome))]]
        };
        outcomes.push(outcome.judged(own.conditions).helped("tokens that recur", ephemeral));
    }
    Ok(outcomes)
}

/// The classes of a table over some of its columns; of records where `records`, otherwise of subjects.
fn classes(table: &EquivalenceTable, quasi: &[String], sensitive: &[String], records: bool) -> Result<Classes> {
    let lost = |name: &String| Error::Internal(format!("`{name}` was not measured"));
    let place = |name: &String| table.domains.iter().position(|d| d.column == *name).ok_or_else(|| lost(name));
    let quasi = quasi.iter().map(place).collect::<Result<Vec<_>>>()?;
    let place = |name: &String| table.sensitive.iter().position(|s| s.domain.column == *name).ok_or_else(|| lost(name));
    let sensitive = sensitive.iter().map(place).collect::<Result<Vec<_>>>()?;
    let grouped = table.grouped(quasi.len(), |column, row| table.codes[quasi[column]][row]);
    let counts = if records { &grouped.records } else { &grouped.subjects };
    let mut classes = Classes::new();
    for (row, &class) in grouped.class_of.iter().enumerate() {
        let label = |&column: &usize| table.domains[column].values()[table.codes[column][row] as usize].clone();
        let class = classes.entry(quasi.iter().map(label).collect()).or_insert_with(|| Class {
            subjects: counts[class as usize],
            sensitive: vec![BTreeSet::new(); sensitive.len()],
        });
        for (values, &column) in class.sensitive.iter_mut().zip(&sensitive) {
            let column = &table.sensitive[column];
            values.insert(column.domain.values()[column.codes[row] as usize].clone());
        }
    }
    Ok(classes)
}

/// Classes of the earlier release with a label that nobody can explain.
struct Strangers {
    classes: u64,
    subjects: u64,
    columns: Vec<String>,
}

impl Strangers {
    fn of(before: &Classes, unknown: &[BTreeSet<Option<String>>], quasi: &[String]) -> Self {
        let strange =
            |labels: &&Vec<Option<String>>| labels.iter().zip(unknown).any(|(label, set)| set.contains(label));
        let strange: Vec<&Class> =
            before.iter().filter(|(labels, _)| strange(labels)).map(|(_, class)| class).collect();
        Self {
            classes: strange.len() as u64,
            subjects: strange.iter().map(|class| class.subjects).sum(),
            columns: quasi
                .iter()
                .zip(unknown)
                .filter(|(_, set)| !set.is_empty())
                .map(|(name, _)| name.clone())
                .collect(),
        }
    }

    /// The outcome with each of these classes as a trial that succeeded.
    fn counted(&self, outcome: AttackOutcome) -> AttackOutcome {
        if self.classes == 0 || outcome.nothing_there {
            return outcome;
        }
        let columns: Vec<String> = self.columns.iter().map(|name| format!("`{name}`")).collect();
        let advice = format!(
            "give {} the hierarchy that the earlier release had: {} of its classes have labels that the present one \
             does not explain, and count as hit",
            columns.join(", "),
            self.classes
        );
        let (successes, trials) = (outcome.successes + self.classes, outcome.trials + self.classes);
        AttackOutcome::new(&outcome.id, successes, trials, None)
            .on(outcome.columns)
            .sampled(outcome.sampling)
            .subjects(outcome.subjects_at_risk.unwrap_or(0) + self.subjects)
            .advised(Some(advice))
    }
}

#[cfg(test)]
mod tests;
