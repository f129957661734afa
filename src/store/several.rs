//! Work on objects, of which a few are under way at a time.

use std::sync::atomic::{AtomicUsize, Ordering};

use crate::error::{Error, Result};

/// Objects that are worked on at a time.
const AT_ONCE: usize = 4;

/// Works on a few at a time; after an error nothing more is begun, and the first one counts.
pub fn several<T: Sync>(items: &[T], work: impl Fn(&T) -> Result<()> + Sync) -> Result<()> {
    let next = AtomicUsize::new(0);
    let worker = || {
        while let Some(item) = items.get(next.fetch_add(1, Ordering::Relaxed)) {
            work(item).inspect_err(|_| next.store(items.len(), Ordering::Relaxed))?;
        }
        Ok(())
    };
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..AT_ONCE.min(items.len())).map(|_| scope.spawn(worker)).collect();
        let panicked = |_| Err(Error::internal("a worker panicked"));
        let ends: Vec<Result<()>> = workers.into_iter().map(|worker| worker.join().unwrap_or_else(panicked)).collect();
        ends.into_iter().collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_are_worked_on_and_an_error_stops_what_was_not_begun() {
        let done = AtomicUsize::new(0);
        let items: Vec<usize> = (0..100).collect();
        let sum = |n: &usize| {
            done.fetch_add(*n, Ordering::Relaxed);
            Ok(())
        };
        several(&items, sum).unwrap();
        assert_eq!(done.into_inner(), 4950);
        let begun = AtomicUsize::new(0);
        let fail = |_: &usize| {
            begun.fetch_add(1, Ordering::Relaxed);
            Err(Error::internal("x"))
        };
        assert!(several(&items, fail).is_err());
        assert!(begun.into_inner() <= AT_ONCE);
        assert!(several(&[] as &[usize], |_| Err(Error::internal("x"))).is_ok());
    }
}
