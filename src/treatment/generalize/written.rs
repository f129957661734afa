//! How labels are written for another machine.

use std::collections::HashMap;

use super::{From, Generalize, LevelName, Numbers};
use crate::error::Result;
use crate::written::{Reader, Writer, Written, ensure};

impl Written for LevelName {
    fn write(&self, to: &mut Writer) {
        self.name.write(to);
        self.index.write(to);
        self.top.write(to);
    }

    fn read(from: &mut Reader) -> Result<Self> {
        Ok(Self { name: from.value()?, index: from.value()?, top: from.value()? })
    }
}

impl Written for Generalize {
    fn write(&self, to: &mut Writer) {
        self.level.write(to);
        to.texts(self.dictionary.iter());
        // 0 for none
        to.numbers(self.key_of.iter().map(|key| key.map_or(0, |key| u64::from(key) + 1)));
        match &self.from {
            From::Codes => to.form(0),
            From::Values { label_of, unknown, .. } => {
                to.form(1);
                // one order, so that the bytes tell nothing but the labels
                let mut sorted: Vec<(&String, &u32)> = label_of.iter().collect();
                sorted.sort_unstable();
                to.texts(sorted.iter().map(|(value, _)| Some(value.as_str())));
                to.numbers(sorted.iter().map(|&(_, &label)| u64::from(label)));
                unknown.write(to);
            }
        }
    }

    fn read(from: &mut Reader) -> Result<Self> {
        let level = from.value()?;
        let dictionary = from.texts(|text| text)?;
        ensure(dictionary.iter().all(Option::is_some), "a label is missing")?;
        let inside = |key: u32| (key as usize) < dictionary.len();
        let key_of = from.numbers(|key| match key.checked_sub(1) {
            None => Some(None),
            Some(key) => u32::try_from(key).ok().filter(|&key| inside(key)).map(Some),
        })?;
        let cells = match from.form()? {
            0 => From::Codes,
            1 => {
                let values = from.texts(|text| text.map(str::to_owned))?;
                let (count, codes) = (values.len(), from.codes(key_of.len())?);
                ensure(count == codes.len(), "a value has no label")?;
                let label_of: HashMap<String, u32> = values.into_iter().flatten().zip(codes).collect();
                ensure(label_of.len() == count, "a value is there twice, or is null")?;
                let (numbers, unknown) = (Numbers::of(&label_of), from.value::<Option<u32>>()?);
                ensure(unknown.is_none_or(inside), "the label of unknown values is missing")?;
                From::Values { label_of, numbers, unknown }
            }
            _ => return Err(crate::written::broken("labels of an unknown form")),
        };
        Ok(Self { level, from: cells, key_of, dictionary: std::sync::Arc::new(dictionary.into_iter().collect()) })
    }
}
