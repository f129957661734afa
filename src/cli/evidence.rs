//! What the run holds against its own release: suspects, agreement of plan and files, all measures.

use std::collections::BTreeMap;

use crate::engine::{ApplyPlan, Leak, Made, Suspect};
use crate::error::{Error, Result};
use crate::release::certificate::SearchTold;
use crate::release::measure::Measured;
use crate::report::distinct_hidden;
use crate::risk::quality::DataQuality;
use crate::risk::{self, ClassSizes, Conditions, Evidence, Measure, order::row_order};
use crate::search;
use crate::source::Wanted;
use crate::spec::quality::RecordRule;
use crate::spec::{Pipeline, RecodingKind, Role, Subject, sql};
use crate::table::{Classes, Domain, EquivalenceTable, Hierarchy, LocalColumn, LocalRecoding, Recoded};

use super::models;
use super::prepare::{Prepared, wanted};
use super::recode;

/// Pairs of released and source columns that may restore something, with the source columns to read.
pub struct Suspicions {
    /// First the identifiers.
    pub columns: Vec<Wanted>,
    /// How many of the columns are identifiers.
    identifiers: usize,
    pub suspects: Vec<Suspect>,
}

impl Suspicions {
    /// The identifiers of the source.
    pub fn identifiers(&self) -> &[Wanted] {
        &self.columns[..self.identifiers]
    }
}

/// Every released column but pseudonyms against every identifier; every released column that is not quasi
/// against each generalized quasi column; each generalized column against itself.
pub fn suspicions(pipeline: &Pipeline, plan: &ApplyPlan) -> Suspicions {
    let mut columns = Vec::new();
    let mut suspects = Vec::new();
    let token = pseudonym;
    let identifier = |name: &str| pipeline.source.subject == Subject::Column(name.into());
    let mut names: Vec<Wanted> =
        pipeline.columns.iter().filter(|c| c.role == Role::Identifier || identifier(&c.name)).map(wanted).collect();
    if let Subject::Column(name) = &pipeline.source.subject
        && names.iter().all(|known| known.name != *name)
    {
        names.push(Wanted { name: name.clone(), kind: crate::spec::ColumnType::Text });
    }
    for column in names {
        for (released, _) in plan.outputs.iter().enumerate().filter(|(_, output)| !token(&output.made)) {
            suspects.push(Suspect { released, source: columns.len(), leak: Leak::OneToOne });
        }
        columns.push(column);
    }
    let identifiers = columns.len();
    let finest = |name: &str| pipeline.columns.iter().find(|c| c.name == name).map_or(0, |c| c.levels.finest);
    for (quasi, domain) in plan.table.domains.iter().enumerate() {
        if !plan.recoded.generalizes(quasi, finest(&domain.column)) {
            continue;
        }
        for (released, output) in plan.outputs.iter().enumerate() {
            let leak = match &output.made {
                Made::Label(same) if *same == quasi => Leak::OneToOne,
                Made::Treated { .. } if !token(&output.made) => Leak::Determines,
                _ => continue,
            };
            suspects.push(Suspect { released, source: columns.len(), leak });
        }
        columns.push(plan.wanted[plan.quasi[quasi]].clone());
    }
    Suspicions { columns, identifiers, suspects }
}

/// Whether the cells of a column are pseudonyms: one-to-one with the source by their purpose.
fn pseudonym(made: &Made) -> bool {
    matches!(made, Made::Treated { treatment, .. } if treatment.is_pseudonym())
}

/// The measures of the suspects that stand.
pub fn leaks(plan: &ApplyPlan, suspicions: &Suspicions, standing: &[usize]) -> Vec<Measure> {
    let of = |leak: Leak| -> Vec<String> {
        let standing = standing.iter().map(|&i| &suspicions.suspects[i]).filter(|suspect| suspect.leak == leak);
        let pair = |suspect: &Suspect| {
            format!("{} ~ {}", plan.outputs[suspect.released].name, suspicions.columns[suspect.source].name)
        };
        standing.map(pair).collect()
    };
    vec![
        Measure::no_columns("one_to_one_columns", "article 29; PIPL article 73(4)", of(Leak::OneToOne)),
        Measure::no_columns("determining_columns", "article 29; PIPL article 73(4)", of(Leak::Determines)),
    ]
}

/// Released label tuples with their records and subjects.
type LabelClasses = BTreeMap<Vec<Option<String>>, (u64, u64)>;

/// Holds the files against the plan, class by class.
///
/// # Errors
/// An internal error if any class, its records, or (with a subject token) its subjects differ.
pub fn reconcile(plan: &ApplyPlan, measured: &Measured, subjects: bool) -> Result<()> {
    let (classes, suppressed) = (plan.recoded.classes(plan.table), plan.recoded.suppressed());
    let released = (0..plan.table.combinations()).filter(|&c| !suppressed[c] && plan.table.records[c] > 0);
    let label = |column: usize, combination: usize| {
        plan.recoded.labels(column)[plan.recoded.label(plan.table, column, combination) as usize].clone()
    };
    let planned = label_classes(released, plan.table.codes.len(), &classes, label);
    let table = &measured.table;
    let value = |column: usize, row: usize| table.domains[column].values()[table.codes[column][row] as usize].clone();
    let held = label_classes(0..table.combinations(), table.codes.len(), &table.finest(), value);
    let same = planned.len() == held.len()
        && held.iter().all(|(labels, &(records, held))| {
            planned.get(labels).is_some_and(|&(r, s)| r == records && (!subjects || s == held))
        });
    match same {
        true => Ok(()),
        false => Err(Error::Internal("the written files do not hold the classes that were planned".into())),
    }
}

/// Records and subjects of the classes that some combinations are in, by their labels.
fn label_classes(
    combinations: impl Iterator<Item = usize>,
    columns: usize,
    classes: &Classes,
    label: impl Fn(usize, usize) -> Option<String>,
) -> LabelClasses {
    let mut seen = vec![false; classes.records.len()];
    let first = combinations.filter(|&c| !std::mem::replace(&mut seen[classes.class_of[c] as usize], true));
    let class = |c: usize| {
        let class = classes.class_of[c] as usize;
        ((0..columns).map(|column| label(column, c)).collect(), (classes.records[class], classes.subjects[class]))
    };
    first.map(class).collect()
}

/// The sizes, in subjects, of the classes of a table as it stands.
pub fn sizes(table: &EquivalenceTable) -> ClassSizes {
    let classes = table.finest();
    let counted = classes.records.iter().zip(&classes.subjects).filter(|&(&records, _)| records > 0);
    ClassSizes::from_classes(counted.map(|(_, &subjects)| subjects))
}

/// What anyone can measure from the files: the part of the evidence that `verify` repeats.
pub fn from_files(measured: &Measured, conditions: &Conditions) -> Result<Vec<Measure>> {
    let released: Vec<String> = measured.schema.fields().iter().map(|field| field.name().clone()).collect();
    let mut measures = risk::measure(&sizes(&measured.table), conditions, &released);
    if conditions.subject_token.is_some() {
        let mean = measured.rows as f64 / measured.table.total_subjects().max(1) as f64;
        measures.push(Measure { basis: risk::Basis::Release, ..run_measure("records_per_subject", mean) });
    }
    measures.extend(models::from_files(&measured.table, conditions)?);
    if conditions.recoding == RecodingKind::Cells {
        measures.extend(k_wildcard(&measured.table));
    }
    Ok(measures)
}

/// k where a `*` matches every value, as in sdcMicro: told beside the k where it is a value of its own.
fn k_wildcard(table: &EquivalenceTable) -> Option<Measure> {
    let column = |(domain, codes): (&Domain, &Vec<u32>)| LocalColumn {
        labels: domain.values().to_vec(),
        sizes: vec![1; domain.len()],
        label_of: codes.clone(),
    };
    let columns: Vec<LocalColumn> = table.domains.iter().zip(&table.codes).map(column).collect();
    let as_it_stands = LocalRecoding { columns, suppressed: vec![false; table.combinations()] };
    let k = search::least_k(table, &as_it_stands).wildcard?;
    Some(Measure { basis: risk::Basis::Release, ..run_measure("k_wildcard", k as f64) })
}

/// All measures of a run.
pub fn all(
    plan: &ApplyPlan,
    search: &SearchTold,
    measured: &Measured,
    order: &[(f64, f64)],
    conditions: &Conditions,
    leaks: Vec<Measure>,
) -> Result<Evidence> {
    let table = plan.table;
    let mut measures = from_files(measured, conditions)?;
    measures.extend(models::of_run(plan, conditions)?);
    measures.push(risk::suppressed_share(search.suppressed_records, table.total_records(), conditions));
    measures.push(risk::loss(search.loss));
    let subjects = table.total_subjects();
    // from the files alone records would be taken for subjects, and k be told too high
    let hidden = conditions.subject_token.is_none() && subjects != table.total_records();
    let columns = if hidden { conditions.identifiers.clone() } else { Vec::new() };
    measures.push(Measure::no_columns("subjects_not_countable", "measured from the written files alone", columns));
    measures.push(run_measure("records_per_subject_source", table.total_records() as f64 / subjects.max(1) as f64));
    measures.extend(leaks);
    measures.extend(row_order(order).measures());
    Ok(Evidence { measures, attacks: Vec::new(), before: sizes(table), after: sizes(&measured.table) })
}

/// Whether so few subjects are withheld that counts of the source beside those of the release would tell of them.
pub fn few_withheld(pipeline: &Pipeline, plan: &ApplyPlan) -> bool {
    let withheld = distinct_hidden(plan.table, plan.recoded.suppressed(), |_| true);
    (1..pipeline.privacy.k).contains(&withheld)
}

/// What is told of the source's quality beside a release that withholds few subjects: nothing that could be counted in
/// the release too.
pub fn beside_few(quality: &DataQuality, pipeline: &Pipeline, plan: &ApplyPlan) -> DataQuality {
    let declared: Vec<String> = pipeline.columns.iter().map(|column| column.name.clone()).collect();
    let released = |name: &String| plan.outputs.iter().any(|output| output.name == *name);
    let of_released = |rule: &RecordRule| match sql::columns(&rule.expression, &declared) {
        Ok(names) => names.iter().any(|(_, name)| released(name)),
        Err(_) => true,
    };
    quality.without(|tested| match &tested.column {
        Some(column) => released(column),
        None => pipeline.quality.records.iter().any(|rule| rule.name == tested.rule && of_released(rule)),
    })
}

fn run_measure(id: &str, value: f64) -> Measure {
    Measure { id: id.into(), value, limit: None, basis: risk::Basis::Run, columns: Vec::new() }
}

/// Whether the way from the drawn subjects to the release looks at the data only where it withholds small classes.
pub fn fixed(prepared: &Prepared, plan: &ApplyPlan) -> bool {
    let Recoded::Global { hierarchies, .. } = plan.recoded else { return false };
    let columns = prepared.quasi().into_iter().zip(hierarchies);
    let mut levels = columns.map(|(column, hierarchy)| recode::allowed(column, hierarchy).len());
    let alone = plan.table.total_subjects() == plan.table.total_records();
    alone && prepared.pipeline.privacy.models.is_empty() && levels.all(|levels| levels == 1)
}

/// What the release is asked to reach, as the certificate states it.
pub fn conditions(pipeline: &Pipeline, plan: &ApplyPlan, trees: &[Option<Hierarchy>]) -> Conditions {
    let of = |made: fn(&Made) -> bool| -> Vec<String> {
        plan.outputs.iter().filter(|output| made(&output.made)).map(|output| output.name.clone()).collect()
    };
    let tokens = of(pseudonym);
    let mut identifiers: Vec<String> = pipeline
        .columns
        .iter()
        .filter(|column| column.role == Role::Identifier)
        .map(|column| column.name.clone())
        .collect();
    let mut subject_token = None;
    if let Subject::Column(name) = &pipeline.source.subject {
        if !identifiers.contains(name) {
            identifiers.push(name.clone());
        }
        subject_token = tokens.contains(name).then(|| name.clone());
    }
    Conditions {
        claim: pipeline.claim,
        context: pipeline.context,
        k: pipeline.privacy.k,
        suppression_limit: pipeline.privacy.suppression_limit,
        sampling_fraction: pipeline.privacy.sampling_fraction,
        sampling: pipeline.privacy.sampling,
        attacker: pipeline.attacker.clone(),
        rules: pipeline.rules.clone(),
        quasi: plan.outputs.iter().filter(|o| matches!(o.made, Made::Label(_))).map(|o| o.name.clone()).collect(),
        identifiers,
        tokens,
        subject_token,
        recoding: pipeline.privacy.recoding,
        models: pipeline.privacy.models.clone(),
        population: pipeline.privacy.population.is_some(),
        trees: models::trees(plan, trees),
    }
}
