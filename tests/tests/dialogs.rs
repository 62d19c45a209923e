//! Dialogs of the page: every tool tells of them, nobody else waits for them, and each kind can be answered.

use anyhow::Result;
use serde_json::{Map, Value, json};
use tabmux_protocol::tools::{TOOLS, TabNeed, Tool};
use tabmux_tests::{Agent, Browser, Lab, Site, ref_in};

#[tokio::test(flavor = "multi_thread")]
async fn every_tool_tells_of_a_dialog_of_each_kind_and_no_other_tab_waits_for_it() -> Result<()> {
    let (site, lab) = (Site::start().await?, Lab::new()?);
    lab.launch(&Browser::default())?;
    let alice = Agent::start(&lab, "alice").await?;
    alice.ok("browser_navigate", json!({ "url": site.url("/page/dialogs") })).await?;
    let bob = Agent::start(&lab, "bob").await?;
    bob.ok("browser_navigate", json!({ "url": site.url("/page/order") })).await?;
    alice.ok("browser_tabs", json!({ "action": "new", "url": site.url("/page/reading") })).await?;
    for (button, told) in KINDS {
        let ref_ = raise(&alice, &site, button, told).await?;
        for tool in TOOLS.iter().filter(|tool| matches!(tool.tab, TabNeed::Existing | TabNeed::Opens)) {
            if UNDER_DIALOGS.contains(&tool.name) {
                continue;
            }
            let args = sample(tool, &ref_, &site);
            let refused = alice.fails(tool.name, args.clone()).await?;
            let expected = format!("dialog_open: {told} Answer it with browser_handle_dialog");
            assert!(refused.starts_with(&expected), "{} {args}: {refused}", tool.name);
        }
        let others = alice.ok("browser_snapshot", json!({ "tab": "t3" })).await?;
        assert!(others.contains("heading"), "the other tab of the same client: {others}");
        assert!(bob.ok("browser_snapshot", json!({})).await?.contains("Order tea"), "another client's tab");
        let list = alice.ok("browser_tabs", json!({ "action": "list" })).await?;
        assert!(list.contains("[t1]") && list.contains("[t3]"), "{list}");
        alice.ok("browser_handle_dialog", json!({ "accept": button == "Guards", "tab": "t1" })).await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn each_kind_of_dialog_is_accepted_and_dismissed_as_a_person_would() -> Result<()> {
    let (site, lab) = (Site::start().await?, Lab::new()?);
    lab.launch(&Browser::default())?;
    let alice = Agent::start(&lab, "alice").await?;
    alice.ok("browser_navigate", json!({ "url": site.url("/page/order") })).await?;
    for (kind, answer, said) in [
        (0, json!({ "accept": true }), "seen"),
        (0, json!({ "accept": false }), "seen"),
        (1, json!({ "accept": true }), "true"),
        (1, json!({ "accept": false }), "false"),
        (2, json!({ "accept": true, "promptText": "Grace" }), "Grace"),
        (2, json!({ "accept": true, "promptText": "" }), ""),
        (2, json!({ "accept": true }), "Ada"),
        (2, json!({ "accept": false }), "null"),
    ] {
        let (button, told) = KINDS[kind];
        raise(&alice, &site, button, told).await?;
        let answered = alice.ok("browser_handle_dialog", answer.clone()).await?;
        let done = if answer["accept"] == true { "Accepted" } else { "Dismissed" };
        assert!(answered.starts_with(done), "{button}, {answer}: {answered}");
        let told = json!({ "function": "() => said.textContent" });
        assert_eq!(alice.ok("browser_evaluate", told).await?, format!("### Result\n{said:?}"), "{answer}");
    }
    let (button, told) = KINDS[3];
    raise(&alice, &site, button, told).await?;
    let stayed = alice.ok("browser_handle_dialog", json!({ "accept": false })).await?;
    assert!(
        stayed.starts_with("Dismissed the leave-page dialog.") && stayed.contains("/page/dialogs"),
        "{stayed}"
    );
    alice.fails("browser_navigate", json!({ "url": site.url("/page/order") })).await?;
    let left = alice.ok("browser_handle_dialog", json!({ "accept": true })).await?;
    assert!(left.starts_with("Accepted the leave-page dialog.") && left.contains("/page/order"), "{left}");
    let none = alice.fails("browser_handle_dialog", json!({ "accept": true })).await?;
    assert!(none.starts_with("bad_input: No dialog is open in tab t1."), "{none}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tab_that_stands_still_under_the_dialog_of_its_opener_says_so() -> Result<()> {
    let (site, lab) = (Site::start().await?, Lab::new()?);
    lab.launch(&Browser::default())?;
    let alice = Agent::start(&lab, "alice").await?;
    alice.ok("browser_navigate", json!({ "url": site.url("/page/dialogs") })).await?;
    let page = alice.ok("browser_snapshot", json!({})).await?;
    let opened = alice.ok("browser_click", json!({ "ref": ref_in(&page, "Opens")? })).await?;
    assert!(opened.contains("Opened tab t2"), "{opened}");
    let order = alice.ok("browser_snapshot", json!({ "tab": "t2" })).await?;

    let waits = alice.call("browser_wait_for", json!({ "text": "never there", "time": 60, "tab": "t2" }));
    let alerts = alice.fails("browser_click", json!({ "tab": "t1", "ref": ref_in(&page, "Alerts")? }));
    let (waited, alerted) = tokio::join!(waits, alerts);
    assert!(alerted?.contains("An alert dialog is open in tab t1"));
    let (waited, told) =
        (waited?.text, "dialog_open: Tab t2 stands still under a dialog that is open in your tab t1");
    assert!(waited.starts_with(told) && waited.contains("browser_handle_dialog tab=t1"), "{waited}");
    let gift = json!({ "tab": "t2", "ref": ref_in(&order, "checkbox \"As a gift\"")? });
    let refused = alice.fails("browser_click", gift).await?;
    assert!(refused.starts_with(told), "{refused}");
    alice.ok("browser_handle_dialog", json!({ "tab": "t1", "accept": true })).await?;
    let after = alice.ok("browser_snapshot", json!({ "tab": "t2" })).await?;
    assert!(after.contains("checkbox \"As a gift\" [ref="), "what was refused was not done: {after}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_is_busy_is_not_taken_for_one_that_stands_still() -> Result<()> {
    let (site, lab) = (Site::start().await?, Lab::new()?);
    lab.launch(&Browser::default())?;
    let (alice, bob) = tokio::try_join!(Agent::start(&lab, "alice"), Agent::start(&lab, "bob"))?;
    let url = json!({ "url": site.url("/page/order") });
    tokio::try_join!(alice.ok("browser_navigate", url.clone()), bob.ok("browser_navigate", url))?;
    // Longer than a page that gives no sign of life is waited for.
    let busy = json!({ "function": "() => { const end = Date.now() + 4000; while (Date.now() < end); return 'done'; }" });
    let works = bob.ok("browser_evaluate", busy);
    let alerts = alice.fails("browser_evaluate", json!({ "function": "() => alert('Wait')" }));
    let (worked, alerted) = tokio::join!(works, alerts);
    assert!(alerted?.starts_with("dialog_open:"));
    assert_eq!(worked?, "### Result\n\"done\"");
    Ok(())
}

/// Opens the page in tab t1, raises a dialog there, and returns the ref of the button that leads to it.
async fn raise(agent: &Agent, site: &Site, button: &str, told: &str) -> Result<String> {
    agent.ok("browser_navigate", json!({ "tab": "t1", "url": site.url("/page/dialogs") })).await?;
    let page = agent.ok("browser_snapshot", json!({ "tab": "t1" })).await?;
    let ref_ = ref_in(&page, &format!("button \"{button}\""))?;
    let click = json!({ "tab": "t1", "ref": ref_ });
    let raised = if button == "Guards" {
        agent.ok("browser_click", click).await?;
        agent.fails("browser_navigate", json!({ "tab": "t1", "url": site.url("/page/reading") })).await?
    } else {
        agent.fails("browser_click", click).await?
    };
    assert!(raised.starts_with("dialog_open: ") && raised.contains(told), "{button}: {raised}");
    Ok(ref_)
}

/// Arguments that a tool takes in tab t1: what it requires and no more.
fn sample(tool: &Tool, ref_: &str, site: &Site) -> Value {
    let mut args = fitting("", &tool.input_schema().into(), ref_, site);
    args["tab"] = "t1".into();
    args
}

/// A value that fits the schema of that name.
fn fitting(name: &str, schema: &Value, ref_: &str, site: &Site) -> Value {
    match name {
        "ref" | "startRef" | "endRef" => return json!(ref_),
        "url" => return json!(site.url("/page/order")),
        "key" => return json!("Enter"),
        "function" => return json!("() => 1"),
        _ => {}
    }
    match schema["type"].as_str() {
        Some("string") => schema["enum"].get(0).cloned().unwrap_or_else(|| json!("x")),
        Some("number" | "integer") => schema.get("minimum").cloned().unwrap_or_else(|| json!(1)),
        Some("boolean") => json!(true),
        Some("array") => json!([fitting("", &schema["items"], ref_, site)]),
        _ => {
            let required = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
            let fields = required
                .map(|name| (name.to_owned(), fitting(name, &schema["properties"][name], ref_, site)));
            fields.collect::<Map<String, Value>>().into()
        }
    }
}

/// The button that leads to a dialog, and the words by which it is told of.
const KINDS: [(&str, &str); 4] = [
    ("Alerts", "An alert dialog is open in tab t1 with the text \"Just so you know\"."),
    ("Confirms", "A confirm dialog is open in tab t1 with the text \"Really?\"."),
    ("Prompts", "A prompt dialog is open in tab t1 with the text \"Your name?\" and the entry \"Ada\"."),
    ("Guards", "A leave-page dialog is open in tab t1."),
];
/// What answers a dialog, and what needs no page that answers.
const UNDER_DIALOGS: [&str; 2] = ["browser_handle_dialog", "browser_close"];
