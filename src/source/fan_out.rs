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
