//! Both passes as plans of DataFusion.

use datafusion::common::{Column, Result, UnnestOptions};
use datafusion::execution::FunctionRegistry;
use datafusion::functions::core::expr_fn::{coalesce, get_field};
use datafusion::functions_aggregate::expr_fn::{array_agg, count, sum};
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder, Union, col, lit};
use std::sync::Arc;

use super::functions::{COUNT, TREAT, WRITE};

/// Where a kernel finds its job.
#[derive(Debug, Clone)]
pub struct Address {
    pub job: String,
    /// `host:port` of the driver.
    pub desk: String,
}

impl Address {
    fn call(&self, known: &dyn FunctionRegistry, kernel: &str, arguments: Vec<Expr>) -> Result<Expr> {
        let beginning = [lit(self.job.as_str()), lit(self.desk.as_str())];
        Ok(known.udf(kernel)?.call(beginning.into_iter().chain(arguments).collect()))
    }
}

/// Each piece by its number, in a partition of its own, so that each is a task.
fn pieces(pieces: usize) -> Result<LogicalPlanBuilder> {
    let piece = |number: usize| Ok(Arc::new(LogicalPlanBuilder::values(vec![vec![lit(number as u64)]])?.build()?));
    let mut all = (0..pieces.max(1)).map(piece).collect::<Result<Vec<Arc<LogicalPlan>>>>()?;
    Ok(match all.len() {
        1 => LogicalPlanBuilder::from(all.remove(0)),
        _ => LogicalPlanBuilder::from(LogicalPlan::Union(Union::try_new(all)?)),
    })
}

/// The rows that a kernel gives for each piece, with these fields.
fn rows(
    known: &dyn FunctionRegistry,
    at: &Address,
    kernel: &str,
    number: usize,
    fields: &[&str],
) -> Result<LogicalPlanBuilder> {
    let call = at.call(known, kernel, vec![col("column1")])?;
    let row = || Column::from_name("row");
    let lists = pieces(number)?.project(vec![call.alias("row")])?;
    let unnested = lists.unnest_column_with_options(row(), UnnestOptions::default())?;
    unnested.project(fields.iter().map(|field| get_field(col("row"), *field).alias(*field)).collect::<Vec<_>>())
}

/// Pass 1: a row for each combination, value, piece and footprint: `key`, how many keys of the first stage have it,
/// `records`, `weights`.
///
/// Keys are grouped first, which tells the subjects apart: each of them becomes its footprint, and these are grouped
/// again. What goes between the machines are 16 bytes for a subject and 16 for its combination, or a sealed combination.
///
/// # Errors
/// Functions that are not registered.
pub fn counting(known: &dyn FunctionRegistry, at: &Address, pieces: usize) -> Result<LogicalPlan> {
    let footprint = known.udaf("tuomin_footprint")?;
    let footprint = |name: &str| footprint.call(vec![col(name)]);
    rows(known, at, COUNT, pieces, &["key", "combination", "records", "weight"])?
        .aggregate(
            vec![col("key")],
            vec![
                footprint("combination").alias("footprint"),
                sum(col("records")).alias("records"),
                sum(col("weight")).alias("weights"),
            ],
        )?
        .project(vec![coalesce(vec![col("footprint"), col("key")]).alias("key"), col("records"), col("weights")])?
        .aggregate(
            vec![col("key")],
            vec![
                count(lit(1)).alias("keys"),
                sum(col("records")).alias("records"),
                sum(col("weights")).alias("weights"),
            ],
        )?
        .build()
}

/// Pass 2: a row for each part of the release, `told`, what its writer tells.
///
/// # Errors
/// Functions that are not registered.
pub fn treating(known: &dyn FunctionRegistry, at: &Address, pieces: usize) -> Result<LogicalPlan> {
    let write = at.call(known, WRITE, vec![col("part"), col("sealed")])?;
    rows(known, at, TREAT, pieces, &["part", "sealed"])?
        .aggregate(vec![col("part")], vec![array_agg(col("sealed")).alias("sealed")])?
        .project(vec![write.alias("told")])?
        .build()
}
