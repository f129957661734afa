//! [`Engine`]: where rows are read and treated. Whoever uses it need not know.

use super::quality::Rules;
use super::{Applied, ApplyPlan, Counted, OrderSample, RowHasher, RowSample, Spills, local};
use crate::error::Result;
use crate::release::digest::Digests;
use crate::release::shuffle::Shuffle;
use crate::release::staging::{SpillFile, Staging};
use crate::release::write::write;
use crate::risk::quality::Tested;
use crate::secret::Secret;
use crate::source::Source;
use crate::store::Place;
use crate::table::EquivalenceTable;

/// One machine, or several.
pub enum Engine {
    Local,
    #[cfg(feature = "cluster")]
    Cluster(Box<super::cluster::Cluster>),
}

/// What pass 2 needs beside source and plan.
pub struct Treating<'a> {
    /// Rows that are released.
    pub kept: u64,
    /// Rows that attacks are shown whole, about.
    pub shown: u64,
    pub staging: &'a Staging,
    /// Gives places for what does not fit in memory.
    pub spill: &'a dyn Fn() -> Result<SpillFile>,
    /// Gives seeds that nothing else has.
    pub seed: &'a dyn Fn() -> Result<Secret<[u8; 32]>>,
    /// A place in a store: by that way a cluster brings what it wrote to the staging folder, which its machines need not
    /// see then.
    pub landing: Option<&'a Place>,
    /// Told when all rows are treated and writing begins, where the two can be told apart.
    pub writing: &'a dyn Fn(),
}

/// The treated rows in the files of a release.
pub struct Treated {
    /// Names within the release.
    pub files: Vec<String>,
    pub applied: Applied,
    /// The logical digest of each file, where the machines that wrote it computed it.
    pub digests: Option<Vec<Digests>>,
}

impl Engine {
    /// Pass 1: see [`super::tally_with`].
    ///
    /// # Errors
    /// Those of [`super::tally_with`]; what a cluster cannot do.
    pub fn tally(
        &self,
        source: &Source,
        counted: &Counted,
        rules: Option<&Rules>,
        spills: Spills,
        key: &Secret<[u8; 32]>,
    ) -> Result<(EquivalenceTable, Vec<Tested>)> {
        match self {
            Self::Local => local::tally_with(source, counted, rules, spills, key),
            #[cfg(feature = "cluster")]
            Self::Cluster(cluster) => {
                // rules are few columns, read by the driver
                let tested = rules.map(|rules| local::tested(source, rules, spills, key)).transpose()?;
                Ok((cluster.tally(source, counted, key)?, tested.unwrap_or_default()))
            }
        }
    }

    /// Pass 2: every row is treated, or withheld, and goes to a random place of the release.
    ///
    /// # Errors
    /// Those of [`super::apply()`] and of writing; what a cluster cannot do.
    pub fn treat(&self, source: &Source, plan: &ApplyPlan, asked: &Treating) -> Result<Treated> {
        let Treating { kept, shown, staging, spill, seed, writing, .. } = *asked;
        match self {
            Self::Local => {
                let coded = plan.coded_schema()?;
                let shuffle = Shuffle::new(kept, coded.clone(), seed()?, super::Limits::get().shuffle, spill()?);
                let picked = RowSample::new(seed()?, shown, kept);
                let order = OrderSample::new(RowHasher::default(), kept);
                let applied = local::apply(source, plan, &shuffle, &order, picked)?;
                writing();
                let files = write(&shuffle, &coded, &plan.labels(), staging)?;
                Ok(Treated { files, applied, digests: None })
            }
            #[cfg(feature = "cluster")]
            Self::Cluster(cluster) => {
                let released = cluster.release(source, plan, asked)?;
                Ok(Treated { files: released.files, applied: released.applied, digests: Some(released.digests) })
            }
        }
    }
}
