//! Snapshots of the corpus: time, size and what is missing, beside the bare walk of the page and beside other servers.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use tabmux_tests::{Browser, CorpusPage, Lab, Search, Site, corpus, wait_until};

use crate::raw::{self, Raw};
use crate::servers::{Deed, Maker, Server, peers};
use crate::table::{Samples, Table, short};

const DOCUMENT: &str = "comparison.md";
/// Snapshots of a page: up to so many within so long, and at least so many however long they take.
const MOST: usize = 15;
const LEAST: usize = 3;
const WITHIN: Duration = Duration::from_secs(3);
/// Calls of each kind in the comparison of calls.
const CALLS: usize = 20;

/// Measures and prints.
pub async fn run() -> Result<()> {
    let (site, lab) = (Site::start().await?, Lab::new()?);
    lab.launch(&Browser { url: Some(site.url("/page/reading")), devtools: true, ..Browser::default() })?;
    let pages = corpus();
    let ours = own(&site, &lab, &pages).await?;
    let mut compared = vec![("Tabmux".to_owned(), ours, calls(Maker::Tabmux, &site, &lab).await?)];
    for peer in peers() {
        // One after the other: a peer attaches to every tab of the browser, and would slow the others' down.
        let looks = theirs(peer, &site, &lab, &pages).await?;
        compared.push((peer.title()?, looks, calls(peer, &site, &lab).await?));
    }
    if compared.len() > 1 {
        compare_snapshots(&pages, &compared)?;
        compare_calls(&compared)?;
    }
    Ok(())
}

/// What a snapshot of a page was like.
struct Look {
    ms: f64,
    bytes: usize,
    /// How many controls are on its lines.
    shown: usize,
}

async fn own(site: &Site, lab: &Lab, pages: &[CorpusPage]) -> Result<Vec<Look>> {
    let server = begin(Maker::Tabmux, site, lab).await?;
    let mut raw = Raw::open(lab, &site.url("/page/order")).await?;
    let mut table = Table::new(
        "Snapshots",
        &[
            "page",
            "elements",
            "ms",
            "bare walk, ms",
            "ratio",
            "bytes",
            "tokens",
            "lines",
            "controls",
            "shown",
            "behind a fold",
            "missing",
        ],
    );
    let mut looks = Vec::new();
    for page in pages {
        let url = address(site, page);
        raw.run(raw::Deed::Navigate(&url)).await?;
        let mut bare = Samples::default();
        bare.times(MOST, async || raw.run(raw::Deed::Walk).await).await?;
        let (look, text) = look(&server, &url, page).await?;
        let mut search = Search::new(page);
        search.see(&text);
        search.open(server.agent(), &text).await?;
        let missing = search.missing;
        table.row(&[
            page.about.to_owned(),
            format!("{}", raw.number("document.querySelectorAll('*').length").await?),
            short(look.ms),
            short(bare.median()),
            short(look.ms / bare.median()),
            look.bytes.to_string(),
            (look.bytes / 4).to_string(),
            text.lines().count().to_string(),
            page.controls.len().to_string(),
            look.shown.to_string(),
            (page.controls.len() - look.shown - missing.len()).to_string(),
            missing.len().to_string(),
        ]);
        if let Some(first) = missing.first() {
            println!("{}: {first:?} is missing", page.name);
        }
        looks.push(look);
    }
    table.publish(DOCUMENT, "snapshots")?;
    leave(server, lab).await?;
    Ok(looks)
}

async fn theirs(peer: Maker, site: &Site, lab: &Lab, pages: &[CorpusPage]) -> Result<Vec<Look>> {
    let server = begin(peer, site, lab).await?;
    let mut looks = Vec::new();
    for page in pages {
        looks.push(look(&server, &address(site, page), page).await?.0);
    }
    leave(server, lab).await?;
    Ok(looks)
}

/// Starts a server that has read a page already: what it sets up once is no part of a snapshot.
async fn begin(maker: Maker, site: &Site, lab: &Lab) -> Result<Server> {
    let server = Server::start(maker, lab).await?;
    server.call(Deed::Navigate(&site.url("/page/order"))).await?;
    server.call(Deed::Snapshot).await?;
    Ok(server)
}

/// Snapshots of one page through a server, and the text of the last.
async fn look(server: &Server, url: &str, page: &CorpusPage) -> Result<(Look, String)> {
    server.call(Deed::Navigate(url)).await?;
    let (mut times, began_at) = (Samples::default(), Instant::now());
    let mut text = String::new();
    for count in 0..MOST {
        if count >= LEAST && began_at.elapsed() > WITHIN {
            break;
        }
        text = times.times(1, async || server.call(Deed::Snapshot).await).await?;
    }
    let mut search = Search::new(page);
    search.see(&text);
    let shown = page.controls.len() - search.missing.len();
    Ok((Look { ms: times.median(), bytes: text.len(), shown }, text))
}

/// Calls on the small form, medians in milliseconds by the names of the calls.
async fn calls(maker: Maker, site: &Site, lab: &Lab) -> Result<Vec<(&'static str, f64)>> {
    let server = begin(maker, site, lab).await?;
    let (order, answers) = (site.url("/page/order"), site.url("/page/answers"));
    let mut found = Vec::new();
    let mut measure = async |name, deed: Deed<'_>| -> Result<()> {
        let mut times = Samples::default();
        // The first of its kind may have to set up what the others find.
        server.call(deed).await?;
        times.times(CALLS, async || server.call(deed).await).await?;
        found.push((name, times.median()));
        Ok(())
    };
    measure("navigate", Deed::Navigate(&order)).await?;
    measure("snapshot", Deed::Snapshot).await?;
    let page = server.call(Deed::Snapshot).await?;
    measure("click, the page does nothing", Deed::Click(&server.ref_in(&page, "checkbox \"As a gift\"")?))
        .await?;
    measure("type, the page does nothing", Deed::Type(&server.ref_in(&page, "textbox \"Name\"")?)).await?;
    measure("evaluate", Deed::Evaluate).await?;
    measure("screenshot", Deed::Screenshot).await?;
    server.call(Deed::Navigate(&answers)).await?;
    let page = server.call(Deed::Snapshot).await?;
    measure("click, the page answers", Deed::Click(&server.ref_in(&page, "button \"Answer\"")?)).await?;
    measure("type, the page answers", Deed::Type(&server.ref_in(&page, "textbox \"Said\"")?)).await?;
    leave(server, lab).await?;
    Ok(found)
}

type Compared = (String, Vec<Look>, Vec<(&'static str, f64)>);

fn compare_snapshots(pages: &[CorpusPage], compared: &[Compared]) -> Result<()> {
    let mut columns = vec!["page".to_owned()];
    for unit in ["ms", "bytes", "controls shown"] {
        columns.extend(compared.iter().map(|(name, ..)| format!("{name}: {unit}")));
        columns.extend((unit != "controls shown").then(|| "better peer / ours".to_owned()));
    }
    let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
    let mut table = Table::new("Snapshots beside other servers, on one Chromium in one run", &columns);
    for (index, page) in pages.iter().enumerate() {
        let looks: Vec<&Look> = compared.iter().map(|(_, looks, _)| &looks[index]).collect();
        let mut cells = vec![page.about.to_owned()];
        let times: Vec<f64> = looks.iter().map(|look| look.ms).collect();
        let sizes: Vec<f64> = looks.iter().map(|look| look.bytes as f64).collect();
        cells.extend(times.iter().map(|ms| short(*ms)));
        cells.push(short(best_of_others(&times)? / times[0]));
        cells.extend(looks.iter().map(|look| look.bytes.to_string()));
        cells.push(short(best_of_others(&sizes)? / sizes[0]));
        cells.extend(looks.iter().map(|look| format!("{} of {}", look.shown, page.controls.len())));
        table.row(&cells);
    }
    table.publish(DOCUMENT, "snapshots of peers")
}

fn compare_calls(compared: &[Compared]) -> Result<()> {
    let columns: Vec<&str> =
        std::iter::once("call").chain(compared.iter().map(|(name, ..)| name.as_str())).collect();
    let mut table = Table::new("Calls beside other servers, medians (ms)", &columns);
    for (index, (name, _)) in compared[0].2.iter().enumerate() {
        let times = compared.iter().map(|(_, _, calls)| short(calls[index].1));
        table.row(&std::iter::once((*name).to_owned()).chain(times).collect::<Vec<_>>());
    }
    table.publish(DOCUMENT, "calls of peers")
}

fn best_of_others(figures: &[f64]) -> Result<f64> {
    figures[1..].iter().copied().min_by(f64::total_cmp).context("no other")
}

fn address(site: &Site, page: &CorpusPage) -> String {
    site.url(&format!("/corpus/{}", page.name))
}

/// Ends a server; ours takes its tabs along.
async fn leave(server: Server, lab: &Lab) -> Result<()> {
    server.close().await?;
    wait_until("nobody is connected", async || lab.status().is_ok_and(|status| status.clients.is_empty()))
        .await;
    Ok(())
}
