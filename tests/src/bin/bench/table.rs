//! Samples, and the tables that are printed of them and written into the documents.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

/// Durations of one thing, measured many times.
#[derive(Debug, Default, Clone)]
pub struct Samples(Vec<f64>);

impl Samples {
    /// Adds one, in whatever unit the others have.
    pub fn push(&mut self, value: f64) {
        self.0.push(value);
    }

    /// Adds one, in milliseconds.
    pub fn push_time(&mut self, time: Duration) {
        self.push(time.as_secs_f64() * 1e3);
    }

    /// Adds all of another.
    pub fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// Does a thing so often and adds how long it took each time, in milliseconds; returns what it gave at last.
    pub async fn times<T>(&mut self, count: usize, mut thing: impl AsyncFnMut() -> Result<T>) -> Result<T> {
        for left in (0..count).rev() {
            let began_at = Instant::now();
            let given = thing().await?;
            self.push_time(began_at.elapsed());
            if left == 0 {
                return Ok(given);
            }
        }
        anyhow::bail!("nothing was measured")
    }

    /// The value below which that part of the samples lies; 0.5 is the median.
    pub fn quantile(&self, part: f64) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        let index = (sorted.len().saturating_sub(1) as f64 * part).round() as usize;
        sorted.get(index).copied().unwrap_or(f64::NAN)
    }

    /// The median.
    pub fn median(&self) -> f64 {
        self.quantile(0.5)
    }
}

/// A table of Markdown: printed row by row as it is measured, and written into a document at the end.
pub struct Table(String);

impl Table {
    /// Prints a title and the head of a table.
    pub fn new(title: &str, columns: &[&str]) -> Self {
        println!("\n## {title}\n");
        let mut table = Self(String::new());
        table.line(&format!("| {} |", columns.join(" | ")));
        table.line(&format!("|{}", " --- |".repeat(columns.len())));
        table
    }

    /// Prints a row.
    pub fn row(&mut self, cells: &[String]) {
        self.line(&format!("| {} |", cells.join(" | ")));
    }

    /// Puts the table in the place of the one under that name in a document of docs/, if the run is to write them.
    pub fn publish(&self, document: &str, name: &str) -> Result<()> {
        if std::env::var_os("TABMUX_WRITE").is_none() {
            return Ok(());
        }
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs").join(document);
        let text = fs::read_to_string(&path)?;
        let text =
            replaced(&text, name, &self.0).with_context(|| format!("no table {name} in {document}"))?;
        Ok(fs::write(path, text)?)
    }

    fn line(&mut self, line: &str) {
        println!("{line}");
        self.0.push_str(line);
        self.0.push('\n');
    }
}

/// The text with another table between the marks of that name.
fn replaced(text: &str, name: &str, table: &str) -> Option<String> {
    let (begin, end) = (format!("<!-- measured: {name} -->\n"), "<!-- end -->");
    let (before, rest) = text.split_once(&begin)?;
    let (_, after) = rest.split_once(end)?;
    Some(format!("{before}{begin}{table}{end}{after}"))
}

/// Three figures behind the point.
pub fn ms(value: f64) -> String {
    format!("{value:.3}")
}

/// One figure behind the point.
pub fn short(value: f64) -> String {
    format!("{value:.1}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_takes_the_place_of_the_one_of_its_name_and_of_no_other() {
        let text = "A\n<!-- measured: a -->\nold\n<!-- end -->\n<!-- measured: b -->\nkept\n<!-- end -->\n";
        let written = replaced(text, "a", "new\n").unwrap();
        assert_eq!(written, text.replace("old", "new"));
        assert_eq!(replaced(text, "c", "new\n"), None);
    }
}
