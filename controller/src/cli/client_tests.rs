//! The client against a server of a few lines.

use super::*;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread::JoinHandle;

/// Answers one request and returns it.
fn serve_once(status: u16, body: &'static str) -> (ApiFile, JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("listen");
    let addr = listener.local_addr().expect("address");
    let thread = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("accept");
        let mut request = Vec::new();
        let mut chunk = [0; 4096];
        loop {
            let got = stream.read(&mut chunk).expect("read");
            request.extend_from_slice(&chunk[..got]);
            let text = String::from_utf8_lossy(&request).to_ascii_lowercase();
            let Some((head, rest)) = text.split_once("\r\n\r\n") else { continue };
            let length = head.split("content-length: ").nth(1).unwrap_or("0");
            let length: usize = length.lines().next().unwrap_or("0").parse().expect("length");
            if rest.len() >= length || got == 0 {
                break;
            }
        }
        let length = body.len();
        let head = format!("HTTP/1.1 {status} X\r\nConnection: close\r\nContent-Length: {length}");
        write!(stream, "{head}\r\n\r\n{body}").expect("write");
        String::from_utf8(request).expect("text")
    });
    (ApiFile { addr, token: "secret".into() }, thread)
}

#[test]
fn no_file_means_no_service() {
    let dir = tempfile::tempdir().expect("directory");
    assert!(Client::find(dir.path()).expect("find").is_none());
    std::fs::write(ApiFile::path(dir.path()), "{}").expect("write");
    let error = Client::find(dir.path()).err().expect("readable by others");
    assert_eq!(error.exit(), Exit::Refused);
    assert!(error.to_string().contains("api.json"));
}

#[test]
fn a_command_bears_the_token_and_brings_the_answer() {
    let (api, thread) = serve_once(200, "{\"batch\":\"B1\"}");
    let answer = Client::new(api).order("B/1", "start", "ann", None).expect("answer");
    assert_eq!(answer["batch"], "B1");
    let request = thread.join().expect("server");
    assert!(request.starts_with("POST /api/v1/orders/B%2F1/start HTTP/1.1\r\n"), "{request}");
    assert!(request.to_ascii_lowercase().contains("authorization: bearer secret"), "{request}");
    assert!(request.ends_with("{\"reason\":null,\"who\":\"ann\"}"), "{request}");
}

#[test]
fn answers_become_exit_codes() {
    let problem = "{\"code\":\"wrong_state\",\"detail\":\"d\",\"where\":\"w\",\"remedy\":\"r\"}";
    let table = [
        (409, problem, Exit::Refused, "d (w); r"),
        (401, problem, Exit::Refused, "d (w); r"),
        (503, problem, Exit::Unreachable, "d (w); r"),
        (200, "<html>", Exit::Unreachable, "without JSON"),
    ];
    for (status, body, exit, message) in table {
        let (api, thread) = serve_once(status, body);
        let error = Client::new(api).orders().expect_err("refused");
        assert_eq!(error.exit(), exit, "{status}");
        assert!(error.to_string().contains(message), "{error}");
        assert_eq!(error.to_json()["ok"], false);
        thread.join().expect("server");
    }
}

#[test]
fn nobody_listening_is_exit_4() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("listen");
    let addr = listener.local_addr().expect("address");
    drop(listener);
    let client = Client::new(ApiFile { addr, token: "t".into() });
    let error = client.status().expect_err("nobody");
    assert_eq!(error.exit(), Exit::Unreachable);
    assert!(error.to_string().contains("packline run"), "{error}");
}
