//! `tuomin run`: from the pipeline file to a release or a refusal, top to bottom.

use std::path::{Path, PathBuf};
use std::time::Instant;

use super::certify::{self, Told};
use super::evidence;
use super::prepare::{self, Prepared, random_secret, wanted};
use super::progress::Progress;
use crate::engine::{self, ApplyPlan, Made, OrderSample, Output, RowHasher};
use crate::error::{Error, Reason, Refusal, Result};
use crate::release::measure::{Question, Wrong, measure};
use crate::release::shuffle::Shuffle;
use crate::release::staging::Staging;
use crate::release::write::write;
use crate::risk;
use crate::search::{self, Found, Goal, Outcome, Unreachable};
use crate::source::{Source, Wanted};
use crate::spec::{Role, TreatmentSpec};
use crate::table::{EquivalenceTable, Hierarchy};
use crate::treatment::{Recipe, RecipeColumn};

/// Bytes of treated rows held in memory before they are spilled.
const SHUFFLE_BUDGET: usize = 768 << 20;

/// Where a release is put, and what the terminal is told.
pub struct Options {
    pub out: PathBuf,
    pub quiet: bool,
    /// Tell on stderr what each stage took.
    pub timings: bool,
}

/// Runs a pipeline; gives the folder of the release and the report's summary.
///
/// # Errors
/// [`Error::Refused`] after leaving `refusal.json` and the report in the output folder, without data.
pub fn run(pipeline: &Path, options: &Options) -> Result<(PathBuf, String)> {
    let started = Instant::now();
    let prepared = prepare::read(pipeline)?;
    let source = open(&prepared)?;
    let id = certify::release_id()?;
    let staging =
        Staging::new(&options.out.join(&prepared.pipeline.name), &id, |left| certify::noted(&options.out, left))?;
    let progress = Progress::new(options.quiet);
    let digest = certify::source_digest(&source);

    progress.stage("counting combinations");
    let quasi: Vec<Wanted> = prepared.quasi().into_iter().map(wanted).collect();
    let table = engine::tally(
        &source,
        &quasi,
        prepared.subject().as_ref(),
        &prepared.labellers(),
        &staging,
        &random_secret()?,
    )?;
    check_subjects(&prepared, &table)?;
    let hierarchies = prepared.hierarchies(&table.domains)?;

    progress.stage("searching the recoding");
    let privacy = &prepared.pipeline.privacy;
    let goal = Goal::new(privacy.k, privacy.suppression_limit);
    let found = match search::optimal(&table, &hierarchies, &goal) {
        Outcome::Found(found) if found.classes > 0 => found,
        Outcome::Found(_) => return refuse_search(&prepared, staging, nothing_left()),
        Outcome::Undecided { lattice_size, .. } => return refuse_search(&prepared, staging, undecided(lattice_size)),
        Outcome::Unreachable(why) => {
            return refuse_search(&prepared, staging, unreachable(&prepared, &hierarchies, &why));
        }
    };

    let recipe = recipe(&prepared, &source, &id)?;
    let plan = plan(&prepared, &table, &hierarchies, &found, &recipe)?;
    let conditions = evidence::conditions(&prepared.pipeline, &plan);

    progress.stage("comparing columns");
    let suspicions = evidence::suspicions(&prepared.pipeline, &plan);
    let standing = engine::compare(&source, &plan, &suspicions.columns, &suspicions.suspects)?;
    let leaks = evidence::leaks(&plan, &suspicions, &standing);

    progress.stage("treating and scattering rows");
    let kept = table.total_records() - found.suppressed_records;
    let coded = plan.coded_schema()?;
    let shuffle = Shuffle::new(kept, coded.clone(), random_secret()?, SHUFFLE_BUDGET, staging.spill()?);
    let sample = OrderSample::new(RowHasher::default(), kept);
    let (released, sample) = engine::apply(&source, &plan, &shuffle, &sample)?;
    if released != kept {
        return Err(Error::Internal("another number of rows was released than planned".into()));
    }

    progress.stage("writing shuffled rows");
    let files = write(&shuffle, &coded, &plan.labels(), &staging)?;
    drop(shuffle);

    progress.stage("measuring the written files");
    let paths: Vec<PathBuf> = files.iter().map(|name| staging.folder().join(name)).collect();
    let question =
        Question { quasi: &conditions.quasi, subject: conditions.subject_token.as_deref(), order: Some(sample.twin()) };
    let parts = engine::parts(conditions.quasi.len(), question.subject.is_some(), &staging, &random_secret()?)?;
    let measured = measure(&paths, &question, parts).map_err(own_file)?;
    evidence::reconcile(&plan, &found, &measured, question.subject.is_some())?;
    let evidence = evidence::all(&table, &found, &measured, &sample, &conditions, leaks)?;

    progress.stage("certifying");
    let source_sha256 = digest.join().map_err(|_| Error::Internal("a worker panicked".into()))??;
    let told = Told {
        id: &id,
        prepared: &prepared,
        source_sha256,
        table: &table,
        hierarchies: &hierarchies,
        found: &found,
        recipe: &recipe,
        plan: &plan,
        conditions: &conditions,
        measured: &measured,
        evidence: &evidence,
        seconds: started.elapsed().as_secs_f64(),
    };
    let done = match risk::verdict(&evidence) {
        Ok(()) => certify::publish(&told, &files, staging, &options.out),
        Err(refusal) => certify::refuse(Some(&told), &prepared, refusal, staging, &options.out),
    };
    if options.timings {
        super::tell(&progress.timings());
    }
    done
}

/// Finds the source and checks that it has every declared column.
fn open(prepared: &Prepared) -> Result<Source> {
    let source = Source::open(&prepared.pipeline.source, &prepared.base)?;
    let declared = prepared.pipeline.columns.iter().map(|column| column.name.clone());
    let subject = prepared.subject().map(|subject| subject.name);
    match declared.chain(subject).find(|name| !source.columns.contains(name)) {
        Some(name) => Err(source.missing(&name)),
        None => Ok(source),
    }
}

fn check_subjects(prepared: &Prepared, table: &EquivalenceTable) -> Result<()> {
    let (subjects, k) = (table.total_subjects(), prepared.pipeline.privacy.k);
    if subjects >= k {
        return Ok(());
    }
    Err(Error::Input {
        message: format!("the input has {subjects} subjects, fewer than `k` = {k}"),
        place: None,
        help: Some("no release of so few subjects can hide one of them".into()),
    })
}

/// The treatment of every declared column that is not generalized by the search.
fn recipe(prepared: &Prepared, source: &Source, id: &str) -> Result<Recipe> {
    let columns = prepared.pipeline.columns.iter().map(|column| {
        let searched = column.role == Role::Quasi && matches!(column.treatment, TreatmentSpec::Generalize { .. });
        let domain = |column: &crate::spec::ColumnSpec| Ok(engine::domains(source, &[wanted(column)])?.remove(0));
        let treatment = match searched {
            true => None,
            false => prepared.treatment(column, id, domain)?,
        };
        if let Some(treatment) = &treatment
            && treatment.allows() < prepared.pipeline.claim
        {
            let message = format!("the treatment of `{}` does not allow the claim", column.name);
            return Err(Error::Refused(Refusal {
                reasons: vec![Reason { condition: "kept_key".into(), message, help: None }],
            }));
        }
        Ok(RecipeColumn { name: column.name.clone(), treatment })
    });
    Ok(Recipe { columns: columns.collect::<Result<_>>()? })
}

/// What pass 2 does: the released columns in the order of the pipeline file.
fn plan<'a>(
    prepared: &Prepared,
    table: &'a EquivalenceTable,
    hierarchies: &'a [Hierarchy],
    found: &'a Found,
    recipe: &'a Recipe,
) -> Result<ApplyPlan<'a>> {
    let mut plan = ApplyPlan {
        wanted: Vec::new(),
        quasi: Vec::new(),
        table,
        hierarchies,
        recoding: &found.recoding,
        outputs: Vec::new(),
    };
    let quasi = prepared.quasi();
    for (column, treated) in prepared.pipeline.columns.iter().zip(&recipe.columns) {
        let made = match (quasi.iter().position(|q| q.name == column.name), &treated.treatment) {
            (Some(place), None) => {
                plan.quasi.push(plan.wanted.len());
                Made::Label(place)
            }
            (_, Some(treatment)) => Made::Treated { column: plan.wanted.len(), treatment },
            (None, None) => continue,
        };
        plan.wanted.push(wanted(column));
        plan.outputs.push(Output { name: column.name.clone(), made });
    }
    if plan.quasi.len() != table.domains.len() {
        return Err(Error::Internal("the plan lost a quasi column".into()));
    }
    Ok(plan)
}

/// A fault in a file that this run wrote itself.
fn own_file(wrong: Wrong) -> Error {
    match wrong {
        Wrong::Error(error) => error,
        Wrong::File(file, what) => Error::Internal(format!("file {file} of the release: {what}")),
    }
}

fn undecided(lattice_size: u128) -> Reason {
    Reason {
        condition: "search".into(),
        message: format!("the lattice has {lattice_size} nodes, and the search gave up before it found a recoding"),
        help: Some("give the columns fewer levels, or drop a quasi column".into()),
    }
}

fn nothing_left() -> Reason {
    Reason {
        condition: "k_anonymity".into(),
        message: "every class is too small, nothing would be left to release".into(),
        help: Some("lower `k`, or let hierarchies grow coarser".into()),
    }
}

fn unreachable(prepared: &Prepared, hierarchies: &[Hierarchy], why: &Unreachable) -> Reason {
    let privacy = &prepared.pipeline.privacy;
    let column = &hierarchies[why.costliest_column].column;
    Reason {
        condition: "k_anonymity".into(),
        message: format!(
            "no recoding reaches `k` = {} with at most {} of the records withheld; the best reachable is k = {}",
            privacy.k, privacy.suppression_limit, why.best_k
        ),
        help: Some(format!(
            "`{column}` costs most: drop it or give it coarser levels, lower `k`, or raise `suppression_limit`"
        )),
    }
}

fn refuse_search<T>(prepared: &Prepared, staging: Staging, reason: Reason) -> Result<T> {
    let out = staging.home_parent();
    certify::refuse(None, prepared, Refusal { reasons: vec![reason] }, staging, &out)
}
