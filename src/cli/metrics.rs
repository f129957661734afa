//! Metrics of a run in the text form of Prometheus, for node_exporter's textfile collector.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use super::runs::Ended;
use crate::error::{Error, Result};

const SUCCESS: &str = "tuomin_last_success_timestamp_seconds";

/// Name, help, and what it is of one run; `None` where that is not known.
type Metric = (&'static str, &'static str, fn(&Ended) -> Option<f64>);

const METRICS: [Metric; 13] = [
    ("tuomin_last_run_timestamp_seconds", "When the run ended, in seconds since 1970", |run| Some(run.at)),
    ("tuomin_run_duration_seconds", "How long the run took", |run| Some(run.seconds)),
    ("tuomin_run_exit_code", "Exit code: 0 done, 3 refused, others failed", |run| Some(run.code().into())),
    ("tuomin_run_certified", "1 for a new release", |run| Some(is(run, "certified"))),
    ("tuomin_run_already_released", "1 where the same had been released", |run| Some(is(run, "already released"))),
    ("tuomin_run_refused", "1 where conditions are not met", |run| Some(is(run, "refused"))),
    ("tuomin_rows_read", "Records of the source", |run| run.account.rows_read.map(|rows| rows as f64)),
    ("tuomin_rows_released", "Records of the release", |run| run.account.rows_released.map(|rows| rows as f64)),
    ("tuomin_rows_suppressed", "Records withheld", |run| run.account.rows_suppressed.map(|rows| rows as f64)),
    ("tuomin_k_required", "Subjects that a class must have", |run| run.account.k_asked.map(|k| k as f64)),
    ("tuomin_k_reached", "Subjects in the smallest class", |run| run.account.k_reached.map(|k| k as f64)),
    ("tuomin_retention_failed", "1 where data of superseded releases should be gone and are not", |run| {
        Some(f64::from(u8::from(run.account.not_pruned.is_some())))
    }),
    ("tuomin_peak_memory_bytes", "Highest memory of the process", |_| super::progress::peak().map(|peak| peak as f64)),
];

fn is(run: &Ended, verdict: &str) -> f64 {
    f64::from(u8::from(run.verdict() == verdict))
}

/// A label's value: backslashes, quotes and line feeds are escaped.
fn label(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

/// The text for these runs; `before` is the text that was there: the last success of a pipeline stays known when it fails.
fn text(runs: &[Ended], before: &str) -> String {
    let mut successes: BTreeMap<String, String> = BTreeMap::new();
    for line in before.lines() {
        if let Some((labels, value)) = line.strip_prefix(SUCCESS).and_then(|rest| rest.rsplit_once(' '))
            && labels.starts_with("{pipeline=\"")
            && value.parse::<f64>().is_ok()
        {
            successes.insert(labels.to_owned(), value.to_owned());
        }
    }
    let labels = |run: &Ended| format!("{{pipeline=\"{}\"}}", label(&run.pipeline));
    successes.extend(runs.iter().filter(|run| run.code() == 0).map(|run| (labels(run), run.at.to_string())));
    let mut text = String::new();
    let head = |text: &mut String, name: &str, help: &str| {
        let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} gauge");
    };
    if !successes.is_empty() {
        head(&mut text, SUCCESS, "When a run last ended well, in seconds since 1970");
        for (labels, value) in &successes {
            let _ = writeln!(text, "{SUCCESS}{labels} {value}");
        }
    }
    for (name, help, value) in METRICS {
        let values: Vec<_> = runs.iter().filter_map(|run| Some((labels(run), value(run)?))).collect();
        if !values.is_empty() {
            head(&mut text, name, help);
        }
        for (labels, value) in values {
            let _ = writeln!(text, "{name}{labels} {value}");
        }
    }
    text
}

/// Writes the metrics of these runs, by one rename: who reads sees the old text or the new one.
///
/// # Errors
/// [`Error::Environment`] for the file.
pub fn write(path: &Path, runs: &[Ended]) -> Result<()> {
    let before = std::fs::read_to_string(path).unwrap_or_default();
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    // node_exporter reads files that end in `.prom` only
    let beside = path.with_file_name(format!(".{name}.{}.tmp", std::process::id()));
    let written = std::fs::write(&beside, text(runs, &before)).and_then(|()| std::fs::rename(&beside, path));
    written.map_err(|error| {
        let _ = std::fs::remove_file(&beside);
        Error::environment(path, "could not write the metrics", error)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::account::Account;

    #[test]
    fn a_failure_keeps_the_last_success() {
        let run = |code| Ended {
            pipeline: "a \"b\".toml".into(),
            outcome: if code == 0 { Ok(Default::default()) } else { Err(Error::surroundings(None, "x")) },
            account: Account { rows_read: Some(6), ..Account::default() },
            seconds: 0.5,
            at: 100.0,
        };
        let good = text(&[run(0)], "");
        assert!(good.contains("tuomin_last_success_timestamp_seconds{pipeline=\"a \\\"b\\\".toml\"} 100\n"), "{good}");
        assert!(good.contains("# TYPE tuomin_rows_read gauge\ntuomin_rows_read{"), "{good}");
        let bad = text(&[Ended { at: 200.0, ..run(5) }], &good);
        assert!(bad.contains("tuomin_last_success_timestamp_seconds{pipeline=\"a \\\"b\\\".toml\"} 100\n"), "{bad}");
        assert!(bad.contains("tuomin_run_exit_code{pipeline=\"a \\\"b\\\".toml\"} 5\n"), "{bad}");
    }
}
