//! Pages to work on, served on loopback.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::{Component, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Result;
use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::corpus::{OTHER_SITE, corpus_document};

/// A web server with the pages of `tests/pages` and a few that behave: slow ones, counters, redirects.
pub struct Site {
    port: u16,
    counts: Counts,
    server: JoinHandle<()>,
}

/// What pages have counted on the server, by name.
type Counts = Arc<Mutex<BTreeMap<String, u64>>>;

impl Site {
    /// Serves on a free port of 127.0.0.1.
    pub async fn start() -> Result<Self> {
        Self::start_on(0).await
    }

    /// Serves on that port of 127.0.0.1.
    pub async fn start_on(port: u16) -> Result<Self> {
        Self::serve(port, None).await
    }

    /// Serves on a free port of 127.0.0.1, and what a folder holds under `/files/`.
    pub async fn start_with_files(folder: PathBuf) -> Result<Self> {
        Self::serve(0, Some(folder)).await
    }

    async fn serve(port: u16, files: Option<PathBuf>) -> Result<Self> {
        let counts = Counts::default();
        let listener = TcpListener::bind(("127.0.0.1", port)).await?;
        let port = listener.local_addr()?.port();
        let routes = Router::new()
            .route("/page/{name}", get(page))
            .route("/corpus/{name}", get(corpus_page))
            .route("/greet", get(greet))
            .route("/slow/{ms}", get(slow))
            .route("/redirect", get(redirect))
            .route("/round/{n}", get(round))
            .route("/pdf", get(pdf))
            .route("/posted", post(posted))
            .route("/count/{name}", post(count))
            .with_state(counts.clone());
        let routes = match files {
            Some(folder) => routes.route("/files/{*path}", get(async move |path| file(&folder, path).await)),
            None => routes,
        };
        let server = tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, routes).await {
                eprintln!("the test site ended: {error}");
            }
        });
        Ok(Self { port, counts, server })
    }

    /// The address of a path on the site, under 127.0.0.1.
    pub fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// The address of the same path under another host, which a browser takes for another site.
    pub fn other_site_url(&self, path: &str) -> String {
        format!("http://localhost:{}{path}", self.port)
    }

    /// How often a page counted under that name.
    pub fn counted(&self, name: &str) -> u64 {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner).get(name).copied().unwrap_or(0)
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// A file below a folder, by the kind that its ending tells.
async fn file(folder: &std::path::Path, Path(path): Path<PathBuf>) -> Response {
    let below = path.components().all(|part| matches!(part, Component::Normal(_)));
    let kind = match path.extension().and_then(OsStr::to_str) {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript",
        Some("css") => "text/css",
        Some("png") => "image/png",
        Some("gif") => "image/gif",
        _ => "application/octet-stream",
    };
    match tokio::fs::read(folder.join(&path)).await {
        Ok(bytes) if below => ([(header::CONTENT_TYPE, kind)], bytes).into_response(),
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn page(Path(name): Path<String>) -> Response {
    let plain = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    let path = format!("{}/pages/{name}.html", env!("CARGO_MANIFEST_DIR"));
    match tokio::fs::read_to_string(path).await {
        Ok(text) if plain => html(text),
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}

/// A page that snapshots are measured on. The other site is the same one under its other host.
async fn corpus_page(Path(name): Path<String>, headers: HeaderMap) -> Response {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let other = format!("http://{}", host.replace("127.0.0.1", "localhost"));
    match corpus_document(&name) {
        Some(text) => html(text.replace(OTHER_SITE, &other)),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// Where forms lead: says back what was sent.
async fn greet(Query(query): Query<BTreeMap<String, String>>) -> Response {
    let fields: String =
        query.iter().map(|(name, value)| format!("<li>{}: {}</li>", escape(name), escape(value))).collect();
    html(format!("<!doctype html><title>Received</title><h1>Received</h1><ul>{fields}</ul>"))
}

/// Leads on to the address in `to`, as the pages of a login do.
async fn redirect(Query(query): Query<BTreeMap<String, String>>) -> Redirect {
    Redirect::to(query.get("to").map_or("/greet", String::as_str))
}

/// Leads on for ever, to another address each time.
async fn round(Path(n): Path<u64>) -> Redirect {
    Redirect::to(&format!("/round/{}", n.wrapping_add(1)))
}

/// A document that the browser shows in a viewer of its own.
async fn pdf() -> Response {
    ([(header::CONTENT_TYPE, "application/pdf")], PDF).into_response()
}

/// The result page of a form that posts; how often it came is counted as `posted`.
async fn posted(State(counts): State<Counts>) -> Response {
    *counts.lock().unwrap_or_else(PoisonError::into_inner).entry("posted".to_owned()).or_default() += 1;
    let page = html("<!doctype html><title>Posted</title><h1>Your order is placed</h1>".to_owned());
    ([(header::CACHE_CONTROL, "no-store")], page).into_response()
}

async fn slow(Path(ms): Path<u64>) -> Response {
    tokio::time::sleep(Duration::from_millis(ms.min(60_000))).await;
    html(format!("<!doctype html><title>Slow</title><h1>Came after {ms} ms</h1>"))
}

async fn count(State(counts): State<Counts>, Path(name): Path<String>) -> String {
    let mut counts = counts.lock().unwrap_or_else(PoisonError::into_inner);
    let count = counts.entry(name).or_default();
    *count += 1;
    count.to_string()
}

/// The smallest document that is one: a single empty page.
const PDF: &str = "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n\
    2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]>>endobj\n\
    trailer<</Root 1 0 R>>\n%%EOF\n";

fn html(text: String) -> Response {
    ([(header::CONTENT_TYPE, "text/html; charset=utf-8")], text).into_response()
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}
