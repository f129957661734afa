//! How the levels of a column are written for another machine.

use super::{Hierarchy, Level};
use crate::error::Result;
use crate::written::{Reader, Writer, Written, ensure};

impl Written for Level {
    fn write(&self, to: &mut Writer) {
        self.name.write(to);
        to.labels(&self.labels);
        to.codes(&self.label_of);
        to.counts(&self.sizes);
    }

    fn read(from: &mut Reader) -> Result<Self> {
        let (name, labels) = (from.value()?, from.labels()?);
        let (label_of, sizes) = (from.codes(labels.len())?, from.counts()?);
        ensure(sizes.len() == labels.len(), "a level has not one size for each label")?;
        Ok(Self { name, label_of, labels, sizes })
    }
}

impl Written for Hierarchy {
    fn write(&self, to: &mut Writer) {
        self.column.write(to);
        self.domain_size.write(to);
        to.list(&self.levels);
    }

    fn read(from: &mut Reader) -> Result<Self> {
        let (column, domain_size, levels) = (from.value()?, from.value()?, from.list::<Level>()?);
        ensure(!levels.is_empty(), "a hierarchy has no level")?;
        let alike = levels.windows(2).all(|pair| pair[0].label_of.len() == pair[1].label_of.len());
        ensure(alike, "the levels of a hierarchy are over different values")?;
        ensure(super::levels::check_refinement(&levels).is_ok(), "a level is not a union of the level below it")?;
        Ok(Self { column, levels, domain_size })
    }
}
