//! Tasks with widgets that scripts draw.

use std::cmp::Ordering;

use anyhow::{Context, Result};

use super::lists::ticket;
use crate::miniwob::goal::{between, date, numbers, places, quoted};
use crate::miniwob::{Hands, Page};

/// An entry of a menu whose parts open under the mouse.
pub async fn menu(hands: &Hands<'_>, goal: &str) -> Result<()> {
    let path: Vec<&str> = goal.strip_prefix("Select ").context("a path")?.split('>').collect();
    let (last, parents) = path.split_last().context("an entry")?;
    for name in parents {
        hands.hover(&entry(hands, name).await?).await?;
    }
    hands.click(&entry(hands, last).await?).await
}

/// The ref of a menu's entry as soon as it is shown.
async fn entry(hands: &Hands<'_>, name: &str) -> Result<String> {
    hands.look_for(name, |page| page.maybe("menuitem", name)).await
}

/// Sliders, each moved by keys to a number.
pub async fn sliders(hands: &Hands<'_>, goal: &str) -> Result<()> {
    let page = hands.look().await?;
    for (at, number) in numbers(goal).into_iter().enumerate() {
        slide(hands, &page, at, number).await?;
    }
    hands.press_button(&page, "Submit").await
}

/// A slider and a checkbox.
pub async fn slider_and_checkbox(hands: &Hands<'_>, goal: &str) -> Result<()> {
    let page = hands.look().await?;
    slide(hands, &page, 0, numbers(goal).first().copied().context("a number")?).await?;
    let checkbox = places(goal).first().copied().context("a place")?;
    hands.click(page.nth("checkbox", checkbox)?.reference()?).await?;
    hands.press_button(&page, "Submit").await
}

/// An entry that is proposed while its beginning is typed.
pub async fn autocomplete(hands: &Hands<'_>, goal: &str) -> Result<()> {
    let page = hands.look().await?;
    let (begin, end) = (quoted(goal, 0)?, quoted(goal, 1).unwrap_or_default());
    hands.write(page.nth("textbox", 0)?.reference()?, begin).await?;
    let proposed = hands
        .look_for("a proposal", |page| {
            let mut nodes = page.nodes().iter();
            let fits = |text: &str| text.starts_with(begin) && text.ends_with(end);
            nodes.find(|node| node.role != "textbox" && fits(node.reads()))
        })
        .await?;
    hands.click(&proposed).await?;
    hands.press_button(&page, "Submit").await
}

/// A file or folder in a tree, of which every folder is opened on the way.
pub async fn tree(hands: &Hands<'_>, goal: &str) -> Result<()> {
    let name = quoted(goal, 0)?;
    let mut opened = Vec::new();
    loop {
        let page = hands.look().await?;
        let found = page.nodes().iter().find(|node| node.reads() == name && node.role != "text");
        if let Some(found) = found {
            return hands.click(found.reference()?).await;
        }
        let folders = page.all("generic").into_iter().filter(|node| !node.name.is_empty());
        let folder = folders.map(|node| node.reference()).collect::<Result<Vec<_>>>()?;
        let next = folder.into_iter().find(|one| !opened.iter().any(|earlier| earlier == one));
        let next = next.with_context(|| format!("no {name:?} in {page:#?}"))?.to_owned();
        hands.click(&next).await?;
        opened.push(next);
    }
}

/// A slice of a round menu that opens.
pub async fn pie(hands: &Hands<'_>, goal: &str) -> Result<()> {
    hands.click(hands.look().await?.one("generic", "+")?.reference()?).await?;
    let slice = hands.look().await?.one("generic", quoted(goal, 0)?)?.reference()?.to_owned();
    hands.click(&slice).await
}

/// A day that is chosen in a calendar which opens below its field.
pub async fn calendar(hands: &Hands<'_>, goal: &str) -> Result<()> {
    let (month, day, year) = date(goal)?;
    let page = hands.look().await?;
    choose_day(hands, page.nth("textbox", 0)?.reference()?, (month, day, year)).await?;
    hands.press_button(&page, "Submit").await
}

/// A flight, searched for by places and day, and chosen by price or duration.
pub async fn flight(hands: &Hands<'_>, goal: &str) -> Result<()> {
    let page = hands.look().await?;
    let (from, to) = (between(goal, "from: ", " to: ")?, between(goal, " to: ", " on ")?);
    for (label, place) in [("From:", from), ("To:", to)] {
        hands.write(page.one("textbox", label)?.reference()?, place).await?;
        let proposed = hands
            .look_for(place, |page| page.all("listitem").into_iter().find(|item| item.value.contains(place)));
        hands.click(&proposed.await?).await?;
    }
    choose_day(hands, page.nth("textbox", 2)?.reference()?, date(goal)?).await?;
    hands.press_button(&page, "Search").await?;
    ticket(hands, goal).await
}

/// Opens a field's calendar, turns it to the month and takes the day.
async fn choose_day(hands: &Hands<'_>, field: &str, (month, day, year): (u32, u32, u32)) -> Result<()> {
    hands.click(field).await?;
    loop {
        let page = hands.look().await?;
        let shown =
            page.texts().into_iter().find_map(month_of).with_context(|| format!("a month in {page:#?}"))?;
        let turn = match (year, month).cmp(&shown) {
            Ordering::Equal => return hands.click(page.one("link", &day.to_string())?.reference()?).await,
            Ordering::Less => "Prev",
            Ordering::Greater => "Next",
        };
        hands.click(page.one("generic", turn)?.reference()?).await?;
    }
}

/// Year and month of the head of a calendar, such as `December 2016`.
fn month_of(head: &str) -> Option<(u32, u32)> {
    const MONTHS: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    let (name, year) = head.split_once(' ')?;
    let month = MONTHS.iter().position(|month| *month == name)?;
    Some((year.parse().ok()?, u32::try_from(month).ok()? + 1))
}

/// A long text, scrolled by a key.
pub async fn scroll(hands: &Hands<'_>, goal: &str) -> Result<()> {
    let page = hands.look().await?;
    hands.click(page.nth("textbox", 0)?.reference()?).await?;
    hands.key(if goal.contains("top") { "Control+Home" } else { "Control+End" }).await?;
    hands.press_button(&page, "Submit").await
}

/// Moves the slider at a place, whose number stands behind it, by single steps.
async fn slide(hands: &Hands<'_>, page: &Page, at: usize, to: i64) -> Result<()> {
    let handles: Vec<usize> = page
        .nodes()
        .iter()
        .enumerate()
        .filter(|(_, node)| node.role == "generic")
        .map(|(at, _)| at)
        .collect();
    let handle = *handles.get(at).context("a handle")?;
    let from: i64 = page.nodes()[handle + 1].value.parse().context("a number")?;
    hands.click(page.nodes()[handle].reference()?).await?;
    let key = if to > from { "ArrowRight" } else { "ArrowLeft" };
    for _ in 0..(to - from).unsigned_abs() {
        hands.key(key).await?;
    }
    Ok(())
}
