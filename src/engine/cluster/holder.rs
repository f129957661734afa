//! The executor's side of the desk: briefs are fetched when a task first needs them, and forgotten when the job is over.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rustls::ClientConfig;

use super::brief::Job;
use super::tls::Papers;
use super::wire::{Answer, BEAT, Seat};
use crate::error::{Error, Result};

/// Jobs that this process works on; those of all threads.
pub struct Holder {
    tls: Arc<ClientConfig>,
    /// This executor's name.
    name: String,
    patience: Duration,
    jobs: Mutex<HashMap<String, State>>,
    changed: Condvar,
}

enum State {
    Fetching,
    Held(Arc<Job>),
    /// It could not be fetched, and why; stays so, since jobs have names of their own.
    Gone(String),
}

impl Holder {
    /// A holder that shows these papers to drivers; a driver that is not heard for `patience` is gone.
    ///
    /// # Errors
    /// Papers that cannot be used.
    pub fn new(papers: &Papers, name: String, patience: Duration) -> Result<Arc<Self>> {
        let (tls, jobs, changed) = (papers.client()?, Mutex::default(), Condvar::new());
        Ok(Arc::new(Self { tls, name, patience, jobs, changed }))
    }

    fn locked(&self) -> MutexGuard<'_, HashMap<String, State>> {
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The job of this name, from the driver at `desk` where it is not held yet.
    ///
    /// # Errors
    /// A driver that is not there, is no member of the cluster, or has no such job any more.
    pub fn job(self: &Arc<Self>, name: &str, desk: &str) -> Result<Arc<Job>> {
        let mut jobs = self.locked();
        loop {
            match jobs.get(name) {
                Some(State::Held(job)) => return Ok(job.clone()),
                Some(State::Gone(why)) => return Err(Error::surroundings(None, why.clone())),
                Some(State::Fetching) => jobs = self.changed.wait(jobs).unwrap_or_else(PoisonError::into_inner),
                None => {
                    jobs.insert(name.to_owned(), State::Fetching);
                    let (holder, name, desk) = (self.clone(), name.to_owned(), desk.to_owned());
                    std::thread::spawn(move || holder.hold(&name, &desk));
                }
            }
        }
    }

    fn put(&self, name: &str, state: State) {
        self.locked().insert(name.to_owned(), state);
        self.changed.notify_all();
    }

    /// Fetches a job and keeps it as long as its driver says so.
    fn hold(&self, name: &str, desk: &str) {
        let over = Arc::new(AtomicBool::new(false));
        let fetched = Seat::connect(desk, &self.tls, self.patience).and_then(|mut seat| {
            let brief = seat.brief(name, &self.name)?;
            Ok((seat, brief))
        });
        let (mut seat, job) = match fetched {
            Ok((seat, Some(brief))) => match Job::read(brief.expose(), over.clone()) {
                Ok(job) => (seat, job),
                Err(error) => return self.put(name, State::Gone(error.to_string())),
            },
            Ok((_, None)) => return self.put(name, State::Gone("the job is over".into())),
            Err(_) => return self.put(name, State::Gone("the driver of a job cannot be reached".into())),
        };
        self.put(name, State::Held(Arc::new(job)));
        while matches!(seat.ask(), Ok(Answer::GoesOn)) {
            std::thread::sleep(BEAT);
        }
        // tasks that still run stop at their next batch, and with the last of them the keys are wiped
        over.store(true, Ordering::Relaxed);
        self.put(name, State::Gone("the job is over".into()));
    }
}
