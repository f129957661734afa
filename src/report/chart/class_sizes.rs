//! Class sizes drawn as SVG, both axes logarithmic, with the line that `k` draws.

use super::{Alt, Both, Canvas, Hold, short};
use crate::risk::{ClassSizes, figure};

const WIDTH: f64 = 400.0;
const HEIGHT: f64 = 236.0;
const LEFT: f64 = 40.0;
const RIGHT: f64 = 8.0;
const TOP: f64 = 34.0;
const BOTTOM: f64 = 40.0;

const ACROSS: Both = ["类内数据提供者数（对数）", "subjects in a class, log scale"];
const UP: Both = ["类的个数（对数）", "number of classes, log scale"];

/// Axes that several distributions share, so that they can be compared by eye.
pub struct Axes {
    k: u64,
    /// Bounds of the bins in class sizes; one of them is `k`, so that no bar stands on both sides of it.
    edges: Vec<u64>,
    most: u64,
}

impl Axes {
    /// Axes wide and high enough for all of `shown`.
    pub fn new(k: u64, shown: &[&ClassSizes]) -> Self {
        let largest = shown.iter().filter_map(|sizes| sizes.max()).max().unwrap_or(1);
        let edges = edges(k.max(1), largest);
        let most = shown.iter().flat_map(|sizes| counts(sizes, &edges)).max().unwrap_or(0);
        Self { k: k.max(1), edges, most: most.max(1) }
    }

    /// Draws one distribution. The text holds numbers and our own words only.
    pub fn draw(&self, sizes: &ClassSizes, alt: &Alt) -> String {
        let mut canvas = Canvas::new("sizes", WIDTH, HEIGHT, alt);
        self.grid(&mut canvas);
        for (bin, &count) in counts(sizes, &self.edges).iter().enumerate().filter(|(_, count)| **count > 0) {
            let (from, to) = (self.edges[bin], self.edges[bin + 1]);
            let (left, right, top) = (self.x(from as f64), self.x(to as f64), self.y(count as f64));
            let label = if to == from + 1 { figure(from as f64) } else { range(from, to - 1) };
            canvas.rect(
                if from < self.k { "bar low" } else { "bar" },
                (left + 0.75, top),
                ((right - left - 1.5).max(1.0), self.y(0.6) - top),
                Some(&format!("{label} · {}", figure(count as f64))),
            );
        }
        let x = self.x(self.k as f64);
        let (hold, shift) = if x > WIDTH * 0.8 { (Hold::End, -5.0) } else { (Hold::Start, 5.0) };
        canvas.line("k", (x, TOP - 12.0), (x, HEIGHT - BOTTOM));
        canvas.text("k", (x + shift, TOP - 5.0), hold, &format!("k = {}", self.k));
        canvas.finish()
    }

    fn grid(&self, canvas: &mut Canvas) {
        for count in (0..20).map(|power| 10_f64.powi(power)).take_while(|&count| count <= self.most as f64) {
            let y = self.y(count);
            canvas.line("grid", (LEFT, y), (WIDTH - RIGHT, y));
            canvas.text("", (LEFT - 6.0, y + 3.5), Hold::End, &short(count));
        }
        let bottom = HEIGHT - BOTTOM;
        canvas.line("axis", (LEFT, bottom), (WIDTH - RIGHT, bottom));
        let last = *self.edges.last().unwrap_or(&2) as f64;
        let steps: &[f64] = if last < 300.0 { &[1.0, 2.0, 5.0] } else { &[1.0] };
        let sizes = (0..20).flat_map(|power| steps.iter().map(move |step| step * 10_f64.powi(power)));
        for size in sizes.take_while(|&size| size <= last) {
            canvas.text("", (self.x(size), bottom + 15.0), Hold::Middle, &short(size));
        }
        canvas.words("", (WIDTH - RIGHT, HEIGHT - 6.0), Hold::End, ACROSS);
        canvas.words("", (0.0, 12.0), Hold::Start, UP);
    }

    fn x(&self, size: f64) -> f64 {
        let last = *self.edges.last().unwrap_or(&2) as f64;
        LEFT + size.ln() / last.ln() * (WIDTH - LEFT - RIGHT)
    }

    /// From 0.6, so that a single class has some height.
    fn y(&self, count: f64) -> f64 {
        let share = (count / 0.6).ln() / (self.most as f64 / 0.6).ln();
        HEIGHT - BOTTOM - share * (HEIGHT - BOTTOM - TOP)
    }
}

/// Bounds from 1 to beyond `largest`, about √2 apart, with `k` among them.
fn edges(k: u64, largest: u64) -> Vec<u64> {
    let step = |power: i32| (k as f64 * 2_f64.powf(f64::from(power) / 2.0)).round() as u64;
    let mut edges: Vec<u64> = (0..).map(|power| step(-power)).take_while(|&edge| edge > 1).collect();
    edges.push(1);
    edges.reverse();
    edges.extend((1..200).map(step).take_while(|&edge| edge / 2 <= largest));
    edges.dedup();
    // one bound above the largest size ends the last bin
    let end = edges.iter().position(|&edge| edge > largest.max(k)).unwrap_or(edges.len() - 1);
    edges.truncate(end.max(1) + 1);
    edges
}

/// Classes per bin; a class without subjects stands with those of one.
fn counts(sizes: &ClassSizes, edges: &[u64]) -> Vec<u64> {
    let mut counts = vec![0_u64; edges.len().saturating_sub(1)];
    for &(size, count) in &sizes.0 {
        let bin = edges.partition_point(|&edge| edge <= size.max(1)).saturating_sub(1);
        if let Some(place) = counts.get_mut(bin) {
            *place = place.saturating_add(count);
        }
    }
    counts
}

fn range(from: u64, to: u64) -> String {
    format!("{}–{}", figure(from as f64), figure(to as f64))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn draw(axes: &Axes, sizes: &ClassSizes) -> String {
        let alt = Alt { name: Default::default(), told: Default::default(), named_by: "a".into(), told_by: None };
        axes.draw(sizes, &alt)
    }

    #[test]
    fn bins_of_small_sizes() {
        assert_eq!(edges(5, 9), [1, 2, 3, 4, 5, 7, 10]);
        let drawn = ClassSizes(vec![(0, 1), (1, 2), (4, 1), (5, 3), (6, 1), (9, 2)]);
        assert_eq!(counts(&drawn, &edges(5, 9)), [3, 0, 0, 1, 4, 2]);
    }

    #[test]
    fn bars_below_k_are_marked() {
        let (before, after) = (ClassSizes(vec![(1, 900), (6, 2)]), ClassSizes(vec![(6, 7)]));
        let axes = Axes::new(5, &[&before, &after]);
        assert!(draw(&axes, &before).contains(r#"class="bar low""#));
        assert!(!draw(&axes, &after).contains("low"));
        let empty = draw(&axes, &ClassSizes::default());
        assert!(empty.contains("k = 5</text>") && !empty.contains("<rect"));
    }

    proptest! {
        #[test]
        fn every_class_is_in_one_bin(
            k in 1..5_000_u64, pairs in prop::collection::vec((1..1_000_000_u64, 1..1_000_u64), 0..20),
        ) {
            let sizes = ClassSizes(pairs);
            let axes = Axes::new(k, &[&sizes]);
            prop_assert!(axes.edges.is_sorted_by(|a, b| a < b) && axes.edges.contains(&k) && axes.edges[0] == 1);
            let total: u64 = sizes.0.iter().map(|pair| pair.1).sum();
            prop_assert_eq!(counts(&sizes, &axes.edges).iter().sum::<u64>(), total);
            let drawn = draw(&axes, &sizes);
            prop_assert!(!drawn.contains("NaN") && !drawn.contains(">inf") && !drawn.contains("\"inf"));
        }
    }
}
