//! What a goal says, as a person would read it out of the sentence.

use anyhow::{Context, Result};

/// What stands in double quotes.
pub fn quoted(goal: &str, at: usize) -> Result<&str> {
    goal.split('"').nth(at * 2 + 1).with_context(|| format!("nothing quoted at {at} in {goal:?}"))
}

/// What stands between two texts.
pub fn between<'a>(goal: &'a str, before: &str, behind: &str) -> Result<&'a str> {
    let found = goal.split_once(before).and_then(|(_, rest)| rest.split_once(behind));
    found
        .map(|(found, _)| found)
        .with_context(|| format!("nothing between {before:?} and {behind:?} in {goal:?}"))
}

/// The places that it names, such as `3rd`, counted from 0.
pub fn places(goal: &str) -> Vec<usize> {
    let place = |word: &str| {
        let digits = word.strip_suffix("st").or(word.strip_suffix("nd")).or(word.strip_suffix("rd"));
        digits.or(word.strip_suffix("th"))?.parse::<usize>().ok()?.checked_sub(1)
    };
    goal.split_whitespace().filter_map(place).collect()
}

/// The numbers that it names.
pub fn numbers(goal: &str) -> Vec<i64> {
    let trimmed = goal.split(|c: char| !c.is_ascii_digit() && c != '-').filter(|word| !word.is_empty());
    trimmed.filter_map(|word| word.parse().ok()).collect()
}

/// Month, day and year of a date such as `09/10/2012`.
pub fn date(goal: &str) -> Result<(u32, u32, u32)> {
    let word = goal
        .split_whitespace()
        .map(|word| word.trim_end_matches('.'))
        .find(|word| word.matches('/').count() == 2);
    let word = word.with_context(|| format!("no date in {goal:?}"))?;
    let parts: Vec<u32> = word.split('/').map(str::parse).collect::<Result<_, _>>()?;
    Ok((parts[0], parts[1], parts[2]))
}
