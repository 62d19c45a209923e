//! The extension's popup, in a tab of its own, used as a person uses it.

use anyhow::{Result, ensure};
use serde_json::json;

use crate::{DevTools, Lab, wait_until};

/// The popup's page.
pub struct Popup {
    /// For what no method here does.
    pub page: DevTools,
}

impl Popup {
    /// Opens it and waits until it shows something; see [`Browser::devtools`](crate::Browser::devtools).
    pub async fn open(lab: &Lab) -> Result<Self> {
        Self { page: lab.popup().await? }.ready().await
    }

    /// Presses the toolbar's button; what opens closes as soon as something else has the focus.
    pub async fn of_toolbar(lab: &Lab) -> Result<Self> {
        lab.worker().await?.evaluate("chrome.action.openPopup()").await?;
        Self { page: lab.page("popup.html").await? }.ready().await
    }

    async fn ready(mut self) -> Result<Self> {
        wait_until("the popup shows something", async || {
            self.text("state").await.is_ok_and(|text| !text.is_empty())
        })
        .await;
        Ok(self)
    }

    /// Presses the button of that id.
    pub async fn press(&mut self, id: &str) -> Result<()> {
        self.press_node(&format!("document.getElementById('{id}')")).await
    }

    /// Presses the button that the selector leads to.
    pub async fn press_on(&mut self, selector: &str) -> Result<()> {
        self.press_node(&format!("document.querySelector({})", json!(selector))).await
    }

    /// Presses the button that is called `name`, in the row that says `words`; waits until there is one.
    pub async fn press_in(&mut self, words: &str, name: &str) -> Result<()> {
        let rows = format!(
            "[...document.querySelectorAll('li')].findLast((row) => row.textContent.includes({}))",
            json!(words)
        );
        let button = format!(
            "[...{rows}.querySelectorAll('button')].find((button) => button.textContent === {})",
            json!(name)
        );
        let is_ready = format!("{button}.ariaDisabled !== 'true'");
        wait_until(&format!("{name} in the row of {words:?} takes presses"), async || {
            self.page.evaluate(&is_ready).await.is_ok_and(|ready| ready == true)
        })
        .await;
        self.press_node(&button).await
    }

    /// The text of the element of that id.
    pub async fn text(&mut self, id: &str) -> Result<String> {
        let text = self.page.evaluate(&format!("document.getElementById('{id}').textContent")).await?;
        Ok(text.as_str().unwrap_or_default().to_owned())
    }

    /// Whether the element of that id is hidden.
    pub async fn hidden(&mut self, id: &str) -> Result<bool> {
        Ok(self.page.evaluate(&format!("document.getElementById('{id}').hidden")).await? == true)
    }

    /// Presses the mouse on a button, and the browser takes it for a person's hand.
    async fn press_node(&mut self, button: &str) -> Result<()> {
        let script = format!(
            "(() => {{ const button = {button}; button.scrollIntoView({{ block: 'nearest' }}); \
             const {{ x, y, width, height }} = button.getBoundingClientRect(); \
             return width === 0 ? null : {{ x: x + width / 2, y: y + height / 2 }}; }})()"
        );
        let place = self.page.evaluate(&script).await?;
        ensure!(place.is_object(), "{button} is shown");
        for kind in ["mousePressed", "mouseReleased"] {
            let mut event = place.clone();
            event["type"] = kind.into();
            event["button"] = "left".into();
            event["clickCount"] = 1.into();
            self.page.command("Input.dispatchMouseEvent", event).await?;
        }
        Ok(())
    }
}
