//! Who may ask for what, by the request alone: paths, hosts, origins (DESIGN, "Who may connect").

use hyper::header::{
    AUTHORIZATION, CONNECTION, HOST, HeaderMap, HeaderName, HeaderValue, ORIGIN, SEC_WEBSOCKET_KEY,
    SEC_WEBSOCKET_VERSION, UPGRADE,
};
use hyper::{Method, StatusCode, Uri};
use tabmux_protocol::EXTENSION_IDS;
use tabmux_protocol::proof::Secret;

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// What the hub compares a request with.
pub(crate) struct Rules {
    hosts: Vec<String>,
    origins: Vec<String>,
    http_token: Secret,
}

/// What a request asks for, and may.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Admitted {
    /// The health; `readable_by` is the extension origin that may read the answer.
    Health { readable_by: Option<HeaderValue> },
    /// The metrics.
    Metrics,
    /// A socket, under the authority that was dialled.
    Socket { door: Door, authority: String, key: HeaderValue },
}

/// The path of a socket: each kind of peer has one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Door {
    Client,
    Extension,
}

/// Why a request is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Denied {
    NotFound,
    Method,
    Host,
    Origin,
    CrossSite,
    NotAnUpgrade,
    Token,
    Leaving,
}

/// What a path leads to.
enum Place {
    Health,
    Metrics,
    Socket(Door),
}

impl Rules {
    /// Loopback on `port` and what the configuration allows.
    pub(crate) fn new(
        port: u16,
        allowed_hosts: &[String],
        allowed_extension_ids: &[String],
        http_token: Secret,
    ) -> Self {
        let loopback = ["127.0.0.1", "localhost", "[::1]"].map(|host| format!("{host}:{port}"));
        let hosts =
            loopback.into_iter().chain(allowed_hosts.iter().map(|host| host.to_ascii_lowercase())).collect();
        let ids = EXTENSION_IDS.into_iter().chain(allowed_extension_ids.iter().map(String::as_str));
        let origins = ids.map(|id| format!("chrome-extension://{id}")).collect();
        Self { hosts, origins, http_token }
    }

    /// Says what the request may have.
    pub(crate) fn admit(&self, method: &Method, uri: &Uri, headers: &HeaderMap) -> Result<Admitted, Denied> {
        let authority = self.authority(uri, headers)?;
        let origin = self.origin(headers)?;
        let place = match uri.path() {
            "/health" => Place::Health,
            "/metrics" => Place::Metrics,
            "/client" => Place::Socket(Door::Client),
            "/extension" => Place::Socket(Door::Extension),
            _ => return Err(Denied::NotFound),
        };
        let is_cross_site =
            headers.get_all(SEC_FETCH_SITE).iter().any(|value| value.as_bytes() == b"cross-site");
        if is_cross_site && origin.is_none() {
            return Err(Denied::CrossSite);
        }
        // A process has no origin; the extension always has its own.
        let is_origin_right = match place {
            Place::Health => true,
            Place::Metrics | Place::Socket(Door::Client) => origin.is_none(),
            Place::Socket(Door::Extension) => origin.is_some(),
        };
        if !is_origin_right {
            return Err(Denied::Origin);
        }
        if method != Method::GET {
            return Err(Denied::Method);
        }
        match place {
            Place::Health => Ok(Admitted::Health { readable_by: origin.cloned() }),
            Place::Metrics if self.knows_token(headers) => Ok(Admitted::Metrics),
            Place::Metrics => Err(Denied::Token),
            Place::Socket(door) => {
                let key = upgrade_key(headers).ok_or(Denied::NotAnUpgrade)?.clone();
                Ok(Admitted::Socket { door, authority, key })
            }
        }
    }

    /// Whether the request comes with the token for whoever reads over HTTP (RFC 6750, section 2.1).
    fn knows_token(&self, headers: &HeaderMap) -> bool {
        let given = only(headers, &AUTHORIZATION).and_then(|value| value.to_str().ok());
        let bearer = given.and_then(|given| given.split_once(' '));
        let bearer = bearer.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
        bearer.is_some_and(|(_, token)| self.http_token.is(token.trim()))
    }

    /// The authority that was dialled: exactly one `Host`, and one of ours (DNS rebinding names another).
    fn authority(&self, uri: &Uri, headers: &HeaderMap) -> Result<String, Denied> {
        let host = only(headers, &HOST).and_then(|host| host.to_str().ok()).ok_or(Denied::Host)?;
        let is_ours = |host: &str| self.hosts.iter().any(|ours| ours.eq_ignore_ascii_case(host));
        let is_consistent = uri.authority().is_none_or(|authority| authority.as_str() == host);
        if is_ours(host) && is_consistent { Ok(host.to_owned()) } else { Err(Denied::Host) }
    }

    /// The origin, if there is one; any that is not an allowed extension's is refused.
    fn origin<'h>(&self, headers: &'h HeaderMap) -> Result<Option<&'h HeaderValue>, Denied> {
        if !headers.contains_key(ORIGIN) {
            return Ok(None);
        }
        let is_allowed =
            |origin: &&HeaderValue| self.origins.iter().any(|ours| ours.as_bytes() == origin.as_bytes());
        only(headers, &ORIGIN).filter(is_allowed).map(Some).ok_or(Denied::Origin)
    }
}

impl Denied {
    /// The status, a word for programs, and a sentence for people.
    pub(crate) fn tell(self) -> (StatusCode, &'static str, &'static str) {
        match self {
            Self::NotFound => (
                StatusCode::NOT_FOUND,
                "not_found",
                "The hub serves /health, /metrics, /client and /extension.",
            ),
            Self::Method => (StatusCode::METHOD_NOT_ALLOWED, "method", "The hub answers GET only."),
            Self::Host => (
                StatusCode::FORBIDDEN,
                "host",
                "The Host header must be 127.0.0.1 with the hub's port; others are allowed by http.allowed_hosts.",
            ),
            Self::Origin => (
                StatusCode::FORBIDDEN,
                "origin",
                "Web pages and extensions that are not Tabmux's are refused.",
            ),
            Self::CrossSite => {
                (StatusCode::FORBIDDEN, "cross_site", "Requests from other sites' pages are refused.")
            }
            Self::NotAnUpgrade => (
                StatusCode::UPGRADE_REQUIRED,
                "upgrade",
                "This path takes WebSocket upgrades of version 13 only.",
            ),
            Self::Token => (
                StatusCode::UNAUTHORIZED,
                "token",
                "Send the header `Authorization: Bearer TOKEN`; the token is in the file http-token of the runtime \
                 folder, ~/.local/state/tabmux/run.",
            ),
            Self::Leaving => (
                StatusCode::SERVICE_UNAVAILABLE,
                "leaving",
                "The hub has just left; the next one has metrics of its own.",
            ),
        }
    }
}

/// The key of a WebSocket upgrade (RFC 6455, section 4.2.1).
fn upgrade_key(headers: &HeaderMap) -> Option<&HeaderValue> {
    let has_word = |name: HeaderName, word: &str| {
        let mut values = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
        values.any(|value| value.split(',').any(|part| part.trim().eq_ignore_ascii_case(word)))
    };
    let is_version_13 = only(headers, &SEC_WEBSOCKET_VERSION).is_some_and(|value| value.as_bytes() == b"13");
    let is_upgrade = has_word(CONNECTION, "upgrade") && has_word(UPGRADE, "websocket");
    // 16 bytes in base64.
    only(headers, &SEC_WEBSOCKET_KEY).filter(|key| is_version_13 && is_upgrade && key.len() == 24)
}

/// The value of a header that came exactly once.
fn only<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<&'h HeaderValue> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?;
    values.next().is_none().then_some(value)
}

#[cfg(test)]
mod tests {
    use tabmux_protocol::EXTENSION_ID;

    use super::*;

    const PAIRED: &str = "chrome-extension://abcdefghijklmnopabcdefghijklmnop";

    fn admit(path: &str, headers: &[(&'static str, &str)]) -> Result<Admitted, Denied> {
        let ids = ["abcdefghijklmnopabcdefghijklmnop".to_owned()];
        let rules = Rules::new(9008, &["tabmux.test:9008".to_owned()], &ids, token());
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, value.parse().unwrap());
        }
        rules.admit(&Method::GET, &path.parse().unwrap(), &map)
    }

    fn upgrade(path: &str, more: &[(&'static str, &str)]) -> Result<Admitted, Denied> {
        let mut headers = vec![
            ("connection", "keep-alive, Upgrade"),
            ("upgrade", "websocket"),
            ("sec-websocket-version", "13"),
            ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
        ];
        headers.extend_from_slice(more);
        admit(path, &headers)
    }

    fn token() -> Secret {
        Secret::from_bytes([0xa5; 32])
    }

    fn ours() -> String {
        format!("chrome-extension://{EXTENSION_ID}")
    }

    #[test]
    fn only_loopback_hosts_on_our_port_and_allowed_ones_are_served() {
        for host in ["127.0.0.1:9008", "localhost:9008", "LocalHost:9008", "[::1]:9008", "tabmux.test:9008"] {
            assert!(admit("/health", &[("host", host)]).is_ok(), "{host}");
        }
        for host in
            ["127.0.0.1", "127.0.0.1:9009", "evil.test:9008", "127.0.0.1:9008.evil.test", "", "10.0.0.1:9008"]
        {
            assert_eq!(admit("/health", &[("host", host)]), Err(Denied::Host), "{host}");
        }
        assert_eq!(admit("/health", &[]), Err(Denied::Host));
        let two = [("host", "127.0.0.1:9008"), ("host", "127.0.0.1:9008")];
        assert_eq!(admit("/health", &two), Err(Denied::Host));
        let absolute = admit("http://evil.test/health", &[("host", "127.0.0.1:9008")]);
        assert_eq!(absolute, Err(Denied::Host));
    }

    #[test]
    fn web_pages_are_refused_everywhere() {
        let host = ("host", "127.0.0.1:9008");
        for origin in ["https://evil.test", "http://127.0.0.1:9008", "null", "chrome-extension://other", ""] {
            for path in ["/health", "/client", "/extension", "/nowhere"] {
                assert_eq!(
                    upgrade(path, &[host, ("origin", origin)]),
                    Err(Denied::Origin),
                    "{path} {origin}"
                );
            }
        }
        let twice = [host, ("origin", &*ours()), ("origin", "https://evil.test")];
        assert_eq!(upgrade("/extension", &twice), Err(Denied::Origin));
        assert_eq!(admit("/health", &[host, ("sec-fetch-site", "cross-site")]), Err(Denied::CrossSite));
        assert_eq!(upgrade("/client", &[host, ("sec-fetch-site", "cross-site")]), Err(Denied::CrossSite));
    }

    #[test]
    fn the_extension_needs_its_origin_and_a_client_must_have_none() {
        let host = ("host", "127.0.0.1:9008");
        assert!(upgrade("/client", &[host]).is_ok());
        assert_eq!(upgrade("/extension", &[host]), Err(Denied::Origin));
        for origin in [&*ours(), PAIRED] {
            assert!(upgrade("/extension", &[host, ("origin", origin)]).is_ok());
            assert_eq!(upgrade("/client", &[host, ("origin", origin)]), Err(Denied::Origin));
            let probe = [host, ("origin", origin), ("sec-fetch-site", "cross-site")];
            assert!(matches!(admit("/health", &probe), Ok(Admitted::Health { readable_by: Some(_) })));
        }
    }

    #[test]
    fn what_is_not_an_upgrade_or_not_a_path_is_refused() {
        let host = ("host", "127.0.0.1:9008");
        assert_eq!(admit("/client", &[host]), Err(Denied::NotAnUpgrade));
        assert_eq!(upgrade("/client", &[host, ("sec-websocket-version", "8")]), Err(Denied::NotAnUpgrade));
        assert_eq!(admit("/", &[host]), Err(Denied::NotFound));
        let rules = Rules::new(9008, &[], &[], token());
        let headers = HeaderMap::from_iter([(HOST, HeaderValue::from_static("127.0.0.1:9008"))]);
        assert_eq!(rules.admit(&Method::POST, &"/health".parse().unwrap(), &headers), Err(Denied::Method));
    }

    #[test]
    fn metrics_are_for_whoever_knows_the_token_and_is_no_page() {
        let host = ("host", "127.0.0.1:9008");
        let right = format!("Bearer {}", token().to_hex());
        for given in [right.clone(), format!("bearer  {}", token().to_hex())] {
            assert_eq!(
                admit("/metrics", &[host, ("authorization", &given)]),
                Ok(Admitted::Metrics),
                "{given}"
            );
        }
        let others = [
            String::new(),
            "Bearer".into(),
            "Bearer ".into(),
            token().to_hex(),
            format!("Basic {}", token().to_hex()),
            format!("Bearer {}", Secret::from_bytes([6; 32]).to_hex()),
            format!("Bearer {}", token().to_hex().to_uppercase()),
            format!("Bearer {}0", token().to_hex()),
        ];
        for given in others {
            assert_eq!(admit("/metrics", &[host, ("authorization", &given)]), Err(Denied::Token), "{given}");
        }
        assert_eq!(admit("/metrics", &[host]), Err(Denied::Token));
        let twice = [host, ("authorization", &*right), ("authorization", &*right)];
        assert_eq!(admit("/metrics", &twice), Err(Denied::Token));
        let from =
            |header: (&'static str, &str)| admit("/metrics", &[host, ("authorization", &*right), header]);
        assert_eq!(from(("origin", &*ours())), Err(Denied::Origin));
        assert_eq!(from(("origin", "https://evil.test")), Err(Denied::Origin));
        assert_eq!(from(("sec-fetch-site", "cross-site")), Err(Denied::CrossSite));
        let rebound = [("host", "evil.test:9008"), ("authorization", &*right)];
        assert_eq!(admit("/metrics", &rebound), Err(Denied::Host));
    }
}
