//! `tuomin run` over one pipeline or several: each by itself, the worst of them decides the exit code.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use super::account::Account;
use super::engine;
use super::lineage::{self, Lineage};
use super::meaning::Meaning;
use super::progress::Progress;
use super::run::{self, Done};
use super::{limits, log, metrics, print, show, signals, tell};
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::source::interrupted;

/// Make certified releases, or refuse and say why
#[derive(clap::Args, Debug)]
#[command(
    after_help = "Exit code: 0 done or already released, 1 internal error, 2 pipeline or command line, 3 refused, \
                        4 input, 5 environment or interrupted. Of several pipelines the worst counts: \
                        1, then 5, 2, 4, 3, 0."
)]
pub struct Arguments {
    /// Pipeline files, and folders whose `.toml` files are meant
    #[arg(required = true, value_name = "PIPELINE")]
    pipelines: Vec<PathBuf>,
    /// The folder that releases and the ledger are kept in
    #[arg(long, default_value = "out")]
    out: PathBuf,
    #[command(flatten)]
    meaning: Meaning,
    /// Release again what was already released from the same source by the same pipeline
    #[arg(long)]
    again: bool,
    /// Print one line of JSON for each pipeline, for programs
    #[arg(long)]
    json: bool,
    /// Show no progress
    #[arg(long)]
    quiet: bool,
    /// Show on stderr how long each stage took, and the memory
    #[arg(long)]
    timings: bool,
    #[command(flatten)]
    engine: engine::Chosen,
    #[command(flatten)]
    pub limits: limits::Limited,
    /// Log on stderr what is done; the level is that of the variable TUOMIN_LOG, or info
    #[arg(long, value_name = "FORM")]
    log: Option<log::Form>,
    /// Write metrics of the runs for Prometheus, such as `/var/lib/node_exporter/tuomin.prom`
    #[arg(long, value_name = "FILE")]
    metrics: Option<PathBuf>,
    /// Send OpenLineage events: to a file, or to the http:// or https:// address of a server
    #[arg(long, value_name = "FILE|URL")]
    openlineage: Option<String>,
}

/// How the run of one pipeline ended.
#[derive(Debug)]
pub struct Ended {
    /// As the command line named it.
    pub pipeline: String,
    pub outcome: Result<Done>,
    pub account: Account,
    pub seconds: f64,
    /// When, in seconds since 1970.
    pub at: f64,
}

impl Ended {
    pub fn code(&self) -> u8 {
        self.outcome.as_ref().map_or_else(Error::exit_code, |_| 0)
    }

    pub fn verdict(&self) -> &'static str {
        match &self.outcome {
            Ok(Done { already: true, .. }) => "already released",
            Ok(_) => "certified",
            Err(Error::Refused(_)) => "refused",
            Err(_) => "failed",
        }
    }

    fn json(&self) -> Value {
        let Account { name, rows_read, rows_released, rows_suppressed, k_reached, .. } = &self.account;
        let Account { supersedes, pruned, not_pruned, .. } = &self.account;
        let reasons = match &self.outcome {
            Err(Error::Refused(refusal)) => serde_json::to_value(&refusal.reasons).unwrap_or_default(),
            _ => Value::Null,
        };
        let delivered = self.outcome.as_ref().ok().and_then(|done| done.delivered.as_ref());
        let told = json!({
            "pipeline": self.pipeline,
            "name": name,
            "verdict": self.verdict(),
            "exit_code": self.code(),
            "release": self.outcome.as_ref().ok().and_then(|done| done.folder.clone()),
            "delivered": delivered.map(|delivered| &delivered.address),
            "objects_put": delivered.map(|delivered| delivered.objects),
            "supersedes": supersedes,
            "pruned": if pruned.is_empty() { Value::Null } else { json!(pruned) },
            "not_pruned": not_pruned,
            "rows_read": rows_read,
            "rows_released": rows_released,
            "rows_suppressed": rows_suppressed,
            "k_reached": k_reached,
            "seconds": self.seconds,
            "error": self.outcome.as_ref().err().map(ToString::to_string),
            "reasons": reasons,
        });
        let known = told.as_object().into_iter().flatten().filter(|(_, value)| !value.is_null());
        Value::Object(known.map(|(key, value)| (key.clone(), value.clone())).collect())
    }

    fn line(&self) -> String {
        let done = self.outcome.as_ref().ok();
        let place = done.and_then(|done| done.folder.as_ref());
        let mut place = place.map_or_else(String::new, |folder| format!("  {}", folder.display()));
        let store = done.and_then(|done| done.delivered.as_ref());
        place.extend(store.iter().flat_map(|store| ["  ", &store.address]));
        format!("{:<16}  exit {}  {:>8.1} s  {}{place}\n", self.verdict(), self.code(), self.seconds, self.pipeline)
    }
}

/// The worse of two exit codes: what ourselves or the system broke, then what the pipeline, then what the input did wrong,
/// then a refusal.
pub fn worse(one: u8, other: u8) -> u8 {
    let rank = |code: u8| [0, 3, 4, 2, 6, 5, 1].iter().position(|&known| known == code).unwrap_or(usize::MAX);
    if rank(one) >= rank(other) { one } else { other }
}

/// The files that are meant, each once, in the order of the command line; those of a folder by name.
fn files(named: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let (mut files, mut seen) = (Vec::new(), HashSet::new());
    for path in named {
        let mut these = vec![path.clone()];
        if path.is_dir() {
            let unread = |error| Error::environment(path, "could not read the folder of pipelines", error);
            these = std::fs::read_dir(path).map_err(unread)?.flatten().map(|entry| entry.path()).collect();
            these.retain(|file| {
                let hidden = file.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
                !hidden && file.extension().is_some_and(|ending| ending == "toml") && file.is_file()
            });
            these.sort();
            if these.is_empty() {
                return Err(Error::usage(format!("the folder `{}` has no pipeline", path.display()))
                    .with_help("pipelines are files that end in `.toml`"));
            }
        }
        let real = |file: &PathBuf| std::fs::canonicalize(file).unwrap_or_else(|_| file.clone());
        files.extend(these.into_iter().filter(|file| seen.insert(real(file))));
    }
    Ok(files)
}

/// Runs all of them, prints what became of each, and gives the exit code.
///
/// # Errors
/// What keeps all of them from being begun; what became of one that was begun is told already.
pub fn run(arguments: &Arguments) -> Result<u8> {
    log::begin(arguments.log)?;
    arguments.limits.set()?;
    let files = files(&arguments.pipelines)?;
    let several = files.len() > 1 || arguments.pipelines.iter().any(|path| path.is_dir());
    let temp = arguments.limits.temp_dir.clone().unwrap_or_else(std::env::temp_dir);
    let engine = arguments.engine.open(&temp)?;
    let lineage = arguments.openlineage.as_deref().map(Lineage::of);
    let (mut runs, mut worst) = (Vec::new(), 0);
    for file in files {
        let ended = one(arguments, &file, &engine, lineage.as_ref());
        worst = worse(worst, ended.code());
        if let Err(error) = &ended.outcome {
            tracing::error!(pipeline = ended.pipeline, exit_code = ended.code(), error = %error, "run failed");
            show(error);
        }
        let text = match (arguments.json, several, &ended.outcome) {
            (true, ..) => format!("{}\n", ended.json()),
            (false, true, _) => ended.line(),
            (false, false, Ok(done)) => done.summary.clone(),
            (false, false, Err(_)) => String::new(),
        };
        print(&text).map_err(|error| Error::environment("stdout", "could not print the result", error))?;
        runs.push(ended);
    }
    if let Some(path) = &arguments.metrics
        && let Err(error) = metrics::write(path, &runs)
    {
        worst = worse(worst, error.exit_code());
        show(&error);
    }
    Ok(worst)
}

fn one(arguments: &Arguments, file: &Path, engine: &Engine, lineage: Option<&Lineage>) -> Ended {
    let (started, pipeline) = (Instant::now(), file.display().to_string());
    let progress = Progress::new(&pipeline, arguments.quiet || arguments.json);
    tracing::info!(pipeline, "run begins");
    let told = interrupted().and_then(|()| lineage.map(|lineage| lineage.begin(file)).transpose());
    let options = run::Options {
        out: &arguments.out,
        meaning: &arguments.meaning,
        again: arguments.again,
        engine,
        temp: arguments.limits.temp_dir.as_deref(),
    };
    signals::on_abandon(told.as_ref().ok().map(|told| abandoned(arguments, &pipeline, told.clone())));
    let (told, outcome) = match told {
        Err(error) => (None, Err(error)),
        Ok(told) => {
            // one that panics does not stop the others
            let run = std::panic::AssertUnwindSafe(|| run::run(file, &options, &progress));
            let panicked = |_| Err(Error::internal("a part of the program panicked"));
            (told, std::panic::catch_unwind(run).unwrap_or_else(panicked))
        }
    };
    signals::on_abandon(None);
    progress.end_stage();
    if arguments.timings {
        tell(&progress.timings());
    }
    let account = progress.account();
    #[cfg(feature = "otlp")]
    let stages = progress.stages();
    drop(progress);
    let ended = Ended { pipeline, outcome, account, seconds: started.elapsed().as_secs_f64(), at: at() };
    tracing::info!(
        pipeline = ended.pipeline,
        verdict = ended.verdict(),
        exit_code = ended.code(),
        rows_read = ended.account.rows_read.unwrap_or(0),
        rows_released = ended.account.rows_released.unwrap_or(0),
        seconds = ended.seconds,
        "run ended"
    );
    if let Some(why) = &ended.account.not_pruned {
        tracing::warn!(pipeline = ended.pipeline, error = why, "retention failed");
        tell(&format!("warning: the release stands, but data of superseded ones are still there: {why}\n"));
    }
    if let Some(told) = told {
        told.end(&ended);
    }
    #[cfg(feature = "otlp")]
    super::otlp::tell(&ended, &stages);
    ended
}

/// Now, in seconds since 1970.
fn at() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64().round())
}

/// Tells of a run that ends with the process: its loops did not come to an end in time.
fn abandoned(arguments: &Arguments, pipeline: &str, told: Option<lineage::Run>) -> Box<dyn FnOnce() + Send> {
    let (pipeline, path, started) = (pipeline.to_owned(), arguments.metrics.clone(), Instant::now());
    Box::new(move || {
        let outcome = interrupted().map(|()| Done::default());
        let seconds = started.elapsed().as_secs_f64();
        let ended = Ended { pipeline, outcome, account: Account::default(), seconds, at: at() };
        // nothing better can be done while the process ends
        if let Some(path) = path {
            let _ = metrics::write(&path, std::slice::from_ref(&ended));
        }
        if let Some(told) = told {
            told.end(&ended);
        }
        #[cfg(feature = "otlp")]
        super::otlp::tell(&ended, &[]);
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_exit_code_counts() {
        let worst = |codes: &[u8]| codes.iter().fold(0, |worst, &code| worse(worst, code));
        assert_eq!(worst(&[0, 0]), 0);
        assert_eq!(worst(&[0, 3, 0]), 3);
        assert_eq!(worst(&[4, 3, 2]), 2);
        assert_eq!(worst(&[5, 2, 4, 3]), 5);
        assert_eq!(worst(&[5, 1, 2]), 1);
    }

    #[test]
    fn folders_give_their_pipelines_once() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["b.toml", "a.toml", ".c.toml", "d.csv"] {
            std::fs::write(folder.path().join(name), "").unwrap();
        }
        let named = [folder.path().join("b.toml"), folder.path().to_owned()];
        let names =
            |files: Vec<PathBuf>| files.iter().map(|file| file.file_name().unwrap().to_owned()).collect::<Vec<_>>();
        assert_eq!(names(files(&named).unwrap()), ["b.toml", "a.toml"]);
        assert!(files(&[tempfile::tempdir().unwrap().path().to_owned()]).is_err());
    }
}
