//! Between Tabmux's calls and MCP's: the list of tools, and results in MCP's shape.

use std::sync::Arc;

use rmcp::model::{CallToolResult, ContentBlock, Tool as McpTool, ToolAnnotations};
use serde_json::value::RawValue;
use tabmux_protocol::message::{Content, ToolResult};
use tabmux_protocol::tools::{Listed, ToolSet};
use tabmux_protocol::{ErrorCode, ToolError};

/// The tools of a set as MCP lists them, in its order.
pub(super) fn listed(set: &ToolSet) -> Vec<McpTool> {
    set.listed().iter().map(list).collect()
}

fn list(listed: &Listed) -> McpTool {
    let tool = listed.tool;
    // `openWorldHint` stays unset: several clients ask their person before every call of a tool that has it.
    // The title stands beside them: a second time in them it would only cost every agent its tokens.
    let annotations =
        ToolAnnotations::new().read_only(tool.effect.read_only()).destructive(tool.effect.destructive());
    McpTool::new(listed.name(), listed.description(), Arc::new(listed.input_schema()))
        .with_title(tool.title)
        .with_annotations(annotations)
}

/// The answer to a call, from what the hub said.
pub(super) fn of(outcome: Result<Box<RawValue>, ToolError>) -> CallToolResult {
    match outcome {
        Ok(result) => match serde_json::from_str::<ToolResult<'_>>(result.get()) {
            Ok(result) => CallToolResult::success(result.content.into_iter().map(block).collect()),
            Err(error) => failed(&ToolError::new(
                ErrorCode::OutcomeUnknown,
                format!("The call ran and its result is not understood: {error}."),
                "Look at the page with browser_snapshot; the hub may be of another release: `tabmux hub restart`.",
            )),
        },
        Err(error) => failed(&error),
    }
}

/// The answer to a call that failed: the code comes first, so that agents can branch on it.
pub(super) fn failed(error: &ToolError) -> CallToolResult {
    CallToolResult::error(vec![ContentBlock::text(error.to_string().trim_end())])
}

fn block(content: Content<'_>) -> ContentBlock {
    match content {
        Content::Text { text } => ContentBlock::text(text),
        Content::Image { data, mime_type } => ContentBlock::image(data, mime_type),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json, value::to_raw_value};

    use super::*;

    fn answer(result: Value) -> Value {
        serde_json::to_value(of(Ok(to_raw_value(&result).unwrap()))).unwrap()
    }

    #[test]
    fn the_list_is_the_set_in_its_order_with_hints_and_without_an_open_world() {
        let set = ToolSet::default_set();
        let listed = serde_json::to_value(listed(set)).unwrap();
        let names: Vec<&str> =
            listed.as_array().unwrap().iter().map(|t| t["name"].as_str().unwrap()).collect();
        assert_eq!(names, set.listed().iter().map(Listed::name).collect::<Vec<_>>());
        assert!(names.contains(&"hub_status") && names.contains(&"browser_console_messages"));
        for tool in listed.as_array().unwrap() {
            assert!(tool["title"].is_string() && tool["annotations"].get("title").is_none());
            assert!(tool["annotations"]["readOnlyHint"].is_boolean());
            assert!(tool["annotations"]["destructiveHint"].is_boolean());
            assert!(tool["annotations"].get("openWorldHint").is_none());
            assert!(tool.get("outputSchema").is_none());
        }
    }

    #[test]
    fn text_and_images_keep_their_order() {
        let result = answer(json!({ "content": [
            { "type": "text", "text": "a \u{1f980}" },
            { "type": "image", "data": "AAAA", "mimeType": "image/png" },
        ] }));
        assert_eq!(result["isError"], false);
        assert_eq!(result["content"][0]["text"], "a \u{1f980}");
        assert_eq!(result["content"][1]["mimeType"], "image/png");
        assert!(result.get("structuredContent").is_none());
    }

    #[test]
    fn an_error_begins_with_its_code_and_ends_with_the_next_step() {
        let error = ToolError::new(ErrorCode::NoTab, "You have no tab.", "Open one with browser_navigate.");
        let result = serde_json::to_value(failed(&error)).unwrap();
        assert_eq!(result["isError"], true);
        assert_eq!(result["content"][0]["text"], "no_tab: You have no tab. Open one with browser_navigate.");
    }

    #[test]
    fn a_result_that_is_not_understood_is_an_unknown_outcome() {
        let result = answer(json!({ "content": "nonsense" }));
        assert!(result["content"][0]["text"].as_str().unwrap().starts_with("outcome_unknown: "));
    }
}
