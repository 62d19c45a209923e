//! Calls that are taken back, calls that say how far they have come, and calls side by side: seen at MCP's own wire, line
//! by line, since SDKs decide about ids and tokens themselves.

use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use serde_json::{Value, json};
use tabmux_tests::{Browser, Lab, Site, wait_until};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout};

/// How long a line may take before a test fails; shorter than any wait that the tests cancel.
const PATIENCE: Duration = Duration::from_secs(20);

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_wait_frees_its_tab_at_once_and_ends_only_that_call() -> Result<()> {
    let (site, lab) = (Site::start().await?, Lab::new()?);
    lab.launch(&Browser::default())?;
    let mut window = Window::open(&lab).await?;
    let [first, second] = window.two_tabs(&site).await?;

    let other = window.call("browser_evaluate", json!({ "tab": second, "function": until("go") })).await?;
    let never = json!({ "tab": first, "text": "never there", "time": 60 });
    let waits = window.call("browser_wait_for", never).await?;
    let queued =
        window.call("browser_evaluate", json!({ "tab": first, "function": "() => 'queued'" })).await?;
    wait_until("all three are on their way", async || {
        lab.status().is_ok_and(|status| status.clients[0].calls_in_flight == 3)
    })
    .await;

    let asked_at = Instant::now();
    window.cancel(waits).await?;
    assert_eq!(window.text(queued).await?, "### Result\n\"queued\"");
    assert!(asked_at.elapsed() < Duration::from_secs(5), "the tab was free after {:?}", asked_at.elapsed());
    assert!(!window.has_heard(other), "the call on the other tab goes on");

    // The other call ends when it is told to, so it was not cancelled with its neighbour.
    let tell = json!({ "tab": first, "function": "() => localStorage.setItem('go', 'yes')" });
    let told = window.call("browser_evaluate", tell).await?;
    window.text(told).await?;
    assert_eq!(window.text(other).await?, "### Result\n\"go\"");
    assert!(!window.has_heard(waits), "what was taken back is not answered: {:?}", window.heard);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_script_frees_its_tab_at_once() -> Result<()> {
    let (site, lab) = (Site::start().await?, Lab::new()?);
    lab.launch(&Browser::default())?;
    let mut window = Window::open(&lab).await?;
    let [tab, _] = window.two_tabs(&site).await?;

    let script =
        "async () => { await fetch('/count/began', { method: 'POST' }); await new Promise(() => {}); }";
    let runs = window.call("browser_evaluate", json!({ "tab": tab, "function": script })).await?;
    wait_until("the script runs in the page", async || site.counted("began") == 1).await;
    let asked_at = Instant::now();
    window.cancel(runs).await?;
    let next = window.call("browser_evaluate", json!({ "tab": tab, "function": "() => 'free'" })).await?;
    assert_eq!(window.text(next).await?, "### Result\n\"free\"");
    assert!(asked_at.elapsed() < Duration::from_secs(5), "the tab was free after {:?}", asked_at.elapsed());
    assert!(!window.has_heard(runs), "what was taken back is not answered: {:?}", window.heard);

    // To take back what is answered already, or what never was, does nothing.
    window.cancel(next).await?;
    window.cancel(4711).await?;
    let after = window.call("browser_evaluate", json!({ "tab": tab, "function": "() => 'after'" })).await?;
    assert_eq!(window.text(after).await?, "### Result\n\"after\"");
    wait_until("nothing is left in flight", async || {
        lab.status().is_ok_and(|status| status.hub.calls_in_flight == 0)
    })
    .await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn progress_reaches_who_asked_for_it_and_nobody_else() -> Result<()> {
    let (site, lab) = (Site::start().await?, Lab::new()?);
    lab.launch(&Browser::default())?;
    let mut window = Window::open(&lab).await?;
    let [tab, _] = window.two_tabs(&site).await?;
    let two_seconds = json!({ "tab": tab, "time": 2 });

    let told = window.call_with_token("browser_wait_for", two_seconds.clone(), Some("cup 1")).await?;
    assert_eq!(window.text(told).await?, "Waited 2 s.");
    let progress = window.progress();
    assert!(!progress.is_empty(), "it says that a second has passed: {:?}", window.heard);
    assert_eq!(progress[0]["progressToken"], "cup 1");
    assert_eq!((progress[0]["progress"].as_f64(), progress[0]["total"].as_f64()), (Some(1.0), Some(2.0)));
    let steps: Vec<f64> = progress.iter().filter_map(|step| step["progress"].as_f64()).collect();
    assert!(steps.is_sorted_by(|one, next| one < next), "progress only grows: {steps:?}");

    window.heard.clear();
    let silent = window.call("browser_wait_for", two_seconds).await?;
    assert_eq!(window.text(silent).await?, "Waited 2 s.");
    assert_eq!(window.progress(), Vec::<Value>::new(), "nobody asked");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_on_two_tabs_run_side_by_side_and_on_one_tab_in_order() -> Result<()> {
    let (site, lab) = (Site::start().await?, Lab::new()?);
    lab.launch(&Browser::default())?;
    let mut window = Window::open(&lab).await?;
    let [first, second] = window.two_tabs(&site).await?;

    // Each script ends only when the other has begun: one after the other they would wait for ever.
    let meets = |own: &str, other: &str| {
        format!("async () => {{ localStorage.setItem('{own}', 'here'); return await ({})(); }}", until(other))
    };
    let one =
        window.call("browser_evaluate", json!({ "tab": first, "function": meets("tea", "milk") })).await?;
    let two =
        window.call("browser_evaluate", json!({ "tab": second, "function": meets("milk", "tea") })).await?;
    assert_eq!(window.text(one).await?, "### Result\n\"milk\"");
    assert_eq!(window.text(two).await?, "### Result\n\"tea\"");

    let long = "async () => { globalThis.log = ['begins']; await fetch('/slow/300'); log.push('ends'); }";
    let short = "() => [...log, 'next']";
    let long = window.call("browser_evaluate", json!({ "tab": first, "function": long })).await?;
    let short = window.call("browser_evaluate", json!({ "tab": first, "function": short })).await?;
    assert_eq!(window.text(short).await?, "### Result\n[\"begins\",\"ends\",\"next\"]");
    window.text(long).await?;
    Ok(())
}

/// A script that ends when some tab of the same site has left that word, and returns the word.
fn until(word: &str) -> String {
    format!(
        "async () => {{ while (!localStorage.getItem('{word}')) await new Promise((done) => setTimeout(done, 20)); \
         return '{word}'; }}"
    )
}

/// A `tabmux mcp` process, spoken to in plain lines.
struct Window {
    stdin: ChildStdin,
    lines: Lines<BufReader<ChildStdout>>,
    next_id: u64,
    /// Every line heard and not yet asked for.
    heard: Vec<Value>,
    _child: Child,
}

impl Window {
    /// Starts the process and opens MCP with it.
    async fn open(lab: &Lab) -> Result<Self> {
        let mut child = tokio::process::Command::from(lab.command(&["mcp", "--label", "alice"]))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()?;
        let stdin = child.stdin.take().context("stdin")?;
        let lines = BufReader::new(child.stdout.take().context("stdout")?).lines();
        let mut window = Self { stdin, lines, next_id: 1, heard: Vec::new(), _child: child };
        let about = json!({ "protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": { "name": "lines", "version": "1" } });
        let id = window.request("initialize", about).await?;
        window.answer(id).await?;
        window.notify("notifications/initialized", json!({})).await?;
        Ok(window)
    }

    /// Opens two pages of the same site and returns the handles of their tabs.
    async fn two_tabs(&mut self, site: &Site) -> Result<[String; 2]> {
        for number in 1..=2 {
            let page = json!({ "action": "new", "url": site.url(&format!("/greet?page={number}")) });
            let id = self.call("browser_tabs", page).await?;
            self.text(id).await?;
        }
        let id = self.call("browser_tabs", json!({ "action": "list" })).await?;
        let list = self.text(id).await?;
        let handles =
            list.lines().filter_map(|line| Some(line.split_once('[')?.1.split_once(']')?.0.to_owned()));
        let handles: Vec<String> = handles.collect();
        handles.try_into().map_err(|_| anyhow::anyhow!("not two tabs: {list}"))
    }

    /// Calls a tool without asking for progress and returns the request's id.
    async fn call(&mut self, tool: &str, arguments: Value) -> Result<u64> {
        self.call_with_token(tool, arguments, None).await
    }

    async fn call_with_token(&mut self, tool: &str, arguments: Value, token: Option<&str>) -> Result<u64> {
        let mut params = json!({ "name": tool, "arguments": arguments });
        if let Some(token) = token {
            params["_meta"] = json!({ "progressToken": token });
        }
        self.request("tools/call", params).await
    }

    /// Takes a request back.
    async fn cancel(&mut self, id: u64) -> Result<()> {
        self.notify(
            "notifications/cancelled",
            json!({ "requestId": id, "reason": "the person pressed Escape" }),
        )
        .await
    }

    /// The text that a call was answered with; an error is one.
    async fn text(&mut self, id: u64) -> Result<String> {
        let answer = self.answer(id).await?;
        let text =
            answer["result"]["content"][0]["text"].as_str().with_context(|| format!("no text: {answer}"))?;
        anyhow::ensure!(answer["result"]["isError"] != true, "{text}");
        Ok(text.to_owned())
    }

    /// The answer to a request; what comes before it is kept.
    async fn answer(&mut self, id: u64) -> Result<Value> {
        loop {
            if let Some(at) = self.heard.iter().position(|line| is_answer(line, id)) {
                return Ok(self.heard.remove(at));
            }
            let line = tokio::time::timeout(PATIENCE, self.lines.next_line()).await;
            let line = line.with_context(|| format!("no answer to request {id}"))??;
            self.heard.push(serde_json::from_str(&line.context("the process ended")?)?);
        }
    }

    /// Whether an answer to that request came while others were waited for.
    fn has_heard(&self, id: u64) -> bool {
        self.heard.iter().any(|line| is_answer(line, id))
    }

    /// The notices of progress heard.
    fn progress(&self) -> Vec<Value> {
        let notices = self.heard.iter().filter(|line| line["method"] == "notifications/progress");
        notices.map(|line| line["params"].clone()).collect()
    }

    async fn request(&mut self, method: &str, params: Value) -> Result<u64> {
        let id = self.next_id;
        self.next_id += 1;
        self.send(json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params })).await?;
        Ok(id)
    }

    async fn notify(&mut self, method: &str, params: Value) -> Result<()> {
        self.send(json!({ "jsonrpc": "2.0", "method": method, "params": params })).await
    }

    async fn send(&mut self, line: Value) -> Result<()> {
        self.stdin.write_all(format!("{line}\n").as_bytes()).await?;
        Ok(self.stdin.flush().await?)
    }
}

fn is_answer(line: &Value, id: u64) -> bool {
    line["method"].is_null() && line["id"] == id
}
