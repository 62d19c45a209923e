//! Tasks in which a form is filled in.

use anyhow::{Context, Result};

use crate::miniwob::goal::{self, between, numbers, places, quoted};
use crate::miniwob::{Hands, Page};

/// What stands in quotes.
pub async fn quoted_text(hands: &Hands<'_>, goal: &str) -> Result<()> {
    write_and_submit(hands, &hands.look().await?, quoted(goal, 0)?).await
}

/// What stands in quotes, in upper or lower case.
pub async fn text_in_case(hands: &Hands<'_>, goal: &str) -> Result<()> {
    let text = quoted(goal, 0)?;
    let text = if goal.contains("upper case") { text.to_uppercase() } else { text.to_lowercase() };
    write_and_submit(hands, &hands.look().await?, &text).await
}

/// The same in both fields.
pub async fn password_twice(hands: &Hands<'_>, goal: &str) -> Result<()> {
    let page = hands.look().await?;
    for at in [0, 1] {
        hands.write(page.nth("textbox", at)?.reference()?, quoted(goal, 0)?).await?;
    }
    hands.press_button(&page, "Submit").await
}

/// A date, as its field holds it.
pub async fn date(hands: &Hands<'_>, goal: &str) -> Result<()> {
    let (month, day, year) = goal::date(goal)?;
    write_and_submit(hands, &hands.look().await?, &format!("{year}-{month:02}-{day:02}")).await
}

/// A time, as its field holds it.
pub async fn time(hands: &Hands<'_>, goal: &str) -> Result<()> {
    let [hours, minutes] = numbers(goal)[..] else { anyhow::bail!("a time: {goal}") };
    let hours = hours % 12 + if goal.contains("PM") { 12 } else { 0 };
    write_and_submit(hands, &hands.look().await?, &format!("{hours:02}:{minutes:02}")).await
}

/// User and password; whatever pops up meanwhile is cancelled.
pub async fn login(hands: &Hands<'_>, goal: &str) -> Result<()> {
    let mut page = hands.look().await?;
    for at in [0, 1] {
        hands.click(page.nth("textbox", at)?.reference()?).await?;
        page = hands.look().await?;
        if let Some(cancel) = page.maybe("button", "Cancel") {
            hands.click(cancel.reference()?).await?;
            page = hands.look().await?;
        }
        hands.write(page.nth("textbox", at)?.reference()?, quoted(goal, at)?).await?;
    }
    hands.click(page.nth("button", 0)?.reference()?).await
}

/// A radio button and a text field, each by its place.
pub async fn radio_and_number(hands: &Hands<'_>, goal: &str) -> Result<()> {
    let page = hands.look().await?;
    let [radio, field] = places(goal)[..] else { anyhow::bail!("two places: {goal}") };
    hands.click(page.nth("radio", radio)?.reference()?).await?;
    hands.write(page.nth("textbox", field)?.reference()?, quoted(goal, 0)?).await?;
    hands.press_button(&page, "Submit").await
}

/// Three fields in any order and of any look, known by what stands beside them.
pub async fn film(hands: &Hands<'_>, goal: &str) -> Result<()> {
    let page = hands.look().await?;
    let genre = between(goal, "Search for ", " movies")?;
    let (director, year) = (between(goal, "directed by ", " from")?, between(goal, "from year ", ".")?);
    let labels: Vec<&str> = page
        .nodes()
        .iter()
        .filter(|node| ["text", "rowheader"].contains(&&*node.role))
        .map(|node| node.reads().trim_end_matches(':'))
        .filter(|label| ["Genre", "Director", "Year", "Date"].iter().any(|word| label.contains(word)))
        .collect();
    for (at, label) in labels.iter().enumerate() {
        let text = match label {
            label if label.contains("Genre") => genre,
            label if label.contains("Director") => director,
            _ => year,
        };
        hands.write(page.nth("textbox", at)?.reference()?, text).await?;
    }
    let submits = page.nodes().iter().find(|node| ["Submit", "Search", "Go!"].contains(&&*node.name));
    hands.click(submits.context("what submits")?.reference()?).await
}

/// A number in a field with arrows.
pub async fn spinner(hands: &Hands<'_>, goal: &str) -> Result<()> {
    let page = hands.look().await?;
    let number = numbers(goal).first().copied().context("a number")?;
    hands.write(page.nth("spinbutton", 0)?.reference()?, &number.to_string()).await?;
    hands.press_button(&page, "Submit").await
}

/// A number that the page tells to be higher or lower than the last guess.
pub async fn guess(hands: &Hands<'_>, _goal: &str) -> Result<()> {
    let (mut least, mut most) = (0, 9);
    while least <= most {
        let page = hands.look().await?;
        let tried = (least + most) / 2;
        hands.write(page.nth("spinbutton", 0)?.reference()?, &tried.to_string()).await?;
        hands.press_button(&page, "Submit").await?;
        let page = hands.look().await?;
        if page.texts().iter().any(|text| text.contains("higher than")) {
            least = tried + 1;
        } else if page.texts().iter().any(|text| text.contains("lower than")) {
            most = tried - 1;
        } else {
            break;
        }
    }
    Ok(())
}

/// Fills the first text field and presses the button.
pub(super) async fn write_and_submit(hands: &Hands<'_>, page: &Page, text: &str) -> Result<()> {
    hands.write(page.nth("textbox", 0)?.reference()?, text).await?;
    hands.press_button(page, "Submit").await
}
