//! Charts as inline SVG. Colours are classes of the page's style, so that they follow its theme; words stand in both
//! languages, each marked as such.

mod bars;
mod class_sizes;
mod interval;
mod trade_off;

pub(super) use bars::bars;
pub(super) use class_sizes::Axes;
pub(super) use interval::Scale;
pub(super) use trade_off::trade_off;

use crate::risk::figure;
use svg::node::Node;
use svg::node::element::Element;
use svg::node::{Text, Value};

/// One text, Chinese and English.
pub(super) type Both<'a> = [&'a str; 2];

/// What a chart is called and what it shows, for whoever does not see it: each Chinese then English.
pub(super) struct Alt {
    pub name: [String; 2],
    pub told: [String; 2],
    /// Ids of the elements of the page that say the same in the language that is read.
    pub named_by: String,
    pub told_by: Option<String>,
}

/// Where a text is held.
#[derive(Clone, Copy)]
enum Hold {
    Start,
    Middle,
    End,
}

impl Hold {
    fn word(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Middle => "middle",
            Self::End => "end",
        }
    }
}

/// An SVG that is being drawn.
struct Canvas(Element);

impl Canvas {
    fn new(class: &str, width: f64, height: f64, alt: &Alt) -> Self {
        let mut root = element("svg", [("class", class.into())]);
        root.assign("viewBox", format!("0 0 {} {}", number(width), number(height)));
        root.assign("role", "img");
        root.assign("aria-labelledby", alt.named_by.clone());
        if let Some(id) = &alt.told_by {
            root.assign("aria-describedby", id.clone());
        }
        let mut canvas = Self(root);
        for (name, text) in [("title", &alt.name), ("desc", &alt.told)] {
            let mut node = Element::new(name);
            node.append(Text::new(format!("{} / {}", text[0], text[1])));
            canvas.0.append(node);
        }
        canvas
    }

    fn line(&mut self, class: &str, from: (f64, f64), to: (f64, f64)) {
        let mut line = element("line", [("class", class.into())]);
        for (name, value) in [("x1", from.0), ("y1", from.1), ("x2", to.0), ("y2", to.1)] {
            line.assign(name, number(value));
        }
        self.0.append(line);
    }

    /// A rectangle; `told` shows when it is pointed at.
    fn rect(&mut self, class: &str, at: (f64, f64), size: (f64, f64), told: Option<&str>) {
        let mut rect = element("rect", [("class", class.into())]);
        for (name, value) in [("x", at.0), ("y", at.1), ("width", size.0), ("height", size.1)] {
            rect.assign(name, number(value));
        }
        if let Some(told) = told {
            rect.append(titled(told));
        }
        self.0.append(rect);
    }

    fn path(&mut self, class: &str, path: String) {
        self.0.append(element("path", [("class", class.into()), ("d", path.into())]));
    }

    fn circle(&mut self, class: &str, centre: (f64, f64), radius: f64, told: &str) {
        let mut circle = element("circle", [("class", class.into())]);
        for (name, value) in [("cx", centre.0), ("cy", centre.1), ("r", radius)] {
            circle.assign(name, number(value));
        }
        circle.append(titled(told));
        self.0.append(circle);
    }

    fn text(&mut self, class: &str, at: (f64, f64), hold: Hold, text: &str) {
        self.0.append(written(class, at, hold, text));
    }

    fn words(&mut self, class: &str, at: (f64, f64), hold: Hold, [zh, en]: Both) {
        for (language, text) in [("zh", zh), ("en", en)] {
            let mut node = written(class, at, hold, text);
            node.assign("lang", language);
            self.0.append(node);
        }
    }

    fn finish(self) -> String {
        self.0.to_string()
    }
}

fn element<const N: usize>(name: &str, attributes: [(&str, Value); N]) -> Element {
    let mut element = Element::new(name);
    for (name, value) in attributes {
        element.assign(name, value);
    }
    element
}

fn titled(text: &str) -> Element {
    let mut title = Element::new("title");
    title.append(Text::new(text));
    title
}

fn written(class: &str, at: (f64, f64), hold: Hold, text: &str) -> Element {
    let mut node = element("text", [("text-anchor", hold.word().into())]);
    if !class.is_empty() {
        node.assign("class", class);
    }
    node.assign("x", number(at.0));
    node.assign("y", number(at.1));
    node.append(Text::new(text));
    node
}

/// A length with one decimal at most.
fn number(value: f64) -> String {
    let text = format!("{value:.1}");
    text.strip_suffix(".0").map(str::to_owned).unwrap_or(text)
}

/// A step of 1, 2 or 5 times a power of ten that cuts a span into some five parts.
fn step(span: f64) -> f64 {
    let rough = span.max(f64::MIN_POSITIVE) / 5.0;
    let power = 10_f64.powf(rough.log10().floor());
    let times = [1.0, 2.0, 5.0, 10.0].into_iter().find(|times| times * power >= rough * 0.999).unwrap_or(10.0);
    times * power
}

/// A power of ten as an axis shows it.
fn short(value: f64) -> String {
    match value {
        v if v >= 1e9 => format!("{}G", figure(v / 1e9)),
        v if v >= 1e6 => format!("{}M", figure(v / 1e6)),
        v if v >= 1e4 => format!("{}k", figure(v / 1e3)),
        v => figure(v),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_round() {
        for (span, expected) in [(1.0, 0.2), (0.09, 0.02), (47.0, 10.0), (5.0, 1.0), (2.2, 0.5)] {
            assert!((step(span) - expected).abs() < 1e-12, "{span}: {}", step(span));
        }
    }

    #[test]
    fn lengths_are_short() {
        assert_eq!([number(3.0), number(2.26), number(-0.5)], ["3", "2.3", "-0.5"]);
    }
}
