//! Numbers in bands of growing width, with bottom and top coding.

use super::levels::{level, over_domain};
use super::{Domain, Hierarchy, HierarchyError};

/// Builds one level per width; bands are `[origin + i·width, origin + (i + 1)·width)`.
///
/// Values below `bottom` are `<bottom` and values from `top` on `≥top` on every level below `*`, level 0
/// too; a band that reaches over such an edge is shown cut at it. Decimal digits are counted exactly, so
/// 0.3 is in the band `[0.3, 0.4)` and not, by binary rounding, in the one before.
pub(super) fn build(
    widths: &[f64],
    origin: f64,
    bottom: Option<f64>,
    top: Option<f64>,
    domain: &Domain,
) -> Result<Hierarchy, HierarchyError> {
    let expected = "numbers of at most 36 digits";
    let parsed: Vec<Option<Option<Decimal>>> =
        domain.values().iter().map(|v| v.as_deref().map(Decimal::parse)).collect();
    let wrong = parsed.iter().filter(|number| **number == Some(None)).count();
    if wrong > 0 {
        return Err(HierarchyError::Type { values: wrong as u64, expected });
    }
    let parameter = |level: usize, number: f64| {
        Decimal::parse(&number.to_string()).ok_or_else(|| HierarchyError::NotARefinement {
            level,
            message: "a width or an edge is not a number of at most 36 digits".into(),
        })
    };
    let origin = parameter(1, origin)?;
    let bottom = bottom.map(|n| parameter(0, n)).transpose()?;
    let top = top.map(|n| parameter(0, n)).transpose()?;
    let widths: Vec<Decimal> =
        widths.iter().enumerate().map(|(i, &n)| parameter(i + 1, n)).collect::<Result<_, _>>()?;

    let numbers = || parsed.iter().flatten().flatten();
    let scale = numbers().chain([&origin]).chain(&bottom).chain(&top).chain(&widths).map(|n| n.scale).max();
    let scale = scale.unwrap_or(0);
    let wrong = numbers().filter(|n| n.at(scale).is_none()).count();
    if wrong > 0 {
        return Err(HierarchyError::Type { values: wrong as u64, expected });
    }
    let at_scale = |level: usize, n: Decimal| {
        let message = "a width or an edge has too many digits beside those of the values".into();
        n.at(scale).ok_or(HierarchyError::NotARefinement { level, message })
    };
    let edges = Bands {
        scale,
        origin: at_scale(1, origin)?,
        bottom: bottom.map(|n| at_scale(0, n)).transpose()?,
        top: top.map(|n| at_scale(0, n)).transpose()?,
    };
    if let (Some(bottom), Some(top)) = (edges.bottom, edges.top)
        && bottom >= top
    {
        return Err(HierarchyError::NotARefinement { level: 0, message: "`bottom` is not below `top`".into() });
    }
    let values: Vec<Option<i128>> = parsed.iter().map(|n| n.flatten().and_then(|n| n.at(scale))).collect();

    let texts = values.iter().zip(domain.values());
    let texts = texts.map(|(number, text)| number.and_then(|n| edges.coded(n).or_else(|| text.clone())));
    let mut levels = vec![level("value", texts)];
    let mut before: Option<i128> = None;
    for (i, &width) in widths.iter().enumerate() {
        let width = at_scale(i + 1, width)?;
        if width <= 0 || before.is_some_and(|before| width <= before || width % before != 0) {
            let message = "a width is not a larger multiple of the one before".into();
            return Err(HierarchyError::NotARefinement { level: i + 1, message });
        }
        before = Some(width);
        let texts = values.iter().map(|number| number.map(|n| edges.coded(n).unwrap_or_else(|| edges.band(n, width))));
        levels.push(level(format!("width {}", show(width, scale)), texts));
    }
    Ok(over_domain(domain, levels))
}

/// The edges of the bands, in units of `10^-scale`.
struct Bands {
    scale: u32,
    origin: i128,
    bottom: Option<i128>,
    top: Option<i128>,
}

impl Bands {
    fn coded(&self, number: i128) -> Option<String> {
        match (self.bottom, self.top) {
            (Some(bottom), _) if number < bottom => Some(format!("<{}", show(bottom, self.scale))),
            (_, Some(top)) if number >= top => Some(format!("≥{}", show(top, self.scale))),
            _ => None,
        }
    }

    fn band(&self, number: i128, width: i128) -> String {
        let low = number - (number - self.origin).rem_euclid(width);
        let high = low + width;
        let low = self.bottom.map_or(low, |bottom| low.max(bottom));
        let high = self.top.map_or(high, |top| high.min(top));
        format!("[{}, {})", show(low, self.scale), show(high, self.scale))
    }
}

/// Writes `units · 10^-scale` without needless zeros.
fn show(units: i128, scale: u32) -> String {
    let sign = if units < 0 { "-" } else { "" };
    let digits = format!("{:0>width$}", units.unsigned_abs(), width = scale as usize + 1);
    let (whole, part) = digits.split_at(digits.len() - scale as usize);
    match part.trim_end_matches('0') {
        "" => format!("{sign}{whole}"),
        part => format!("{sign}{whole}.{part}"),
    }
}

/// `units · 10^-scale`, exactly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Decimal {
    units: i128,
    scale: u32,
}

impl Decimal {
    /// At most this many digits, so that sums of a few such numbers fit an `i128`.
    const LIMIT: i128 = 10_i128.pow(36);

    /// Reads `-12.50` or `1.5e3`; `None` for anything else and for more than 36 digits.
    fn parse(text: &str) -> Option<Self> {
        let (number, exponent) = match text.split_once(['e', 'E']) {
            Some((number, exponent)) => (number, exponent.parse::<i32>().ok()?),
            None => (text, 0),
        };
        let (negative, number) = match number.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, number.strip_prefix('+').unwrap_or(number)),
        };
        let (whole, part) = number.split_once('.').unwrap_or((number, ""));
        let digits = || whole.bytes().chain(part.bytes());
        if digits().next().is_none() || !digits().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let mut units: i128 = 0;
        for digit in digits() {
            units = units * 10 + i128::from(digit - b'0');
            if units >= Self::LIMIT {
                return None;
            }
        }
        let mut scale = i32::try_from(part.len()).ok()?.checked_sub(exponent)?;
        while units != 0 && scale < 0 {
            (units, scale) = (units * 10, scale + 1);
            if units >= Self::LIMIT {
                return None;
            }
        }
        while units != 0 && scale > 0 && units % 10 == 0 {
            (units, scale) = (units / 10, scale - 1);
        }
        let scale = if units == 0 { 0 } else { u32::try_from(scale).ok().filter(|&scale| scale <= 36)? };
        Some(Self { units: if negative { -units } else { units }, scale })
    }

    /// The same number in units of `10^-scale`, if that is fine enough and fits.
    fn at(&self, scale: u32) -> Option<i128> {
        let factor = 10_i128.checked_pow(scale.checked_sub(self.scale)?)?;
        self.units.checked_mul(factor).filter(|units| units.abs() < Self::LIMIT)
    }
}
