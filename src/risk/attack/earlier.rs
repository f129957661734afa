//! Earlier releases of the same dataset: each may be k-anonymous, and their difference not.
//!
//! Whoever has both releases and knows a person's quasi-identifiers finds the person's class in each. A class that
//! grew by one shows who came ([`Compared::differences`]); where the classes were cut in other ways, the person is in
//! the overlap of both ([`Compared::intersections`]), and has a sensitive value that both classes have
//! ([`Compared::sensitive`]). That tokens recur is found by [`TokenSet`](super::tokens::TokenSet).
//!
//! Everything but the hierarchies can be read from the earlier release's files, beside the new one on disk: its quasi
//! columns, subject token and models stand in its certificate, labels, subjects and sensitive values in its data. What
//! its labels stand for does not: the hierarchies must be the same, or be kept with the ledger.
//!
//! # References
//! Xiao and Tao, *m-invariance: towards privacy preserving re-publication of dynamic datasets*, SIGMOD 2007. Ganta,
//! Kasiviswanathan, Smith, *Composition attacks and auxiliary information in data privacy*, KDD 2008.

mod cover;

use std::collections::{BTreeMap, BTreeSet};

use super::{AttackOutcome, Change, Looked, Sampling};
use crate::error::{Error, Result};
use crate::risk::figure;

pub use cover::Cover;
use cover::Overlaps;

/// The released labels of a class; `None` is an empty cell.
pub type Labels = Vec<Option<String>>;

/// What a release shows of one class.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Class {
    /// Distinct subjects; records where no subject token is released.
    pub subjects: u64,
    /// The distinct values of each sensitive column.
    pub sensitive: Vec<BTreeSet<Option<String>>>,
}

/// The classes of a release by their labels.
pub type Classes = BTreeMap<Labels, Class>;

/// Two releases of one dataset, laid over each other.
pub struct Compared<'a> {
    old: Vec<&'a Class>,
    new: Vec<&'a Class>,
    overlaps: Overlaps,
    k: u64,
    quasi: &'a [String],
    sampling: Sampling,
    /// Classes of either release with a label that no cover knows.
    unknown: u64,
    /// Subjects of the other release in the classes that overlap one.
    beside_old: Vec<u64>,
    beside_new: Vec<u64>,
    /// How many classes overlap one.
    old_degree: Vec<u32>,
    new_degree: Vec<u32>,
}

impl<'a> Compared<'a> {
    /// Lays an earlier release under a new one. `covers` and `quasi` have one entry for each quasi column.
    ///
    /// # Errors
    /// [`Error::Internal`] if classes have another number of labels or of sensitive columns.
    pub fn new(old: &'a Classes, new: &'a Classes, covers: &[Cover], quasi: &'a [String], k: u64) -> Result<Self> {
        let sensitive = old.values().chain(new.values()).next().map_or(0, |class| class.sensitive.len());
        let both = || old.iter().chain(new);
        if covers.len() != quasi.len()
            || both().any(|(labels, class)| labels.len() != quasi.len() || class.sensitive.len() != sensitive)
        {
            return Err(Error::Internal("classes of two releases have other columns".into()));
        }
        let knows = |labels: &Labels| covers.iter().zip(labels).all(|(cover, label)| cover.knows(label));
        let unknown = both().filter(|(labels, _)| !knows(labels)).count() as u64;
        let overlaps = Overlaps::of(&old.keys().collect::<Vec<_>>(), &new.keys().collect::<Vec<_>>(), covers);
        let total = |classes: &Classes| classes.values().map(|class| class.subjects).sum();
        let whole = |classes: &Classes| Looked { rows: total(classes), of: total(classes) };
        let sampling = Sampling { source: whole(old), released: whole(new) };
        let (old, new): (Vec<&Class>, Vec<&Class>) = (old.values().collect(), new.values().collect());
        let (mut beside_old, mut beside_new) = (vec![0; old.len()], vec![0; new.len()]);
        let (mut old_degree, mut new_degree) = (vec![0; old.len()], vec![0; new.len()]);
        for i in 0..old.len() {
            overlaps.each(i, |j| {
                beside_old[i] += new[j].subjects;
                beside_new[j] += old[i].subjects;
                old_degree[i] += 1;
                new_degree[j] += 1;
            });
        }
        Ok(Self { old, new, overlaps, k, quasi, sampling, unknown, beside_old, beside_new, old_degree, new_degree })
    }

    /// `earlier_differences`: classes whose number of subjects changed by fewer than k.
    ///
    /// A trial is a class that stands in both releases, or one that the other release cuts into classes of its own; a
    /// success is one that has from 1 to k − 1 subjects more or fewer than those. A class that did not change hides
    /// whoever left if somebody else came: counts cannot tell.
    pub fn differences(&self) -> AttackOutcome {
        self.changed(&mut BTreeSet::new())
    }

    /// As [`Self::differences`]; adds the new classes that are part of a success.
    fn changed(&self, hit: &mut BTreeSet<usize>) -> AttackOutcome {
        let (mut trials, mut successes, mut subjects) = (0, 0, 0);
        let mut hold = |own: u64, others: u64| {
            let change = own.abs_diff(others);
            trials += 1;
            let small = (1..self.k).contains(&change);
            if small {
                successes += 1;
                subjects += change;
            }
            small
        };
        // a class is cut into others if all that overlap it overlap nothing else
        let mut whole_old: Vec<bool> = self.old_degree.iter().map(|&degree| degree > 0).collect();
        let mut whole_new: Vec<bool> = self.new_degree.iter().map(|&degree| degree > 0).collect();
        for (i, whole) in whole_old.iter_mut().enumerate() {
            self.overlaps.each(i, |j| {
                *whole &= self.new_degree[j] == 1;
                whole_new[j] &= self.old_degree[i] == 1;
            });
        }
        for i in (0..self.old.len()).filter(|&i| whole_old[i]) {
            if hold(self.old[i].subjects, self.beside_old[i]) {
                self.overlaps.each(i, |j| {
                    hit.insert(j);
                });
            }
        }
        // one that stands in both was held above
        for j in (0..self.new.len()).filter(|&j| whole_new[j] && self.new_degree[j] > 1) {
            if hold(self.new[j].subjects, self.beside_new[j]) {
                hit.insert(j);
            }
        }
        self.dressed(AttackOutcome::new("earlier_differences", successes, trials, None), trials).subjects(subjects)
    }

    /// `earlier_intersections`: pairs of an earlier and a new class that overlap and have fewer than k candidates in
    /// common.
    ///
    /// The subjects at risk are the candidates, at most. How many there can be follows from the counts if the same
    /// subjects are in both releases: at least those of a class that no other overlapping class has room for, at most
    /// those that the others are not sure to take (Fréchet's bounds, once). Where many came and went the bounds are
    /// loose, and [`Self::differences`] speaks.
    pub fn intersections(&self) -> AttackOutcome {
        self.narrowed(&mut BTreeSet::new())
    }

    /// As [`Self::intersections`]; adds the new classes that are part of a success.
    fn narrowed(&self, hit: &mut BTreeSet<usize>) -> AttackOutcome {
        let sure = self.sure();
        let (mut trials, mut successes, mut subjects) = (0, 0, 0_u64);
        for i in 0..self.old.len() {
            self.overlaps.each(i, |j| {
                let most = self.most(i, j, &sure);
                trials += 1;
                if (1..self.k).contains(&most) {
                    successes += 1;
                    subjects += most;
                    hit.insert(j);
                }
            });
        }
        let outcome = AttackOutcome::new("earlier_intersections", successes, trials, None);
        self.dressed(outcome, trials).subjects(subjects.min(self.sampling.released.of))
    }

    /// `earlier_sensitive` of each sensitive column, by their names: pairs of overlapping classes whose values have
    /// just one in common. Whoever is in both classes and kept the value has that one.
    pub fn sensitive(&self, names: &[String]) -> Vec<AttackOutcome> {
        let one = |(column, name): (usize, &String)| self.told(column, name, &mut BTreeSet::new());
        names.iter().enumerate().map(one).collect()
    }

    /// As [`Self::sensitive`] of one column; adds the new classes that are part of a success.
    fn told(&self, column: usize, name: &str, hit: &mut BTreeSet<usize>) -> AttackOutcome {
        let sure = self.sure();
        let (mut trials, mut successes, mut subjects) = (0, 0, 0_u64);
        for i in 0..self.old.len() {
            self.overlaps.each(i, |j| {
                let most = self.most(i, j, &sure);
                let (Some(old), Some(new)) = (self.old[i].sensitive.get(column), self.new[j].sensitive.get(column))
                else {
                    return;
                };
                if most == 0 {
                    return;
                }
                trials += 1;
                if old.intersection(new).take(2).count() == 1 {
                    successes += 1;
                    subjects += most;
                    hit.insert(j);
                }
            });
        }
        let outcome = AttackOutcome::new("earlier_sensitive", successes, trials, None);
        let outcome = self.dressed(outcome, trials).subjects(subjects.min(self.sampling.released.of));
        let columns: Vec<&str> = self.quasi.iter().map(String::as_str).chain([name]).collect();
        outcome.on(columns)
    }

    fn dressed(&self, outcome: AttackOutcome, trials: u64) -> AttackOutcome {
        // two releases without a class in common were compared all the same: each class is an attempt
        let attempts = if trials == 0 { self.new.len().min(self.old.len()) as u64 } else { self.unknown };
        outcome.not_asked(attempts).on(self.quasi).sampled(self.sampling)
    }

    /// At least so many subjects of an overlapping pair are in both.
    fn least(&self, i: usize, j: usize) -> u64 {
        let (a, b) = (self.old[i].subjects, self.new[j].subjects);
        let elsewhere_new = self.beside_old[i] - b;
        let elsewhere_old = self.beside_new[j] - a;
        a.saturating_sub(elsewhere_new).max(b.saturating_sub(elsewhere_old)).min(a).min(b)
    }

    /// The sums of [`Self::least`] over the classes that overlap one, of either release.
    fn sure(&self) -> (Vec<u64>, Vec<u64>) {
        let (mut old, mut new) = (vec![0; self.old.len()], vec![0; self.new.len()]);
        for i in 0..self.old.len() {
            self.overlaps.each(i, |j| {
                let least = self.least(i, j);
                old[i] += least;
                new[j] += least;
            });
        }
        (old, new)
    }

    /// At most so many subjects of an overlapping pair are in both.
    fn most(&self, i: usize, j: usize, sure: &(Vec<u64>, Vec<u64>)) -> u64 {
        let least = self.least(i, j);
        let room_old = self.old[i].subjects.saturating_sub(sure.0[i] - least);
        let room_new = self.new[j].subjects.saturating_sub(sure.1[j] - least);
        room_old.min(room_new)
    }
}

/// What is asked of two releases.
#[derive(Debug, Clone, Copy)]
pub enum Asked<'a> {
    Differences,
    Intersections,
    /// Of the sensitive column at this place, with its name.
    Sensitive(usize, &'a str),
}

/// Changes to the new release after which an attack hits less: its classes that are part of a success withheld, and
/// those that are part of one after that, until there is none; for a sensitive column then dropping it.
///
/// The arguments are those of [`Compared::new`].
///
/// # Errors
/// As [`Compared::new`].
pub fn changes(
    old: &Classes,
    new: &Classes,
    covers: &[Cover],
    quasi: &[String],
    k: u64,
    asked: Asked,
) -> Result<Vec<Vec<Change>>> {
    let mut left = new.clone();
    let after = loop {
        let compared = Compared::new(old, &left, covers, quasi, k)?;
        let mut hit = BTreeSet::new();
        let outcome = match asked {
            Asked::Differences => compared.changed(&mut hit),
            Asked::Intersections => compared.narrowed(&mut hit),
            Asked::Sensitive(column, name) => compared.told(column, name, &mut hit),
        };
        // some are withheld in each round, so that there is an end
        if hit.is_empty() {
            break outcome;
        }
        let mut place = 0..;
        left.retain(|_, _| place.next().is_some_and(|place| !hit.contains(&place)));
    };
    let subjects = |classes: &Classes| classes.values().map(|class| class.subjects).sum::<u64>();
    let number = |count: u64| figure(count as f64);
    let all = subjects(new);
    let withheld = format!(
        "withhold {} of {} classes, with {} of {} subjects",
        number((new.len() - left.len()) as u64),
        number(new.len() as u64),
        number(all - subjects(&left)),
        number(all)
    );
    let withhold = (!left.is_empty()).then(|| vec![Change::new(withheld, after)]);
    let drop = match asked {
        Asked::Sensitive(_, name) => Some(vec![Change::drop_all([name], "earlier_sensitive")]),
        Asked::Differences | Asked::Intersections => None,
    };
    Ok(withhold.into_iter().chain(drop).collect())
}

#[cfg(test)]
mod tests;
