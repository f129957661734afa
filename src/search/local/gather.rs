//! Small classes join their nearest ones, until each may be released.

use rayon::prelude::*;

use super::class::Class;
use super::nearest::{Joining, Nearest};
use super::problem::Problem;

/// Of how many of the cheapest joins the one is taken that comes nearest to the conditions, where size alone
/// does not decide.
const CHOICE: usize = 8;
/// What a record that comes nearer to all conditions may cost, as a part of a withheld one.
const PRICE: f64 = 0.3;
/// Below so many classes that want a partner all find theirs in one round.
const FEW: usize = 256;

/// A join that a class proposes: the cheapest come first.
#[derive(Clone, Copy)]
struct Proposal {
    cost: f64,
    of: u32,
    to: u32,
    /// How often each had changed then.
    versions: (u32, u32),
}

/// Joins classes until each may be released, or only one is left.
///
/// In rounds: every class that may not be released finds the class that it joins at least cost, and the
/// cheaper half of these joins is made. Works well where what may be released stays so when it grows.
///
/// # References
/// The rounds are Borůvka's; as a way to k-anonymity: Aggarwal et al., *Achieving anonymity via clustering*,
/// PODS 2006; Byun et al., *Efficient k-anonymization using clustering techniques*, DASFAA 2007.
pub(super) fn gather(problem: &Problem, mut classes: Vec<Class>) -> Vec<Class> {
    let mut versions = vec![0_u32; classes.len()];
    let mut alive: Vec<u32> = (0..classes.len() as u32).collect();
    let mut proposals: Vec<Proposal> = Vec::new();
    loop {
        let open: Vec<u32> = alive.iter().copied().filter(|&id| !classes[id as usize].holds()).collect();
        if open.is_empty() || alive.len() == 1 {
            break;
        }
        let nearest = Nearest::new(problem, &classes, alive.clone());
        let mut known = proposals.iter().peekable();
        let asked: Vec<(u32, Option<Proposal>)> =
            open.iter().map(|&id| (id, known.next_if(|p| p.of == id).copied())).collect();
        let propose = |(of, known): (u32, Option<Proposal>)| {
            let stays = |p: &Proposal| p.versions == (versions[of as usize], versions[p.to as usize]);
            known.filter(stays).or_else(|| {
                let (cost, to) = partner(problem, &classes, &nearest, of)?;
                Some(Proposal { cost, of, to, versions: (versions[of as usize], versions[to as usize]) })
            })
        };
        proposals = asked.into_par_iter().filter_map(propose).collect();
        let mut order = proposals.clone();
        order.sort_by(|a, b| a.cost.total_cmp(&b.cost).then(a.of.cmp(&b.of)));
        if order.len() >= FEW {
            order.truncate(order.len().div_ceil(2));
        }
        let before: Vec<u32> = versions.clone();
        for Proposal { of, to, .. } in order {
            let (of, to) = (of as usize, to as usize);
            if versions[of] == before[of] && versions[to] == before[to] {
                let other = std::mem::replace(&mut classes[to], Class::empty());
                problem.absorb(&mut classes[of], other);
                (versions[of], versions[to]) = (before[of] + 1, before[to] + 1);
            }
        }
        alive.retain(|&id| !classes[id as usize].members.is_empty());
        proposals.retain(|p| !classes[p.of as usize].members.is_empty());
    }
    classes.retain(|class| !class.members.is_empty());
    classes
}

/// The class that a class joins best.
fn partner(problem: &Problem, classes: &[Class], nearest: &Nearest, of: u32) -> Option<(f64, u32)> {
    let class = &classes[of as usize];
    let joining = Joining { low: class.low(), high: class.high(), records: class.records(), cost: class.cost, own: of };
    if problem.judge.by_size() {
        return nearest.some(problem, &joining, 1).first().copied();
    }
    let wanted = |class: &Class| class.want * class.records() as f64;
    let price = PRICE * problem.withheld as f64;
    let weigh = |(cost, id): (f64, u32)| {
        let other = &classes[id as usize];
        let counts = problem.counts_with(&class.counts, &other.counts);
        let still = problem.judge.want(&counts) * counts.records as f64;
        (cost - price * (wanted(class) + wanted(other) - still), id)
    };
    let choice = nearest.some(problem, &joining, CHOICE).into_iter().map(weigh);
    choice.reduce(|a, b| if b.0 < a.0 { b } else { a })
}
