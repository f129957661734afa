//! What a run tells while it works: a bar when stderr is a terminal, log events, and a table of times when asked.

mod bar;

use std::cell::RefCell;
use std::fmt::Write as _;
use std::time::{Duration, Instant};

use bar::Bar;

use super::account::Account;
use crate::engine::seen_so_far;

/// The stages of a run.
pub struct Progress {
    /// The pipeline as the command line named it.
    pipeline: String,
    bar: Option<Bar>,
    stages: RefCell<Vec<Stage>>,
    account: RefCell<Account>,
}

struct Stage {
    name: &'static str,
    since: Instant,
    /// Rows that passes had dealt with before.
    before: u64,
    /// Highest memory of the process so far when the next stage began.
    peak: Option<u64>,
    took: Option<Duration>,
    /// Rows that passes dealt with during the stage, once it has ended.
    rows: u64,
    /// A part of the stage that is told apart, and how long it took.
    part: Option<(&'static str, Duration)>,
}

/// A stage that has ended.
#[cfg(feature = "otlp")]
pub struct Ended {
    pub name: &'static str,
    pub since: Instant,
    pub took: Duration,
    /// Rows that passes dealt with.
    pub rows: u64,
    /// Highest memory of the process so far, in bytes.
    pub peak: Option<u64>,
}

impl Progress {
    pub fn new(pipeline: &str, quiet: bool) -> Self {
        let bar = if quiet { None } else { Bar::on_terminal() };
        Self { pipeline: pipeline.to_owned(), bar, stages: RefCell::default(), account: RefCell::default() }
    }

    pub fn stage(&self, name: &'static str) {
        self.end_stage();
        let before = seen_so_far();
        tracing::debug!(pipeline = self.pipeline, stage = name, "stage begins");
        self.stages.borrow_mut().push(Stage {
            name,
            since: Instant::now(),
            before,
            peak: None,
            took: None,
            rows: 0,
            part: None,
        });
        if let Some(bar) = &self.bar {
            bar.stage(name, None);
        }
    }

    /// A stage that deals with so many rows, as far as known: only then a bar can tell the time that is left.
    pub fn stage_of(&self, name: &'static str, rows: Option<u64>) {
        self.stage(name);
        if let (Some(bar), Some(rows)) = (&self.bar, rows) {
            bar.stage(name, Some(rows));
        }
    }

    /// Tells how much of the present stage a part of it took.
    pub fn part(&self, name: &'static str, took: Duration) {
        if let Some(last) = self.stages.borrow_mut().last_mut() {
            last.part = Some((name, took));
        }
    }

    /// Notes what is known of the run by now.
    pub fn note(&self, note: impl FnOnce(&mut Account)) {
        note(&mut self.account.borrow_mut());
    }

    /// What is known of the run.
    pub fn account(&self) -> Account {
        self.account.borrow().clone()
    }

    /// Ends the present stage.
    pub fn end_stage(&self) {
        if let Some(last) = self.stages.borrow_mut().last_mut()
            && last.took.is_none()
        {
            let took = last.since.elapsed();
            (last.peak, last.took) = (peak(), Some(took));
            last.rows = seen_so_far() - last.before;
            tracing::info!(
                pipeline = self.pipeline,
                stage = last.name,
                rows = last.rows,
                seconds = took.as_secs_f64(),
                peak_memory_bytes = last.peak.unwrap_or(0),
                "stage done"
            );
        }
    }

    /// The stages so far.
    #[cfg(feature = "otlp")]
    pub fn stages(&self) -> Vec<Ended> {
        self.end_stage();
        let stages = self.stages.borrow();
        let ended = stages.iter().map(|stage| Ended {
            name: stage.name,
            since: stage.since,
            took: stage.took.unwrap_or_default(),
            rows: stage.rows,
            peak: stage.peak,
        });
        ended.collect()
    }

    /// One line per stage: seconds, and the peak memory of the process up to its end in MiB.
    pub fn timings(&self) -> String {
        self.end_stage();
        let mut text = String::new();
        for stage in self.stages.borrow().iter() {
            let seconds = stage.took.unwrap_or_default().as_secs_f64();
            let peak = stage.peak.map_or_else(|| "?".into(), |bytes| (bytes >> 20).to_string());
            let _ = writeln!(text, "{seconds:>9.2} s {peak:>7} MiB  {}", stage.name);
            if let Some((part, took)) = stage.part {
                let _ = writeln!(text, "{:>9.2} s {:>11}    {part}", took.as_secs_f64(), "of it");
            }
        }
        text
    }
}

/// The highest resident memory of this process so far, in bytes; `None` where the system does not tell.
pub fn peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok().map(|kib| kib << 10)
}
