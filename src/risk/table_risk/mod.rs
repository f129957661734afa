//! All risks of a table in one value: what `tuomin risk` measures and shows.

mod text;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::individual::{Global, Method, global_risk, individual_risks_of};
use super::population::{Population, PopulationUniques, population_uniques};
use super::rows::Rows;
use super::separation::{ColumnSet, column_sets_of, sets, smallest};
use super::suda::{DIS_FRACTION, Suda, suda_of};
use super::{
    ClassSizes, InPopulation, Risk, exceeds, journalist, journalist_in, marketer, marketer_in, prosecutor,
    risk_distribution, sample_risk, sample_uniques,
};
use crate::table::EquivalenceTable;

/// Sets of columns are looked at up to the size at which there are more of them than this.
const MOST_SETS: u128 = 20_000;

/// Or at which sets times combinations of values are more than this, some ten seconds of one core.
const MOST_LOOKS: u128 = 1_000_000_000;

/// Upper bounds of the intervals in which risks are counted.
const BOUNDS: [f64; 11] = [0.001, 0.01, 0.02, 0.05, 0.1, 0.125, 0.2, 0.25, 1.0 / 3.0, 0.5, 1.0];

/// What is asked of a table.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RiskQuestion<'a> {
    /// τ, the risk that is tolerated for a member of a class.
    pub tau: f64,
    /// What the table was sampled from; `None` if that is not known. Without it the journalist is taken to know
    /// that everybody is in the table, as the prosecutor does.
    pub population: Option<Population>,
    /// Each class beside its class in the population, where that is known (see [`super::in_population()`]): the
    /// journalist and the marketer are then measured by it.
    pub known: Option<&'a [InPopulation]>,
    /// The largest sets of columns to look at.
    pub largest: usize,
    /// Sets of columns that single out more than this share of the subjects are quasi-identifiers.
    pub share: f64,
    /// Per combination of the table the sum of its records' sampling weights, for the individual risk.
    pub weights: Option<&'a [f64]>,
    pub method: Method,
}

impl Default for RiskQuestion<'_> {
    fn default() -> Self {
        Self {
            tau: 0.2,
            population: None,
            known: None,
            largest: 3,
            share: 0.0,
            weights: None,
            method: Method::default(),
        }
    }
}

/// The risks of a table as it is. `Display` shows them to people.
///
/// Members are distinct subjects per class: someone with records in two classes is a member of both. Everything
/// counts subjects, except where it says records.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TableRisk {
    pub records: u64,
    pub subjects: u64,
    /// Classes of the quasi columns by their number of subjects.
    pub sizes: ClassSizes,
    /// The smallest class: k. Absent without classes.
    pub smallest: Option<u64>,
    pub largest: Option<u64>,
    /// Members per class.
    pub mean: Option<f64>,
    /// τ.
    pub tau: f64,
    pub prosecutor: Risk,
    pub journalist: Risk,
    pub marketer: f64,
    /// The risk of the member who is hardest to find.
    pub lowest: f64,
    /// Members with the highest and with the lowest risk.
    pub at_highest: u64,
    pub at_lowest: u64,
    /// Shares of members by risk, from each interval's upper bound.
    pub distribution: Vec<Interval>,
    /// Members alone in their class, and their share.
    pub sample_uniques: u64,
    pub sample_uniques_share: f64,
    /// Uniques of the population, if it was told.
    pub population: Option<PopulationUniques>,
    pub columns: Vec<ColumnRisk>,
    /// The largest sets of columns looked at: fewer than asked for if there are too many.
    pub largest_sets: usize,
    /// The share of subjects that makes a set of columns a quasi-identifier.
    pub quasi_identifier_share: f64,
    /// The smallest sets of columns that single out more than that share.
    pub quasi_identifiers: Vec<NamedSet>,
    /// Of each size the set that singles out most, or separates most if several single out as many.
    pub worst: Vec<NamedSet>,
    /// Absent for more columns than SUDA takes.
    pub suda: Option<SudaRisk>,
    /// From sampling weights, if they were given.
    pub individual: Option<IndividualRisk>,
}

/// The share of members whose risk lies between the bound before and this one, which belongs to it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Interval {
    pub up_to: f64,
    pub share: f64,
}

/// A quasi column by itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ColumnRisk {
    pub column: String,
    /// Distinct values, null among them.
    pub values: u64,
    /// See [`ColumnSet`].
    pub distinction: f64,
    pub separation: f64,
    pub singled_out: f64,
    /// Share, in percent, of all SUDA scores that comes from sets with this column; shares overlap.
    pub suda_percent: Option<f64>,
}

/// A [`ColumnSet`] with the names of its columns.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NamedSet {
    pub columns: Vec<String>,
    pub combinations: u64,
    pub distinction: f64,
    pub separation: f64,
    pub singled_out: f64,
}

/// The minimal sample uniques of a table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SudaRisk {
    /// Combinations of quasi values with such a set.
    pub uniques: u64,
    /// How many sets have 1, 2, … columns.
    pub sizes: Vec<u64>,
    /// The sampling fraction of the DIS scores, and the highest such score.
    pub fraction: f64,
    pub highest_dis: f64,
}

/// Risks from sampling weights, over records.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct IndividualRisk {
    pub method: Method,
    pub global: Global,
    pub highest: f64,
    /// Share of records whose risk is above τ.
    pub share_above: f64,
}

/// Measures every risk of a table.
pub fn table_risk(table: &EquivalenceTable, question: &RiskQuestion) -> TableRisk {
    let rows = Rows::of(table);
    let (sizes, subjects) = (rows.sizes(), table.total_subjects());
    let fraction = question.population.map(|population| population.fraction(&sizes));
    let sample = sample_risk(&sizes);
    let (uniques, members) = (sample_uniques(&sizes), sizes.members());

    let largest = (1..=question.largest.min(rows.codes.len()))
        .take_while(|&size| {
            let sets = sets(rows.codes.len(), size);
            size == 1 || sets <= MOST_SETS && sets * rows.len() as u128 <= MOST_LOOKS
        })
        .last()
        .unwrap_or(0);
    let measured = column_sets_of(&rows, subjects, largest);
    let named = |set: &ColumnSet| name(table, set);
    let individual = question.weights.map(|weights| individual(table, &rows, weights, question));
    let values: Vec<u64> = (0..rows.codes.len()).map(|column| rows.values(column) as u64).collect();
    let dis = fraction.unwrap_or(DIS_FRACTION);
    let suda = suda_of(rows, largest, dis);

    TableRisk {
        records: table.total_records(),
        subjects,
        smallest: sizes.min(),
        largest: sizes.max(),
        mean: sizes.mean(),
        tau: question.tau,
        prosecutor: prosecutor(&sizes, question.tau),
        journalist: match question.known {
            Some(known) => journalist_in(known.iter().copied(), question.tau),
            None => journalist(&sizes, question.tau, fraction.unwrap_or(1.0)),
        },
        marketer: match question.known {
            Some(known) => marketer_in(known.iter().copied()),
            None => marketer(&sizes, fraction.unwrap_or(1.0)),
        },
        lowest: sample.lowest,
        at_highest: whole(sample.at_highest),
        at_lowest: whole(sample.at_lowest),
        distribution: BOUNDS
            .iter()
            .zip(risk_distribution(&sizes, 1.0, &BOUNDS))
            .map(|(&up_to, share)| Interval { up_to, share })
            .collect(),
        sample_uniques: whole(uniques),
        sample_uniques_share: if members == 0 { 1.0 } else { uniques as f64 / members as f64 },
        population: question.population.map(|population| population_uniques(&sizes, population)),
        columns: columns(table, &measured, &values, suda.as_ref()),
        largest_sets: largest,
        quasi_identifier_share: question.share,
        quasi_identifiers: smallest(&measured, question.share).iter().map(named).collect(),
        worst: worst(&measured, largest).map(named).collect(),
        suda: suda.map(|suda| SudaRisk {
            uniques: suda.uniques(),
            sizes: suda.sizes(),
            fraction: dis,
            highest_dis: suda.highest_dis(),
        }),
        individual,
        sizes,
    }
}

fn columns(table: &EquivalenceTable, measured: &[ColumnSet], values: &[u64], suda: Option<&Suda>) -> Vec<ColumnRisk> {
    let contributions = suda.map(Suda::column_contributions);
    let single = measured.iter().filter(|set| set.columns.len() == 1);
    single
        .zip(values)
        .map(|(set, &values)| ColumnRisk {
            column: table.domains[set.columns[0]].column.clone(),
            values,
            distinction: set.distinction,
            separation: set.separation,
            singled_out: set.singled_out,
            suda_percent: contributions.as_ref().map(|percent| percent[set.columns[0]]),
        })
        .collect()
}

fn worst(measured: &[ColumnSet], largest: usize) -> impl Iterator<Item = &ColumnSet> {
    (1..=largest).filter_map(|size| {
        let alike = measured.iter().filter(move |set| set.columns.len() == size);
        // of equals the first counts
        alike
            .rev()
            .max_by(|a, b| a.singled_out.total_cmp(&b.singled_out).then_with(|| a.separation.total_cmp(&b.separation)))
    })
}

fn name(table: &EquivalenceTable, set: &ColumnSet) -> NamedSet {
    NamedSet {
        columns: set.columns.iter().map(|&column| table.domains[column].column.clone()).collect(),
        combinations: set.combinations,
        distinction: set.distinction,
        separation: set.separation,
        singled_out: set.singled_out,
    }
}

fn individual(table: &EquivalenceTable, rows: &Rows, weights: &[f64], question: &RiskQuestion) -> IndividualRisk {
    let found = individual_risks_of(rows, weights, question.method);
    let records = || found.risk.iter().copied().zip(table.records.iter().copied());
    let above = records().filter(|&(risk, _)| exceeds(risk, 1, question.tau)).map(|(_, n)| u128::from(n)).sum::<u128>();
    let all = records().map(|(_, n)| u128::from(n)).sum::<u128>();
    IndividualRisk {
        method: question.method,
        global: global_risk(records()),
        highest: if found.risk.is_empty() { 1.0 } else { found.risk.iter().copied().fold(0.0, f64::max) },
        share_above: if all == 0 { 1.0 } else { above as f64 / all as f64 },
    }
}

/// As many as 64 bits hold.
fn whole(count: u128) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
