//! Tasks with drawings, known by what the snapshot tells of their looks.

use anyhow::{Context, Result};

use crate::miniwob::Hands;
use crate::miniwob::goal::between;

/// Numbers in a drawing, which the first click hides: they were drawn in their order.
pub async fn ascending(hands: &Hands<'_>, _goal: &str) -> Result<()> {
    let page = hands.look().await?;
    for _ in page.all("generic") {
        hands.click(hands.look().await?.nth("generic", 0)?.reference()?).await?;
    }
    Ok(())
}

/// A point of a grid by its coordinates, counted off in the order of columns and rows.
pub async fn grid_point(hands: &Hands<'_>, goal: &str) -> Result<()> {
    const SIDE: i64 = 5;
    let page = hands.look().await?;
    let (x, y) = between(goal, "(", ")")?.split_once(',').context("two numbers")?;
    let at = (x.parse::<i64>()? + SIDE / 2) * SIDE + SIDE / 2 - y.parse::<i64>()?;
    hands.click(page.nth("generic", usize::try_from(at)?)?.reference()?).await
}

/// A box by the name of its colour.
pub async fn coloured_box(hands: &Hands<'_>, goal: &str) -> Result<()> {
    let colour = hex(between(goal, "the ", " colored")?)?;
    let page = hands.look().await?;
    let mut boxes = page.all("generic").into_iter().filter(|node| node.property("looks").ends_with(colour));
    hands.click(boxes.next_back().context("a box")?.reference()?).await
}

fn hex(name: &str) -> Result<&'static str> {
    const COLOURS: [(&str, &str); 18] = [
        ("black", "#000000"),
        ("blue", "#0000ff"),
        ("cyan", "#00ffff"),
        ("aqua", "#00ffff"),
        ("gray", "#808080"),
        ("grey", "#808080"),
        ("green", "#008000"),
        ("lime", "#00ff00"),
        ("magenta", "#ff00ff"),
        ("maroon", "#800000"),
        ("navy", "#000080"),
        ("olive", "#808000"),
        ("orange", "#ffa500"),
        ("pink", "#ffc0cb"),
        ("purple", "#800080"),
        ("red", "#ff0000"),
        ("white", "#ffffff"),
        ("yellow", "#ffff00"),
    ];
    let found = COLOURS.iter().find(|(known, _)| *known == name);
    found.map(|(_, hex)| *hex).with_context(|| format!("no colour {name:?}"))
}
