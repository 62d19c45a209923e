//! Tasks with an inbox.

use anyhow::{Context, Result, bail};

use crate::miniwob::goal::{between, quoted};
use crate::miniwob::{Hands, Node, Page};

/// Deletes, marks, answers or forwards somebody's mail.
pub async fn inbox(hands: &Hands<'_>, goal: &str) -> Result<()> {
    let sender = between(goal, "the email by ", " and")?;
    if goal.contains("trash icon") {
        return icon(hands, sender, ".trash").await;
    }
    if goal.contains("star icon") {
        return icon(hands, sender, ".star").await;
    }
    let page = shown(hands).await?;
    let at = page.nodes().iter().position(|node| node.value == sender).context("a sender")?;
    let mail = page.nodes()[..at].iter().rev().find(|node| node.role == "generic" && looks(node).is_empty());
    hands.click(mail.context("a mail")?.reference()?).await?;
    let mail = hands.look().await?;
    let (way, text) = match goal {
        goal if goal.contains("reply") => ("Reply", quoted(goal, 0)?),
        goal if goal.contains("forward that email to ") => {
            ("Forward", goal.rsplit(' ').next().context("a name")?.trim_end_matches('.'))
        }
        other => bail!("a way: {other}"),
    };
    hands.click(mail.one("generic", way)?.reference()?).await?;
    let form = hands.look().await?;
    hands.write(form.nth("textbox", 0)?.reference()?, text).await?;
    let send = form.all("generic").into_iter().find(|node| looks(node).contains("send"));
    hands.click(send.with_context(|| format!("what sends in {form:#?}"))?.reference()?).await
}

/// Clicks an icon in the line of a sender.
async fn icon(hands: &Hands<'_>, sender: &str, class: &str) -> Result<()> {
    let page = shown(hands).await?;
    let mut lines = page.nodes().iter().skip_while(|node| node.value != sender);
    let icon = lines.find(|node| looks(node).contains(class));
    hands.click(icon.with_context(|| format!("no icon {class} in {page:#?}"))?.reference()?).await
}

/// The inbox, as soon as its pictures are there.
async fn shown(hands: &Hands<'_>) -> Result<Page> {
    hands.look_until("icon", |page| page.nodes().iter().any(|node| looks(node).contains(".trash"))).await
}

fn looks(node: &Node) -> &str {
    node.property("looks")
}
