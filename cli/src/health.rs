//! `tabmux health`: what any script may ask without the secret.

use std::io;
use std::time::Duration;

use anyhow::{Context, anyhow, bail};
use tabmux_cli::args::ShowArgs;
use tabmux_protocol::Installation;
use tabmux_protocol::message::{Health, HubState};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::status::duration;
use crate::terminal::{GOOD, WARN, paint, print};
use crate::{Failure, config, plain, runtime};

/// How long an answer may take.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);
/// More than the answer of a hub.
const LONGEST: u64 = 64 * 1024;

/// Prints what `GET /health` says; it is a failure if the hub is about to leave.
pub(crate) fn show(args: &ShowArgs) -> Result<(), Failure> {
    let (installation, _) = config::load(None)?;
    let asked = runtime()?.block_on(async { timeout(ANSWER_WITHIN, ask(&installation)).await });
    let port = installation.port;
    let health = match asked {
        Ok(Ok(health)) => health,
        Ok(Err(error)) if is_refused(&error) => {
            return Err(Failure::NoHub("no hub is running: start it with `tabmux hub start`".into()));
        }
        Ok(Err(error)) => {
            return Err(Failure::Refused(format!(
                "what listens on port {port} is not a hub of Tabmux: {error:#}"
            )));
        }
        Err(_) => {
            let within = ANSWER_WITHIN.as_secs();
            return Err(Failure::Refused(format!(
                "what listens on port {port} did not answer within {within} s"
            )));
        }
    };
    print(&if args.json { serde_json::to_string(&health)? } else { for_people(&health) });
    match health.state {
        HubState::Serving => Ok(()),
        _ => Err(Failure::Failed(anyhow!("the hub is about to leave"))),
    }
}

fn is_refused(error: &anyhow::Error) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::ConnectionRefused)
}

async fn ask(installation: &Installation) -> anyhow::Result<Health> {
    let mut stream = TcpStream::connect(("127.0.0.1", installation.port)).await?;
    let request =
        format!("GET /health HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", installation.authority());
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.take(LONGEST).read_to_end(&mut answer).await?;
    read(std::str::from_utf8(&answer)?)
}

/// Reads an answer of the hub's, which is one piece; 503 is what a hub answers that is about to leave.
fn read(answer: &str) -> anyhow::Result<Health> {
    let (head, body) = answer.split_once("\r\n\r\n").context("its answer is not HTTP")?;
    let status = head.split(' ').nth(1).unwrap_or_default();
    if status != "200" && status != "503" {
        bail!("it answers with status {}", plain::one_line(status));
    }
    let health: Health = serde_json::from_str(body).context("its answer is not understood")?;
    match health.name.as_str() {
        "tabmux" => Ok(health),
        _ => bail!("it calls itself `{}`", plain::one_line(&health.name)),
    }
}

fn for_people(health: &Health) -> String {
    let style = if health.state == HubState::Serving { GOOD } else { WARN };
    let browser = if health.browser.connected { "connected" } else { "not connected" };
    let agents =
        if health.clients == 1 { "1 agent".to_owned() } else { format!("{} agents", health.clients) };
    format!(
        "{}: port {}, pid {}, version {}, up {}, browser {browser}, {agents}",
        paint(style, &plain::one_line(&health.status)),
        health.ports.hub,
        health.pid,
        plain::one_line(&health.version),
        duration(health.uptime_ms)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_hub_is_believed() {
        let body = r#"{"status":"draining","state":"draining","name":"tabmux","version":"0.1.0","protocol":{"min":1,"max":1},
            "instance":"1-2","pid":1,"uptimeMs":121000,"browser":{"connected":false},"clients":2,"ports":{"hub":9008,"browsermcp":null}}"#;
        let health =
            read(&format!("HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\n\r\n{body}")).unwrap();
        let shown = anstream::adapter::strip_str(&for_people(&health)).to_string();
        assert_eq!(
            shown,
            "draining: port 9008, pid 1, version 0.1.0, up 2 min, browser not connected, 2 agents"
        );
        let said = |answer: &str| format!("{:#}", read(answer).unwrap_err());
        assert_eq!(said("SSH-2.0-OpenSSH"), "its answer is not HTTP");
        assert_eq!(said("HTTP/1.1 404 Not Found\r\n\r\n"), "it answers with status 404");
        let other = body.replace("\"tabmux\"", "\"other\"");
        assert_eq!(said(&format!("HTTP/1.1 200 OK\r\n\r\n{other}")), "it calls itself `other`");
    }
}
