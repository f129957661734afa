//! Our kernels as functions of DataFusion. A plan names them, with the job and where its driver is found; keys, values and
//! everything else that they need come from the driver to the process that runs them, and are in no plan.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BinaryArray};
use arrow::datatypes::{DataType, Field, UInt64Type};
use datafusion::common::{DataFusionError, Result};
use datafusion::logical_expr::{
    AggregateUDF, ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use datafusion::scalar::ScalarValue;

use super::brief::{Job, Work};
use super::footprint::Footprint;
use super::holder::Holder;
use super::rows::{CountRows, PartRows, lists};
use super::{fault, part, treat};
use crate::error::Error;

/// Counts a piece of the source: `(job, desk, piece)` to a list of rows, see [`CountRows`].
pub const COUNT: &str = "tuomin_count";
/// Treats a piece of the source: `(job, desk, piece)` to a list of rows, see [`PartRows`].
pub const TREAT: &str = "tuomin_treat";
/// Writes a part of the release: `(job, desk, part, sealed rows)` to what the driver is told, sealed.
pub const WRITE: &str = "tuomin_write";

/// A kernel; without a holder, as in drivers and schedulers, it can be planned and not run.
struct Kernel {
    name: &'static str,
    signature: Signature,
    returns: DataType,
    holder: Option<Arc<Holder>>,
}

/// All functions that plans of a cluster name.
pub fn scalars(holder: Option<&Arc<Holder>>) -> Vec<Arc<ScalarUDF>> {
    let list = |fields| DataType::List(Arc::new(Field::new("item", DataType::Struct(fields), false)));
    let kernel = |name, arguments: Vec<DataType>, returns| {
        let signature = Signature::exact(arguments, Volatility::Volatile);
        Arc::new(ScalarUDF::from(Kernel { name, signature, returns, holder: holder.cloned() }))
    };
    let text = DataType::Utf8;
    let sealed = DataType::List(Arc::new(Field::new_list_field(DataType::Binary, true)));
    vec![
        kernel(COUNT, vec![text.clone(), text.clone(), DataType::UInt64], list(CountRows::fields())),
        kernel(TREAT, vec![text.clone(), text.clone(), DataType::UInt64], list(PartRows::fields())),
        kernel(WRITE, vec![text.clone(), text, DataType::UInt64, sealed], DataType::Binary),
    ]
}

/// The aggregate that plans of a cluster name.
pub fn footprint() -> Arc<AggregateUDF> {
    Arc::new(AggregateUDF::from(Footprint::default()))
}

impl fmt::Debug for Kernel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl PartialEq for Kernel {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Kernel {}

impl Hash for Kernel {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

impl ScalarUDFImpl for Kernel {
    fn name(&self) -> &str {
        self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(self.returns.clone())
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let result = self.run(&args).map_err(|error| DataFusionError::Execution(fault::told(&error)));
        result.map(ColumnarValue::Array)
    }
}

impl Kernel {
    fn run(&self, args: &ScalarFunctionArgs) -> crate::error::Result<ArrayRef> {
        let holder = self.holder.as_ref().ok_or_else(|| Error::internal("only executors run kernels"))?;
        let [job, desk, rest @ ..] = args.args.as_slice() else { return Err(misused()) };
        let job = holder.job(text(job)?, text(desk)?)?;
        let arrays = rest.iter().map(|value| value.to_array(args.number_rows)).collect::<Result<Vec<_>>>();
        let arrays = arrays.map_err(|_| misused())?;
        let numbers = arrays.first().and_then(|numbers| numbers.as_primitive_opt::<UInt64Type>());
        let numbers = numbers.ok_or_else(misused)?.values().iter();
        match (self.name, &job.work) {
            (COUNT, Work::Count(sheet)) => {
                let rows = numbers.map(|&piece| super::count::count(&job, piece, sheet));
                lists(CountRows::fields(), &rows.collect::<crate::error::Result<Vec<_>>>()?)
            }
            (TREAT, Work::Treat(sheet, scatter, _)) => {
                let rows = numbers.map(|&piece| treat::treat(&job, piece, sheet, scatter));
                lists(PartRows::fields(), &rows.collect::<crate::error::Result<Vec<_>>>()?)
            }
            (WRITE, Work::Treat(..)) => write(&job, numbers.copied(), &arrays),
            _ => Err(misused()),
        }
    }
}

/// Writes the parts of these numbers, whose sealed rows are the lists of the second array.
fn write(job: &Job, parts: impl Iterator<Item = u64>, arrays: &[ArrayRef]) -> crate::error::Result<ArrayRef> {
    let Work::Treat(sheet, _, landing) = &job.work else { return Err(misused()) };
    let sealed = arrays.get(1).and_then(|lists| lists.as_list_opt::<i32>()).ok_or_else(misused)?;
    let told = parts.enumerate().map(|(row, number)| {
        let rows = sealed.value(row);
        let rows = rows.as_binary_opt::<i32>().ok_or_else(misused)?;
        let rows: Vec<&[u8]> = (0..rows.len()).map(|at| rows.value(at)).collect();
        part::write(job, number, &rows, sheet, landing)
    });
    let told = told.collect::<crate::error::Result<Vec<_>>>()?;
    Ok(Arc::new(BinaryArray::from_iter_values(told)))
}

fn text(value: &ColumnarValue) -> crate::error::Result<&str> {
    match value {
        ColumnarValue::Scalar(ScalarValue::Utf8(Some(text)) | ScalarValue::Utf8View(Some(text))) => Ok(text),
        _ => Err(misused()),
    }
}

fn misused() -> Error {
    Error::internal("a kernel was given what it does not take")
}
