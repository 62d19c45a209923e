//! Tasks in which something is read before it is used.

use anyhow::{Context, Result, bail};

use super::fields::write_and_submit;
use crate::miniwob::goal::{between, numbers, places, quoted};
use crate::miniwob::{Hands, Node, Page};

/// A sum, a difference or a product.
pub async fn arithmetic(hands: &Hands<'_>, _goal: &str) -> Result<()> {
    let page = hands.look().await?;
    let problem = page.texts().into_iter().find(|text| text.ends_with('=')).context("a problem")?;
    let mut words = problem.split_whitespace();
    let mut word = || words.next().context("a word");
    let (left, operator, right): (i64, _, i64) = (word()?.parse()?, word()?, word()?.parse()?);
    let result = match operator {
        "+" => left + right,
        "-" => left - right,
        "x" => left * right,
        other => bail!("{other} in {problem:?}"),
    };
    write_and_submit(hands, &page, &result.to_string()).await
}

/// An equation such as `x + 2 = 43` or `3 - x = 12`.
pub async fn algebra(hands: &Hands<'_>, _goal: &str) -> Result<()> {
    let page = hands.look().await?;
    let problem = page.texts().into_iter().find(|text| text.contains(" = ")).context("an equation")?;
    let words: Vec<&str> = problem.split_whitespace().collect();
    let [left, operator, right, "=", result] = words[..] else { bail!("{problem:?}") };
    let result: i64 = result.parse()?;
    let x = match (left, operator) {
        ("x", "+") => result - right.parse::<i64>()?,
        ("x", _) => result + right.parse::<i64>()?,
        (number, "+") => result - number.parse::<i64>()?,
        (number, _) => number.parse::<i64>()? - result,
    };
    write_and_submit(hands, &page, &x.to_string()).await
}

/// Letters that are drawn askew.
pub async fn letters(hands: &Hands<'_>, _goal: &str) -> Result<()> {
    let page = hands.look().await?;
    let field = page.nodes().iter().position(|node| node.role == "textbox").context("a field")?;
    let letters: String = page.nodes()[..field].iter().map(|node| &*node.value).collect();
    write_and_submit(hands, &page, &letters).await
}

/// A word of a paragraph by its place.
pub async fn word(hands: &Hands<'_>, goal: &str) -> Result<()> {
    let page = hands.look().await?;
    let text = &page.nth("paragraph", 0)?.value;
    let at = places(goal).first().copied().context("a place")?;
    let word = text.split_whitespace().nth(at).context("the word")?;
    write_and_submit(hands, &page, word.trim_end_matches(['.', ','])).await
}

/// The last word of a long text.
pub async fn last_word(hands: &Hands<'_>, _goal: &str) -> Result<()> {
    let page = hands.look().await?;
    let word = page.nth("textbox", 0)?.value.split_whitespace().last().context("a word")?;
    hands.write(page.nth("textbox", 1)?.reference()?, word.trim_end_matches('.')).await?;
    hands.press_button(&page, "Submit").await
}

/// The text of one of several fields into the empty one.
pub async fn copy(hands: &Hands<'_>, goal: &str) -> Result<()> {
    let page = hands.look().await?;
    let (empty, full): (Vec<&Node>, Vec<&Node>) =
        page.all("textbox").into_iter().partition(|field| field.value.is_empty());
    let at = places(goal).first().copied().unwrap_or(0);
    hands.click(full.get(at).context("a text")?.reference()?).await?;
    hands.key("Control+A").await?;
    hands.key("Control+C").await?;
    hands.click(empty.first().context("a field")?.reference()?).await?;
    hands.key("Control+V").await?;
    hands.press_button(&page, "Submit").await
}

/// What stands beside a label in a table.
pub async fn table_entry(hands: &Hands<'_>, goal: &str) -> Result<()> {
    let page = hands.look().await?;
    let entry = beside(&page, between(goal, "the value of ", " into")?)?;
    write_and_submit(hands, &page, entry).await
}

/// What stands beside two labels in a table.
pub async fn table_entries(hands: &Hands<'_>, _goal: &str) -> Result<()> {
    let page = hands.look().await?;
    let labels = page.texts().into_iter().filter_map(|text| text.strip_suffix(':'));
    for (at, label) in labels.take(2).enumerate() {
        hands.write(page.nth("textbox", at)?.reference()?, beside(&page, label)?).await?;
    }
    hands.press_button(&page, "Submit").await
}

/// A number that fits, out of those that the page draws.
pub async fn generated_number(hands: &Hands<'_>, goal: &str) -> Result<()> {
    let bound = numbers(goal).first().copied().unwrap_or_default();
    let fits = |number: i64| match goal {
        goal if goal.contains("less than") => number < bound,
        goal if goal.contains("greater than") => number > bound,
        goal if goal.contains("odd") => number % 2 != 0,
        _ => number % 2 == 0,
    };
    let generate = hands.look().await?.one("button", "Generate")?.reference()?.to_owned();
    let page = loop {
        hands.click(&generate).await?;
        let page = hands.look().await?;
        let number = page.nth("text", 0)?.value.parse().context("a number")?;
        if fits(number) {
            break page;
        }
    };
    hands.press_button(&page, "Submit").await
}

/// Phone, email or address of somebody in a book of several pages.
pub async fn phone_book(hands: &Hands<'_>, goal: &str) -> Result<()> {
    let name = between(goal, "Find ", " in the")?;
    let kind =
        ["phone", "email", "address"].into_iter().find(|kind| goal.contains(kind)).context("a kind")?;
    loop {
        let page = hands.look().await?;
        if page.maybe("heading", name).is_some() {
            let is_label = |value: &str| value.trim_end_matches(':').eq_ignore_ascii_case(kind);
            let at = page.nodes().iter().position(|node| is_label(&node.value)).context("a label")?;
            return hands.click(page.nodes()[at + 1].reference()?).await;
        }
        hands.click(page.one("link", ">")?.reference()?).await?;
    }
}

/// A result by its place, on the page of results where it stands.
pub async fn search_result(hands: &Hands<'_>, goal: &str) -> Result<()> {
    const ON_A_PAGE: usize = 3;
    let page = hands.look().await?;
    hands.write(page.nth("textbox", 0)?.reference()?, quoted(goal, 0)?).await?;
    hands.press_button(&page, "Search").await?;
    let place = places(goal).last().copied().context("a place")?;
    let mut results = hands.look().await?;
    if place >= ON_A_PAGE {
        let number = (place / ON_A_PAGE + 1).to_string();
        hands.click(results.one("link", &number)?.reference()?).await?;
        results = hands.look().await?;
    }
    hands.click(results.nth("link", place % ON_A_PAGE)?.reference()?).await
}

/// A file by its ending, deleted at a prompt.
pub async fn terminal(hands: &Hands<'_>, goal: &str) -> Result<()> {
    let page = hands.look().await?;
    let prompt = page.nth("textbox", 0)?.reference()?;
    hands.enter(prompt, "ls").await?;
    let page = hands.look().await?;
    let listed =
        page.texts().into_iter().skip_while(|text| !text.contains("user$")).collect::<Vec<_>>().join(" ");
    let ending = goal
        .rsplit_once(' ')
        .map(|(_, word)| word.trim_end_matches('.'))
        .filter(|_| !goal.contains("no file"));
    let fits = |name: &&str| match ending {
        Some(ending) => name.ends_with(ending),
        None => !name.contains('.'),
    };
    let names =
        listed.split_whitespace().filter(|name| name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.'));
    let name =
        names.filter(|name| *name != "ls").find(fits).with_context(|| format!("a file in {listed:?}"))?;
    hands.enter(prompt, &format!("rm {name}")).await
}

/// The cell behind the one that holds a label.
fn beside<'a>(page: &'a Page, label: &str) -> Result<&'a str> {
    let at = page.nodes().iter().position(|node| node.role == "cell" && node.name == label);
    let at = at.with_context(|| format!("no cell {label:?} in {page:#?}"))?;
    Ok(&page.nodes().get(at + 1).context("a cell beside")?.name)
}
