//! One set of columns in a [`Forest`](super::forest::Forest), and the combinations of values that targets have in it.

use super::codes::{Codes, NONE, Names};

/// A set of columns: that of the node above and one more.
pub(super) struct Node {
    pub column: usize,
    /// Whether the set is asked about, or only leads to others.
    pub asked: bool,
    /// Combinations of values that targets have: the place of the parent's, and the value of this column.
    tuples: Vec<(u32, u32)>,
    /// Rows that match each, counted to two.
    count: Vec<u8>,
    find: Find,
    pub children: Vec<Node>,
}

/// From the place of the parent's combination and a value to the place here.
enum Find {
    /// By `parent × values + value`.
    Table(Vec<u32>, usize),
    Hash(Names),
    /// Places in ascending order of their combinations, where a row matches a range of values.
    Sorted(Vec<u32>),
}

/// A row of the portion, and the place of a combination that it matches.
pub(super) type Match = (u32, u32);

impl Node {
    /// The node for these combinations, sorted and distinct. With `range` a row matches several values.
    pub(super) fn new(column: usize, asked: bool, tuples: Vec<(u32, u32)>, range: bool) -> Self {
        let find = Find::new(&tuples, range);
        Self { column, asked, count: vec![0; tuples.len()], tuples, find, children: Vec::new() }
    }

    /// The place of a combination, or [`NONE`].
    pub(super) fn place(&self, parent: u32, value: u32) -> u32 {
        match &self.find {
            Find::Sorted(places) => {
                let at = places.partition_point(|&place| self.tuples[place as usize] < (parent, value));
                places.get(at).copied().filter(|&p| self.tuples[p as usize] == (parent, value)).unwrap_or(NONE)
            }
            find => find.exact(parent, value),
        }
    }

    /// Counts the rows in `above`, each with the parent's combination that it matches.
    pub(super) fn count(&mut self, above: &[Match], codes: &[Codes], scratch: &mut [Vec<Match>]) {
        let Self { count, tuples, find, children, column, .. } = self;
        let mut bump = |place: u32| count[place as usize] = (count[place as usize] + 1).min(2);
        let Some((here, below)) = scratch.split_first_mut().filter(|_| !children.is_empty()) else {
            return each_match(find, tuples, above, &codes[*column], |_, place| bump(place));
        };
        here.clear();
        each_match(find, tuples, above, &codes[*column], |row, place| {
            bump(place);
            here.push((row, place));
        });
        if !here.is_empty() {
            children.iter_mut().for_each(|child| child.count(here, codes, below));
        }
    }

    /// Drops the combinations that do not matter any more; `renamed` are the parent's new places. False: none is
    /// left.
    pub(super) fn prune(&mut self, renamed: Option<&[u32]>) -> bool {
        let matters = self.matters();
        let left = matters.iter().filter(|&&matters| matters).count();
        if left == 0 {
            return false;
        }
        // renaming costs a look at everything below: not for a few
        if renamed.is_none() && (matters.len() - left) * 8 < matters.len() {
            self.children.retain_mut(|child| child.prune(None));
            return true;
        }
        let mut names = vec![NONE; matters.len()];
        for (next, place) in (0..matters.len()).filter(|&place| matters[place]).enumerate() {
            names[place] = next as u32;
            let (parent, value) = self.tuples[place];
            self.tuples[next] = (renamed.map_or(parent, |names| names[parent as usize]), value);
            self.count[next] = self.count[place];
        }
        self.tuples.truncate(left);
        self.count.truncate(left);
        self.find = Find::new(&self.tuples, matches!(self.find, Find::Sorted(_)));
        self.children.retain_mut(|child| child.prune(Some(&names)));
        true
    }

    /// Which combinations are asked about and not yet decided, or lead to one that is.
    fn matters(&self) -> Vec<bool> {
        let mut matters: Vec<bool> = self.count.iter().map(|&count| self.asked && count < 2).collect();
        for child in &self.children {
            let below = child.matters();
            child.tuples.iter().zip(below).filter(|(_, b)| *b).for_each(|(t, _)| matters[t.0 as usize] = true);
        }
        matters
    }

    /// The place of the combination of each target, from those of the parent; [`NONE`] where it was dropped.
    pub(super) fn places(&self, above: &[u32], own: &[u32]) -> Vec<u32> {
        let place = |(&parent, &value): (&u32, &u32)| if parent == NONE { NONE } else { self.place(parent, value) };
        above.iter().zip(own).map(place).collect()
    }

    /// Whether exactly one row matches the combination at this place.
    pub(super) fn single(&self, place: u32) -> bool {
        place != NONE && self.count[place as usize] == 1
    }
}

impl Find {
    fn new(tuples: &[(u32, u32)], range: bool) -> Self {
        if range {
            let mut places: Vec<u32> = (0..tuples.len() as u32).collect();
            places.sort_unstable_by_key(|&place| tuples[place as usize]);
            return Self::Sorted(places);
        }
        let parents = tuples.iter().map(|t| t.0 as usize + 1).max().unwrap_or(0);
        let values = tuples.iter().map(|t| t.1 as usize + 1).max().unwrap_or(0);
        if parents * values <= (8 * tuples.len()).max(1 << 10) {
            let mut table = vec![NONE; parents * values];
            for (place, &(parent, value)) in tuples.iter().enumerate() {
                table[parent as usize * values + value as usize] = place as u32;
            }
            return Self::Table(table, values);
        }
        Self::Hash(Names::new(tuples.iter().map(|&(parent, value)| key(parent, value)).collect::<Vec<_>>()))
    }

    /// Parents and values that are not there are [`NONE`], and so is the value [`NONE`].
    #[inline]
    fn exact(&self, parent: u32, value: u32) -> u32 {
        match self {
            Self::Table(table, values) if (value as usize) < *values => {
                table.get(parent as usize * values + value as usize).copied().unwrap_or(NONE)
            }
            Self::Hash(names) if value != NONE => names.get(key(parent, value)),
            _ => NONE,
        }
    }
}

fn key(parent: u32, value: u32) -> u64 {
    u64::from(parent) << 32 | u64::from(value)
}

/// Calls `hit` with each row and the place of each combination that it matches.
#[inline]
fn each_match(find: &Find, tuples: &[(u32, u32)], above: &[Match], codes: &Codes, mut hit: impl FnMut(u32, u32)) {
    match (codes, find) {
        (Codes::Within(ranges), Find::Sorted(places)) => {
            for &(row, parent) in above {
                let (low, high) = ranges[row as usize];
                let from = places.partition_point(|&place| tuples[place as usize] < (parent, low));
                let reached = |&&place: &&u32| tuples[place as usize] < (parent, high);
                places[from..].iter().take_while(reached).for_each(|&place| hit(row, place));
            }
        }
        (Codes::Equal(codes), find) => {
            for &(row, parent) in above {
                let place = find.exact(parent, codes[row as usize]);
                if place != NONE {
                    hit(row, place);
                }
            }
        }
        (Codes::Within(_), _) => {}
    }
}
