//! Steps that change cells one by one.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, StringBuilder};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};

use super::{Records, Stage, Told, find, internal, is_new, wrong};
use crate::error::{Error, Result};

/// What a kernel made of the cells of one batch.
pub(super) struct Done {
    pub cells: ArrayRef,
    /// Cells that are other ones now.
    pub changed: u64,
    /// Places of cells that could not be changed as they should, ascending.
    pub failed: Vec<usize>,
}

/// What becomes of cells, a whole column of a batch at once; each cell for itself.
type Kernel = Box<dyn Fn(&ArrayRef) -> Result<Done> + Send>;

/// One column of a step.
struct Task {
    /// Its place.
    from: usize,
    /// The place of the result: its own, or that of a new column.
    to: usize,
    work: Kernel,
    expected: &'static str,
    /// Whether a failed cell ends the run.
    strict: bool,
}

/// A step that changes cells one by one, in some columns.
pub(super) struct Each {
    schema: SchemaRef,
    tasks: Vec<Task>,
}

impl Each {
    pub fn new(schema: &SchemaRef) -> Self {
        Self { schema: schema.clone(), tasks: Vec::new() }
    }

    /// Adds a column that is changed in place, with the type that it has then. A failed cell ends the run if `strict`;
    /// otherwise it is what the kernel made of it, and counted.
    pub fn change(
        mut self,
        name: &str,
        kind: impl FnOnce(&DataType) -> Result<(DataType, Kernel)>,
        expected: &'static str,
        strict: bool,
    ) -> Result<Self> {
        let from = find(&self.schema, name)?;
        let mut fields: Vec<Field> = self.schema.fields().iter().map(|field| field.as_ref().clone()).collect();
        let (kind, work) = kind(fields[from].data_type())?;
        fields[from] = Field::new(name, kind, true);
        self.schema = Arc::new(Schema::new(fields));
        self.tasks.push(Task { from, to: from, work, expected, strict });
        Ok(self)
    }

    /// Adds a new column that follows from another one.
    pub fn add(
        mut self,
        from: &str,
        name: &str,
        kind: impl FnOnce(&DataType) -> Result<(DataType, Kernel)>,
        expected: &'static str,
        strict: bool,
    ) -> Result<Self> {
        let from = find(&self.schema, from)?;
        is_new(&self.schema, name)?;
        let mut fields: Vec<Field> = self.schema.fields().iter().map(|field| field.as_ref().clone()).collect();
        let (kind, work) = kind(fields[from].data_type())?;
        let to = fields.len();
        fields.push(Field::new(name, kind, true));
        self.schema = Arc::new(Schema::new(fields));
        self.tasks.push(Task { from, to, work, expected, strict });
        Ok(self)
    }
}

impl Stage for Each {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    fn apply(&mut self, records: Records, told: &mut Told) -> Result<Option<Records>> {
        let mut columns = records.cells.columns().to_vec();
        for task in &self.tasks {
            let done = (task.work)(&columns[task.from])?;
            if let (true, Some(&first)) = (task.strict, done.failed.first()) {
                let place = records.place(first, self.schema.field(task.from).name());
                return Err(Error::Input {
                    message: format!("expected {}", task.expected),
                    place: Some(place),
                    help: None,
                });
            }
            told.changed += done.changed;
            told.failed += done.failed.len() as u64;
            match columns.get_mut(task.to) {
                Some(cells) => *cells = done.cells,
                None => columns.push(done.cells),
            }
        }
        let cells = RecordBatch::try_new(self.schema.clone(), columns).map_err(internal)?;
        Ok(Some(records.with(cells)))
    }
}

/// The texts of a column of either kind.
pub(super) fn texts(cells: &ArrayRef) -> Option<Box<dyn Iterator<Item = Option<&str>> + '_>> {
    match cells.data_type() {
        DataType::Utf8 => Some(Box::new(cells.as_string::<i32>().iter())),
        DataType::Utf8View => Some(Box::new(cells.as_string_view().iter())),
        _ => None,
    }
}

/// What a text becomes.
pub(super) enum Text {
    Same,
    To(String),
    Null,
    /// It failed, and becomes null.
    Failed,
    /// It failed, and stays.
    Kept,
}

/// A kernel from text to text; null stays null. Other types are refused.
pub(super) fn text_kernel(kind: &DataType, work: impl Fn(&str) -> Text + Send + 'static) -> Result<(DataType, Kernel)> {
    if !matches!(kind, DataType::Utf8 | DataType::Utf8View) {
        return Err(wrong(format!("the column holds {kind}, this step works on text"), "cast it to `text` before"));
    }
    let kernel = move |cells: &ArrayRef| {
        let texts = texts(cells).ok_or_else(|| internal("a column changed its type"))?;
        let (mut built, mut changed, mut failed) = (StringBuilder::new(), 0, Vec::new());
        for (at, cell) in texts.enumerate() {
            let Some(cell) = cell else {
                built.append_null();
                continue;
            };
            match work(cell) {
                Text::To(other) if other != cell => {
                    changed += 1;
                    built.append_value(other);
                }
                Text::Same | Text::To(_) => built.append_value(cell),
                Text::Null => {
                    changed += 1;
                    built.append_null();
                }
                Text::Failed => {
                    failed.push(at);
                    built.append_null();
                }
                Text::Kept => {
                    failed.push(at);
                    built.append_value(cell);
                }
            }
        }
        Ok(Done { cells: Arc::new(built.finish()), changed, failed })
    };
    Ok((DataType::Utf8, Box::new(kernel)))
}

/// The kernel and its type of values that are made cell by cell; `read` gives the value of a cell that is there, or
/// `None` where it fails.
pub(super) fn value_kernel<A, T>(
    kind: DataType,
    read: impl Fn(&ArrayRef, usize) -> Option<T> + Send + 'static,
) -> (DataType, Kernel)
where
    A: Array + FromIterator<Option<T>> + 'static,
{
    let kernel = move |cells: &ArrayRef| {
        let mut failed = Vec::new();
        let made: A = (0..cells.len())
            .map(|at| {
                let value = cells.is_valid(at).then(|| read(cells, at))?;
                if value.is_none() {
                    failed.push(at);
                }
                value
            })
            .collect();
        let changed = (made.len() - made.null_count()) as u64;
        Ok(Done { cells: Arc::new(made), changed, failed })
    };
    (kind, Box::new(kernel))
}

/// The text of a cell that is there, in a column of either kind of text.
pub(super) fn text_at(cells: &ArrayRef, at: usize) -> Option<&str> {
    match cells.data_type() {
        DataType::Utf8 => Some(cells.as_string::<i32>().value(at)),
        DataType::Utf8View => Some(cells.as_string_view().value(at)),
        _ => None,
    }
}
