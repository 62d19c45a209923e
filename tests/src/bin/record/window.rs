//! A browser's window with the person's page in front and two agents at work behind it, as a PNG.

use anyhow::{Context, Result};
use serde_json::json;
use tabmux_tests::{Agent, Browser, Display, Lab, Site, wait_until};

const WIDTH: u16 = 1180;
const HEIGHT: u16 = 360;
/// So many looks in a row, 10 ms apart, show the same when a bar or a tab has come to rest.
const STILL: u32 = 50;

pub async fn picture() -> Result<Vec<u8>> {
    let (display, site, lab) = (Display::start()?, Site::start().await?, Lab::new()?);
    lab.launch(&Browser {
        headed: true,
        display: Some(display.name.clone()),
        url: Some(site.url("/page/reading")),
        devtools: true,
        debugger_bar: true,
    })?;
    let (research, booking) =
        tokio::try_join!(Agent::start(&lab, "research"), Agent::start(&lab, "booking"))?;
    for page in ["search", "article"] {
        let opened = research
            .ok("browser_tabs", json!({ "action": "new", "url": site.url(&format!("/corpus/{page}")) }));
        opened.await?;
    }
    for page in ["order", "signup"] {
        let opened =
            booking.ok("browser_tabs", json!({ "action": "new", "url": site.url(&format!("/page/{page}")) }));
        opened.await?;
    }
    place(&lab).await?;
    let (mut earlier, mut alike) = (Vec::new(), 0);
    wait_until("the window stands still", async || {
        let shown = display.picture(WIDTH, HEIGHT).unwrap_or_default();
        alike = if shown == earlier { alike + 1 } else { 0 };
        earlier = shown;
        alike > STILL && !earlier.is_empty()
    })
    .await;
    encoded(&earlier)
}

/// Lets the window fill the picture.
async fn place(lab: &Lab) -> Result<()> {
    let mut page = lab.page("/page/reading").await?;
    let window = page.command("Browser.getWindowForTarget", json!({})).await?;
    let bounds = json!({ "left": 0, "top": 0, "width": WIDTH, "height": HEIGHT });
    let id = window["windowId"].as_i64().context("the window's id")?;
    page.command("Browser.setWindowBounds", json!({ "windowId": id, "bounds": bounds })).await?;
    Ok(())
}

fn encoded(pixels: &[u8]) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, u32::from(WIDTH), u32::from(HEIGHT));
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_compression(png::Compression::High);
    encoder.write_header()?.write_image_data(pixels)?;
    Ok(bytes)
}
