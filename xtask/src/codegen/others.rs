//! The tools of other servers for browsers, and what of ours does the same: a section of docs/comparison.md.
//!
//! The lists are what the servers themselves answer to `tools/list`: Playwright MCP with every capability,
//! chrome-devtools-mcp with every category and by coordinates. Claude in Chrome is no package: its list is from use.

use std::fmt::Write;

use tabmux_protocol::tools;

/// A server, and rows of its tools, those together that have the same counterpart.
struct Server {
    name: &'static str,
    rows: &'static [(&'static [&'static str], Counterpart)],
}

/// What of ours does the same.
enum Counterpart {
    /// These tools; the note says how where the names do not.
    Ours(&'static [&'static str], &'static str),
    /// None, and why.
    None(&'static str),
}

use Counterpart::{None as Without, Ours};

/// The section's tables.
pub fn tables() -> String {
    let mut text = String::new();
    for server in SERVERS {
        let count: usize = server.rows.iter().map(|(theirs, _)| theirs.len()).sum();
        let _ = write!(text, "\n### {}: {count} tools\n\n| theirs | ours |\n| --- | --- |\n", server.name);
        for (theirs, ours) in server.rows {
            let theirs: Vec<String> = theirs.iter().map(|name| format!("`{name}`")).collect();
            let _ = writeln!(text, "| {} | {} |", theirs.join(", "), told(ours));
        }
    }
    text
}

fn told(counterpart: &Counterpart) -> String {
    match counterpart {
        Ours(names, note) => {
            let names: Vec<String> = names.iter().map(|name| linked(name)).collect();
            let note = if note.is_empty() { String::new() } else { format!(": {note}") };
            format!("{}{note}", names.join(", "))
        }
        Without(reason) => format!("none: {reason}"),
    }
}

/// A tool's name, with a link to its description.
fn linked(name: &str) -> String {
    let listed = tools::find(name).map_or(name, |tool| tool.name);
    format!("[`{name}`](tools.md#{listed})")
}

const SERVERS: &[Server] = &[
    Server { name: "BrowserMCP", rows: BROWSERMCP },
    Server { name: "Playwright MCP 0.0.83", rows: PLAYWRIGHT },
    Server { name: "chrome-devtools-mcp 1.11.0", rows: DEVTOOLS },
    Server { name: "Claude in Chrome", rows: CLAUDE },
];

const BROWSERMCP: &[(&[&str], Counterpart)] = &[
    (
        &["browser_navigate", "browser_snapshot", "browser_click", "browser_hover", "browser_type"],
        Ours(&["browser_navigate", "browser_snapshot", "browser_click", "browser_hover", "browser_type"], ""),
    ),
    (
        &["browser_go_back", "browser_go_forward"],
        Ours(&["browser_navigate_back", "browser_go_forward"], "under the old names, too"),
    ),
    (
        &["browser_select_option", "browser_press_key"],
        Ours(&["browser_select_option", "browser_press_key"], ""),
    ),
    (&["browser_wait"], Ours(&["browser_wait_for"], "under the old name, too")),
    (&["browser_get_console_logs"], Ours(&["browser_console_messages"], "under the old name, too")),
    (&["browser_screenshot"], Ours(&["browser_take_screenshot"], "under the old name, too")),
];

const PLAYWRIGHT: &[(&[&str], Counterpart)] = &[
    (
        &["browser_navigate", "browser_navigate_back"],
        Ours(&["browser_navigate", "browser_navigate_back"], ""),
    ),
    (&["browser_snapshot", "browser_find"], Ours(&["browser_snapshot", "browser_find"], "")),
    (
        &["browser_click", "browser_hover", "browser_type", "browser_press_key", "browser_select_option"],
        Ours(
            &["browser_click", "browser_hover", "browser_type", "browser_press_key", "browser_select_option"],
            "",
        ),
    ),
    (
        &["browser_fill_form", "browser_file_upload", "browser_drag", "browser_drop"],
        Ours(&["browser_fill_form", "browser_file_upload", "browser_drag", "browser_drop"], ""),
    ),
    (
        &["browser_wait_for", "browser_handle_dialog"],
        Ours(&["browser_wait_for", "browser_handle_dialog"], ""),
    ),
    (&["browser_evaluate"], Ours(&["browser_evaluate"], "")),
    (
        &["browser_run_code_unsafe"],
        Without("code of an agent's would run outside the page, with the rights of the server"),
    ),
    (&["browser_take_screenshot", "browser_pdf_save"], Ours(&["browser_take_screenshot", "browser_pdf"], "")),
    (
        &["browser_tabs", "browser_close", "browser_resize"],
        Ours(&["browser_tabs", "browser_close", "browser_resize"], ""),
    ),
    (&["browser_emulate_media"], Ours(&["browser_emulate"], "colour scheme, motion, colours, print")),
    (&["browser_network_state_set"], Ours(&["browser_emulate"], "network offline")),
    (
        &["browser_console_messages", "browser_network_requests", "browser_network_request"],
        Ours(&["browser_console_messages", "browser_network_requests", "browser_network_request"], ""),
    ),
    (
        &["browser_route", "browser_route_list", "browser_unroute"],
        Ours(&["browser_route", "browser_route_list", "browser_unroute"], ""),
    ),
    (
        &["browser_cookie_list", "browser_cookie_get", "browser_cookie_set", "browser_cookie_delete"],
        Ours(&["browser_cookies"], "one tool with an action; of the page's own site"),
    ),
    (
        &["browser_cookie_clear"],
        Ours(&["browser_cookies"], "of the page's own site: the profile is the person's"),
    ),
    (
        &[
            "browser_localstorage_list",
            "browser_localstorage_get",
            "browser_localstorage_set",
            "browser_localstorage_delete",
            "browser_localstorage_clear",
            "browser_sessionstorage_list",
            "browser_sessionstorage_get",
            "browser_sessionstorage_set",
            "browser_sessionstorage_delete",
            "browser_sessionstorage_clear",
        ],
        Ours(&["browser_storage"], "one tool with an action and an area"),
    ),
    (
        &["browser_storage_state", "browser_set_storage_state"],
        Ours(&["browser_storage_state"], "save and load"),
    ),
    (
        &["browser_mouse_move_xy", "browser_mouse_click_xy", "browser_mouse_drag_xy", "browser_mouse_wheel"],
        Ours(
            &[
                "browser_mouse_move_xy",
                "browser_mouse_click_xy",
                "browser_mouse_drag_xy",
                "browser_mouse_wheel",
            ],
            "",
        ),
    ),
    (
        &["browser_mouse_down", "browser_mouse_up"],
        Without(
            "a button that is held from one call to the next is held on whatever comes between; the drag is one call",
        ),
    ),
    (&["browser_highlight", "browser_hide_highlight"], Ours(&["browser_highlight"], "on and off")),
    (
        &["browser_verify_element_visible", "browser_verify_list_visible"],
        Ours(&["browser_find"], "by role and name, with the lines around"),
    ),
    (&["browser_verify_text_visible"], Ours(&["browser_wait_for"], "a text, and what was there instead")),
    (&["browser_verify_value"], Ours(&["browser_snapshot"], "values stand behind the colon")),
    (
        &["browser_generate_locator", "browser_start_recording", "browser_stop_recording"],
        Without("they write test code for Playwright"),
    ),
    (
        &[
            "browser_start_video",
            "browser_stop_video",
            "browser_video_chapter",
            "browser_video_show_actions",
            "browser_video_hide_actions",
        ],
        Without("films for people; an agent's record is its calls"),
    ),
    (
        &[
            "browser_start_tracing",
            "browser_stop_tracing",
            "browser_resume",
            "browser_annotate",
            "browser_get_config",
        ],
        Without("they belong to Playwright's own trace viewer, debugger, dashboard and configuration"),
    ),
];

const DEVTOOLS: &[(&[&str], Counterpart)] = &[
    (
        &["navigate_page"],
        Ours(&["browser_navigate", "browser_navigate_back", "browser_go_forward", "browser_reload"], ""),
    ),
    (
        &["new_page", "list_pages", "select_page", "close_page"],
        Ours(&["browser_tabs"], "the agent's own tabs; `tab` on every tool names one"),
    ),
    (&["take_snapshot", "take_screenshot"], Ours(&["browser_snapshot", "browser_take_screenshot"], "")),
    (
        &["click", "hover", "press_key", "type_text", "fill", "drag"],
        Ours(&["browser_click", "browser_hover", "browser_press_key", "browser_type", "browser_drag"], ""),
    ),
    (&["fill_form", "upload_file"], Ours(&["browser_fill_form", "browser_file_upload"], "")),
    (&["click_at"], Ours(&["browser_mouse_click_xy"], "")),
    (&["handle_dialog", "wait_for"], Ours(&["browser_handle_dialog", "browser_wait_for"], "")),
    (&["evaluate_script"], Ours(&["browser_evaluate"], "in the page")),
    (&["resize_page", "emulate"], Ours(&["browser_resize", "browser_emulate"], "")),
    (
        &["list_console_messages", "get_console_message"],
        Ours(&["browser_console_messages"], "with stacks on request"),
    ),
    (
        &["list_network_requests", "get_network_request"],
        Ours(&["browser_network_requests", "browser_network_request"], ""),
    ),
    (&["get_css_styles"], Ours(&["browser_evaluate"], "`getComputedStyle`; which rule won is not told")),
    (
        &[
            "performance_start_trace",
            "performance_stop_trace",
            "performance_analyze_insight",
            "lighthouse_audit",
        ],
        Without(
            "audits of pages for those who build them, in a browser of their own: they reload the page and slow it down",
        ),
    ),
    (
        &["take_heapsnapshot", "screencast_start", "screencast_stop"],
        Without("hundreds of megabytes for people with the right viewer; an agent reads none of it"),
    ),
    (
        &[
            "install_extension",
            "uninstall_extension",
            "reload_extension",
            "list_extensions",
            "trigger_extension_action",
            "install_pwa",
            "launch_pwa",
            "uninstall_pwa",
            "get_os_app_state",
        ],
        Without("what is installed in the person's browser is theirs to decide; an extension may not either"),
    ),
    (
        &["list_3p_developer_tools", "execute_3p_developer_tool", "list_webmcp_tools", "execute_webmcp_tool"],
        Without(
            "the page would write the agent's tools; what a page offers can be called with browser_evaluate",
        ),
    ),
];

const CLAUDE: &[(&[&str], Counterpart)] = &[
    (
        &["tabs_context_mcp", "tabs_create_mcp", "tabs_close_mcp"],
        Ours(&["browser_tabs", "browser_person_tabs"], "the person's own by consent"),
    ),
    (&["navigate"], Ours(&["browser_navigate", "browser_navigate_back", "browser_go_forward"], "")),
    (
        &["computer"],
        Ours(
            &[
                "browser_click",
                "browser_type",
                "browser_press_key",
                "browser_hover",
                "browser_drag",
                "browser_scroll",
                "browser_wait_for",
                "browser_take_screenshot",
                "browser_mouse_click_xy",
            ],
            "by ref first, by coordinates where a picture is all there is",
        ),
    ),
    (&["read_page", "get_page_text"], Ours(&["browser_snapshot", "browser_get_text"], "")),
    (&["find"], Ours(&["browser_find"], "by text, role and name, without a second model")),
    (&["form_input"], Ours(&["browser_fill_form"], "")),
    (&["javascript_tool"], Ours(&["browser_evaluate"], "")),
    (
        &["read_console_messages", "read_network_requests"],
        Ours(&["browser_console_messages", "browser_network_requests"], ""),
    ),
    (
        &["file_upload", "upload_image"],
        Ours(&["browser_file_upload"], "from the folders that are configured"),
    ),
    (&["resize_window"], Ours(&["browser_resize"], "the page; the person's window keeps its size")),
    (&["gif_creator"], Without("films for people; an agent's record is its calls")),
    (
        &["shortcuts_list", "shortcuts_execute", "update_plan"],
        Without("they belong to that extension's own side panel"),
    ),
    (&["switch_browser"], Without("the person chooses the browser, in its popup")),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_tool_of_the_others_is_named_once_and_has_a_counterpart_that_there_is_or_a_reason() {
        let counts: Vec<(&str, usize)> = SERVERS
            .iter()
            .map(|server| {
                let mut names = BTreeSet::new();
                for (theirs, counterpart) in server.rows {
                    assert!(theirs.iter().all(|name| names.insert(*name)), "{theirs:?} twice");
                    assert!(match counterpart {
                        Ours(names, _) => names.iter().all(|name| tools::find(name).is_some()),
                        Without(reason) => !reason.is_empty(),
                    });
                }
                (server.name, names.len())
            })
            .collect();
        let expected = [
            ("BrowserMCP", 12),
            ("Playwright MCP 0.0.83", 72),
            ("chrome-devtools-mcp 1.11.0", 46),
            ("Claude in Chrome", 20),
        ];
        assert_eq!(counts, expected);
    }
}
