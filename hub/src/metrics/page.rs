//! A page of the text format: <https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format>.

use std::fmt::Write;

use super::table::{Family, Kind};
use crate::core::{BOUNDS_MS, Durations};

/// The longest value of a label, in characters. Peers choose some of them.
const LONGEST: usize = 64;

/// A page that is being written, one family after the other.
#[derive(Debug, Default)]
pub(super) struct Page(String);

impl Page {
    pub(super) fn into_text(self) -> String {
        self.0
    }

    /// Writes a family that has no labels.
    pub(super) fn number(&mut self, family: &Family, value: f64) {
        self.numbers(family, [([], value)]);
    }

    /// Writes a family by the values of its labels; without any there is only its head.
    pub(super) fn numbers<'a, const N: usize>(
        &mut self,
        family: &Family,
        samples: impl IntoIterator<Item = ([&'a str; N], f64)>,
    ) {
        self.head(family);
        for (values, number) in samples {
            self.sample(family.name, family.labels.iter().copied().zip(values), number);
        }
    }

    /// Writes a histogram by the value of its one label.
    pub(super) fn histogram<'a>(
        &mut self,
        family: &Family,
        samples: impl IntoIterator<Item = (&'a str, &'a Durations)>,
    ) {
        debug_assert_eq!((family.kind, family.labels.len()), (Kind::Histogram, 1), "{}", family.name);
        self.head(family);
        let label = family.labels[0];
        let name = |part: &str| format!("{}_{part}", family.name);
        for (value, durations) in samples {
            let bounds = BOUNDS_MS.iter().map(|bound| seconds(*bound).to_string());
            let mut total = 0;
            for (bound, count) in bounds.chain(["+Inf".to_owned()]).zip(durations.counts) {
                total += count;
                self.sample(&name("bucket"), [(label, value), ("le", bound.as_str())], total as f64);
            }
            self.sample(&name("sum"), [(label, value)], durations.sum.as_secs_f64());
            self.sample(&name("count"), [(label, value)], total as f64);
        }
    }

    fn head(&mut self, family: &Family) {
        let Family { name, kind, help, .. } = family;
        // Writing to a text cannot fail.
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {}", kind.as_str());
    }

    fn sample<'a>(&mut self, name: &str, labels: impl IntoIterator<Item = (&'a str, &'a str)>, number: f64) {
        self.0.push_str(name);
        let mut before = '{';
        for (label, value) in labels {
            self.0.push(before);
            before = ',';
            self.0.push_str(label);
            self.0.push_str("=\"");
            for c in value.chars().take(LONGEST) {
                match c {
                    '\\' => self.0.push_str("\\\\"),
                    '"' => self.0.push_str("\\\""),
                    '\n' => self.0.push_str("\\n"),
                    c => self.0.push(c),
                }
            }
            self.0.push('"');
        }
        if before == ',' {
            self.0.push('}');
        }
        // Writing to a text cannot fail.
        let _ = writeln!(self.0, " {number}");
    }
}

fn seconds(ms: u64) -> f64 {
    ms as f64 / 1_000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    const FAMILY: Family = Family { name: "a_total", kind: Kind::Counter, labels: &["x", "y"], help: "All." };

    #[test]
    fn values_of_labels_are_escaped_and_short() {
        let mut page = Page::default();
        page.numbers(&FAMILY, [(["a\"b\\c\nd", "\u{e9}"], 2.0), (["", &"x".repeat(100)], 0.25)]);
        let long = "x".repeat(64);
        assert_eq!(
            page.into_text(),
            format!(
                "# HELP a_total All.\n# TYPE a_total counter\na_total{{x=\"a\\\"b\\\\c\\nd\",y=\"\u{e9}\"}} 2\n\
                 a_total{{x=\"\",y=\"{long}\"}} 0.25\n"
            )
        );
    }

    #[test]
    fn the_classes_of_a_histogram_add_up() {
        let mut durations = Durations::default();
        durations.counts[0] = 2;
        durations.counts[BOUNDS_MS.len()] = 1;
        let mut page = Page::default();
        let family = Family { kind: Kind::Histogram, name: "d_seconds", labels: &["tool"], help: "All." };
        page.histogram(&family, [("t", &durations)]);
        let text = page.into_text();
        for line in [
            "d_seconds_bucket{tool=\"t\",le=\"0.001\"} 2",
            "d_seconds_bucket{tool=\"t\",le=\"90\"} 2",
            "d_seconds_bucket{tool=\"t\",le=\"+Inf\"} 3",
            "d_seconds_count{tool=\"t\"} 3",
        ] {
            assert!(text.contains(&format!("{line}\n")), "{line} in\n{text}");
        }
    }
}
