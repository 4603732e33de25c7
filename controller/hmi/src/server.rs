//! Address, router and security headers of the web server.
//!
//! Called by the binary's web thread. Must never listen beyond loopback without TLS.

use crate::api;
use crate::app::{App, Parts};
use crate::auth::{Hosts, require_own_host, require_own_origin};
use crate::live::{self, Live};
use crate::page;
use crate::problem::Problem;
use crate::tls::{Tls, TlsError};
use crate::tls_listener::TlsBound;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderName, HeaderValue, Method, Uri};
use axum::middleware::{from_fn, from_fn_with_state, map_response};
use axum::response::Response;
use axum::serve::{Listener, ListenerExt};
use std::future::Future;
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
        "failed to serve HTTP at {addr}: only loopback addresses are accepted without TLS; use \
         127.0.0.1:{} or `off`, and service.https for other hosts",
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
    /// Certificate and key for other hosts.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The server broke down.
    #[error("failed to go on serving HTTP: {0}")]
    Serve(#[source] std::io::Error),
}

/// A listening socket, before the server runs: its port is known and can be written down.
#[derive(Debug)]
pub struct Bound {
    listener: TcpListener,
    addr: SocketAddr,
    tls: Option<TlsBound>,
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
    Ok(Bound { listener, addr, tls: None })
}

impl Bound {
    /// Where it listens.
    #[must_use]
    pub const fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Where it listens for other hosts.
    #[must_use]
    pub fn tls_addr(&self) -> Option<SocketAddr> {
        self.tls.as_ref().map(|tls| tls.addr)
    }

    /// Listens for other hosts, too.
    ///
    /// # Errors
    /// [`HmiError::Tls`], [`HmiError::Listen`]; exit code 2.
    pub fn with_tls(self, tls: &Tls) -> Result<Self, HmiError> {
        let addr = tls.listen;
        let bound = TlsBound::bind(tls)?.map_err(|source| HmiError::Listen { addr, source })?;
        Ok(Self { tls: Some(bound), ..self })
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
        let grace = watch_end.clone();
        let live = Live::start(parts.snapshots.clone(), watch_end.clone());
        let app = routes(App::new(parts), live);
        let stop = async move {
            stop.await;
            drop(ended);
        };
        let others = self.tls.map(|tls| {
            let app = guarded(app.clone(), Hosts::named(&tls.names));
            let served = tls.listen().map(|tls| serve(tls, app, ending(watch_end.clone())));
            served.map_err(HmiError::Serve)
        });
        let others = others.transpose()?;
        let others = async {
            match others {
                Some(served) => served.await,
                None => Ok(()),
            }
        };
        let own = serve(listener, guarded(app, Hosts::default()), stop);
        let cut_off = async {
            ending(grace).await;
            tokio::time::sleep(GRACE).await;
        };
        tokio::select! {
            result = async { tokio::try_join!(own, others) } => result.map(|_| ()),
            () = cut_off => Ok(()),
        }
    }
}

/// Ready when the server is to end.
async fn ending(mut ended: watch::Receiver<()>) {
    while ended.changed().await.is_ok() {}
}

async fn serve<L: Listener<Addr = SocketAddr>>(
    listener: L,
    app: Router,
    stop: impl Future<Output = ()> + Send + 'static,
) -> Result<(), HmiError> {
    let listener = listener.tap_io(|_| {});
    let service = app.into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, service).with_graceful_shutdown(stop).await.map_err(HmiError::Serve)
}

/// Everything that is served, without the socket: what a request becomes can be tried alone. Must
/// be called within a tokio runtime; the live page stands still.
pub fn router(parts: Parts) -> Router {
    let (_, watch_end) = watch::channel(());
    let live = Live::start(parts.snapshots.clone(), watch_end);
    guarded(routes(App::new(parts), live), Hosts::default())
}

/// Nothing is answered to callers that name another host.
fn guarded(app: Router, hosts: Hosts) -> Router {
    app.layer(from_fn_with_state(hosts, require_own_host)).layer(map_response(security_headers))
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
