//! A plot with two logarithmic axes, as SVG.

use std::fmt::Write;

use crate::curve::Curve;

const WIDTH: f64 = 860.0;
const HEIGHT: f64 = 480.0;
const LEFT: f64 = 90.0;
const RIGHT: f64 = 600.0;
const TOP: f64 = 50.0;
const BOTTOM: f64 = 420.0;

/// Told apart by most who see colours differently, and dark enough on white.
const COLOURS: [&str; 8] =
    ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#8a6d00", "#56b4e9", "#000000", "#7f7f7f"];

/// Lines by name, each of points.
pub struct Plot {
    pub curve: Curve,
    pub lines: Vec<(String, Vec<(f64, f64)>)>,
}

/// A logarithmic axis from one power to another.
struct Axis {
    from: f64,
    to: f64,
    start: f64,
    end: f64,
}

impl Axis {
    /// Whole powers of ten around `values`.
    fn around(values: impl Iterator<Item = f64>, start: f64, end: f64) -> Self {
        let (mut from, mut to) = (f64::INFINITY, f64::NEG_INFINITY);
        for power in values.map(f64::log10) {
            (from, to) = (from.min(power.floor()), to.max(power.ceil()));
        }
        if to <= from {
            to = from + 1.0;
        }
        Self { from, to, start, end }
    }

    fn place(&self, value: f64) -> f64 {
        self.start + (value.log10() - self.from) / (self.to - self.from) * (self.end - self.start)
    }

    /// The powers of ten on it.
    fn ticks(&self) -> impl Iterator<Item = f64> {
        let count = (self.to - self.from) as i32;
        (0..=count).map(|n| 10_f64.powf(self.from + f64::from(n)))
    }
}

impl Plot {
    pub fn svg(&self) -> String {
        // nothing has no place on a logarithmic axis: it is in the table alone
        let lines: Vec<(&str, Vec<(f64, f64)>)> = self
            .lines
            .iter()
            .map(|(name, line)| (name.as_str(), line.iter().copied().filter(|(x, _)| *x > 0.0).collect()))
            .collect();
        let points = || lines.iter().flat_map(|(_, line)| line.iter().copied());
        let across = Axis::around(points().map(|(x, _)| x), LEFT, RIGHT);
        let up = Axis::around(points().map(|(_, y)| y), BOTTOM, TOP);

        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" font-family=\"sans-serif\" \
             font-size=\"13\">\n<rect width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"white\"/>\n"
        );
        text(&mut svg, LEFT, 28.0, "start", 16, self.curve.title());
        for x in across.ticks() {
            let at = across.place(x);
            rule(&mut svg, [at, TOP, at, BOTTOM]);
            text(&mut svg, at, BOTTOM + 20.0, "middle", 13, &count(x));
        }
        for y in up.ticks() {
            let at = up.place(y);
            rule(&mut svg, [LEFT, at, RIGHT, at]);
            text(&mut svg, LEFT - 8.0, at + 4.0, "end", 13, &time(y));
        }
        text(&mut svg, (LEFT + RIGHT) / 2.0, HEIGHT - 14.0, "middle", 13, self.curve.axis());
        text(&mut svg, 8.0, 28.0, "start", 13, "time");
        for (n, ((name, line), colour)) in lines.iter().zip(COLOURS).enumerate() {
            draw(&mut svg, line.iter().map(|(x, y)| (across.place(*x), up.place(*y))), colour);
            let at = TOP + 12.0 + 22.0 * n as f64;
            draw(&mut svg, [(RIGHT + 16.0, at), (RIGHT + 44.0, at)].into_iter(), colour);
            text(&mut svg, RIGHT + 52.0, at + 4.0, "start", 13, name);
        }
        svg.push_str("</svg>\n");
        svg
    }
}

/// A line with a dot at each point.
fn draw(svg: &mut String, points: impl Iterator<Item = (f64, f64)>, colour: &str) {
    let (mut path, mut dots) = (String::new(), String::new());
    for (x, y) in points {
        push(&mut path, format_args!("{x:.1},{y:.1} "));
        push(&mut dots, format_args!("<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3\" fill=\"{colour}\"/>"));
    }
    let path = path.trim_end();
    push(
        svg,
        format_args!(
            "<polyline points=\"{path}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/>{dots}\n"
        ),
    );
}

fn rule(svg: &mut String, [x1, y1, x2, y2]: [f64; 4]) {
    let line = format_args!(
        "<line x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\" stroke=\"#dddddd\"/>\n"
    );
    push(svg, line);
}

fn text(svg: &mut String, x: f64, y: f64, anchor: &str, size: u32, text: &str) {
    push(
        svg,
        format_args!(
            "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\" font-size=\"{size}\" fill=\"#222222\">{text}</text>\n"
        ),
    );
}

fn push(svg: &mut String, part: std::fmt::Arguments<'_>) {
    svg.write_fmt(part).expect("a string takes all");
}

fn count(value: f64) -> String {
    match value {
        _ if value >= 1e6 => format!("{} M", value / 1e6),
        _ if value >= 1e3 => format!("{} k", value / 1e3),
        _ => format!("{value}"),
    }
}

fn time(nanoseconds: f64) -> String {
    match nanoseconds {
        _ if nanoseconds >= 1e9 => format!("{} s", nanoseconds / 1e9),
        _ if nanoseconds >= 1e6 => format!("{} ms", nanoseconds / 1e6),
        _ if nanoseconds >= 1e3 => format!("{} µs", nanoseconds / 1e3),
        _ => format!("{nanoseconds} ns"),
    }
}
