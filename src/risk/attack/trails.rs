//! Unicity: how many subjects a few known points of their trail single out.
//!
//! Where a token links the records of a subject, k-anonymity of each record says nothing about the trail. An attacker
//! who knows that somebody was billed 213 kWh in March and 180 in July looks for the token with both.

mod points;

use hashbrown::HashMap;
use rand::Rng;
use rand::seq::index::sample;
use rayon::prelude::*;

use super::distinct::mix;
use super::{AttackOutcome, Looked, Sampling};
use crate::error::{Error, Result};

pub use points::Points;

/// The most points that the attacker knows.
pub const POINTS: usize = 5;
/// Records that are kept unless [`Trails::with_limit`] says otherwise; 16 bytes each.
const RECORDS: usize = 1 << 24;

/// The released records of each subject, as points.
///
/// A record is a subject (hash of the token) and a point (hash of what the attacker may know of a record: place and
/// time, month and reading). Memory is bounded: beyond 16 million records one subject in 2, 4, 8 … is kept with all
/// of its records. Among fewer subjects a trail is more often alone, so that a sampled unicity is never too low.
#[derive(Debug, Clone)]
pub struct Trails {
    records: Vec<(u64, u64)>,
    /// One subject in `2^level` is kept.
    level: u32,
    limit: usize,
    rows: u64,
}

impl Default for Trails {
    fn default() -> Self {
        Self::with_limit(RECORDS)
    }
}

impl Trails {
    /// Keeps at most `limit` records.
    pub fn with_limit(limit: usize) -> Self {
        Self { records: Vec::new(), level: 0, limit: limit.max(1), rows: 0 }
    }

    /// Takes further records: `subjects[i]` and `points[i]` are of one and the same.
    ///
    /// # Errors
    /// [`Error::Internal`] if there are not as many subjects as points.
    pub fn feed(&mut self, subjects: &[u64], points: &[u64]) -> Result<()> {
        if subjects.len() != points.len() {
            return Err(Error::Internal("subjects and points of trails are not aligned".into()));
        }
        subjects.iter().zip(points).for_each(|(&subject, &point)| self.add(subject, point));
        Ok(())
    }

    fn add(&mut self, subject: u64, point: u64) {
        self.rows += 1;
        let subject = mix(subject);
        if kept(subject, self.level) {
            self.records.push((subject, point));
            if self.records.len() > self.limit {
                self.settle();
            }
        }
    }

    /// Adds records that were taken elsewhere.
    pub fn merge(&mut self, other: Self) {
        self.rows += other.rows;
        self.level = self.level.max(other.level);
        self.records.extend(other.records);
        self.settle();
    }

    /// Puts doubles away, and subjects once there are too many records. Sorted afterwards.
    fn settle(&mut self) {
        let level = self.level;
        self.records.retain(|record| kept(record.0, level));
        self.records.par_sort_unstable();
        self.records.dedup();
        // to half of the limit, so that this is not done for every record
        while self.records.len() > self.limit / 2 && self.rows > self.limit as u64 && self.level < 63 {
            self.level += 1;
            let level = self.level;
            self.records.retain(|record| kept(record.0, level));
        }
    }

    /// `trail_unicity_1` to `trail_unicity_5`: of at most `sampled` subjects, drawn at random, how many are the only
    /// ones whose records have all of p of their points, drawn at random.
    ///
    /// Equal points of a subject count once. A subject with fewer than p points cannot be asked about and is told as
    /// not asked; where all have fewer, nothing was tried. Without any record there is no trial. `columns` are those that make subject and point.
    ///
    /// # References
    /// de Montjoye, Hidalgo, Verleysen, Blondel, *Unique in the Crowd: the privacy bounds of human mobility*, Scientific
    /// Reports 3, 1376, 2013.
    pub fn unicity(&mut self, sampled: usize, rng: &mut impl Rng, columns: &[String]) -> Vec<AttackOutcome> {
        self.settle();
        let index = Index::of(&self.records);
        let subjects = index.starts.len() - 1;
        let chosen = sample(rng, subjects, sampled.min(subjects)).into_vec();
        let draw = |subject: usize| {
            let trail = index.trail(subject);
            let known = sample(rng, trail.len(), POINTS.min(trail.len()));
            (subject as u32, known.iter().map(|at| trail[at]).collect::<Vec<u32>>())
        };
        let known: Vec<(u32, Vec<u32>)> = chosen.into_iter().map(draw).collect();
        let released = Looked { rows: self.records.len() as u64, of: self.rows };
        let sampling = match self.level {
            0 => Sampling { source: Looked::default(), released: Looked { rows: self.rows, of: self.rows } },
            _ => Sampling { source: Looked::default(), released },
        };
        let outcome = |points: usize| {
            let asked = known.par_iter().filter(|(_, known)| known.len() >= points);
            let alone = |(subject, known): &&(u32, Vec<u32>)| index.alone(*subject, &known[..points]);
            let (successes, trials) =
                asked.map(|one| (u64::from(alone(&one)), 1)).reduce(|| (0, 0), |a, b| (a.0 + b.0, a.1 + b.1));
            AttackOutcome::new(&format!("trail_unicity_{points}"), successes, trials, None)
                .not_asked(known.len() as u64 - trials)
                .on(columns)
                .subjects(successes)
                .sampled(sampling)
        };
        (1..=POINTS).map(outcome).collect()
    }
}

/// Whether a subject, mixed, is kept at a level.
fn kept(subject: u64, level: u32) -> bool {
    subject.leading_zeros() >= level
}

/// Trails and, the other way round, the subjects that have a point. Both numbered from 0, ascending.
struct Index {
    starts: Vec<usize>,
    points: Vec<u32>,
    point_starts: Vec<usize>,
    subjects: Vec<u32>,
}

impl Index {
    /// From distinct records, sorted by subject.
    fn of(records: &[(u64, u64)]) -> Self {
        let mut codes: HashMap<u64, u32> = HashMap::new();
        let mut starts = Vec::new();
        let mut points = Vec::with_capacity(records.len());
        for (at, &(subject, point)) in records.iter().enumerate() {
            if at == 0 || records[at - 1].0 != subject {
                starts.push(at);
            }
            let next = codes.len() as u32;
            points.push(*codes.entry(point).or_insert(next));
        }
        starts.push(records.len());
        let mut point_starts = vec![0; codes.len() + 1];
        points.iter().for_each(|&point| point_starts[point as usize + 1] += 1);
        (1..point_starts.len()).for_each(|i| point_starts[i] += point_starts[i - 1]);
        let mut free = point_starts.clone();
        let mut subjects = vec![0; records.len()];
        for subject in 0..starts.len() - 1 {
            let trail = &mut points[starts[subject]..starts[subject + 1]];
            trail.sort_unstable();
            for &point in trail.iter() {
                subjects[free[point as usize]] = subject as u32;
                free[point as usize] += 1;
            }
        }
        Self { starts, points, point_starts, subjects }
    }

    fn trail(&self, subject: usize) -> &[u32] {
        &self.points[self.starts[subject]..self.starts[subject + 1]]
    }

    fn with(&self, point: u32) -> &[u32] {
        &self.subjects[self.point_starts[point as usize]..self.point_starts[point as usize + 1]]
    }

    /// Whether no other subject has all of these points.
    fn alone(&self, subject: u32, points: &[u32]) -> bool {
        let Some(&rarest) = points.iter().min_by_key(|&&point| self.with(point).len()) else { return false };
        let rest: Vec<u32> = points.iter().copied().filter(|&point| point != rarest).collect();
        let has_all = |other: u32| rest.iter().all(|point| self.trail(other as usize).binary_search(point).is_ok());
        !self.with(rarest).iter().any(|&other| other != subject && has_all(other))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use proptest::prelude::*;
    use rand::SeedableRng;
    use rand::rngs::ChaCha20Rng;

    use super::*;

    fn trails(records: &[(u64, u64)]) -> Trails {
        let mut trails = Trails::default();
        let (subjects, points): (Vec<u64>, Vec<u64>) = records.iter().copied().unzip();
        trails.feed(&subjects, &points).unwrap();
        trails
    }

    fn unicity(records: &[(u64, u64)]) -> Vec<AttackOutcome> {
        trails(records).unicity(usize::MAX, &mut ChaCha20Rng::seed_from_u64(5), &["token".into(), "month".into()])
    }

    #[test]
    fn two_points_tell_apart_whom_one_does_not() {
        // each pair of three points belongs to one subject
        let outcomes = unicity(&[(1, 10), (1, 20), (2, 20), (2, 30), (3, 10), (3, 30)]);
        let counts: Vec<_> = outcomes.iter().map(|o| (o.successes, o.trials, o.not_asked)).collect();
        assert_eq!(counts, [(0, 3, 0), (3, 3, 0), (0, 0, 3), (0, 0, 3), (0, 0, 3)]);
        assert_eq!((outcomes[1].risk, outcomes[1].subjects_at_risk), (1.0, Some(3)));
        assert_eq!(outcomes[2].risk, 0.0, "nobody has three points to know");
        assert_eq!(outcomes.iter().map(AttackOutcome::unasked).collect::<Vec<_>>(), [false, false, true, true, true]);
    }

    #[test]
    fn alike_trails_hide_each_other_and_repeated_records_count_once() {
        let outcomes = unicity(&[(1, 10), (1, 10), (1, 20), (2, 10), (2, 20), (2, 20)]);
        assert_eq!((outcomes[1].successes, outcomes[1].trials), (0, 2));
        assert_eq!(outcomes[2].trials, 0);
    }

    #[test]
    fn no_records_do_not_pass() {
        assert!(unicity(&[]).iter().all(|outcome| !outcome.attempted() && outcome.risk == 1.0));
        assert!(Trails::default().feed(&[1], &[]).is_err());
    }

    #[test]
    fn too_many_records_keep_whole_subjects() {
        let mut found = Trails::with_limit(1000);
        for subject in 0..2000_u64 {
            found.feed(&[subject; 4], &[1, 2, 3, subject]).unwrap();
        }
        let outcomes = found.unicity(usize::MAX, &mut ChaCha20Rng::seed_from_u64(1), &[]);
        assert!(outcomes[3].trials > 30 && outcomes[3].trials < 260, "{}", outcomes[3].trials);
        assert_eq!((outcomes[3].not_asked, outcomes[3].risk), (outcomes[0].not_asked, 1.0));
        assert!(outcomes[0].sampling.released.rows < 8000 && outcomes[0].sampling.released.of == 8000);
        // subjects 1 to 3 have their own point among the others and three points in all
        assert!(outcomes[0].not_asked <= 3);
    }

    proptest! {
        /// With as many points known as each subject has, the draw does not matter.
        #[test]
        fn full_knowledge_equals_the_naive_search(
            records in prop::collection::vec((0_u64..12, 0_u64..4), 0..60), cut in 0_usize..60,
        ) {
            let cut = cut.min(records.len());
            let mut found = trails(&records[..cut]);
            found.merge(trails(&records[cut..]));
            let outcomes = found.unicity(usize::MAX, &mut ChaCha20Rng::seed_from_u64(3), &[]);
            let mut by_subject: BTreeMap<u64, BTreeSet<u64>> = BTreeMap::new();
            for (subject, point) in records {
                by_subject.entry(subject).or_default().insert(point);
            }
            // all points of a subject: 4 at most, so the last one that is formed knows them all
            let full: Vec<&BTreeSet<u64>> = by_subject.values().filter(|trail| trail.len() == 4).collect();
            let alone = full.iter().filter(|trail| by_subject.values().filter(|t| t.is_superset(trail)).count() == 1);
            prop_assert_eq!((outcomes[3].successes, outcomes[3].trials), (alone.count() as u64, full.len() as u64));
            // one point: alone if nobody else has it; between all and none of the subject's points
            let lone = |point: &u64| by_subject.values().filter(|trail| trail.contains(point)).count() == 1;
            let always = by_subject.values().filter(|trail| trail.iter().all(lone)).count() as u64;
            let ever = by_subject.values().filter(|trail| trail.iter().any(lone)).count() as u64;
            prop_assert!((always..=ever).contains(&outcomes[0].successes));
            prop_assert_eq!(outcomes[0].trials, by_subject.len() as u64);
            for pair in outcomes.windows(2) {
                prop_assert_eq!(pair[0].trials + pair[0].not_asked, pair[1].trials + pair[1].not_asked);
            }
        }
    }
}
