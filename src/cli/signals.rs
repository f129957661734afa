//! Ctrl-C and SIGTERM: a run stops within a second and leaves nothing.
//!
//! Loops over rows look at [`STOP`] and end in order. What does not (a search, a sort, an attack that is under way) is
//! ended with the process, after the staging folder is removed. A release that the ledger is about to know is finished
//! first: that takes a moment, and half of it would be worse.

use std::io::Write;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::release::staging;
use crate::source::STOP;

/// How long loops may take to end in order.
const PATIENCE: Duration = Duration::from_millis(400);

/// What tells those who watch that a run ended with the process.
type Hook = Box<dyn FnOnce() + Send>;

static HOOK: Mutex<Option<Hook>> = Mutex::new(None);

/// Sets what is done, quickly, when the process ends with a run under way; nothing from then on where it is `None`.
pub fn on_abandon(hook: Option<Hook>) {
    *HOOK.lock().unwrap_or_else(PoisonError::into_inner) = hook;
}

/// Begins to wait for signals.
pub fn watch() {
    let seen = Arc::new(AtomicBool::new(false));
    for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM] {
        if signal_hook::flag::register(signal, seen.clone()).is_err() {
            let _ = writeln!(std::io::stderr(), "warning: Ctrl-C will end the program at once");
        }
    }
    std::thread::spawn(move || {
        while !seen.load(Ordering::Relaxed) {
            std::thread::sleep(Duration::from_millis(10));
        }
        STOP.store(true, Ordering::Relaxed);
        std::thread::sleep(PATIENCE);
        loop {
            if staging::abandon() {
                let _ = writeln!(std::io::stderr(), "error: interrupted, nothing was published");
                if let Some(hook) = HOOK.lock().unwrap_or_else(PoisonError::into_inner).take() {
                    hook();
                }
                std::process::exit(5);
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    });
}
