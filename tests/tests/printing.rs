//! A page that is printed comes as a file in the client's folder.

use anyhow::{Context, Result};
use serde_json::json;
use tabmux_tests::{Agent, Browser, Lab, Site, ref_in};

#[tokio::test(flavor = "multi_thread")]
async fn a_printed_page_is_a_file_that_the_answer_names() -> Result<()> {
    let (site, lab) = (Site::start().await?, Lab::new()?);
    lab.launch(&Browser { url: Some(site.url("/page/reading")), ..Browser::default() })?;
    let agent = Agent::start(&lab, "alice").await?;
    let none = agent.fails("browser_pdf", json!({})).await?;
    assert!(none.starts_with("no_tab:"), "{none}");
    agent.ok("browser_navigate", json!({ "url": site.url("/page/dialogs") })).await?;
    for (tool, name) in [("browser_pdf", "Dialogs.pdf"), ("browser_pdf_save", "printed.pdf")] {
        let filename = if tool == "browser_pdf" { json!({}) } else { json!({ "filename": "../printed" }) };
        let answer = agent.call(tool, filename).await?;
        assert!(!answer.is_error && answer.text.contains("/page/dialogs as a PDF, A4"), "{}", answer.text);
        let path = answer.files.first().and_then(|uri| uri.strip_prefix("file://")).context("a file")?;
        assert!(path.ends_with(name), "{path}");
        assert!(std::fs::read(path)?.starts_with(b"%PDF-"));
    }
    let wrong = agent.fails("browser_pdf", json!({ "format": "A0" })).await?;
    assert!(wrong.starts_with("bad_input: browser_pdf: `format` must be one of"), "{wrong}");

    let page = agent.ok("browser_snapshot", json!({})).await?;
    agent.fails("browser_click", json!({ "ref": ref_in(&page, "Confirms")? })).await?;
    let held = agent.fails("browser_pdf", json!({})).await?;
    assert!(held.starts_with("dialog_open:"), "{held}");
    Ok(())
}
