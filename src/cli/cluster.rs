//! `tuomin cluster`: the parts of a cluster.

use std::path::PathBuf;

use super::log;
use crate::error::{Error, Result};

/// Run parts of a cluster
#[derive(clap::Subcommand)]
pub enum Parts {
    /// Make an authority, and certificates of members that only this cluster takes
    Certificates {
        /// The folder to write them in: `ca.pem`, and a folder for each member
        #[arg(long)]
        out: PathBuf,
        /// The members: the host names and addresses of each, divided by commas; the first names its folder
        #[arg(required = true, value_name = "NAMES")]
        members: Vec<String>,
    },
    /// Hand out tasks to executors
    Scheduler {
        /// The address that drivers and executors reach it at
        #[arg(long, default_value = "127.0.0.1:50050", value_name = "ADDRESS:PORT")]
        bind: std::net::SocketAddr,
        /// How others call this machine; the address of `--bind` unless it is given
        #[arg(long)]
        host: Option<String>,
        /// The certificates: a folder with ca.pem, cert.pem and key.pem
        #[arg(long, value_name = "DIR")]
        tls: PathBuf,
        /// Log on stderr; the level is that of the variable TUOMIN_LOG, or info
        #[arg(long, value_name = "FORM")]
        log: Option<log::Form>,
    },
    /// Read and treat rows
    Executor {
        /// Where the scheduler is
        #[arg(long, value_name = "HOST:PORT")]
        scheduler: String,
        /// The address that drivers and other executors reach it at
        #[arg(long, default_value = "127.0.0.1:50051", value_name = "ADDRESS:PORT")]
        bind: std::net::SocketAddr,
        /// How others call this machine; the address of `--bind` unless it is given
        #[arg(long)]
        host: Option<String>,
        /// The certificates: a folder with ca.pem, cert.pem and key.pem
        #[arg(long, value_name = "DIR")]
        tls: PathBuf,
        /// The folder for results of stages, which are encrypted
        #[arg(long, value_name = "DIR")]
        work: PathBuf,
        /// What must be free in the folder for results, such as 1GiB; an executor that finds less, or no space to write to,
        /// leaves the cluster, and the others do the job without it
        #[arg(long, value_name = "BYTES", value_parser = super::limits::number, default_value = "64MiB")]
        least_space: u64,
        /// Tasks at the same time; as many as there are cores unless it is given
        #[arg(long)]
        slots: Option<std::num::NonZeroUsize>,
        /// Memory for grouping, of all tasks together, such as 8GiB; seven tenths of the machine's unless it is given
        #[arg(long, value_name = "BYTES", value_parser = super::limits::bytes)]
        memory: Option<u64>,
        /// Seconds after which a driver that is not heard is gone
        #[arg(long, value_name = "SECONDS", default_value_t = 10)]
        patience: u64,
        /// Log on stderr; the level is that of the variable TUOMIN_LOG, or info
        #[arg(long, value_name = "FORM")]
        log: Option<log::Form>,
    },
}

/// The error of a program that was built without the cluster.
#[cfg(not(feature = "cluster"))]
pub fn absent() -> Error {
    Error::usage("this program was built without the cluster").with_help("build it with `--features cluster`")
}

/// Does what was asked; gives a text for stdout.
///
/// # Errors
/// A part that cannot start, or stops.
#[cfg(not(feature = "cluster"))]
pub fn run(_: Parts) -> Result<String> {
    Err(absent())
}

/// Does what was asked; gives a text for stdout.
///
/// # Errors
/// A part that cannot start, or stops.
#[cfg(feature = "cluster")]
pub fn run(parts: Parts) -> Result<String> {
    use crate::engine::cluster::{executor, scheduler, tls::Papers};
    use std::sync::Arc;

    let runtime = || {
        let made = tokio::runtime::Builder::new_multi_thread().enable_all().build();
        made.map_err(|e| Error::environment("", "could not make the threads", e))
    };
    match parts {
        Parts::Certificates { out, members } => certificates(&out, &members),
        Parts::Scheduler { bind, host, tls, log } => {
            log::begin(log)?;
            let papers = Arc::new(Papers::open(&tls)?);
            let host = host.unwrap_or_else(|| bind.ip().to_string());
            runtime()?.block_on(until_stopped(async {
                let listener = tokio::net::TcpListener::bind(bind).await;
                let listener =
                    listener.map_err(|e| Error::environment("", format!("could not listen at {bind}"), e))?;
                tracing::info!(%bind, "the scheduler listens");
                scheduler::serve(listener, host, papers).await
            }))?;
            Ok(String::new())
        }
        Parts::Executor { scheduler, bind, host, tls, work, least_space, slots, memory, patience, log } => {
            log::begin(log)?;
            let papers = Arc::new(Papers::open(&tls)?);
            let place = scheduler.rsplit_once(':').and_then(|(host, port)| Some((host.to_owned(), port.parse().ok()?)));
            let place = place.ok_or_else(|| Error::usage("`--scheduler` is no HOST:PORT"))?;
            private(&work)?;
            let settings = executor::Settings {
                scheduler: place,
                bind,
                host: host.unwrap_or_else(|| bind.ip().to_string()),
                folder: work,
                least_space: Some(least_space),
                slots: slots.map_or_else(|| crate::engine::Limits::get().threads, std::num::NonZeroUsize::get),
                memory,
                patience: std::time::Duration::from_secs(patience.max(2)),
            };
            tracing::info!(%bind, "the executor begins");
            let runtime = runtime()?;
            let worked = runtime.block_on(until_stopped(executor::work(settings, papers)));
            // an executor that leaves waits for none of its tasks
            runtime.shutdown_background();
            worked?;
            Ok(String::new())
        }
    }
}

/// Ends a part when a signal asks for it.
#[cfg(feature = "cluster")]
async fn until_stopped(part: impl Future<Output = Result<()>>) -> Result<()> {
    let stopped = async {
        while crate::source::interrupted().is_ok() {
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        // an executor takes leave of the scheduler by itself
        tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    };
    tokio::select! {
        ended = part => ended,
        () = stopped => Ok(()),
    }
}

/// Makes a folder that only its owner can look into.
#[cfg(feature = "cluster")]
fn private(folder: &std::path::Path) -> Result<()> {
    let made = crate::release::staging::owners_only().recursive(true).create(folder);
    made.map_err(|e| Error::environment(folder, "could not make a folder", e))
}

#[cfg(feature = "cluster")]
fn certificates(out: &std::path::Path, members: &[String]) -> Result<String> {
    use crate::engine::cluster::tls::Authority;
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;

    let authority = Authority::new()?;
    let write = |path: PathBuf, text: &str, mode: u32| {
        let file = std::fs::OpenOptions::new().create_new(true).write(true).mode(mode).open(&path);
        let written = file.and_then(|mut file| file.write_all(text.as_bytes()));
        written.map_err(|e| Error::environment(&path, "could not write a certificate", e))
    };
    private(out)?;
    let mut told = String::new();
    for member in members {
        let names: Vec<String> = member.split(',').map(|name| name.trim().to_owned()).collect();
        let folder = names.first().filter(|name| !name.is_empty() && !name.contains(['/', '\\']) && *name != "..");
        let folder = out.join(folder.ok_or_else(|| Error::usage("a member needs a name"))?);
        let issued = authority.member(&names)?;
        private(&folder)?;
        write(folder.join("ca.pem"), authority.pem(), 0o644)?;
        write(folder.join("cert.pem"), &issued.certificate, 0o644)?;
        write(folder.join("key.pem"), &issued.key, 0o600)?;
        told += &format!("{}\n", folder.display());
    }
    Ok(told)
}
