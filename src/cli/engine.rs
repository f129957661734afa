//! `--engine`: on one machine or several.

use std::path::{Path, PathBuf};

use crate::engine::Engine;
use crate::error::{Error, Result};

/// Where rows are read and treated.
#[derive(clap::Args, Debug, Clone)]
pub struct Chosen {
    /// Where rows are read and treated: `local`, `ballista://HOST:PORT` for the cluster of that scheduler, or
    /// `ballista-local` for the trial of a cluster in this process
    #[arg(long, value_name = "ENGINE", default_value = "local")]
    engine: String,
    /// The certificates of a cluster: a folder with ca.pem, cert.pem and key.pem
    #[arg(long, value_name = "DIR")]
    cluster_tls: Option<PathBuf>,
    /// How the executors of a cluster reach this machine; the address that the scheduler is reached from, and any port,
    /// unless it is given
    #[arg(long, value_name = "HOST:PORT")]
    listen: Option<String>,
    /// Seconds that each pass may take on a cluster
    #[arg(long, value_name = "SECONDS", default_value_t = 7200)]
    deadline: u64,
    /// Seconds after which an executor of a cluster that is not heard is lost
    #[arg(long, value_name = "SECONDS", default_value_t = 10)]
    patience: u64,
}

impl Chosen {
    /// Opens the engine; results of stages of a cluster in this process are kept in `temp`.
    ///
    /// # Errors
    /// An engine that there is not; a cluster that cannot be reached.
    pub fn open(&self, temp: &Path) -> Result<Engine> {
        match (self.engine.as_str(), self.engine.strip_prefix("ballista://")) {
            ("local", _) => Ok(Engine::Local),
            ("ballista-local", _) | (_, Some(_)) => self.cluster(temp),
            (other, _) => Err(Error::usage(format!("there is no engine `{other}`"))
                .with_help("it can be `local`, `ballista://HOST:PORT` or `ballista-local`")),
        }
    }

    #[cfg(not(feature = "cluster"))]
    fn cluster(&self, _: &Path) -> Result<Engine> {
        Err(super::cluster::absent())
    }

    #[cfg(feature = "cluster")]
    fn cluster(&self, temp: &Path) -> Result<Engine> {
        use crate::engine::Limits;
        use crate::engine::cluster::tls::Papers;
        use crate::engine::cluster::{Cluster, Settings, host};
        use std::net::{SocketAddr, ToSocketAddrs, UdpSocket};
        use std::time::Duration;

        let deadline = Duration::from_secs(self.deadline);
        let Some(scheduler) = self.engine.strip_prefix("ballista://") else {
            let cluster = Cluster::in_process(temp, Limits::get().threads, deadline)?;
            return Ok(Engine::Cluster(Box::new(cluster)));
        };
        let Some(folder) = &self.cluster_tls else {
            return Err(Error::usage("a cluster needs certificates")
                .with_help("`--cluster-tls` names their folder; `tuomin cluster certificates` makes them"));
        };
        let lost = |e| Error::environment("", format!("the scheduler at {scheduler} cannot be found"), e);
        let (listen, host) = match &self.listen {
            Some(place) => {
                let wrong = || Error::usage("`--listen` is no HOST:PORT").with_help("such as `10.0.0.5:50060`");
                let host = host(place).ok_or_else(wrong)?;
                let at = place.to_socket_addrs().ok().and_then(|mut found| found.next()).ok_or_else(wrong)?;
                (at, host.to_owned())
            }
            None => {
                let to = scheduler.to_socket_addrs().map_err(lost)?.next();
                let to = to.ok_or_else(|| Error::usage(format!("the scheduler at {scheduler} has no address")))?;
                let any = if to.is_ipv6() { "[::]:0" } else { "0.0.0.0:0" };
                // nothing is sent: this only asks which of our addresses leads there
                let probe =
                    UdpSocket::bind(any).and_then(|socket| socket.connect(to).and_then(|()| socket.local_addr()));
                let own = probe.map_err(lost)?.ip();
                (SocketAddr::new(own, 0), own.to_string())
            }
        };
        let (papers, patience) = (Papers::open(folder)?, Duration::from_secs(self.patience.max(2)));
        let settings = Settings { scheduler: scheduler.to_owned(), papers, listen, host, deadline, patience };
        Ok(Engine::Cluster(Box::new(Cluster::connect(settings)?)))
    }
}
