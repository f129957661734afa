//! A bar on a terminal: the stage, its rows, rows in a second, and the time that is left where the end is known.

use std::io::IsTerminal;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use crate::engine::seen_so_far;

const OPEN: &str = "{spinner} {msg}  {elapsed}  {human_pos} rows  {per_sec}";
const KNOWN: &str = "{spinner} {msg}  [{bar:24}] {human_pos}/{human_len} rows  {per_sec}  {eta} left";

pub struct Bar {
    bar: ProgressBar,
    /// Rows that had been dealt with before the stage.
    before: Arc<AtomicU64>,
    stop: Arc<AtomicBool>,
    follower: Option<JoinHandle<()>>,
}

impl Bar {
    /// `None` where stderr is no terminal.
    pub fn on_terminal() -> Option<Self> {
        std::io::stderr().is_terminal().then(|| Self::shown(ProgressBar::no_length()))
    }

    fn shown(bar: ProgressBar) -> Self {
        let (before, stop) = (Arc::new(AtomicU64::new(seen_so_far())), Arc::new(AtomicBool::new(false)));
        let follower = std::thread::spawn({
            let (bar, before, stop) = (bar.clone(), before.clone(), stop.clone());
            move || {
                while !stop.load(Ordering::Relaxed) {
                    bar.set_position(seen_so_far().saturating_sub(before.load(Ordering::Relaxed)));
                    bar.tick();
                    std::thread::sleep(Duration::from_millis(100));
                }
            }
        });
        Self { bar, before, stop, follower: Some(follower) }
    }

    pub fn stage(&self, name: &'static str, rows: Option<u64>) {
        self.before.store(seen_so_far(), Ordering::Relaxed);
        if let Ok(style) = ProgressStyle::with_template(if rows.is_some() { KNOWN } else { OPEN }) {
            self.bar.set_style(style);
        }
        match rows {
            Some(rows) => self.bar.set_length(rows),
            None => self.bar.unset_length(),
        }
        self.bar.set_message(name);
        self.bar.reset();
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(follower) = self.follower.take() {
            let _ = follower.join();
        }
        self.bar.finish_and_clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use indicatif::{ProgressDrawTarget, TermLike};
    use std::sync::Mutex;

    /// What was ever written to a terminal.
    #[derive(Debug, Clone, Default)]
    struct Shown(Arc<Mutex<String>>);

    impl TermLike for Shown {
        fn width(&self) -> u16 {
            120
        }
        fn move_cursor_up(&self, _: usize) -> std::io::Result<()> {
            Ok(())
        }
        fn move_cursor_down(&self, _: usize) -> std::io::Result<()> {
            Ok(())
        }
        fn move_cursor_right(&self, _: usize) -> std::io::Result<()> {
            Ok(())
        }
        fn move_cursor_left(&self, _: usize) -> std::io::Result<()> {
            Ok(())
        }
        fn write_line(&self, text: &str) -> std::io::Result<()> {
            self.write_str(text)
        }
        fn write_str(&self, text: &str) -> std::io::Result<()> {
            self.0.lock().unwrap().push_str(text);
            Ok(())
        }
        fn clear_line(&self) -> std::io::Result<()> {
            Ok(())
        }
        fn flush(&self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn rows_and_the_time_left_are_shown() {
        let shown = Shown::default();
        let target = ProgressDrawTarget::term_like(Box::new(shown.clone()));
        let bar = Bar::shown(ProgressBar::with_draw_target(None, target));
        bar.stage("counting", Some(1_000_000));
        crate::engine::seen(1000);
        std::thread::sleep(Duration::from_millis(500));
        drop(bar);
        let text = shown.0.lock().unwrap();
        assert!(text.contains("counting") && text.contains("/1,000,000 rows"), "{text:?}");
        assert!(text.contains("/s") && text.contains("left"), "{text:?}");
    }
}
