//! Finds the classes that another can join at least cost.

use super::class::{Class, total};
use super::problem::Problem;

/// Classes in a tree that is cut, again and again, in the column and at the place that tells most of them apart.
///
/// Of every subtree it is known how far its classes reach at least: what a join with any of them costs at
/// least follows from that, and whole subtrees are passed over.
///
/// # References
/// The cuts are those of a k-d tree: Friedman, Bentley and Finkel, *An algorithm for finding best matches in
/// logarithmic expected time*, ACM TOMS 3(3), 1977; here over boxes, with costs in place of distances.
pub(super) struct Nearest {
    width: usize,
    root: Option<Node>,
    /// In the order of the leaves: number of the class, its bounds, records and cost.
    ids: Vec<u32>,
    bounds: Vec<u32>,
    records: Vec<u64>,
    costs: Vec<u64>,
}

struct Node {
    fewest_records: u64,
    /// Cost of a record in the classes below.
    least: u64,
    most: u64,
    below: Below,
}

enum Below {
    Leaf { from: usize, to: usize },
    Cut { column: usize, sides: Box<[Side; 2]> },
}

struct Side {
    node: Node,
    /// In the column of the cut, every class reaches down to this place or further.
    down: u32,
    /// And up to this place or further.
    up: u32,
}

/// What is to join a class.
pub(super) struct Joining<'a> {
    pub low: &'a [u32],
    pub high: &'a [u32],
    pub records: u64,
    /// What each of its records costs now.
    pub cost: u64,
    /// A class that is not looked at: its own.
    pub own: u32,
}

const LEAF: usize = 8;
/// Classes that a cut is chosen by.
const SAMPLE: usize = 96;
/// Subtrees with more classes are made on several threads.
const APART: usize = 4096;

impl Nearest {
    /// Over the classes that `ids` names by their place.
    pub fn new(problem: &Problem, classes: &[Class], mut ids: Vec<u32>) -> Self {
        let root = (!ids.is_empty()).then(|| grow(problem, classes, &mut ids, 0));
        let width = problem.width();
        let mut bounds = Vec::with_capacity(ids.len() * width * 2);
        ids.iter().for_each(|&id| bounds.extend_from_slice(&classes[id as usize].bounds));
        let records = ids.iter().map(|&id| classes[id as usize].records()).collect();
        let costs = ids.iter().map(|&id| classes[id as usize].cost).collect();
        Self { width, root, ids, bounds, records, costs }
    }

    /// Offers classes with what the join costs all records of both, more than now, as long as that is less than
    /// the least that `offer` says is wanted.
    pub fn look(&self, problem: &Problem, joining: &Joining, below: f64, offer: &mut impl FnMut(f64, u32) -> f64) {
        let Some(root) = &self.root else { return };
        let parts = problem.columns.iter().zip(joining.low).zip(joining.high);
        let parts: Vec<u64> = parts.map(|((column, &low), &high)| u64::from(column.cost(low, high))).collect();
        let whole = parts.iter().sum();
        Look { nearest: self, problem, joining, below, parts, offer }.go(root, whole);
    }

    /// The class with the cheapest join below a limit that is accepted; `accept` is asked only of such.
    pub fn first(
        &self,
        problem: &Problem,
        joining: &Joining,
        below: f64,
        mut accept: impl FnMut(u32) -> bool,
    ) -> Option<(f64, u32)> {
        let (mut found, mut least) = (None, below);
        self.look(problem, joining, below, &mut |cost, id| {
            if accept(id) {
                (found, least) = (Some((cost, id)), cost);
            }
            least
        });
        found
    }

    /// The `number` classes with the cheapest joins, cheapest first.
    pub fn some(&self, problem: &Problem, joining: &Joining, number: usize) -> Vec<(f64, u32)> {
        let mut found: Vec<(f64, u32)> = Vec::with_capacity(number + 1);
        self.look(problem, joining, f64::INFINITY, &mut |cost, id| {
            let at = found.partition_point(|&(other, of)| (other, of) < (cost, id));
            found.insert(at, (cost, id));
            found.truncate(number);
            if found.len() == number { found[number - 1].0 } else { f64::INFINITY }
        });
        found
    }
}

struct Look<'a, F> {
    nearest: &'a Nearest,
    problem: &'a Problem<'a>,
    joining: &'a Joining<'a>,
    below: f64,
    /// Per column what it costs at least on the way down.
    parts: Vec<u64>,
    offer: &'a mut F,
}

impl<F: FnMut(f64, u32) -> f64> Look<'_, F> {
    fn go(&mut self, node: &Node, reach: u64) {
        let (joining, least) = (self.joining, reach.max(node.least));
        let for_it = total(least.saturating_sub(joining.cost), joining.records);
        let for_them = total(reach.saturating_sub(node.most), node.fewest_records);
        if for_it + for_them >= self.below {
            return;
        }
        match &node.below {
            Below::Leaf { from, to } => (*from..*to).for_each(|at| self.weigh(at)),
            Below::Cut { column, sides } => {
                let before = self.parts[*column];
                let (low, high) = (joining.low[*column], joining.high[*column]);
                let part =
                    |side: &Side| u64::from(self.problem.columns[*column].cost(low.min(side.down), high.max(side.up)));
                let (mut near, mut far) = ((part(&sides[0]), &sides[0]), (part(&sides[1]), &sides[1]));
                if far.0 < near.0 {
                    std::mem::swap(&mut near, &mut far);
                }
                for (part, side) in [near, far] {
                    self.parts[*column] = part;
                    self.go(&side.node, reach - before + part);
                }
                self.parts[*column] = before;
            }
        }
    }

    #[inline]
    fn weigh(&mut self, at: usize) {
        let (nearest, joining) = (self.nearest, self.joining);
        let width = nearest.width;
        let (low, high) = nearest.bounds[at * 2 * width..(at + 1) * 2 * width].split_at(width);
        let mut cost = 0;
        for (column, kind) in self.problem.columns.iter().enumerate() {
            let (low, high) = (low[column].min(joining.low[column]), high[column].max(joining.high[column]));
            cost += u64::from(kind.cost(low, high));
        }
        let more = total(cost - nearest.costs[at].min(cost), nearest.records[at])
            + total(cost - joining.cost.min(cost), joining.records);
        if more < self.below && nearest.ids[at] != joining.own {
            self.below = (self.offer)(more, nearest.ids[at]);
        }
    }
}

/// Brings `ids`, which begin at `from`, in the order of the leaves.
fn grow(problem: &Problem, classes: &[Class], ids: &mut [u32], from: usize) -> Node {
    let all = || ids.iter().map(|&id| &classes[id as usize]);
    let fewest_records = all().map(Class::records).min().unwrap_or(0);
    let (least, most) = all().fold((u64::MAX, 0), |(least, most), c| (c.cost.min(least), c.cost.max(most)));
    let node = |below| Node { fewest_records, least, most, below };
    let cut = match ids.len().div_ceil(SAMPLE) {
        _ if ids.len() <= LEAF => None,
        1 => best_cut(problem, classes, ids, 1),
        step => best_cut(problem, classes, ids, step).or_else(|| best_cut(problem, classes, ids, 1)),
    };
    let Some((edge, last)) = cut else { return node(Below::Leaf { from, to: from + ids.len() }) };
    let column = edge % problem.width();
    let at = part(ids, |id| classes[id as usize].bounds[edge] <= last);
    let (left, right) = ids.split_at_mut(at);
    let reach = |ids: &[u32]| {
        let all = || ids.iter().map(|&id| &classes[id as usize]);
        let down = all().map(|class| class.low()[column]).max().unwrap_or(0);
        (down, all().map(|class| class.high()[column]).min().unwrap_or(u32::MAX))
    };
    let reaches = [reach(left), reach(right)];
    let (a, b) = if left.len() + right.len() > APART {
        rayon::join(|| grow(problem, classes, left, from), || grow(problem, classes, right, from + at))
    } else {
        (grow(problem, classes, left, from), grow(problem, classes, right, from + at))
    };
    let [left, right] = [(a, reaches[0]), (b, reaches[1])].map(|(node, (down, up))| Side { node, down, up });
    node(Below::Cut { column, sides: Box::new([left, right]) })
}

/// Brings those first that are on the left side; gives their number.
fn part(ids: &mut [u32], left: impl Fn(u32) -> bool) -> usize {
    let mut at = 0;
    for next in 0..ids.len() {
        if left(ids[next]) {
            ids.swap(at, next);
            at += 1;
        }
    }
    at
}

/// The bound (see [`Class::bounds`]) and the last place on the left side, where most pairs are told apart that
/// cost most when joined; by every `step`-th class.
fn best_cut(problem: &Problem, classes: &[Class], ids: &[u32], step: usize) -> Option<(usize, u32)> {
    let sample: Vec<&Class> = ids.iter().step_by(step).map(|&id| &classes[id as usize]).collect();
    let mut best: Option<(f64, usize, u32)> = None;
    let mut places: Vec<u32> = Vec::with_capacity(sample.len());
    for edge in 0..2 * problem.width() {
        places.clear();
        places.extend(sample.iter().map(|class| class.bounds[edge]));
        places.sort_unstable();
        for at in 1..places.len() {
            let (last, next) = (places[at - 1], places[at]);
            if last < next {
                let pairs = at as f64 * (places.len() - at) as f64;
                let value = pairs * (f64::from(problem.columns[edge % problem.width()].cost(last, next)) + 1.0);
                if best.is_none_or(|best| value > best.0) {
                    best = Some((value, edge, last));
                }
            }
        }
    }
    best.map(|(_, edge, last)| (edge, last))
}
