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

    /// Counts rows, the codes of each column, and writes the id of each row's tuple to `ids`; `false`, and nothing is
    /// counted, once the array would be too large.
    ///
    /// Nearly every look misses the near caches: so the looks of many rows stand in a loop of their own, where the
    /// processor has several on the way.
    pub fn add(&mut self, columns: &[Vec<u32>], rows: usize, ids: &mut Vec<u32>) -> bool {
        let largest = columns.iter().map(|codes| codes.iter().max().copied().unwrap_or(0));
        if !self.fits(&largest.collect::<Vec<_>>()) {
            return false;
        }
        let mut places = vec![0_u32; rows];
        for (codes, &bits) in columns.iter().zip(&self.bits) {
            places.iter_mut().zip(codes).for_each(|(place, &code)| *place = *place << bits | code);
        }
        ids.clear();
        for (row, place) in places.into_iter().enumerate() {
            let id = &mut self.ids[place as usize];
            if *id == FREE {
                *id = self.records.len() as u32;
                self.codes.extend(columns.iter().map(|codes| codes[row]));
                self.records.push(0);
            }
            ids.push(*id);
        }
        ids.iter().for_each(|&id| self.records[id as usize] += 1);
        true
    }

    /// Gives each column the bits that these codes need; `false` if they are too many.
    fn fits(&mut self, largest: &[u32]) -> bool {
        let needed = largest.iter().zip(&self.bits).map(|(&code, &bits)| bits.max(u32::BITS - code.leading_zeros()));
        let needed: Vec<u32> = needed.collect();
        let all = needed.iter().sum::<u32>();
        if needed == self.bits || all > BITS {
            return needed == self.bits;
        }
        self.bits = needed;
        self.ids = vec![FREE; 1 << all];
        for id in 0..self.records.len() {
            let tuple = &self.codes[id * self.bits.len()..][..self.bits.len()];
            let place = tuple.iter().zip(&self.bits).fold(0, |place, (&code, &bits)| place << bits | code as usize);
            self.ids[place] = id as u32;
        }
        true
    }

    /// Id, tuple and records of each.
    pub fn iter(&self) -> impl Iterator<Item = (u32, &[u32], u64)> {
        let tuple = |id: usize| &self.codes[id * self.bits.len()..][..self.bits.len()];
        self.records.iter().enumerate().map(move |(id, &records)| (id as u32, tuple(id), records))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn add(dense: &mut Dense, tuples: &[[u32; 2]]) -> Option<Vec<u32>> {
        let columns = [0, 1].map(|column| tuples.iter().map(|tuple| tuple[column]).collect());
        let mut ids = vec![7];
        dense.add(&columns, tuples.len(), &mut ids).then_some(ids)
    }

    #[test]
    fn ids_stay_while_columns_grow() {
        let mut dense = Dense::new(2);
        assert_eq!(add(&mut dense, &[[0, 0], [1, 0]]), Some(vec![0, 1]));
        assert_eq!(add(&mut dense, &[[0, 5], [1, 0], [700, 1]]), Some(vec![2, 1, 3]));
        assert_eq!(add(&mut dense, &[]), Some(vec![]));
        assert_eq!(add(&mut dense, &[[0, 5], [0, 0]]), Some(vec![2, 0]));
        let counted: Vec<_> = dense.iter().map(|(id, tuple, records)| (id, tuple.to_vec(), records)).collect();
        let expected = [(0, vec![0, 0], 2), (1, vec![1, 0], 2), (2, vec![0, 5], 2), (3, vec![700, 1], 1)];
        assert_eq!(counted, expected);
    }

    #[test]
    fn what_does_not_fit_is_not_counted() {
        let mut dense = Dense::new(2);
        assert_eq!(add(&mut dense, &[[1 << 10, 1 << 10]]), Some(vec![0]));
        assert_eq!(add(&mut dense, &[[0, 0], [1 << 11, 1 << 10]]), None);
        assert_eq!(add(&mut dense, &[[1 << 10, 1 << 10]]), Some(vec![0]));
        assert_eq!(dense.iter().map(|(.., records)| records).sum::<u64>(), 2);
        assert_eq!(add(&mut dense, &[[u32::MAX, 0]]), None);
    }

    #[test]
    fn no_column_has_one_tuple() {
        let (mut dense, mut ids) = (Dense::new(0), Vec::new());
        assert!(dense.add(&[], 2, &mut ids));
        assert_eq!((ids, dense.iter().collect::<Vec<_>>()), (vec![0, 0], vec![(0, &[][..], 2)]));
    }
}
