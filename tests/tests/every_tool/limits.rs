//! What programs show of an answer: text of 10,000 bytes, images of 2,000 pixels and 1 MB, nothing structured.

use anyhow::Result;
use serde_json::{Value, json};
use tabmux_protocol::tools::{Param, ParamKind, TOOLS, Tool};
use tabmux_tests::{Agent, Answer, Browser, Lab, Site};

use crate::arguments::{Refs, needed};

const TEXT: usize = 10_000;
const PIXELS: u32 = 2_000;
const BYTES: usize = 1_000_000;

#[tokio::test(flavor = "multi_thread")]
async fn no_answer_of_any_tool_exceeds_what_programs_show() -> Result<()> {
    let (site, lab) = (Site::start().await?, Lab::new()?);
    lab.launch(&Browser::default())?;
    let agent = Agent::start(&lab, "alice").await?;
    let url = site.url(&format!("/page/heavy?{}", "long".repeat(5_000)));
    let mut beyond = Vec::new();
    agent.ok("browser_navigate", json!({ "url": url })).await?;
    for tool in TOOLS {
        for flags in [false, true] {
            if flags && !tool.params.iter().any(is_flag) {
                continue;
            }
            let mut args = needed(tool, &Refs::of(&agent).await?, &url);
            if flags {
                args.extend(
                    tool.params.iter().filter(|p| is_flag(p)).map(|p| (p.name.to_owned(), json!(true))),
                );
            }
            let answer = call(&agent, tool, Value::Object(args.clone())).await?;
            if !tool.effect.read_only() {
                agent.ok("browser_navigate", json!({ "url": url })).await?;
            }
            beyond.extend(excess(&answer)?.map(|excess| format!("{} {args:?}: {excess}", tool.name)));
        }
    }
    assert!(beyond.is_empty(), "{}", beyond.join("\n"));
    Ok(())
}

/// Calls a tool, and answers the dialog that may come of it.
async fn call(agent: &Agent, tool: &Tool, args: Value) -> Result<Answer> {
    let answer = agent.call(tool.name, args).await?;
    if answer.code() == Some("dialog_open") {
        agent.call("browser_handle_dialog", json!({ "accept": true })).await?;
    }
    Ok(answer)
}

/// What of an answer is more than programs show.
fn excess(answer: &Answer) -> Result<Option<String>> {
    if answer.text.len() > TEXT {
        let begin: String = answer.text.chars().take(200).collect();
        return Ok(Some(format!("{} bytes of text: {begin}", answer.text.len())));
    }
    for image in &answer.images {
        let (width, height) = image.size()?;
        if width.max(height) > PIXELS || image.bytes.len() > BYTES {
            return Ok(Some(format!("an image of {width} x {height}, {} bytes", image.bytes.len())));
        }
    }
    Ok(answer.structured.then(|| "structured content".to_owned()))
}

fn is_flag(param: &Param) -> bool {
    param.kind == ParamKind::Flag
}
