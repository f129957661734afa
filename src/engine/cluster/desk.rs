//! The driver's desk: executors fetch the brief of a job here, and are watched as long as it lives.

use std::collections::HashMap;
use std::net::{SocketAddr, TcpListener};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::tls::Papers;
use super::wire::{self, Answer, BEAT};
use crate::error::{Error, Result};
use crate::secret::Secret;

/// Listens as long as it lives.
pub struct Desk {
    /// Where executors find it: `host:port`.
    pub place: String,
    jobs: Jobs,
    closed: Arc<AtomicBool>,
    own: SocketAddr,
}

type Jobs = Arc<Mutex<HashMap<String, Arc<Open>>>>;

/// A job that executors may work on.
struct Open {
    brief: Secret<Vec<u8>>,
    over: AtomicBool,
    /// Whether an executor has fetched the brief.
    begun: AtomicBool,
    lost: Mutex<Option<String>>,
}

/// A job at the desk; over when it is dropped: the brief is wiped here, and executors forget theirs within a beat.
pub struct Posted {
    pub id: String,
    open: Arc<Open>,
    jobs: Jobs,
}

fn locked<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Desk {
    /// Opens a desk at an address of this machine, which executors reach as `host`. Who is not heard for `patience` is
    /// lost.
    ///
    /// # Errors
    /// An address that cannot be listened at; papers that cannot be used.
    pub fn open(at: SocketAddr, host: &str, papers: &Papers, patience: Duration) -> Result<Self> {
        let failed = |source| Error::Environment {
            message: format!("could not listen for executors at {at}"),
            path: None,
            source: Some(source),
            help: Some("`--listen` names another address of this machine".into()),
        };
        let listener = TcpListener::bind(at).map_err(failed)?;
        let own = listener.local_addr().map_err(failed)?;
        let (tls, jobs, closed) = (papers.server()?, Jobs::default(), Arc::new(AtomicBool::new(false)));
        let (open, done) = (jobs.clone(), closed.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if done.load(Ordering::Relaxed) {
                    return;
                }
                let Ok(stream) = stream else { continue };
                let (tls, jobs) = (tls.clone(), open.clone());
                std::thread::spawn(move || {
                    // strangers and broken connections get no answer
                    if let Ok(desk) = wire::Desk::take(stream, &tls, patience) {
                        serve(desk, &jobs);
                    }
                });
            }
        });
        let host = if host.contains(':') { format!("[{host}]") } else { host.to_owned() };
        Ok(Self { place: format!("{host}:{}", own.port()), jobs, closed, own })
    }

    /// Puts a job on the desk.
    pub fn post(&self, id: String, brief: Secret<Vec<u8>>) -> Posted {
        let open = Arc::new(Open {
            brief,
            over: AtomicBool::new(false),
            begun: AtomicBool::new(false),
            lost: Mutex::default(),
        });
        locked(&self.jobs).insert(id.clone(), open.clone());
        Posted { id, open, jobs: self.jobs.clone() }
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        self.closed.store(true, Ordering::Relaxed);
        // wakes the listener, which then ends
        let _ = std::net::TcpStream::connect_timeout(&self.own, BEAT);
    }
}

impl Posted {
    /// Whether an executor works on it.
    pub fn begun(&self) -> bool {
        self.open.begun.load(Ordering::Relaxed)
    }

    /// The executor that was lost, if one was.
    pub fn lost(&self) -> Option<String> {
        locked(&self.open.lost).clone()
    }
}

impl Drop for Posted {
    fn drop(&mut self) {
        self.open.over.store(true, Ordering::Relaxed);
        locked(&self.jobs).remove(&self.id);
    }
}

/// One executor, from its first message until the job is over or the executor lost.
fn serve(mut desk: wire::Desk, jobs: &Jobs) {
    let Ok((job, executor)) = desk.hello() else { return };
    let open = locked(jobs).get(&job).cloned();
    let Some(open) = open else {
        let _ = desk.brief(None);
        return;
    };
    open.begun.store(true, Ordering::Relaxed);
    let watched = desk.brief(Some(open.brief.expose())).and_then(|()| {
        loop {
            let over = || if open.over.load(Ordering::Relaxed) { Answer::Over } else { Answer::GoesOn };
            if desk.answer(over)? == Answer::Over {
                return Ok(());
            }
        }
    });
    if watched.is_err() && !open.over.load(Ordering::Relaxed) {
        locked(&open.lost).get_or_insert(executor);
    }
}
