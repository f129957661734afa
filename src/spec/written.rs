//! How what treatments, hierarchies and sources are asked for is written for another machine.

use std::path::PathBuf;

use super::{Centre, ColumnType, Encoding, HierarchySpec, NoiseKind, Period, TokenAlgorithm, UnknownValues};
use crate::error::Result;
use crate::written::{Reader, Writer, Written, broken};

/// Writes an enum without fields as the place of its variant.
macro_rules! places {
    ($($kind:ident: $($variant:ident)*;)*) => {
        $(impl Written for $kind {
            fn write(&self, to: &mut Writer) {
                let all = [$(Self::$variant),*];
                to.form(all.iter().position(|one| one == self).map_or(u8::MAX, |place| place as u8));
            }

            fn read(from: &mut Reader) -> Result<Self> {
                let all = [$(Self::$variant),*];
                let variant = all.get(usize::from(from.form()?)).copied();
                variant.ok_or_else(|| broken(concat!("an unknown ", stringify!($kind))))
            }
        }

        // a variant that is not named above does not compile
        const _: fn($kind) = |one| match one {
            $($kind::$variant => (),)*
        };)*
    };
}

places! {
    Centre: Mean Median;
    NoiseKind: Laplace DiscreteLaplace;
    TokenAlgorithm: HmacSha256 HmacSm3;
    UnknownValues: Error Suppress;
    Encoding: Utf8 Gb18030 Gbk;
}

impl Written for ColumnType {
    fn write(&self, to: &mut Writer) {
        match self {
            Self::Text => to.form(0),
            Self::Integer => to.form(1),
            Self::Number => to.form(2),
            Self::Date { format } => {
                to.form(3);
                format.write(to);
            }
        }
    }

    fn read(from: &mut Reader) -> Result<Self> {
        Ok(match from.form()? {
            0 => Self::Text,
            1 => Self::Integer,
            2 => Self::Number,
            3 => Self::Date { format: from.value()? },
            _ => return Err(broken("an unknown type of a column")),
        })
    }
}

impl Written for Period {
    fn write(&self, to: &mut Writer) {
        match self {
            Self::Month => to.form(0),
            Self::Quarter => to.form(1),
            Self::Half => to.form(2),
            Self::Years(years) => {
                to.form(3);
                years.write(to);
            }
        }
    }

    fn read(from: &mut Reader) -> Result<Self> {
        Ok(match from.form()? {
            0 => Self::Month,
            1 => Self::Quarter,
            2 => Self::Half,
            // years are divided by it
            3 => Self::Years(Some(from.value()?).filter(|&years| years > 0).ok_or_else(|| broken("no years"))?),
            _ => return Err(broken("an unknown period")),
        })
    }
}

impl Written for HierarchySpec {
    fn write(&self, to: &mut Writer) {
        match self {
            Self::Table { path } => {
                to.form(0);
                path.write(to);
            }
            Self::Interval { widths, origin, bottom, top } => {
                to.form(1);
                widths.write(to);
                origin.write(to);
                bottom.write(to);
                top.write(to);
            }
            Self::Prefix { lengths } => {
                to.form(2);
                lengths.write(to);
            }
            Self::Date { periods } => {
                to.form(3);
                periods.write(to);
            }
            Self::Suppress => to.form(4),
        }
    }

    fn read(from: &mut Reader) -> Result<Self> {
        Ok(match from.form()? {
            0 => Self::Table { path: from.value::<PathBuf>()? },
            1 => Self::Interval {
                widths: from.value()?,
                origin: from.value()?,
                bottom: from.value()?,
                top: from.value()?,
            },
            2 => Self::Prefix { lengths: from.value()? },
            3 => Self::Date { periods: from.value()? },
            4 => Self::Suppress,
            _ => return Err(broken("an unknown hierarchy")),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::written::written;

    fn same<T: Written + PartialEq + std::fmt::Debug>(value: T) {
        let bytes = written(0, |to| value.write(to)).unwrap();
        let mut reader = Reader::new(bytes.expose());
        assert_eq!(T::read(&mut reader).unwrap(), value);
        reader.finish().unwrap();
        (0..bytes.expose().len()).for_each(|end| assert!(T::read(&mut Reader::new(&bytes.expose()[..end])).is_err()));
        assert!(T::read(&mut Reader::new(&[u8::MAX; 99])).is_err());
    }

    #[test]
    fn what_is_asked_for_comes_back() {
        [Centre::Mean, Centre::Median].into_iter().for_each(same);
        [NoiseKind::Laplace, NoiseKind::DiscreteLaplace].into_iter().for_each(same);
        [TokenAlgorithm::HmacSha256, TokenAlgorithm::HmacSm3].into_iter().for_each(same);
        [UnknownValues::Error, UnknownValues::Suppress].into_iter().for_each(same);
        [Encoding::Utf8, Encoding::Gb18030, Encoding::Gbk].into_iter().for_each(same);
        [ColumnType::Text, ColumnType::Integer, ColumnType::Number].into_iter().for_each(same);
        same(ColumnType::Date { format: "%Y年%m月".into() });
        same(HierarchySpec::Table { path: "区.csv".into() });
        same(HierarchySpec::Interval { widths: vec![5.0, 10.0], origin: -1.0, bottom: Some(0.5), top: None });
        same(HierarchySpec::Prefix { lengths: vec![4, 2] });
        same(HierarchySpec::Date { periods: vec![Period::Month, Period::Quarter, Period::Half, Period::Years(10)] });
        same(HierarchySpec::Suppress);
        let zero = written(0, |to| Period::Years(0).write(to)).unwrap();
        assert!(Period::read(&mut Reader::new(zero.expose())).is_err());
    }
}
