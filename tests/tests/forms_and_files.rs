//! Filling forms and sending files: from an agent's folder to a real page.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use anyhow::Result;
use serde_json::json;
use tabmux_tests::{Agent, Browser, Lab, Site, ref_in, wait_until};

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_fills_a_form_of_every_kind_in_one_call() -> Result<()> {
    let (site, lab) = (Site::start().await?, Lab::new()?);
    lab.launch(&Browser::default())?;
    let work = folder(&lab, "work")?;
    fs::write(work.join("paper.pdf"), "%PDF")?;
    let agent = in_folder(&lab, "alice", &work).await?;
    agent.ok("browser_navigate", json!({ "url": site.url("/page/signup") })).await?;
    let page = agent.ok("browser_snapshot", json!({})).await?;
    let of = |part: &str| ref_in(&page, part);
    let fields = json!([
        { "name": "Name", "type": "textbox", "ref": of("textbox \"Name\"")?, "value": "Ada" },
        { "ref": of("checkbox \"News\"")?, "value": "true" },
        { "target": of("radio \"Large\"")?, "value": "true" },
        { "ref": of("combobox \"Country\"")?, "value": "France" },
        { "ref": of("slider \"Volume\"")?, "value": "70" },
        { "ref": of("textbox \"Born\"")?, "value": "yesterday" },
        { "ref": of("\"Papers")?, "paths": ["paper.pdf"] },
    ]);
    let filled = agent.ok("browser_fill_form", json!({ "fields": fields })).await?;
    assert!(filled.starts_with("Filled 6 of 7 fields.\n"), "{filled}");
    assert!(filled.contains(": failed, bad_input: ") && filled.contains("a date such as"), "{filled}");
    assert!(filled.contains(": chosen \"paper.pdf\""), "{filled}");
    let held =
        json!({ "function": "() => [...new FormData(document.forms[0])].map(([k, v]) => [k, v.name ?? v])" });
    assert_eq!(
        agent.ok("browser_evaluate", held).await?,
        "### Result\n[[\"name\",\"Ada\"],[\"news\",\"on\"],[\"size\",\"l\"],[\"country\",\"fr\"],[\"volume\",\"70\"],[\"born\",\"\"],[\"papers\",\"paper.pdf\"]]"
    );
    let told = agent.fails("browser_fill_form", json!({ "fields": [{ "ref": "e1" }, { "ref": 2 }] })).await?;
    assert!(told.starts_with("bad_input: browser_fill_form: `fields[1].ref` must be text."), "{told}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_sends_files_of_its_own_folder_and_no_others() -> Result<()> {
    let (site, lab) = (Site::start().await?, Lab::new()?);
    lab.launch(&Browser::default())?;
    let (work, other) = (folder(&lab, "work")?, folder(&lab, "other")?);
    fs::write(work.join("a.txt"), "alice")?;
    fs::write(work.join("large.bin"), vec![7; 20 << 20])?;
    fs::File::create(work.join("too-large.bin"))?.set_len((32 << 20) + 1)?;
    fs::write(other.join("secret.txt"), "bob's")?;
    symlink(other.join("secret.txt"), work.join("link.txt"))?;
    let (alice, bob) = tokio::try_join!(in_folder(&lab, "alice", &work), in_folder(&lab, "bob", &other))?;
    tokio::try_join!(
        alice.ok("browser_navigate", json!({ "url": site.url("/page/signup") })),
        bob.ok("browser_navigate", json!({ "url": site.url("/page/signup") })),
    )?;
    let page = alice.ok("browser_snapshot", json!({})).await?;
    let papers = ref_in(&page, "\"Papers")?;

    let sent =
        alice.ok("browser_file_upload", json!({ "ref": papers, "paths": ["a.txt", "large.bin"] })).await?;
    assert!(sent.starts_with("Chose \"a.txt\", \"large.bin\" in button \"Papers"), "{sent}");
    wait_until("the page has read both", async || {
        let page = alice.ok("browser_snapshot", json!({})).await;
        page.is_ok_and(|page| page.contains("Got a.txt text/plain 5, large.bin 20971520"))
    })
    .await;

    for (path, code) in [
        ("../other/secret.txt", "not_permitted: "),
        ("link.txt", "not_permitted: "),
        ("/etc/passwd", "not_permitted: "),
        ("~/state/run/token", "not_permitted: "),
        (lab.installation.runtime_dir.join("token").to_str().unwrap_or_default(), "not_permitted: "),
        ("missing.txt", "bad_input: "),
        ("too-large.bin", "bad_input: "),
    ] {
        let told = alice.fails("browser_file_upload", json!({ "ref": papers, "paths": [path] })).await?;
        assert!(told.starts_with(code), "{path}: {told}");
    }
    let held =
        json!({ "function": "() => [...document.querySelector('[name=papers]').files].map((f) => f.name)" });
    assert_eq!(alice.ok("browser_evaluate", held).await?, "### Result\n[\"a.txt\",\"large.bin\"]");

    // The chooser of a click; bob's own folder is another.
    let page = bob.ok("browser_snapshot", json!({})).await?;
    let photo = ref_in(&page, "button \"Add a photo\"")?;
    let clicked = bob.ok("browser_click", json!({ "ref": photo })).await?;
    assert!(clicked.contains("- File chooser: the page opened one, which waits for one file."), "{clicked}");
    let told = alice.fails("browser_file_upload", json!({ "paths": ["a.txt"] })).await?;
    assert!(told.starts_with("bad_input: The page has no file chooser open."), "{told}");
    bob.ok("browser_file_upload", json!({ "paths": ["secret.txt"] })).await?;
    wait_until("the page has read it", async || {
        let page = bob.ok("browser_snapshot", json!({})).await;
        page.is_ok_and(|page| page.contains("Got secret.txt text/plain 5"))
    })
    .await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_person_says_whose_files_agents_may_name() -> Result<()> {
    let (site, lab) = (Site::start().await?, Lab::new()?);
    lab.configure("[files]\nroots = [\"~/pictures\"]\n")?;
    lab.launch(&Browser::default())?;
    let (work, pictures) = (folder(&lab, "work")?, folder(&lab, "pictures")?);
    fs::write(work.join("a.txt"), "text")?;
    fs::write(pictures.join("b.png"), "png")?;
    let agent = in_folder(&lab, "alice", &work).await?;
    agent.ok("browser_navigate", json!({ "url": site.url("/page/signup") })).await?;
    let papers = ref_in(&agent.ok("browser_snapshot", json!({})).await?, "\"Papers")?;
    let told = agent.fails("browser_file_upload", json!({ "ref": papers, "paths": ["a.txt"] })).await?;
    assert!(told.starts_with("not_permitted: ") && told.contains("pictures"), "{told}");
    agent.ok("browser_file_upload", json!({ "ref": papers, "paths": ["~/pictures/b.png"] })).await?;
    Ok(())
}

fn folder(lab: &Lab, name: &str) -> Result<std::path::PathBuf> {
    let folder = lab.folder().join(name);
    fs::create_dir(&folder)?;
    Ok(folder)
}

/// An agent window that works in that folder.
async fn in_folder(lab: &Lab, label: &str, folder: &Path) -> Result<Agent> {
    let mut command = lab.command(&["mcp", "--label", label]);
    command.current_dir(folder);
    Agent::spawn(command).await
}
