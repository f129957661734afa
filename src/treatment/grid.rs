//! [`Grid`]: coordinates to the cells of the geohash grid.

use std::fmt;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{DataType, Float64Type};
use geohash::Coord;

use super::beside::Beside;
use super::text::{TextColumn, each_text};
use super::{cell_error, refused};
use crate::error::{Error, Result};
use crate::written::{Reader, Writer, Written};

/// Finest level: cells of about 4 cm.
const MOST: usize = 12;

/// Replaces a place by the geohash of the cell that it is in: a character a level.
///
/// At the equator cells are 39 × 20 km at level 4, 4.9 km at 5, 1.2 × 0.6 km at 6 and 153 m at 7. Coordinates are
/// degrees of whatever datum the source has: GCJ-02 and WGS 84 differ by some hundred metres in China.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grid {
    /// The column of latitudes; without one, cells are texts `longitude,latitude`.
    latitude: Option<String>,
    level: usize,
}

impl Grid {
    /// Takes a level from 1 to 12.
    ///
    /// # Errors
    /// [`Error::Usage`] for other levels.
    pub fn new(latitude: Option<String>, level: usize) -> Result<Self> {
        if !(1..=MOST).contains(&level) {
            return Err(refused("the level of a grid is out of range".into(), "use 1 to 12; 5 is about 5 km"));
        }
        Ok(Self { latitude, level })
    }

    pub(super) fn latitude(&self) -> Option<&str> {
        self.latitude.as_deref()
    }

    /// Gives the cell of each pair of `Float64` longitude and latitude, or of each text `longitude,latitude`.
    ///
    /// A null longitude stays null.
    ///
    /// # Errors
    /// [`Error::Input`] for what is no place on the globe, and for a longitude without a latitude.
    pub(super) fn apply(&self, cells: &ArrayRef, beside: &Beside) -> Result<ArrayRef> {
        let mut column = TextColumn::with_capacity(cells.len(), cells.len().saturating_mul(self.level));
        let mut put = |cell: usize, place: Option<(f64, f64)>| {
            if let Some((x, y)) = place {
                let place = || cell_error(cell, "expected a longitude of -180 to 180 and a latitude of -90 to 90");
                if !((-180.0..=180.0).contains(&x) && (-90.0..=90.0).contains(&y)) {
                    return Err(place());
                }
                let hash = geohash::encode(Coord { x, y }, self.level).map_err(|_| place())?;
                column.bytes().extend_from_slice(hash.as_bytes());
            }
            column.end_cell()
        };
        match (&self.latitude, cells.data_type()) {
            (Some(_), DataType::Float64) => {
                let latitudes = beside.other(cells)?;
                let odd = || Error::Internal("latitudes are not numbers".into());
                let latitudes = latitudes.as_primitive_opt::<Float64Type>().ok_or_else(odd)?;
                for (cell, (x, y)) in cells.as_primitive::<Float64Type>().iter().zip(latitudes).enumerate() {
                    let alone = || cell_error(cell, "expected a latitude beside the longitude");
                    put(cell, x.map(|x| Ok((x, y.ok_or_else(alone)?))).transpose()?)?;
                }
            }
            (None, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View) => each_text(cells, |cell, text| {
                let Some(text) = text else { return put(cell, None) };
                let place = text
                    .split_once([',', '，'])
                    .and_then(|(x, y)| Some((x.trim().parse().ok()?, y.trim().parse().ok()?)));
                put(cell, Some(place.ok_or_else(|| cell_error(cell, "expected `longitude,latitude` in degrees"))?))
            })?,
            (_, other) => return Err(Error::Internal(format!("a grid does not take cells of type {other}"))),
        }
        column.finish(cells.nulls())
    }
}

impl Written for Grid {
    fn write(&self, to: &mut Writer) {
        self.latitude.write(to);
        self.level.write(to);
    }

    fn read(from: &mut Reader) -> Result<Self> {
        Self::new(from.value()?, from.value()?)
    }
}

impl Grid {
    /// What it does, in Chinese.
    pub(super) fn zh(&self) -> String {
        match &self.latitude {
            Some(latitude) => format!("{} 级 geohash 网格，纬度取自列 `{latitude}`", self.level),
            None => format!("{} 级 geohash 网格", self.level),
        }
    }
}

impl fmt::Display for Grid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "geohash cell of level {}", self.level)?;
        match &self.latitude {
            Some(latitude) => write!(f, ", with the latitude in `{latitude}`"),
            None => Ok(()),
        }
    }
}
