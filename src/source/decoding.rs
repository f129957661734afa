//! Libraries that panic on what they cannot read: that is an error of the input.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};

thread_local! {
    static DECODES: Cell<bool> = const { Cell::new(false) };
}

/// Whether this thread lets a library read what may be damaged: a panic of the library is told as an error of the input,
/// and by nobody else.
pub fn decodes() -> bool {
    DECODES.get()
}

/// Lets a library read; `None` where it panicked, after which nothing that it had in hands may be used.
pub(super) fn decoding<T>(work: impl FnOnce() -> T) -> Option<T> {
    let before = DECODES.replace(true);
    let done = catch_unwind(AssertUnwindSafe(work));
    DECODES.set(before);
    done.ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_no_value() {
        assert_eq!(decoding(decodes), Some(true));
        assert_eq!(decoding(|| panic!("a made-up panic")), None::<()>);
        assert!(!decodes());
    }
}
