//! Sessions that know our functions and speak to members of the cluster only.

use std::sync::Arc;
use std::time::Duration;

use ballista_core::extension::SessionConfigExt;
use datafusion::execution::{FunctionRegistry, SessionState, SessionStateBuilder};
use datafusion::prelude::SessionConfig;

use super::functions::{footprint, scalars};
use super::holder::Holder;
use super::tls::Papers;

/// An executor that has not been heard for so long is given up by the scheduler.
pub const EXECUTOR_TIMEOUT: Duration = Duration::from_secs(16);
/// Between two signs of life to the scheduler.
pub const HEARTBEAT: Duration = Duration::from_secs(4);
/// Bytes of a message between parts.
pub const MESSAGE: usize = 256 << 20;

/// Partitions that results of a stage are divided into, at least and at most: each of the next stage is a task.
const PARTITIONS: (usize, usize) = (8, 4096);

/// How plans over so many pieces run.
pub fn config(papers: &Papers, name: &str, pieces: usize) -> SessionConfig {
    SessionConfig::new_with_ballista()
        .with_ballista_job_name(name)
        .with_target_partitions(pieces.clamp(PARTITIONS.0, PARTITIONS.1))
        .with_ballista_use_tls(true)
        .with_ballista_override_create_grpc_client_endpoint(papers.endpoints())
        .with_ballista_grpc_client_max_message_size(MESSAGE)
        // small stages are small on purpose: each task is a piece of the source or a part of the release
        .with_ballista_coalesce_enabled(false)
        .with_round_robin_repartition(false)
}

/// A session with our functions.
///
/// # Errors
/// Those of DataFusion.
pub fn state(config: SessionConfig, holder: Option<&Arc<Holder>>) -> datafusion::common::Result<SessionState> {
    let mut state = SessionStateBuilder::new().with_config(config).with_default_features().build();
    for function in scalars(holder) {
        state.register_udf(function)?;
    }
    state.register_udaf(footprint())?;
    Ok(state)
}
