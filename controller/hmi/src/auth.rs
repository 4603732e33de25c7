//! The service's own token, and who may talk at all: callers that name this host by one of its own
//! names, so that a foreign page cannot reach it by another, and no foreign page's script.
//!
//! Called by the router before any handler. Must never log or echo a token.

use crate::problem::Problem;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::net::IpAddr;
use std::sync::Arc;

/// The token that writers must bear.
#[derive(Clone)]
pub(crate) struct Token(Arc<str>);

impl Token {
    pub(crate) fn new(token: String) -> Self {
        Self(token.into())
    }

    /// Compares without telling by its duration where the difference is. An empty token admits
    /// nobody.
    pub(crate) fn admits(&self, headers: &HeaderMap) -> bool {
        let given = headers
            .get(header::AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.strip_prefix("Bearer "))
            .unwrap_or_default();
        let differences = self.0.bytes().zip(given.bytes()).fold(0, |sum, (a, b)| sum | (a ^ b));
        !self.0.is_empty() && self.0.len() == given.len() && differences == 0
    }
}

/// Refuses what another page's script sent. A program that is no browser names no origin.
pub(crate) async fn require_own_origin(request: Request, next: Next) -> Response {
    let headers = request.headers();
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let own = text("origin").is_none_or(|origin| {
        let host = origin.split_once("://").map(|(_, host)| host);
        host.is_some() && host == text("host")
    });
    let elsewhere = matches!(text("sec-fetch-site"), Some("cross-site" | "same-site"));
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    if reads || (own && !elsewhere) {
        return next.run(request).await;
    }
    Problem::new(403, "foreign_origin", "another page sent this; it was not done")
        .at(format!("Origin: {}", text("origin").unwrap_or("cross-site")))
        .remedy("use this line's own pages")
        .into_response()
}

/// Names by which this host may be called at one of its addresses.
#[derive(Clone, Debug, Default)]
pub(crate) struct Hosts(Arc<[String]>);

impl Hosts {
    /// Loopback names, and these.
    pub(crate) fn named(names: &[String]) -> Self {
        Self(names.iter().map(|name| name.to_ascii_lowercase()).collect())
    }

    fn include(&self, host: &str) -> bool {
        let bare = without_port(host);
        let ip = bare.parse::<IpAddr>();
        let loopback =
            bare.eq_ignore_ascii_case("localhost") || ip.is_ok_and(|ip| ip.is_loopback());
        loopback || self.0.iter().any(|name| name.eq_ignore_ascii_case(bare))
    }
}

/// A host as the header names it: without its port, and an IPv6 address without its brackets.
fn without_port(host: &str) -> &str {
    let bare = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name,
        _ => host,
    };
    bare.trim_start_matches('[').trim_end_matches(']')
}

/// Refuses requests that name this host by anything but its own names.
pub(crate) async fn require_own_host(
    State(hosts): State<Hosts>,
    request: Request,
    next: Next,
) -> Response {
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    if host.is_some_and(|host| hosts.include(host)) {
        return next.run(request).await;
    }
    Problem::new(421, "foreign_host", "this service answers only to its own names")
        .at(format!("Host: {}", host.unwrap_or("missing")))
        .remedy("on this machine use http://127.0.0.1:PORT, from others a name of service.https")
        .into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts() {
        let (own, named) =
            (Hosts::default(), Hosts::named(&["Line7.site".into(), "10.0.0.7".into()]));
        for good in ["127.0.0.1:8080", "127.0.0.1", "localhost:1", "LOCALHOST", "[::1]:8080"] {
            assert!(own.include(good) && named.include(good), "{good}");
        }
        for bad in ["", "evil.example", "evil.example:8080", "192.168.0.1:80", "localhost.evil"] {
            assert!(!own.include(bad) && !named.include(bad), "{bad}");
        }
        for good in ["line7.site:8443", "LINE7.SITE", "10.0.0.7:8443"] {
            assert!(!own.include(good) && named.include(good), "{good}");
        }
        assert!(!named.include("line7.site.evil.example") && !named.include("10.0.0.70"));
    }

    #[test]
    fn tokens() {
        let admits = |token: &str, given: Option<&str>| {
            let mut headers = HeaderMap::new();
            if let Some(given) = given {
                headers.insert(header::AUTHORIZATION, given.parse().expect("header"));
            }
            Token::new(token.into()).admits(&headers)
        };
        assert!(admits("abc", Some("Bearer abc")));
        for given in [None, Some(""), Some("abc"), Some("Bearer "), Some("Bearer abd")] {
            assert!(!admits("abc", given), "{given:?}");
        }
        assert!(!admits("", None) && !admits("", Some("Bearer ")));
    }
}
