//! Tasks that are solved by clicking on what has a name.

use anyhow::{Context, Result};

use crate::miniwob::Hands;
use crate::miniwob::goal::{places, quoted};

/// The button in quotes.
pub async fn named_button(hands: &Hands<'_>, goal: &str) -> Result<()> {
    hands.press_button(&hands.look().await?, quoted(goal, 0)?).await
}

/// The only button.
pub async fn first_button(hands: &Hands<'_>, _goal: &str) -> Result<()> {
    hands.click(hands.look().await?.nth("button", 0)?.reference()?).await
}

/// Buttons that the goal names in capitals, one after the other.
pub async fn buttons_in_capitals(hands: &Hands<'_>, goal: &str) -> Result<()> {
    let page = hands.look().await?;
    for word in goal.split(|c: char| !c.is_ascii_alphabetic()) {
        if word.len() > 1 && word.bytes().all(|b| b.is_ascii_uppercase()) {
            hands.press_button(&page, word).await?;
        }
    }
    Ok(())
}

/// Text that can be clicked.
pub async fn link(hands: &Hands<'_>, goal: &str) -> Result<()> {
    hands.click(hands.look().await?.one("generic", quoted(goal, 0)?)?.reference()?).await
}

/// A button of a dialog.
pub async fn dialog(hands: &Hands<'_>, goal: &str) -> Result<()> {
    let name = quoted(goal, 0)?;
    hands.press_button(&hands.look().await?, if name == "x" { "Close" } else { name }).await
}

/// A section that is closed, and then the button.
pub async fn section_then_submit(hands: &Hands<'_>, _goal: &str) -> Result<()> {
    let page = hands.look().await?;
    hands.click(page.nth("tab", 0)?.reference()?).await?;
    hands.press_button(&page, "Submit").await
}

/// A link in one of several tabs or sections, of which one is open at a time.
pub async fn link_behind_tabs(hands: &Hands<'_>, goal: &str) -> Result<()> {
    let name = quoted(goal, 0)?;
    let mut page = hands.look().await?;
    let mut at = 0;
    loop {
        // In some episodes the page rewards the tab already.
        if page.maybe("generic", "START").is_some() {
            return Ok(());
        }
        if let Some(link) = page.maybe("generic", name) {
            return hands.click(link.reference()?).await;
        }
        let tab = page.nth("tab", at)?;
        at += 1;
        if tab.is("expanded=false") {
            hands.click(tab.reference()?).await?;
            page = hands.look().await?;
        }
    }
}

/// A tab by its name.
pub async fn tab(hands: &Hands<'_>, goal: &str) -> Result<()> {
    let name = goal.strip_prefix("Click on ").context("a tab")?.trim_end_matches('.');
    hands.click(hands.look().await?.one("tab", name)?.reference()?).await
}

/// A text field by its place.
pub async fn textbox(hands: &Hands<'_>, goal: &str) -> Result<()> {
    let at = places(goal).first().copied().unwrap_or(0);
    hands.click(hands.look().await?.nth("textbox", at)?.reference()?).await
}

/// The card with the greatest number.
pub async fn greatest_card(hands: &Hands<'_>, _goal: &str) -> Result<()> {
    let page = hands.look().await?;
    let card = page.all("generic").into_iter().max_by_key(|node| node.reads().parse::<i64>().ok());
    hands.click(card.context("a card")?.reference()?).await?;
    hands.press_button(&page, "Submit").await
}

/// For each number the button before it or the one behind it.
pub async fn odd_or_even(hands: &Hands<'_>, _goal: &str) -> Result<()> {
    let page = hands.look().await?;
    let nodes = page.nodes();
    for (at, node) in nodes.iter().enumerate() {
        let Ok(number) = node.value.parse::<i64>() else { continue };
        let around = if number % 2 == 0 { at + 1 } else { at.wrapping_sub(1) };
        let Some(button) = nodes.get(around).filter(|button| button.role == "button") else { continue };
        hands.click(button.reference()?).await?;
    }
    hands.press_button(&page, "Submit").await
}
