//! Work handed out to several workers.

use std::sync::atomic::{AtomicBool, Ordering};

use super::interrupted;
use crate::error::{Error, Result};

/// Runs the workers on what `feed` sends, and brings them back. The first error wins and stops all.
pub(super) fn fan_out<T, W, F>(
    workers: Vec<W>,
    enough: &AtomicBool,
    work: F,
    feed: impl FnOnce(&dyn Fn(T) -> Result<()>) -> Result<()>,
) -> Result<Vec<W>>
where
    T: Send,
    W: Send,
    F: Fn(&mut W, T) -> Result<()> + Sync,
{
    let (send, receive) = crossbeam_channel::bounded::<T>(workers.len());
    let failed = std::sync::Mutex::new(None);
    let fail = |error: Error| {
        if let Ok(mut failed) = failed.lock() {
            failed.get_or_insert(error);
        }
    };
    let (work, fail) = (&work, &fail);
    let back = std::thread::scope(|scope| {
        let threads: Vec<_> = workers
            .into_iter()
            .map(|mut worker| {
                let receive = receive.clone();
                scope.spawn(move || {
                    for item in receive {
                        if let Err(error) = work(&mut worker, item) {
                            fail(error);
                            break;
                        }
                    }
                    worker
                })
            })
            .collect();
        drop(receive);
        let push = |item: T| {
            interrupted()?;
            if enough.load(Ordering::Relaxed) {
                return Err(Error::Internal("enough was read".into()));
            }
            // all workers gone: their error is the one that counts
            send.send(item).map_err(|_| Error::Internal("the workers stopped".into()))
        };
        if let Err(error) = feed(&push)
            && !enough.load(Ordering::Relaxed)
        {
            fail(error);
        }
        drop(send);
        threads.into_iter().map(std::thread::ScopedJoinHandle::join).collect::<Result<Vec<W>, _>>()
    });
    if let Ok(mut failed) = failed.lock()
        && let Some(error) = failed.take()
    {
        return Err(error);
    }
    back.map_err(|_| Error::Internal("a worker panicked".into()))
}

/// What `work` makes of each number below `count`, in their order; up to `threads` of them are worked on at a time.
///
/// # Errors
/// The first of `work`, which stops all.
pub(super) fn in_order<T: Send>(
    count: usize,
    threads: usize,
    work: impl Fn(usize) -> Result<T> + Sync,
) -> Result<Vec<T>> {
    let workers = (0..threads.min(count)).map(|_| Vec::new()).collect();
    let handle = |made: &mut Vec<(usize, T)>, number: usize| {
        made.push((number, work(number)?));
        Ok(())
    };
    let made = fan_out(workers, &AtomicBool::new(false), handle, |push| (0..count).try_for_each(push))?;
    let mut made: Vec<(usize, T)> = made.into_iter().flatten().collect();
    made.sort_unstable_by_key(|&(number, _)| number);
    Ok(made.into_iter().map(|(_, made)| made).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_made_at_the_same_time_comes_in_order() {
        assert_eq!(in_order(100, 7, |number| Ok(number * 2)).unwrap(), (0..100).map(|n| n * 2).collect::<Vec<_>>());
        assert_eq!(in_order(1, 7, Ok).unwrap(), [0]);
        assert_eq!(in_order(0, 7, Ok).unwrap(), [0; 0]);
        let failed = in_order(100, 3, |number| if number == 50 { Err(Error::input("fifty")) } else { Ok(()) });
        assert!(failed.unwrap_err().to_string().contains("fifty"));
    }
}
