//! HTTP requests: every connection ends, and nothing is let in that is not to be.

use std::time::Duration;

use futures_util::future::join;
use tabmux_hub::Settings;
use tabmux_protocol::EXTENSION_ID;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;

use crate::installation::{AUTHORITY, with_hub};

/// How long a connection may last that proves nothing: the handshake's 5 s and a second for the farewell.
const LONGEST: Duration = Duration::from_secs(6);

/// The input is what a stranger sends; then it waits.
pub fn http(data: &[u8]) {
    with_hub(Settings::default(), async |hub| {
        let stream = hub.connect().await.unwrap();
        let (mut reader, mut writer) = tokio::io::split(stream);
        let mut answer = Vec::new();
        let talk = join(writer.write_all(data), reader.read_to_end(&mut answer));
        // The hub may close before it has read everything.
        let _ = timeout(LONGEST, talk).await.expect("a connection that proves nothing ends");
        let answer = String::from_utf8_lossy(&answer);
        let Some(status) = answer.split(' ').nth(1).and_then(|status| status.parse::<u16>().ok()) else {
            assert!(answer.is_empty(), "not an HTTP answer: {answer}");
            return;
        };
        assert!(answer.starts_with("HTTP/1."), "{answer}");
        assert_eq!(answer.matches("HTTP/1.").count(), 1, "one request a connection: {answer}");
        match status {
            101 => assert!(Asked::of(data).may_have(&["/client", "/extension"]), "a socket for a stranger"),
            200 => assert!(Asked::of(data).may_have(&["/health"]), "the health for a stranger"),
            400..=499 => {}
            other => panic!("status {other}"),
        }
    });
}

/// A request as the rules see it, read in the simplest way: the hub's own reading is held against it.
struct Asked {
    method: String,
    target: String,
    headers: Vec<(String, String)>,
}

impl Asked {
    fn of(data: &[u8]) -> Self {
        let text = String::from_utf8_lossy(data);
        let mut lines = text.split('\n').map(|line| line.strip_suffix('\r').unwrap_or(line));
        let first = lines.by_ref().find(|line| !line.is_empty()).unwrap_or_default();
        let mut words = first.split(' ').filter(|word| !word.is_empty());
        let mut word = || words.next().unwrap_or_default().to_owned();
        let (method, target) = (word(), word());
        let headers = lines.take_while(|line| !line.is_empty()).filter_map(|line| line.split_once(':'));
        let headers = headers.map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()));
        Self { method, target, headers: headers.collect() }
    }

    fn may_have(&self, paths: &[&str]) -> bool {
        let port = AUTHORITY.rsplit(':').next().unwrap_or_default();
        let hosts = ["127.0.0.1", "localhost", "[::1]"].map(|host| format!("{host}:{port}"));
        let is_ours = |host: &str| hosts.iter().any(|ours| ours.eq_ignore_ascii_case(host));
        let path = match self.target.split_once("://") {
            Some((_, rest)) => &rest[rest.find(['/', '?']).unwrap_or(rest.len())..],
            None => &self.target,
        };
        let path = path.split(['?', '#']).next().unwrap_or_default();
        let origin = format!("chrome-extension://{EXTENSION_ID}");
        let origins = self.all("origin");
        let is_origin_right = match origins[..] {
            [] => path != "/extension" && !self.all("sec-fetch-site").contains(&"cross-site"),
            [only] => path != "/client" && only == origin,
            _ => false,
        };
        let is_host_right = matches!(self.all("host")[..], [host] if is_ours(host));
        self.method == "GET" && paths.contains(&path) && is_host_right && is_origin_right
    }

    fn all(&self, name: &str) -> Vec<&str> {
        self.headers.iter().filter(|(key, _)| key == name).map(|(_, value)| value.as_str()).collect()
    }
}
