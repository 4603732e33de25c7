//! Address, router and security headers of the web server.
//!
//! Called by the binary's web thread. Must never listen beyond loopback: there is no TLS yet.

use crate::api;
use crate::app::{App, Parts};
use crate::auth::{require_loopback_host, require_own_origin};
use crate::live::{self, Live};
use crate::page;
use crate::problem::Problem;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderName, HeaderValue, Method, Uri};
use axum::middleware::{from_fn, map_response};
use axum::response::Response;
use std::future::{Future, IntoFuture};
use std::net::{SocketAddr, TcpListener};
use std::time::Duration;
use tokio::sync::watch;

/// Greatest body of a request: an order file is below 2 KiB.
pub const BODY_BYTES_MAX: usize = 16 * 1024;

/// How long callers may take to end when the server stops.
const GRACE: Duration = Duration::from_secs(2);

const CONTENT_SECURITY_POLICY: &str = "default-src 'self'; base-uri 'none'; form-action 'none'; \
                                       frame-ancestors 'none'; object-src 'none'";

/// Why the web server does not run.
#[derive(Debug, thiserror::Error)]
pub enum HmiError {
    /// The address would be reachable from other hosts.
    #[error(
        "failed to serve HTTP at {addr}: only loopback addresses are accepted as long as there \
         is no TLS; use 127.0.0.1:{} or `off`",
        addr.port()
    )]
    NotLoopback {
        /// What was asked for.
        addr: SocketAddr,
    },
    /// The address cannot be had.
    #[error("failed to listen at {addr}: {source}; choose another --http address")]
    Listen {
        /// What was asked for.
        addr: SocketAddr,
        /// The operating system's answer.
        source: std::io::Error,
    },
    /// The server broke down.
    #[error("failed to go on serving HTTP: {0}")]
    Serve(#[source] std::io::Error),
}

/// A listening socket, before the server runs: its port is known and can be written down.
#[derive(Debug)]
pub struct Bound {
    listener: TcpListener,
    addr: SocketAddr,
}

/// Listens at a loopback address; port 0 takes a free one.
///
/// # Errors
/// [`HmiError::NotLoopback`] (exit code 2), [`HmiError::Listen`].
pub fn bind(addr: SocketAddr) -> Result<Bound, HmiError> {
    if !addr.ip().is_loopback() {
        return Err(HmiError::NotLoopback { addr });
    }
    let refuse = |source| HmiError::Listen { addr, source };
    let listener = TcpListener::bind(addr).map_err(refuse)?;
    listener.set_nonblocking(true).map_err(refuse)?;
    let addr = listener.local_addr().map_err(refuse)?;
    Ok(Bound { listener, addr })
}

impl Bound {
    /// Where it listens.
    #[must_use]
    pub const fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Serves until `stop` is ready; open event streams end then.
    ///
    /// # Errors
    /// [`HmiError::Serve`].
    pub async fn serve(
        self,
        parts: Parts,
        stop: impl Future<Output = ()> + Send + 'static,
    ) -> Result<(), HmiError> {
        let listener = tokio::net::TcpListener::from_std(self.listener).map_err(HmiError::Serve)?;
        let (ended, watch_end) = watch::channel(());
        let mut grace = watch_end.clone();
        let live = Live::start(parts.snapshots.clone(), watch_end);
        let app = routes(App::new(parts), live);
        let service = app.into_make_service_with_connect_info::<SocketAddr>();
        let stop = async move {
            stop.await;
            drop(ended);
        };
        let served = axum::serve(listener, service).with_graceful_shutdown(stop).into_future();
        let cut_off = async {
            while grace.changed().await.is_ok() {}
            tokio::time::sleep(GRACE).await;
        };
        tokio::select! {
            result = served => result.map_err(HmiError::Serve),
            () = cut_off => Ok(()),
        }
    }
}

/// Everything that is served, without the socket: what a request becomes can be tried alone. Must
/// be called within a tokio runtime; the live page stands still.
pub fn router(parts: Parts) -> Router {
    let (_, watch_end) = watch::channel(());
    let live = Live::start(parts.snapshots.clone(), watch_end);
    routes(App::new(parts), live)
}

fn routes(app: App, live: Live) -> Router {
    Router::new()
        .merge(page::router(app.clone()))
        .merge(live::router(live))
        .nest("/api/v1", api::router(app))
        .fallback(unknown_route)
        .method_not_allowed_fallback(wrong_method)
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .layer(from_fn(require_own_origin))
        .layer(from_fn(require_loopback_host))
        .layer(map_response(security_headers))
}

pub(crate) async fn unknown_route(method: Method, uri: Uri) -> Problem {
    Problem::new(404, "unknown_route", "there is nothing at this address")
        .at(format!("{method} {}", uri.path()))
        .remedy("the addresses are listed in docs/api.md")
}

pub(crate) async fn wrong_method(method: Method, uri: Uri) -> Problem {
    Problem::new(405, "wrong_method", format!("{method} is not what this address answers to"))
        .at(format!("{method} {}", uri.path()))
        .remedy("read with GET, command with POST; docs/api.md lists both")
}

async fn security_headers(mut response: Response) -> Response {
    let fixed = [
        ("content-security-policy", CONTENT_SECURITY_POLICY),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("cross-origin-resource-policy", "same-origin"),
    ];
    let headers = response.headers_mut();
    for (name, value) in fixed {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    let cache = HeaderName::from_static("cache-control");
    headers.entry(cache).or_insert(HeaderValue::from_static("no-store"));
    response
}
