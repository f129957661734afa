//! Counts tuples in an array that their codes, side by side, index.

/// Bits of an index, at most: 4 million places of four bytes, which a far cache holds.
const BITS: u32 = 22;
/// No tuple has this place.
const FREE: u32 = u32::MAX;

/// Records per distinct tuple, as long as the codes fit into an index of [`BITS`] bits.
///
/// Each column has as many bits as its largest code so far needs: where a code needs more, all tuples get new places.
/// Their ids, in order of first appearance, stay.
pub(super) struct Dense {
    bits: Vec<u32>,
    /// The id of the tuple at each index.
    ids: Vec<u32>,
    /// Row by row.
    codes: Vec<u32>,
    records: Vec<u64>,
}

impl Dense {
    pub fn new(width: usize) -> Self {
        Self { bits: vec![0; width], ids: vec![FREE], codes: Vec::new(), records: Vec::new() }
    }

    /// Distinct tuples.
    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// Counts a tuple and gives its id; `None`, and nothing is counted, once the array would be too large.
    pub fn add(&mut self, tuple: &[u32]) -> Option<u32> {
        let index = match index(tuple, &self.bits) {
            Some(index) => index,
            None => {
                self.grow(tuple)?;
                index(tuple, &self.bits)?
            }
        };
        let mut id = self.ids[index];
        if id == FREE {
            id = self.records.len() as u32;
            self.ids[index] = id;
            self.codes.extend_from_slice(tuple);
            self.records.push(0);
        }
        self.records[id as usize] += 1;
        Some(id)
    }

    /// Gives each column the bits that the tuple needs; `None` if they are too many.
    fn grow(&mut self, tuple: &[u32]) -> Option<()> {
        let needed = tuple.iter().zip(&self.bits).map(|(&code, &bits)| bits.max(u32::BITS - code.leading_zeros()));
        let needed: Vec<u32> = needed.collect();
        let all = needed.iter().sum::<u32>();
        if all > BITS {
            return None;
        }
        self.ids = vec![FREE; 1 << all];
        for id in 0..self.records.len() {
            let tuple = &self.codes[id * self.bits.len()..][..self.bits.len()];
            self.ids[index(tuple, &needed)?] = id as u32;
        }
        self.bits = needed;
        Some(())
    }

    /// Id, tuple and records of each.
    pub fn iter(&self) -> impl Iterator<Item = (u32, &[u32], u64)> {
        let tuple = |id: usize| &self.codes[id * self.bits.len()..][..self.bits.len()];
        self.records.iter().enumerate().map(move |(id, &records)| (id as u32, tuple(id), records))
    }
}

/// The codes side by side; `None` if one of them needs more bits than its column has.
fn index(tuple: &[u32], bits: &[u32]) -> Option<usize> {
    let mut index = 0;
    let mut beyond = 0;
    for (&code, &bits) in tuple.iter().zip(bits) {
        beyond |= code >> bits;
        index = index << bits | code as usize;
    }
    (beyond == 0).then_some(index)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_stay_while_columns_grow() {
        let mut dense = Dense::new(2);
        let tuples = [[0, 0], [1, 0], [0, 5], [1, 0], [700, 1], [0, 5], [0, 0]];
        assert_eq!(tuples.map(|tuple| dense.add(&tuple)), [0, 1, 2, 1, 3, 2, 0].map(Some));
        let counted: Vec<_> = dense.iter().map(|(id, tuple, records)| (id, tuple.to_vec(), records)).collect();
        let expected = [(0, vec![0, 0], 2), (1, vec![1, 0], 2), (2, vec![0, 5], 2), (3, vec![700, 1], 1)];
        assert_eq!(counted, expected);
    }

    #[test]
    fn what_does_not_fit_is_not_counted() {
        let mut dense = Dense::new(2);
        assert_eq!(dense.add(&[1 << 10, 1 << 10]), Some(0));
        assert_eq!(dense.add(&[1 << 11, 1 << 10]), None);
        assert_eq!(dense.add(&[1 << 10, 1 << 10]), Some(0));
        assert_eq!(dense.iter().map(|(.., records)| records).sum::<u64>(), 2);
        assert_eq!(dense.add(&[u32::MAX, 0]), None);
    }

    #[test]
    fn no_column_has_one_tuple() {
        let mut dense = Dense::new(0);
        assert_eq!([dense.add(&[]), dense.add(&[])], [Some(0), Some(0)]);
        assert_eq!(dense.iter().collect::<Vec<_>>(), [(0, &[][..], 2)]);
    }
}
