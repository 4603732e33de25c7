//! Requests as a browser or a program sends them, and their answers.

use crate::house::{HERE, Outcome, PATIENCE, TOKEN};
use serde_json::Value;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};

/// One request.
pub struct Call {
    addr: SocketAddr,
    line: String,
    headers: Vec<String>,
    body: String,
    from: Ipv4Addr,
}

impl Call {
    pub fn to(addr: SocketAddr, line: &str) -> Self {
        let line = line.to_owned();
        Self { addr, line, headers: Vec::new(), body: String::new(), from: HERE }
    }

    pub fn header(mut self, header: &str) -> Self {
        self.headers.push(header.to_owned());
        self
    }

    pub fn body(mut self, body: &str) -> Self {
        self.body = body.to_owned();
        self
    }

    pub fn from(mut self, station: Ipv4Addr) -> Self {
        self.from = station;
        self
    }

    pub fn bearer(self) -> Self {
        self.header(&format!("Authorization: Bearer {TOKEN}"))
    }

    pub fn key(self, key: &str) -> Self {
        self.header(&format!("Idempotency-Key: {key}"))
    }

    /// With the session's cookie and the token of its forms.
    pub fn by(self, session: &Session) -> Self {
        let csrf = format!("X-CSRF-Token: {}", session.csrf);
        self.header(&session.cookie_header()).header(&csrf)
    }

    pub fn open(self) -> Outcome<TcpStream> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
        let (from, to) = (SocketAddr::from((self.from, 0)), self.addr);
        let stream = runtime.block_on(async move {
            let socket = tokio::net::TcpSocket::new_v4()?;
            socket.bind(from)?;
            socket.connect(to).await?.into_std()
        })?;
        stream.set_nonblocking(false)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        let mut stream = stream;
        let host = format!("Host: {}", self.addr);
        let named = self.headers.iter().any(|header| header.starts_with("Host:"));
        let host = (!named).then_some(host);
        let more: String = host.iter().chain(&self.headers).map(|h| format!("{h}\r\n")).collect();
        let (line, length) = (&self.line, self.body.len());
        write!(
            stream,
            "{line} HTTP/1.1\r\n{more}Connection: close\r\nContent-Length: {length}\r\n\r\n"
        )?;
        // A server that refuses a body may have closed already.
        let _ = stream.write_all(self.body.as_bytes());
        Ok(stream)
    }

    pub fn send(self) -> Outcome<Told> {
        let mut text = String::new();
        self.open()?.read_to_string(&mut text)?;
        let (head, body) = text.split_once("\r\n\r\n").ok_or("no end of headers")?;
        let status = head.split(' ').nth(1).ok_or("no status")?.parse()?;
        Ok(Told { status, head: head.to_owned(), body: body.to_owned() })
    }
}

/// An answer.
#[derive(Debug)]
pub struct Told {
    pub status: u16,
    pub head: String,
    pub body: String,
}

impl Told {
    pub fn json(&self) -> Outcome<Value> {
        Ok(serde_json::from_str(&self.body).map_err(|e| format!("{e}: {self:?}"))?)
    }

    /// Status and the problem's code; an empty code when it is none.
    pub fn code(&self) -> (u16, String) {
        let code = self.json().ok().and_then(|v| v["code"].as_str().map(str::to_owned));
        (self.status, code.unwrap_or_default())
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.into_iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// The session that a login began.
    pub fn session(&self) -> Outcome<Session> {
        let cookie = self.header("set-cookie").ok_or_else(|| format!("no cookie: {self:?}"))?;
        let (pair, attributes) = cookie.split_once("; ").ok_or("a bare cookie")?;
        assert_eq!(attributes, "Path=/; Secure; HttpOnly; SameSite=Strict");
        let csrf = self.json()?["csrf"].as_str().ok_or("no csrf")?.to_owned();
        Ok(Session { cookie: pair.to_owned(), csrf })
    }
}

/// Cookie and form token of somebody who is logged in.
#[derive(Clone, Debug, PartialEq)]
pub struct Session {
    pub cookie: String,
    pub csrf: String,
}

impl Session {
    pub fn cookie_header(&self) -> String {
        format!("Cookie: {}", self.cookie)
    }
}

/// Refused with this status and code.
#[track_caller]
pub fn expect(told: &Told, status: u16, code: &str) {
    assert_eq!(told.code(), (status, code.to_owned()), "{told:?}");
}
