//! Regular texts, parsed quickly: whatever is not as most are is left to the strict parser, which knows what is wrong.

use arrow::array::ArrayRef;

use super::Form;
use super::blocks::Block;
use super::columns::{Column, Written};
use super::gb18030::Decoder;
use super::marks::Marks;
use super::survey::SIGNS;
use crate::source::Wanted;
use crate::spec::Encoding;

/// U+FEFF in UTF-8 and in GB18030.
const ORDER_MARKS: [&[u8]; 2] = [b"\xef\xbb\xbf", b"\x84\x31\x95\x33"];

/// The wanted columns of a block, with the number of its records.
///
/// `None` where the text is not regular. What it gives, the strict parser gives too.
pub(super) fn columns(
    block: &Block,
    header: &[String],
    form: &Form,
    wanted: &[Wanted],
) -> Option<(Vec<ArrayRef>, usize)> {
    let bytes = &block.bytes;
    if !form.delimiter.is_ascii()
        || SIGNS.contains(&form.delimiter)
        || ORDER_MARKS.iter().any(|mark| bytes.starts_with(mark))
    {
        return None;
    }
    let wide = form.encoding != Encoding::Utf8;
    let written = Written { decoder: wide.then(Decoder::new), nulls: form.nulls };
    let records = usize::try_from(block.count).ok()?;
    let places = wanted.iter().map(|wanted| header.iter().position(|name| *name == wanted.name));
    let places: Vec<usize> = places.collect::<Option<_>>()?;
    let columns = wanted.iter().zip(places).map(|(wanted, at)| Column::new(at, &wanted.kind, &written, records));
    let mut columns: Vec<Column> = columns.collect();
    let mut rows = 0;
    Marks::new(bytes, form.delimiter, wide, header.len())?.each(|records| {
        rows += records.count();
        columns.iter_mut().try_for_each(|column| column.add(records))
    })?;
    Some((columns.into_iter().map(Column::finish).collect::<Option<_>>()?, rows))
}
