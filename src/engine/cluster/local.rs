//! A whole cluster in this process, for a trial: `--engine ballista-local`.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::net::TcpListener;
use tokio::runtime::Runtime;

use super::driver::{Settings, job_name};
use super::tls::{Authority, Papers};
use super::{executor, scheduler};
use crate::error::{Error, Result};
use crate::release::staging::owners_only;

/// How long parts of one process may be silent to each other.
const PATIENCE: Duration = Duration::from_secs(30);

/// Scheduler and executors on loopback; they end with it.
pub struct Local {
    runtime: Option<Runtime>,
    /// Their folder.
    folder: PathBuf,
}

impl Local {
    /// Starts them, with an authority of their own that is gone when they run. Results of stages are kept, sealed, in a
    /// private folder within `folder`.
    ///
    /// # Errors
    /// No port is free; the folder cannot be written.
    pub fn start(folder: &Path, executors: usize, deadline: Duration) -> Result<(Self, Settings)> {
        let folder = folder.join(format!("tuomin-cluster-{}", job_name()?));
        owners_only().create(&folder).map_err(|e| Error::environment(&folder, "could not make a folder", e))?;
        let mut local = Self { runtime: None, folder: folder.clone() };
        let failed = |e| Error::environment(&folder, "could not start a cluster in this process", e);
        let authority = Authority::new()?;
        let names = ["127.0.0.1".to_owned(), "localhost".to_owned()];
        let papers = || {
            let issued = authority.member(&names)?;
            Papers::of(authority.pem().to_owned(), issued.certificate.clone(), issued.key.clone())
        };
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(failed)?;
        let loopback = SocketAddr::from(([127, 0, 0, 1], 0));
        let listener = runtime.block_on(TcpListener::bind(loopback)).map_err(failed)?;
        let port = listener.local_addr().map_err(failed)?.port();
        runtime.spawn(scheduler::serve(listener, "127.0.0.1".into(), Arc::new(papers()?)));
        for number in 0..executors.max(1) {
            let place = folder.join(format!("executor-{number}"));
            std::fs::create_dir_all(&place).map_err(failed)?;
            let settings = executor::Settings {
                scheduler: ("127.0.0.1".into(), port),
                bind: SocketAddr::from(([127, 0, 0, 1], free_port().map_err(failed)?)),
                host: "127.0.0.1".into(),
                folder: place,
                least_space: None,
                slots: 1,
                memory: None,
                patience: PATIENCE,
            };
            runtime.spawn(executor::work(settings, Arc::new(papers()?)));
        }
        let settings = Settings {
            scheduler: format!("127.0.0.1:{port}"),
            papers: papers()?,
            listen: loopback,
            host: "127.0.0.1".into(),
            deadline,
            patience: PATIENCE,
        };
        let end = Instant::now() + PATIENCE;
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            if Instant::now() > end {
                return Err(Error::surroundings(None, "the cluster in this process did not start"));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        local.runtime = Some(runtime);
        Ok((local, settings))
    }
}

impl Drop for Local {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
        // what is left in it is sealed, and the keys are gone
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// A port that nobody listens at now.
fn free_port() -> std::io::Result<u16> {
    Ok(std::net::TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}
