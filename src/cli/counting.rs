//! From the pipeline to the counts that everything is decided on; no row is changed here.

use std::path::Path;

use crate::engine::{self, ApplyPlan, Counted, Engine, Made, Output, Spills};
use crate::error::{Error, Place, Reason, Refusal, Result};
use crate::risk::quality::DataQuality;
use crate::secret::stream;
use crate::source::{Draw, Source, Wanted};
use crate::spec::{ColumnSpec, ModelSpec, Role, SourceFormat, SourceSpec, Subject, TreatmentSpec};
use crate::table::{EquivalenceTable, Finest, Hierarchy, Recoded};
use crate::treatment::{Recipe, RecipeColumn, Swap, Treatment};

use super::prepare::{Prepared, random_secret, wanted};

/// What pass 1 has counted, and what the search needs to know of it.
pub struct Counts {
    pub table: EquivalenceTable,
    /// Of each quasi column: the levels that may be released.
    pub hierarchies: Vec<Hierarchy>,
    /// Of each sensitive column, where a model reads distances from one.
    pub trees: Vec<Option<Hierarchy>>,
    /// What came of the rules of quality; `None` where there are none.
    pub quality: Option<DataQuality>,
}

/// Finds the source and checks that it has every declared column; where the pipeline draws subjects, they are drawn
/// here.
///
/// `folder` is where the records are kept, encrypted, that are not read in place: those of a store are where several
/// machines read them.
pub fn open(engine: &Engine, prepared: &Prepared, folder: &Path) -> Result<Source> {
    let pipeline = &prepared.pipeline;
    let in_store = matches!(pipeline.source.format, SourceFormat::Store(_)) && pipeline.prepare.is_empty();
    let source = match in_store && !matches!(engine, Engine::Local) {
        true => Source::open_objects(&pipeline.source, &prepared.base)?,
        false => Source::prepared(&pipeline.source, &pipeline.prepare, &prepared.base, folder)?,
    };
    let declared = prepared.pipeline.columns.iter().map(|column| column.name.clone());
    let subject = prepared.subject().map(|subject| subject.name);
    match declared.chain(subject).find(|name| !source.columns.contains(name)) {
        Some(name) => Err(source.missing(&name)),
        None => match prepared.pipeline.privacy.sampling {
            Some(sampling) => Ok(source.drawn(Draw::new(prepared.subject(), sampling.rate, random_secret()?))),
            None => Ok(source),
        },
    }
}

/// The treatment of every declared column that is not generalized by the search.
///
/// What is fitted to a whole column is fitted here, with one more reading of that column and the subjects.
pub fn recipe(engine: &Engine, prepared: &Prepared, source: &Source, id: &str, spills: Spills) -> Result<Recipe> {
    let columns = prepared.pipeline.columns.iter().map(|column| {
        let searched = column.role == Role::Quasi && matches!(column.treatment, TreatmentSpec::Generalize { .. });
        let domain = |column: &ColumnSpec| Ok(engine::domains(source, &[wanted(column)])?.remove(0));
        let values = |column: &ColumnSpec| {
            let counted = Counted::column(wanted(column), prepared.subject(), prepared.subject_form());
            engine.tally(source, &counted, None, spills, &random_secret()?).map(|(table, _)| table)
        };
        let treatment = match searched {
            true => None,
            false => prepared.treatment(column, id, domain, values).map_err(|error| in_column(error, &column.name))?,
        };
        if let Some(treatment) = &treatment
            && treatment.allows() < prepared.pipeline.claim
        {
            let message = format!("the treatment of `{}` does not allow the claim", column.name);
            let condition = match treatment {
                Treatment::Fpe(_) => "reversible_encryption",
                Treatment::Redact(_) => "redacted_text",
                _ => "kept_key",
            };
            return Err(Error::Refused(Refusal {
                reasons: vec![Reason { condition: condition.into(), message, help: None }],
            }));
        }
        Ok(RecipeColumn { name: column.name.clone(), treatment })
    });
    Ok(Recipe { columns: columns.collect::<Result<_>>()? })
}

/// Says of what could not be fitted which column it was.
fn in_column(error: Error, column: &str) -> Error {
    match error {
        Error::Input { message, place, help } => {
            let place = place.unwrap_or_default();
            let column = place.column.or_else(|| Some(column.to_owned()));
            Error::Input { message, place: Some(Place { column, ..place }), help }
        }
        other => other,
    }
}

/// Exchanges the cells of the columns that are swapped, now that the classes are known.
pub fn swap(
    prepared: &Prepared,
    source: &Source,
    table: &EquivalenceTable,
    recoded: Recoded,
    recipe: &mut Recipe,
) -> Result<()> {
    for (column, treated) in prepared.pipeline.columns.iter().zip(&mut recipe.columns) {
        if !matches!(treated.treatment, Some(Treatment::Swap(_))) {
            continue;
        }
        let quasi = prepared.quasi();
        let label =
            |(place, column): (usize, &&ColumnSpec)| Output { name: column.name.clone(), made: Made::Label(place) };
        let mut outputs: Vec<Output> = quasi.iter().enumerate().map(label).collect();
        let kept = Made::Treated { column: quasi.len(), treatment: &Treatment::Keep, subject: None, other: None };
        outputs.push(Output { name: column.name.clone(), made: kept });
        let plan = ApplyPlan {
            subject: None,
            wanted: quasi.iter().copied().chain([column]).map(wanted).collect(),
            quasi: (0..quasi.len()).collect(),
            table,
            recoded,
            outputs,
        };
        let (domain, members) = engine::members(source, &plan)?;
        let cells = engine::typed(&column.kind, domain.values())?;
        let swapped = Swap::exchange(cells, members, &mut stream(&random_secret()?, "swap", 0))?;
        treated.treatment = Some(Treatment::Swap(swapped));
    }
    Ok(())
}

/// Pass 1 over the source, and over the population where one is named.
pub fn count(engine: &Engine, prepared: &Prepared, source: &Source, recipe: &Recipe, spills: Spills) -> Result<Counts> {
    let sensitive = sensitive(prepared, recipe)?;
    let counted = Counted {
        quasi: prepared.quasi().into_iter().map(wanted).collect(),
        coarse: prepared.finest(),
        sensitive,
        subject: prepared.subject(),
        subject_form: prepared.subject_form(),
    };
    let rules = prepared.quality.as_ref();
    let (table, tested) = engine.tally(source, &counted, rules, spills, &random_secret()?)?;
    let quality = rules.map(|_| DataQuality::new(tested, &prepared.pipeline.quality.limits));
    check_subjects(prepared, &table)?;
    let table = match population(prepared, &counted, spills)? {
        Some(population) => {
            let finest = counted.coarse.iter().map(|finest| finest.as_ref().map(Finest::labeller));
            table.beside(&population, &finest.collect::<Vec<_>>())
        }
        None => table,
    };
    let hierarchies = prepared.hierarchies(&table.domains)?;
    let trees = table.sensitive.iter().map(|sensitive| prepared.tree(&sensitive.domain)).collect::<Result<_>>()?;
    Ok(Counts { table, hierarchies, trees, quality })
}

/// The columns that models speak of, with their treatments.
fn sensitive<'r>(prepared: &Prepared, recipe: &'r Recipe) -> Result<Vec<(Wanted, &'r Treatment)>> {
    let lost = |name: &str| Error::Internal(format!("nothing says how `{name}` is released"));
    let column = |name: &String| {
        let spec = prepared.pipeline.columns.iter().find(|column| column.name == *name);
        let treatment = recipe.released().find(|(released, _)| released == name);
        Ok((wanted(spec.ok_or_else(|| lost(name))?), treatment.ok_or_else(|| lost(name))?.1))
    };
    ModelSpec::columns(&prepared.pipeline.privacy.models).iter().map(column).collect()
}

/// Counts the population that the pipeline names.
fn population(prepared: &Prepared, counted: &Counted, spills: Spills) -> Result<Option<EquivalenceTable>> {
    let Some(path) = &prepared.pipeline.privacy.population else { return Ok(None) };
    let (delimiter, encoding) = match prepared.pipeline.source.format {
        SourceFormat::Csv { delimiter, encoding } => (delimiter, encoding),
        _ => (b',', crate::spec::Encoding::Utf8),
    };
    let name = path.to_string_lossy();
    let told = SourceFormat::of_name(&name, delimiter, encoding);
    let format = told.unwrap_or(SourceFormat::Csv { delimiter, encoding });
    let spec =
        SourceSpec { path: path.clone(), format, subject: Subject::Row, nulls: prepared.pipeline.source.nulls.clone() };
    people(&Source::open(&spec, &prepared.base)?, counted, spills).map(Some)
}

/// Counts a population by the quasi columns of its sample: its subjects where it has the subject's column,
/// otherwise its records.
pub fn people(source: &Source, sample: &Counted, spills: Spills) -> Result<EquivalenceTable> {
    let subject = sample.subject.clone().filter(|subject| source.columns.contains(&subject.name));
    let counted = Counted {
        quasi: sample.quasi.clone(),
        coarse: sample.coarse.clone(),
        sensitive: Vec::new(),
        subject,
        subject_form: sample.subject_form,
    };
    engine::tally(source, &counted, spills, &random_secret()?)
}

fn check_subjects(prepared: &Prepared, table: &EquivalenceTable) -> Result<()> {
    let (subjects, k) = (table.total_subjects(), prepared.pipeline.privacy.k);
    if subjects >= k {
        return Ok(());
    }
    Err(Error::Input {
        message: match subjects {
            1 => format!("the input has one subject, fewer than `k` = {k}"),
            _ => format!("the input has {subjects} subjects, fewer than `k` = {k}"),
        },
        place: None,
        help: Some("no release of so few subjects can hide one of them".into()),
    })
}
