//! What a run tells while it works: a spinner when stderr is a terminal, and a table of times when asked.

use std::cell::RefCell;
use std::fmt::Write as _;
use std::io::IsTerminal;
use std::time::{Duration, Instant};

use indicatif::ProgressBar;

/// The stages of a run.
pub struct Progress {
    bar: Option<ProgressBar>,
    stages: RefCell<Vec<Stage>>,
}

struct Stage {
    name: &'static str,
    since: Instant,
    /// Highest memory of the process so far when the next stage began.
    peak: Option<u64>,
    /// A part of the stage that is told apart, and how long it took.
    part: Option<(&'static str, Duration)>,
}

impl Progress {
    pub fn new(quiet: bool) -> Self {
        let shown = !quiet && std::io::stderr().is_terminal();
        let bar = shown.then(|| {
            let bar = ProgressBar::new_spinner();
            bar.enable_steady_tick(Duration::from_millis(100));
            bar
        });
        Self { bar, stages: RefCell::default() }
    }

    pub fn stage(&self, name: &'static str) {
        self.end_stage();
        self.stages.borrow_mut().push(Stage { name, since: Instant::now(), peak: None, part: None });
        if let Some(bar) = &self.bar {
            bar.set_message(name);
        }
    }

    /// Tells how much of the present stage a part of it took.
    pub fn part(&self, name: &'static str, took: Duration) {
        if let Some(last) = self.stages.borrow_mut().last_mut() {
            last.part = Some((name, took));
        }
    }

    fn end_stage(&self) {
        if let Some(last) = self.stages.borrow_mut().last_mut() {
            last.peak = peak();
        }
    }

    /// One line per stage: seconds, and the peak memory of the process up to its end in MiB.
    pub fn timings(&self) -> String {
        self.end_stage();
        let stages = self.stages.borrow();
        let mut text = String::new();
        let ends = stages.iter().skip(1).map(|stage| stage.since).chain([Instant::now()]);
        for (stage, end) in stages.iter().zip(ends) {
            let seconds = end.duration_since(stage.since).as_secs_f64();
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
fn peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok().map(|kib| kib << 10)
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
