//! `tuomin cluster executor`: this program as an executor of Ballista, with our kernels.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use arrow_flight::flight_service_server::FlightServiceServer;
use ballista_core::config::TaskSchedulingPolicy;
use ballista_core::error::BallistaError;
use ballista_core::registry::BallistaFunctionRegistry;
use ballista_executor::executor_process::{ExecutorProcessConfig, start_executor_process};
use ballista_executor::flight_service::BallistaFlightService;
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use tonic::transport::Server;

use super::functions::{footprint, scalars};
use super::holder::Holder;
use super::session::{self, HEARTBEAT, MESSAGE};
use super::space::{SPILLED, Space};
use super::stage::{Stages, judged};
use super::tls::Papers;
use crate::error::{Error, Result};

/// What an executor is.
pub struct Settings {
    /// Host and port of the scheduler.
    pub scheduler: (String, u16),
    /// Where results are fetched by others.
    pub bind: SocketAddr,
    /// How others call this machine.
    pub host: String,
    /// For results of stages, sealed, while their job lives.
    pub folder: PathBuf,
    /// Bytes that must be free in that folder, or the executor leaves; `None` for one in the driver's process, where lack
    /// of space ends the job.
    pub least_space: Option<u64>,
    /// Tasks at the same time.
    pub slots: usize,
    /// Bytes for grouping, of all tasks together.
    pub memory: Option<u64>,
    /// How long a driver may be silent before it is gone.
    pub patience: Duration,
}

/// Works until the process ends.
///
/// # Errors
/// A scheduler that is not there; papers that cannot be used; no space left for results; whatever ends the executor.
pub async fn work(settings: Settings, papers: Arc<Papers>) -> Result<()> {
    let space = Arc::new(Space::new(settings.folder.clone(), settings.least_space));
    space.look()?;
    let name = format!("{}:{}", settings.host, settings.bind.port());
    let holder = Holder::new(&papers, name, settings.patience)?;
    let mut registry = BallistaFunctionRegistry::default();
    for function in scalars(Some(&holder)) {
        registry.scalar_functions.insert(function.name().to_owned(), function);
    }
    registry.aggregate_functions.insert(footprint().name().to_owned(), footprint());
    let (spilled, spilling) = (settings.folder.join(SPILLED), space.clone());
    let (members, flight) = (papers.clone(), papers.clone());
    let serve = move |folder: String, address: SocketAddr, mut end: ballista_executor::shutdown::Shutdown, _| {
        let papers = flight.clone();
        tokio::spawn(async move {
            let service = FlightServiceServer::new(BallistaFlightService::new(folder))
                .max_decoding_message_size(MESSAGE)
                .max_encoding_message_size(MESSAGE);
            let mut server = Server::builder().tls_config(papers.service())?.tcp_nodelay(true);
            let served = server.add_service(service).serve_with_shutdown(address, end.recv()).await;
            served.map_err(BallistaError::TonicError)
        })
    };
    let config = ExecutorProcessConfig {
        bind_host: settings.bind.ip().to_string(),
        port: settings.bind.port(),
        // tasks are asked for: nothing is served at the other port
        task_scheduling_policy: TaskSchedulingPolicy::PullStaged,
        grpc_port: settings.bind.port(),
        external_host: Some(settings.host),
        scheduler_host: settings.scheduler.0,
        scheduler_port: settings.scheduler.1,
        scheduler_connect_timeout_seconds: 30,
        vcores: settings.slots,
        work_dir: Some(settings.folder.to_string_lossy().into_owned()),
        job_data_ttl_seconds: 24 * 3600,
        job_data_clean_up_interval_seconds: 60,
        grpc_max_decoding_message_size: MESSAGE as u32,
        grpc_max_encoding_message_size: MESSAGE as u32,
        executor_heartbeat_interval_seconds: HEARTBEAT.as_secs(),
        memory_pool_size: settings.memory,
        override_execution_engine: Some(Arc::new(Stages::new(space.clone()))),
        override_runtime_producer: Some(Arc::new(move |_| {
            let runtime = RuntimeEnvBuilder::new().with_temp_file_path(spilled.clone()).build_arc();
            // it makes folders there at once
            runtime.map_err(|error| judged(&spilling, error))
        })),
        override_function_registry: Some(Arc::new(registry)),
        override_config_producer: Some(Arc::new(move || session::config(&members, "tuomin", 0))),
        override_arrow_flight_service: Some(Arc::new(serve)),
        override_create_grpc_client_endpoint: Some(papers.endpoints()),
        ..ExecutorProcessConfig::default()
    };
    let worked = tokio::select! {
        worked = start_executor_process(Arc::new(config)) => worked,
        error = space.left(), if space.leaves() => return Err(error),
    };
    worked.map_err(|_| {
        Error::surroundings(None, "the executor stopped")
            .with_help("look whether the scheduler runs, and whether both have certificates of one authority")
    })
}
