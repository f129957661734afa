//! `tuomin cluster scheduler`: Ballista's scheduler, which members of the cluster reach over TLS.

use std::net::SocketAddr;
use std::sync::Arc;

use ballista_core::config::TaskSchedulingPolicy;
use ballista_core::serde::protobuf::scheduler_grpc_server::SchedulerGrpcServer;
use ballista_scheduler::cluster::BallistaCluster;
use ballista_scheduler::config::SchedulerConfig;
use ballista_scheduler::scheduler_process::create_scheduler;
use datafusion_proto::protobuf::{LogicalPlanNode, PhysicalPlanNode};
use tokio_stream::wrappers::TcpListenerStream;
use tonic::transport::Server;

use super::session::{self, EXECUTOR_TIMEOUT, HEARTBEAT, MESSAGE};
use super::tls::Papers;
use crate::error::{Error, Result};

/// Serves on a listener until the process ends.
///
/// # Errors
/// Papers that cannot be used; whatever ends the service.
pub async fn serve(listener: tokio::net::TcpListener, host: String, papers: Arc<Papers>) -> Result<()> {
    let address: SocketAddr = listener.local_addr().map_err(|e| Error::environment("", "could not listen", e))?;
    let mut config = SchedulerConfig {
        bind_host: address.ip().to_string(),
        bind_port: address.port(),
        external_host: host,
        // executors ask for tasks: they serve nothing but results
        scheduling_policy: TaskSchedulingPolicy::PullStaged,
        executor_timeout_seconds: EXECUTOR_TIMEOUT.as_secs(),
        expire_dead_executor_interval_seconds: HEARTBEAT.as_secs(),
        finished_job_data_clean_up_interval_seconds: 60,
        finished_job_state_clean_up_interval_seconds: 600,
        grpc_server_max_decoding_message_size: MESSAGE as u32,
        grpc_server_max_encoding_message_size: MESSAGE as u32,
        ..SchedulerConfig::default()
    };
    config.override_session_builder = Some(Arc::new(|config| session::state(config, None)));
    let members = papers.clone();
    config.override_config_producer = Some(Arc::new(move || session::config(&members, "tuomin", 0)));
    config.override_create_grpc_client_endpoint = Some(papers.endpoints());
    config.use_tls = true;
    let cluster = BallistaCluster::new_from_config(&config).await.map_err(|_| stopped())?;
    let scheduler = create_scheduler::<LogicalPlanNode, PhysicalPlanNode>(cluster, Arc::new(config)).await;
    let service = SchedulerGrpcServer::new(scheduler.map_err(|_| stopped())?)
        .max_decoding_message_size(MESSAGE)
        .max_encoding_message_size(MESSAGE);
    let mut server = Server::builder().tls_config(papers.service()).map_err(|_| stopped())?.tcp_nodelay(true);
    let served = server.add_service(service).serve_with_incoming(TcpListenerStream::new(listener)).await;
    served.map_err(|_| stopped())
}

fn stopped() -> Error {
    Error::surroundings(None, "the scheduler stopped")
}
