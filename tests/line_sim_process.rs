//! The simulator as a process: prints its addresses, serves the hands, ends with its standard input
//! or at SIGTERM and leaves the ground truth behind.

use line_sim::runner::Addresses;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::process::{Child, ChildStdin, Command, Stdio};

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

struct Simulator {
    child: Child,
    stdin: Option<ChildStdin>,
    addresses: Addresses,
}

impl Simulator {
    fn start(arguments: &[&str]) -> Outcome<Self> {
        let mut command = Command::new(env!("CARGO_BIN_EXE_line-sim"));
        command.arg("run").args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn()?;
        let stdin = child.stdin.take();
        let mut line = String::new();
        let stdout = child.stdout.take().ok_or("no standard output")?;
        BufReader::new(stdout).read_line(&mut line)?;
        let addresses = serde_json::from_str(&line)?;
        Ok(Self { child, stdin, addresses })
    }

    fn ask(&self, request: &str) -> Outcome<serde_json::Value> {
        let mut stream = TcpStream::connect(&self.addresses.hands)?;
        writeln!(stream, "{request}")?;
        let mut line = String::new();
        BufReader::new(stream).read_line(&mut line)?;
        Ok(serde_json::from_str(&line)?)
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn ends_with_its_standard_input_and_leaves_the_truth() -> Outcome<()> {
    let folder = tempfile::tempdir()?;
    let truth = folder.path().join("truth.jsonl");
    let truth_text = truth.to_string_lossy().into_owned();
    let arguments = ["--seed", "5", "--truth", &truth_text, "--until-stdin-closes"];
    let mut simulator = Simulator::start(&arguments)?;
    assert!(simulator.addresses.camera.starts_with("opc.tcp://127.0.0.1:"));
    for address in [&simulator.addresses.line_io, &simulator.addresses.labeler] {
        TcpStream::connect(address)?;
    }
    assert_eq!(simulator.ask(r#"{"do":"look"}"#)?["result"], "seen");
    assert_eq!(simulator.ask("{nonsense")?["result"], "not_understood");
    drop(simulator.stdin.take());
    assert!(simulator.child.wait()?.success());
    let text = std::fs::read_to_string(&truth)?;
    let first = text.lines().next().ok_or("the ground truth is empty")?;
    assert!(matches!(
        line_sim::truth::TruthRecord::from_line(first)?,
        line_sim::truth::TruthRecord::Header(_)
    ));
    Ok(())
}

#[test]
fn ends_at_sigterm() -> Outcome<()> {
    let mut simulator = Simulator::start(&[])?;
    let pid = simulator.child.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &pid]).status()?.success());
    assert!(simulator.child.wait()?.success());
    Ok(())
}

/// Its own hands are the device: the second answer of a connection never comes.
#[test]
fn a_proxy_stands_before_a_device_and_does_what_its_script_says() -> Outcome<()> {
    let simulator = Simulator::start(&[])?;
    let folder = tempfile::tempdir()?;
    let script = folder.path().join("script.toml");
    let fault = "[[fault]]\nat_frame = 2\nkind = \"truncate\"\ndirection = \"to_controller\"\n";
    std::fs::write(&script, fault)?;
    let mut proxy = Command::new(env!("CARGO_BIN_EXE_line-sim"))
        .args(["proxy", "--to", &simulator.addresses.hands, "--until-stdin-closes", "--script"])
        .arg(&script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let mut told = BufReader::new(proxy.stdout.take().ok_or("no standard output")?).lines();
    let begun: serde_json::Value = serde_json::from_str(&told.next().ok_or("nothing told")??)?;
    assert_eq!(begun["script"]["fault"][0]["kind"], "truncate", "{begun}");
    let mut stream = TcpStream::connect(begun["address"].as_str().ok_or("no address")?)?;
    let mut answers = BufReader::new(stream.try_clone()?).lines();
    writeln!(stream, r#"{{"do":"look"}}"#)?;
    let first = answers.next().ok_or("no answer")??;
    assert_eq!(serde_json::from_str::<serde_json::Value>(&first)?["result"], "seen");
    writeln!(stream, r#"{{"do":"look"}}"#)?;
    let half = answers.next().ok_or("no half answer")??;
    assert!(serde_json::from_str::<serde_json::Value>(&half).is_err(), "{half} is whole");
    assert!(answers.next().is_none(), "the connection goes on");
    drop(proxy.stdin.take());
    let done: serde_json::Value = serde_json::from_str(&told.next().ok_or("no counts")??)?;
    assert!(proxy.wait()?.success());
    assert_eq!(done["struck"], serde_json::json!({ "truncate": 1 }), "{done}");
    assert_eq!(done["frames"], serde_json::json!([2, 2]), "{done}");
    Ok(())
}

#[test]
fn wrong_use_is_told() -> Outcome<()> {
    let table: [(&[&str], i32, &str); 7] = [
        (&["proxy", "--to", "nowhere"], 2, "failed to find the device at nowhere"),
        (&["proxy", "--to", "127.0.0.1:1", "--script", "/nowhere.toml"], 2, "/nowhere.toml"),
        (&["proxy", "--to", "127.0.0.1:1", "--script", "Cargo.toml"], 2, "read the script"),
        (&["run", "--config", "/nowhere.toml"], 1, "failed to open /nowhere.toml"),
        (&["run", "--rate", "7"], 2, "unexpected argument"),
        (&["bench"], 2, "Usage: line-sim bench <COMMAND>"),
        (&["render"], 2, "required arguments were not provided"),
    ];
    for (arguments, code, message) in table {
        let output = Command::new(env!("CARGO_BIN_EXE_line-sim")).args(arguments).output()?;
        let text = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {text}");
        assert!(text.contains(message), "{arguments:?}: {text}");
    }
    Ok(())
}
