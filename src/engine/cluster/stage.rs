//! Tasks of an executor, as Ballista runs them, between two looks at the space for their results.

use std::fmt;
use std::sync::Arc;

use ballista_core::JobId;
use ballista_core::serde::protobuf::{RuntimeStatsReport, ShuffleWritePartition, TaskColumnStats, WindowStateReport};
use ballista_executor::execution_engine::{DefaultExecutionEngine, ExecutionEngine, QueryStageExecutor};
use datafusion::common::{DataFusionError, Result};
use datafusion::execution::TaskContext;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::metrics::MetricsSet;
use datafusion::prelude::SessionConfig;
use futures::future::BoxFuture;

use super::fault;
use super::pool::Pool;
use super::space::{Space, ran_out};
use crate::error::Error;

/// Ballista's own way to run tasks, which ends all of them where space lacks.
pub struct Stages {
    inner: DefaultExecutionEngine,
    space: Arc<Space>,
}

impl Stages {
    pub fn new(space: Arc<Space>) -> Self {
        Self { inner: DefaultExecutionEngine::with_client_pool(Arc::new(Pool::default())), space }
    }
}

impl ExecutionEngine for Stages {
    fn create_query_stage_exec(
        &self,
        job: JobId,
        stage: usize,
        task: usize,
        outputs: Vec<usize>,
        plan: Arc<dyn ExecutionPlan>,
        folder: &str,
        config: &SessionConfig,
    ) -> Result<Arc<dyn QueryStageExecutor>> {
        self.space.job(job.as_str());
        let inner = self.inner.create_query_stage_exec(job, stage, task, outputs, plan, folder, config)?;
        Ok(Arc::new(Stage { inner, space: self.space.clone() }))
    }
}

struct Stage {
    inner: Arc<dyn QueryStageExecutor>,
    space: Arc<Space>,
}

impl Stage {
    async fn run(&self, task: usize, context: Arc<TaskContext>) -> Result<Vec<ShuffleWritePartition>> {
        self.space.look().map_err(|lack| told(&self.space, &lack))?;
        tokio::select! {
            ended = self.inner.execute_query_stage(task, context) => ended.map_err(|error| judged(&self.space, error)),
            // another task found it: the driver hears of it from all jobs at once
            lack = self.space.lacking() => Err(told(&self.space, &lack)),
        }
    }
}

/// The error of a task, or what lies behind it where space lacks.
pub fn judged(space: &Space, error: DataFusionError) -> DataFusionError {
    let lack = if ran_out(&error.to_string()) { Some(space.full()) } else { space.look().err() };
    lack.map_or(error, |lack| told(space, &lack))
}

/// Where the executor leaves, the others can do the job; else nobody can.
fn told(space: &Space, lack: &Error) -> DataFusionError {
    DataFusionError::Execution(if space.leaves() { fault::told(lack) } else { fault::told_for_good(lack) })
}

impl QueryStageExecutor for Stage {
    fn execute_query_stage<'a, 'b>(
        &'a self,
        task: usize,
        context: Arc<TaskContext>,
    ) -> BoxFuture<'b, Result<Vec<ShuffleWritePartition>>>
    where
        'a: 'b,
        Self: 'b,
    {
        Box::pin(self.run(task, context))
    }

    fn collect_plan_metrics(&self) -> Vec<MetricsSet> {
        self.inner.collect_plan_metrics()
    }

    fn collect_runtime_stats_reports(&self) -> Vec<RuntimeStatsReport> {
        self.inner.collect_runtime_stats_reports()
    }

    fn collect_window_state_reports(&self) -> Result<Vec<WindowStateReport>> {
        self.inner.collect_window_state_reports()
    }

    fn collect_column_stats(&self) -> Vec<TaskColumnStats> {
        self.inner.collect_column_stats()
    }
}

impl fmt::Debug for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.inner)
    }
}
