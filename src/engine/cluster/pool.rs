//! Connections between executors that are used again: results of a stage are fetched from each for each task.
//!
//! As the pool that Ballista 55 has for its own way to run tasks, and gives to no other.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use ballista_core::client::BallistaClient;
use ballista_core::client_pool::{BallistaClientPool, PooledClient};
use ballista_core::error::Result;
use ballista_core::extension::BallistaConfigGrpcEndpoint;
use ballista_core::utils::GrpcClientConfig;
use futures::future::BoxFuture;

/// How long a connection is kept that nobody uses.
const IDLE: Duration = Duration::from_secs(30);

/// Connections that nobody uses now, by what they lead to.
#[derive(Default)]
pub struct Pool(Arc<Mutex<Idle>>);

type Idle = HashMap<(String, u16, GrpcClientConfig), Vec<(BallistaClient, Instant)>>;

fn locked(idle: &Mutex<Idle>) -> MutexGuard<'_, Idle> {
    idle.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Closes what was not used for long.
fn close_idle(idle: &mut Idle) {
    idle.retain(|_, clients| {
        clients.retain(|(_, since)| since.elapsed() < IDLE);
        !clients.is_empty()
    });
}

impl BallistaClientPool for Pool {
    fn acquire<'a, 'b, 'c, 'd>(
        &'a self,
        host: &'b str,
        port: u16,
        config: &'c GrpcClientConfig,
        endpoint: Option<Arc<BallistaConfigGrpcEndpoint>>,
    ) -> BoxFuture<'d, Result<PooledClient>>
    where
        'a: 'd,
        'b: 'd,
        'c: 'd,
        Self: 'd,
    {
        Box::pin(async move {
            let key = (host.to_owned(), port, config.clone());
            let known = {
                let mut idle = locked(&self.0);
                close_idle(&mut idle);
                idle.get_mut(&key).and_then(Vec::pop)
            };
            let client = match known {
                Some((client, _)) => client,
                None => {
                    BallistaClient::try_new(
                        host,
                        port,
                        config.max_message_size,
                        config.use_tls,
                        endpoint,
                        config.io_retries_times,
                        config.io_retry_wait_time_ms,
                        config.initial_connection_window_size,
                        config.initial_stream_window_size,
                    )
                    .await?
                }
            };
            let idle = self.0.clone();
            let back = move |client| locked(&idle).entry(key).or_default().push((client, Instant::now()));
            Ok(PooledClient::new(client, Box::new(back)))
        })
    }

    fn evict_idle<'a, 'b>(&'a self) -> BoxFuture<'b, ()>
    where
        'a: 'b,
        Self: 'b,
    {
        Box::pin(async move { close_idle(&mut locked(&self.0)) })
    }
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pool")
    }
}
