//! The browser without a server: the same deeds through the debugging protocol alone, in a tab in front.

use anyhow::{Context, Result};
use serde_json::{Value, json};
use tabmux_tests::{DevTools, Lab};

/// A tab that is driven through a websocket.
pub struct Raw(DevTools);

/// What every deed is compared with.
#[derive(Debug, Clone, Copy)]
pub enum Deed<'a> {
    /// To an address, until its load.
    Navigate(&'a str),
    /// The least that a snapshot must do: look at every node and its style.
    Walk,
    /// The mouse on the element of a selector.
    Click(&'a str),
    /// A text in the place of what the field of a selector holds.
    Type(&'a str),
    /// A value that costs nothing.
    Evaluate,
    /// The viewport as JPEG.
    Screenshot,
}

impl Raw {
    /// Opens the page.
    pub async fn open(lab: &Lab, url: &str) -> Result<Self> {
        let mut tab = lab.open("about:blank").await?;
        tab.command("Page.enable", json!({})).await?;
        // Without the focus a page takes no text.
        tab.command("Page.bringToFront", json!({})).await?;
        tab.command("Emulation.setFocusEmulationEnabled", json!({ "enabled": true })).await?;
        let mut raw = Self(tab);
        raw.run(Deed::Navigate(url)).await?;
        Ok(raw)
    }

    /// Does it once.
    pub async fn run(&mut self, deed: Deed<'_>) -> Result<()> {
        match deed {
            Deed::Navigate(url) => {
                self.0.take_events();
                self.0.command("Page.navigate", json!({ "url": url })).await?;
                self.0.event("Page.loadEventFired").await?;
            }
            Deed::Walk => drop(self.number(WALK).await?),
            Deed::Click(selector) => {
                let (x, y) = self.middle(selector).await?;
                self.click(x, y).await?;
            }
            Deed::Type(selector) => {
                // An input may overtake a command, so that the two are not sent together.
                self.0.evaluate(&format!("document.querySelector({selector:?}).select()")).await?;
                self.0.command("Input.insertText", json!({ "text": "abc" })).await?;
            }
            Deed::Evaluate => drop(self.0.evaluate("(() => 1)()").await?),
            Deed::Screenshot => {
                let params = json!({ "format": "jpeg", "quality": 80 });
                let picture = self.0.command("Page.captureScreenshot", params).await?;
                anyhow::ensure!(picture["data"].is_string(), "no picture");
            }
        }
        Ok(())
    }

    /// A number that an expression gives.
    pub async fn number(&mut self, expression: &str) -> Result<f64> {
        self.0.evaluate(expression).await?.as_f64().with_context(|| format!("no number: {expression}"))
    }

    async fn middle(&mut self, selector: &str) -> Result<(f64, f64)> {
        let script = format!(
            "(({{left, top, width, height}}) => [left + width / 2, top + height / 2])\
             (document.querySelector({selector:?}).getBoundingClientRect())"
        );
        let point = self.0.evaluate(&script).await?;
        point[0].as_f64().zip(point[1].as_f64()).with_context(|| format!("no {selector}"))
    }

    async fn click(&mut self, x: f64, y: f64) -> Result<Value> {
        let event = |kind: &str, buttons: u8| {
            let button = if kind == "mouseMoved" { "none" } else { "left" };
            let params = json!({ "type": kind, "x": x, "y": y, "button": button, "buttons": buttons, "clickCount": 1 });
            ("Input.dispatchMouseEvent", params)
        };
        self.0.commands(&[event("mouseMoved", 0), event("mousePressed", 1), event("mouseReleased", 0)]).await
    }
}

/// Counts what is drawn, and asks each such element for its style.
const WALK: &str = "(() => {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
  let shown = 0;
  for (let node = walker.currentNode; node; node = walker.nextNode()) {
    if (node.nodeType !== 1) shown += /\\S/.test(node.data);
    else if (node.checkVisibility({ visibilityProperty: true })) shown += getComputedStyle(node).cursor !== 'none';
  }
  return shown;
})()";
