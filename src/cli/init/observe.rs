//! Every cell of the sample, seen by the detectors and counted.

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::DataType;
use rayon::prelude::*;

use crate::detect::{Column, ColumnFinding, Detector};
use crate::source::Spread;
use crate::spec::draft::Facts;

/// Looks at all columns, several at once.
pub(super) fn observe(columns: &[String], spread: &Spread) -> Vec<(ColumnFinding, Facts)> {
    let detector = Detector::new().as_of(chrono::Local::now().date_naive());
    let one = |(number, header): (usize, &String)| {
        let (mut column, mut facts) = (Column::new(header), Facts::default());
        for batch in &spread.batches {
            each(batch.cells.column(number), |cell| {
                column.feed(&detector, cell);
                facts.feed(cell);
            });
        }
        (column.finish(), facts)
    };
    columns.par_iter().enumerate().map(one).collect()
}

fn each(cells: &ArrayRef, mut see: impl FnMut(Option<&str>)) {
    match cells.data_type() {
        DataType::Utf8 => cells.as_string::<i32>().iter().for_each(see),
        DataType::Utf8View => cells.as_string_view().iter().for_each(see),
        // sources give text where text is wanted
        _ => (0..cells.len()).for_each(|_| see(None)),
    }
}
