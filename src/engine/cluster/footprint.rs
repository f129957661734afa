//! The combinations of a subject, all of them and each once: an aggregate over names of combinations.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BinaryBuilder, BooleanArray};
use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::{DataFusionError, Result};
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::{Accumulator, AggregateUDFImpl, EmitTo, GroupsAccumulator, Signature, Volatility};
use datafusion::scalar::ScalarValue;
use hashbrown::HashMap;

use super::rows::Kind;
use super::seal::{NAME, Name};

/// `tuomin_footprint(combination)`: the distinct names of a group in ascending order, with the kind of a footprint
/// before them; null for a group without any.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct Footprint(Signature);

impl Default for Footprint {
    fn default() -> Self {
        Self(Signature::exact(vec![DataType::Binary], Volatility::Immutable))
    }
}

impl AggregateUDFImpl for Footprint {
    fn name(&self) -> &str {
        "tuomin_footprint"
    }

    fn signature(&self) -> &Signature {
        &self.0
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Binary)
    }

    fn state_fields(&self, args: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        Ok(vec![Arc::new(Field::new(format!("{}[names]", args.name), DataType::Binary, true))])
    }

    fn accumulator(&self, _: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        Ok(Box::new(One(Groups::default())))
    }

    fn groups_accumulator_supported(&self, _: AccumulatorArgs) -> bool {
        true
    }

    fn create_groups_accumulator(&self, _: AccumulatorArgs) -> Result<Box<dyn GroupsAccumulator>> {
        Ok(Box::new(Groups::default()))
    }
}

/// The names of each group. Nearly all groups have one name, which stands by itself.
#[derive(Debug, Default)]
struct Groups {
    first: Vec<Option<Name>>,
    /// Further names of a group, ascending; groups are counted with those that are gone.
    more: HashMap<usize, Vec<Name>>,
    /// Groups that are gone.
    gone: usize,
    /// Names in `more`.
    held: usize,
}

impl Groups {
    fn add(&mut self, group: usize, name: Name) {
        match &mut self.first[group] {
            none @ None => *none = Some(name),
            Some(first) if *first == name => {}
            Some(_) => {
                let more = self.more.entry(self.gone + group).or_default();
                if let Err(at) = more.binary_search(&name) {
                    more.insert(at, name);
                    self.held += 1;
                }
            }
        }
    }

    fn add_all(&mut self, cells: &ArrayRef, groups: &[usize], total: usize) -> Result<()> {
        self.first.resize(total.max(self.first.len()), None);
        let cells = cells.as_binary_opt::<i32>().ok_or_else(|| unclear("another type"))?;
        for (row, &group) in groups.iter().enumerate() {
            if cells.is_null(row) {
                continue;
            }
            let (names, rest) = cells.value(row).as_chunks::<NAME>();
            if !rest.is_empty() {
                return Err(unclear("no names"));
            }
            names.iter().for_each(|&name| self.add(group, name));
        }
        Ok(())
    }

    /// The names of the groups that are asked for, which are then gone.
    fn emit(&mut self, which: EmitTo, kind: Option<Kind>) -> ArrayRef {
        let first = which.take_needed(&mut self.first);
        let count = first.len();
        let mut cells = BinaryBuilder::new();
        for (group, first) in first.into_iter().enumerate() {
            let Some(first) = first else {
                cells.append_null();
                continue;
            };
            let mut names = self.more.remove(&(self.gone + group)).unwrap_or_default();
            self.held -= names.len();
            names.push(first);
            names.sort_unstable();
            let kind: Vec<u8> = kind.map(|kind| kind as u8).into_iter().collect();
            cells.append_value([kind, names.concat()].concat());
        }
        self.gone += count;
        Arc::new(cells.finish())
    }

    fn bytes(&self) -> usize {
        self.first.capacity() * size_of::<Option<Name>>() + self.more.capacity() * 48 + self.held * NAME
    }
}

fn unclear(what: &str) -> DataFusionError {
    DataFusionError::Internal(format!("a footprint is made of names of combinations, not of {what}"))
}

impl GroupsAccumulator for Groups {
    fn update_batch(
        &mut self,
        values: &[ArrayRef],
        groups: &[usize],
        filter: Option<&BooleanArray>,
        total: usize,
    ) -> Result<()> {
        match (values, filter) {
            ([cells], None) => self.add_all(cells, groups, total),
            _ => Err(unclear("filtered rows")),
        }
    }

    fn merge_batch(&mut self, values: &[ArrayRef], groups: &[usize], total: usize) -> Result<()> {
        self.update_batch(values, groups, None, total)
    }

    fn evaluate(&mut self, which: EmitTo) -> Result<ArrayRef> {
        Ok(self.emit(which, Some(Kind::Footprint)))
    }

    fn state(&mut self, which: EmitTo) -> Result<Vec<ArrayRef>> {
        Ok(vec![self.emit(which, None)])
    }

    fn convert_to_state(&self, values: &[ArrayRef], filter: Option<&BooleanArray>) -> Result<Vec<ArrayRef>> {
        match filter {
            None => Ok(values.to_vec()),
            Some(_) => Err(unclear("filtered rows")),
        }
    }

    fn size(&self) -> usize {
        self.bytes()
    }
}

/// The names of one group.
#[derive(Debug)]
struct One(Groups);

impl Accumulator for One {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        let [cells] = values else { return Err(unclear("several columns")) };
        self.0.add_all(cells, &vec![0; cells.len()], 1)
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        self.update_batch(states)
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        self.0.first.resize(1, None);
        ScalarValue::try_from_array(&self.0.emit(EmitTo::All, Some(Kind::Footprint)), 0)
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        self.0.first.resize(1, None);
        Ok(vec![ScalarValue::try_from_array(&self.0.emit(EmitTo::All, None), 0)?])
    }

    fn size(&self) -> usize {
        self.0.bytes()
    }
}

#[cfg(test)]
mod tests {
    use arrow::array::BinaryArray;

    use super::*;

    fn names(names: &[Option<u8>]) -> ArrayRef {
        Arc::new(names.iter().map(|name| name.map(|name| vec![name; NAME])).collect::<BinaryArray>())
    }

    fn told(cells: &ArrayRef) -> Vec<Option<Vec<u8>>> {
        cells.as_binary::<i32>().iter().map(|cell| cell.map(<[u8]>::to_vec)).collect()
    }

    fn footprint(names: &[u8]) -> Option<Vec<u8>> {
        let names = names.iter().flat_map(|&name| vec![name; NAME]);
        Some([Kind::Footprint as u8].into_iter().chain(names).collect())
    }

    #[test]
    fn each_group_has_its_names_once_whatever_the_way_they_came() {
        let (mut one, mut other) = (Groups::default(), Groups::default());
        one.update_batch(&[names(&[Some(7), Some(2), None, Some(7)])], &[0, 1, 2, 0], None, 3).unwrap();
        one.update_batch(&[names(&[Some(3), Some(9)])], &[0, 3], None, 4).unwrap();
        other.update_batch(&[names(&[Some(3), Some(1), Some(9)])], &[0, 1, 2], None, 3).unwrap();
        // groups of the second part stand elsewhere in the first
        let state = other.state(EmitTo::All).unwrap();
        one.merge_batch(&state, &[0, 3, 3], 4).unwrap();
        let first = one.evaluate(EmitTo::First(1)).unwrap();
        assert_eq!(told(&first), [footprint(&[3, 7])]);
        let rest = one.evaluate(EmitTo::All).unwrap();
        assert_eq!(told(&rest), [footprint(&[2]), None, footprint(&[1, 9])]);
        assert!(one.update_batch(&[names(&[Some(1)])], &[0], Some(&BooleanArray::from(vec![true])), 1).is_err());
        assert!(one.update_batch(&[Arc::new(BinaryArray::from_vec(vec![b"no name"]))], &[0], None, 1).is_err());
    }
}
