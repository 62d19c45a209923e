//! Tasks in which something is chosen among several.

use anyhow::{Context, Result};

use crate::miniwob::goal::{between, numbers, quoted};
use crate::miniwob::{Hands, Page};

/// Checkboxes or radio buttons by their names.
pub async fn options(hands: &Hands<'_>, goal: &str) -> Result<()> {
    let page = hands.look().await?;
    for name in between(goal, "Select ", " and click")?.split(", ").filter(|name| *name != "nothing") {
        let option = page.maybe("checkbox", name).or_else(|| page.maybe("radio", name));
        hands.click(option.with_context(|| format!("no option {name:?} in {page:#?}"))?.reference()?).await?;
    }
    hands.press_button(&page, "Submit").await
}

/// One entry of a drop-down.
pub async fn drop_down(hands: &Hands<'_>, goal: &str) -> Result<()> {
    let page = hands.look().await?;
    let name = between(goal, "Select ", " from")?;
    hands.choose(page.nth("combobox", 0)?.reference()?, &[name]).await?;
    hands.press_button(&page, "Submit").await
}

/// Several entries of a list box.
pub async fn list_box(hands: &Hands<'_>, goal: &str) -> Result<()> {
    let page = hands.look().await?;
    let names: Vec<&str> = between(goal, "Select ", " from")?.split(", ").collect();
    hands.choose(page.nth("listbox", 0)?.reference()?, &names).await?;
    hands.press_button(&page, "Submit").await
}

/// The minutes of a duration such as `3h 7m`.
fn duration(text: &str) -> Option<i64> {
    let (hours, rest) = text.split_once("h ")?;
    Some(hours.parse::<i64>().ok()? * 60 + rest.strip_suffix('m')?.parse::<i64>().ok()?)
}

/// One entry of a list that opens, drawn by the page over a native one, then a button.
pub async fn drawn_list(hands: &Hands<'_>, goal: &str) -> Result<()> {
    let page = hands.look().await?;
    let name = between(goal, "Choose ", " from")?;
    hands.click(page.nth("generic", 0)?.reference()?).await?;
    let entry = hands.look_for(name, |page| page.all("listitem").into_iter().find(|item| item.value == name));
    hands.click(&entry.await?).await?;
    hands.press_button(&page, quoted(goal, 0)?).await
}

/// Dishes by their names, or so many of a kind, each counted up by a click.
pub async fn food(hands: &Hands<'_>, goal: &str) -> Result<()> {
    let page = hands.look().await?;
    let dishes = dishes(&page)?;
    let ordered: Vec<&Dish<'_>> = match goal.split_once(": ") {
        Some((_, names)) => {
            let named = |dish: &&Dish<'_>| names.split(", ").any(|name| name.trim() == dish.name);
            dishes.iter().filter(named).collect()
        }
        None => {
            let of_kind = |dish: &&Dish<'_>| dish.kinds.iter().any(|kind| goal.ends_with(kind));
            dishes.iter().filter(of_kind).take(usize::try_from(numbers(goal)[0])?).collect()
        }
    };
    for dish in ordered {
        hands.click(dish.more).await?;
    }
    hands.press_button(&page, "Order!").await
}

struct Dish<'a> {
    name: &'a str,
    kinds: Vec<&'a str>,
    /// The ref of what counts it up.
    more: &'a str,
}

/// The dishes of a menu: each a name, pictures of its kinds, and what counts it down and up.
fn dishes(page: &Page) -> Result<Vec<Dish<'_>>> {
    let mut dishes = Vec::new();
    let (mut name, mut kinds) = ("", Vec::new());
    for node in page.nodes() {
        match (&*node.role, &*node.name) {
            ("text", _) => (name, kinds) = (&node.value, Vec::new()),
            ("img", kind) => kinds.push(kind),
            ("generic", "+") => {
                dishes.push(Dish { name, kinds: std::mem::take(&mut kinds), more: node.reference()? });
            }
            _ => {}
        }
    }
    Ok(dishes)
}

/// A button without a name below what somebody wrote, or an entry of the menu behind one.
pub async fn post(hands: &Hands<'_>, goal: &str) -> Result<()> {
    let page = hands.look().await?;
    let action = quoted(goal, 0)?;
    let button = |class: &str| buttons_of(&page, user_in(goal)?, class)?.first().copied().context("a button");
    if ["Reply", "Retweet", "Like"].contains(&action) {
        return hover_and_click(hands, button(&action.to_lowercase())?).await;
    }
    hover_and_click(hands, button("more")?).await?;
    let page = hands.look().await?;
    let entry = page.all("listitem").into_iter().find(|item| item.value.starts_with(action));
    hands.click(entry.with_context(|| format!("no {action} in {page:#?}"))?.reference()?).await
}

/// Buttons without names below what somebody wrote, on some posts or on all of them.
pub async fn posts(hands: &Hands<'_>, goal: &str) -> Result<()> {
    let page = hands.look().await?;
    let all = goal.contains("on all posts");
    let wanted = if all { usize::MAX } else { usize::try_from(numbers(goal)[0])? };
    let buttons = buttons_of(&page, user_in(goal)?, &quoted(goal, 0)?.to_lowercase())?;
    for button in buttons.into_iter().take(wanted) {
        hover_and_click(hands, button).await?;
    }
    hands.press_button(&page, "Submit").await
}

/// The picture of some buttons is another under the mouse: it must be there before it can be clicked.
async fn hover_and_click(hands: &Hands<'_>, button: &str) -> Result<()> {
    hands.hover(button).await?;
    hands.click(button).await
}

fn user_in(goal: &str) -> Result<&str> {
    let user = goal.split_whitespace().find(|word| word.starts_with('@'));
    Ok(user.context("a user")?.trim_end_matches([',', '.']))
}

/// The buttons of a class on the posts of a user.
fn buttons_of<'a>(page: &'a Page, user: &str, class: &str) -> Result<Vec<&'a str>> {
    let class = format!(".{class}");
    let mut is_theirs = false;
    let mut buttons = Vec::new();
    for node in page.nodes() {
        if node.role == "text" && node.value.contains('@') {
            is_theirs = node.value.split_whitespace().any(|word| word == user);
        } else if is_theirs && node.property("looks").contains(&class) {
            buttons.push(node.reference()?);
        }
    }
    Ok(buttons)
}

/// The cheapest or the longest of several offers, and the like.
pub async fn ticket(hands: &Hands<'_>, goal: &str) -> Result<()> {
    let page = hands.look().await?;
    let by_cost = goal.contains("cost") || goal.contains("cheapest");
    let mut offers = Vec::new();
    let mut minutes = 0;
    for node in page.nodes() {
        minutes = duration(&node.value).unwrap_or(minutes);
        if let Some((_, price)) = node.name.split_once('$') {
            offers.push((if by_cost { price.parse()? } else { minutes }, node.reference()?));
        }
    }
    offers.sort_unstable();
    let least = goal.contains("cheapest") || goal.contains("shortest");
    let offer = if least { offers.first() } else { offers.last() };
    hands.click(offer.context("an offer")?.1).await
}
