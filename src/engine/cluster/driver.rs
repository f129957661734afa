//! Jobs are run until their results can be believed: with a deadline, anew without executors that were lost, and never
//! without being reconciled.
//!
//! Ballista 55 hangs, or tells wrong counts as if all were well, where an executor is lost that holds results of a stage
//! that ended. So whoever fetched the brief of a job is watched over the connection it was fetched by: when it breaks the
//! job is cancelled and begun anew under another name and key, in another folder.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use arrow::array::RecordBatch;
use ballista::prelude::SessionContextExt;
use ballista_core::execution_plans::DistributedQueryExec;
use ballista_core::serde::protobuf::CancelJobParams;
use ballista_core::serde::protobuf::scheduler_grpc_client::SchedulerGrpcClient;
use datafusion::execution::{FunctionRegistry, SendableRecordBatchStream};
use datafusion::logical_expr::LogicalPlan;
use datafusion::prelude::SessionContext;
use datafusion_proto::protobuf::LogicalPlanNode;
use futures::StreamExt;
use tokio::runtime::Runtime;
use tonic::transport::Endpoint;

use super::desk::{Desk, Posted};
use super::fault::{self, Fault};
use super::plans::Address;
use super::tls::Papers;
use super::{functions, session};
use crate::error::{Error, Result};
use crate::secret::Secret;

/// How often a pass is begun at most.
const ATTEMPTS: u32 = 10;
/// How long nobody may begin to work on a job, in times of the patience: others may have all executors first.
const IDLE: u32 = 30;
/// Between two looks at a job.
const LOOK: Duration = Duration::from_millis(50);

/// Where a cluster is, and how long it is waited for.
pub struct Settings {
    /// `host:port` of the scheduler.
    pub scheduler: String,
    pub papers: Papers,
    /// The address of this machine that executors reach the driver at, and how they call it.
    pub listen: SocketAddr,
    pub host: String,
    /// For each pass, all attempts together.
    pub deadline: Duration,
    /// How long an executor may be silent before it is lost.
    pub patience: Duration,
}

/// The driver's connection to a cluster.
pub struct Driver {
    settings: Settings,
    desk: Desk,
    runtime: Runtime,
    endpoint: Endpoint,
}

/// How one attempt at a job ended, where it gave no result.
enum Failed {
    /// Begun anew, and why.
    Again(Error),
    /// No attempt would end otherwise.
    For(Error),
}

impl Driver {
    /// Opens a desk, and looks whether the scheduler is there.
    ///
    /// # Errors
    /// A scheduler that cannot be reached or is no member of the cluster; papers that cannot be used.
    pub fn connect(settings: Settings) -> Result<Self> {
        let desk = Desk::open(settings.listen, &settings.host, &settings.papers, settings.patience)?;
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
        let runtime = runtime.map_err(|e| Error::environment("", "could not make the threads", e))?;
        let plain =
            Endpoint::from_shared(format!("http://{}", settings.scheduler)).map_err(|_| unreachable(&settings))?;
        let endpoint = (settings.papers.endpoints())(plain).map_err(|_| unreachable(&settings))?;
        runtime.block_on(endpoint.connect()).map_err(|_| unreachable(&settings))?;
        Ok(Self { settings, desk, runtime, endpoint })
    }

    /// Runs a job until its result can be believed.
    ///
    /// Each attempt has a number from 1, a brief that `brief` makes, a plan, and a result that `believe` makes of what the
    /// plan gives: where it refuses, the job is done again.
    ///
    /// # Errors
    /// Those of the kernels, such as an input that is not what the pipeline says; the deadline has passed.
    pub fn run<T>(
        &self,
        pass: &str,
        pieces: usize,
        brief: impl Fn(u32) -> Result<Secret<Vec<u8>>>,
        plan: impl Fn(&dyn FunctionRegistry, &Address) -> datafusion::common::Result<LogicalPlan>,
        mut believe: impl FnMut(u32, Vec<RecordBatch>) -> Result<T>,
    ) -> Result<T> {
        let end = Instant::now() + self.settings.deadline;
        let mut attempt = 0;
        loop {
            attempt += 1;
            tracing::info!(pass, attempt, "the cluster begins");
            let posted = self.desk.post(job_name()?, brief(attempt)?);
            let failed = match self.attempt(&posted, pieces, end, &plan) {
                Ok(batches) => match (posted.lost(), believe(attempt, batches)) {
                    (None, Ok(result)) => return Ok(result),
                    (Some(_), _) => lost(),
                    (None, Err(error)) => Failed::Again(error),
                },
                Err(failed) => failed,
            };
            drop(posted);
            match failed {
                Failed::For(error) => return Err(error),
                Failed::Again(error) if attempt == ATTEMPTS || Instant::now() >= end => return Err(error),
                Failed::Again(error) => {
                    tracing::warn!(pass, attempt, reason = %error, "the cluster begins anew");
                    // executors need a moment to see that the job is over
                    std::thread::sleep(super::wire::BEAT);
                    self.scheduler_is_there(end)?;
                }
            }
        }
    }

    fn attempt(
        &self,
        posted: &Posted,
        pieces: usize,
        end: Instant,
        plan: impl Fn(&dyn FunctionRegistry, &Address) -> datafusion::common::Result<LogicalPlan>,
    ) -> Result<Vec<RecordBatch>, Failed> {
        let refused = |_| Failed::For(Error::internal("the plan of a pass cannot be made"));
        let state =
            session::state(session::config(&self.settings.papers, &posted.id, pieces), None).map_err(refused)?;
        let address = Address { job: posted.id.clone(), desk: self.desk.place.clone() };
        self.runtime.block_on(async {
            let url = format!("df://{}", self.settings.scheduler);
            let context = SessionContext::remote_with_state(&url, state).await.map_err(refused)?;
            // a session that is made for Ballista forgets functions
            functions::scalars(None).iter().for_each(|function| context.register_udf(function.as_ref().clone()));
            context.register_udaf(functions::footprint().as_ref().clone());
            let logical = plan(&context.state(), &address).map_err(refused)?;
            let physical = context.state().create_physical_plan(&logical).await.map_err(refused)?;
            let job =
                || physical.downcast_ref::<DistributedQueryExec<LogicalPlanNode>>().and_then(|plan| plan.job_id());
            let stream = physical.execute(0, context.task_ctx()).map_err(refused)?;
            let result = watched(stream, posted, end, self.settings.patience * IDLE).await;
            if let (Err(_), Some(job)) = (&result, job()) {
                self.cancel(job.to_string()).await;
            }
            result
        })
    }

    /// Waits for a scheduler that is perhaps started again.
    fn scheduler_is_there(&self, end: Instant) -> Result<()> {
        let end = end.min(Instant::now() + self.settings.patience);
        loop {
            crate::source::interrupted()?;
            match self.runtime.block_on(self.endpoint.connect()) {
                Ok(_) => return Ok(()),
                Err(_) if Instant::now() >= end => return Err(unreachable(&self.settings)),
                Err(_) => std::thread::sleep(LOOK),
            }
        }
    }

    /// Tells the scheduler that nobody waits for a job any more. Should it not hear this, its tasks end all the same: there
    /// is no brief for them.
    async fn cancel(&self, job_id: String) {
        let call = async {
            let mut scheduler = SchedulerGrpcClient::new(self.endpoint.connect().await.ok()?);
            scheduler.cancel_job(CancelJobParams { job_id }).await.ok()
        };
        let _ = tokio::time::timeout(self.settings.patience, call).await;
    }
}

/// All batches of a job, as long as nothing happens that makes them unlikely or wrong.
async fn watched(
    mut stream: SendableRecordBatchStream,
    posted: &Posted,
    end: Instant,
    idle: Duration,
) -> Result<Vec<RecordBatch>, Failed> {
    let (mut batches, begin) = (Vec::new(), Instant::now());
    loop {
        let next = tokio::time::timeout(LOOK, stream.next()).await;
        crate::source::interrupted().map_err(Failed::For)?;
        if posted.lost().is_some() {
            return Err(lost());
        }
        match next {
            Ok(Some(Ok(batch))) => batches.push(batch),
            Ok(Some(Err(error))) => return Err(failed(&error.to_string())),
            Ok(None) => return Ok(batches),
            Err(_) if Instant::now() >= end => {
                let error = Error::surroundings(None, "the cluster did not end a pass before its deadline");
                return Err(Failed::For(
                    error.with_help("`--deadline` gives it more time; look whether executors run"),
                ));
            }
            Err(_) if !posted.begun() && begin.elapsed() > idle => {
                let error = Error::surroundings(None, "no executor of the cluster began to work");
                return Err(Failed::For(error.with_help(
                    "look whether executors run, and whether they reach this machine at the address of `--listen`",
                )));
            }
            Err(_) => {}
        }
    }
}

fn lost() -> Failed {
    Failed::Again(Error::surroundings(None, "an executor was lost"))
}

/// An error that Ballista tells: one of ours tells whether it stays, others are tried again.
fn failed(text: &str) -> Failed {
    match fault::read(text) {
        Some(Fault { error, for_good: true }) => Failed::For(error),
        Some(Fault { error, for_good: false }) => Failed::Again(error),
        None => Failed::Again(Error::surroundings(None, "the cluster could not do a pass").with_help(kind(text))),
    }
}

/// What can be told of another's error: never its text, which may quote anything.
fn kind(text: &str) -> &'static str {
    match text {
        text if text.contains("ransport error") || text.contains("onnect") => "a part of it could not reach another",
        text if text.contains("emory") => "an executor has not enough memory for a task",
        _ => "the scheduler's and the executors' logs tell more",
    }
}

fn unreachable(settings: &Settings) -> Error {
    Error::surroundings(None, format!("the scheduler at {} cannot be reached", settings.scheduler))
        .with_help("look whether it runs, and whether its certificate is of the same authority and names this host")
}

/// Bytes that nobody foresees, where they will be used.
pub fn random(bytes: &mut [u8]) -> Result<()> {
    rand::TryRng::try_fill_bytes(&mut rand::rngs::SysRng, bytes)
        .map_err(|_| Error::internal("the system gave no randomness"))
}

/// A name that no other job has.
pub fn job_name() -> Result<String> {
    let mut salt = [0; 16];
    random(&mut salt)?;
    Ok(hex::encode(salt))
}

/// A key that no other job has.
pub fn job_key() -> Result<Secret<[u8; 32]>> {
    let mut key = Secret::new([0; 32]);
    random(key.expose_mut())?;
    Ok(key)
}
