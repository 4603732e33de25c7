//! A plant: its directory with line, product and order, the simulated line, the service, commands.
//!
//! Whatever is started here is killed by its own handle when it goes out of scope.

use crate::Outcome;
use line_sim::hands::{HandsRequest, HandsResponse, SeenPack};
use line_sim::runner::Addresses;
use serde_json::Value;
use std::cell::RefCell;
use std::fs::OpenOptions;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// The order's batch in every test.
pub const BATCH: &str = "DEMO-0001";
/// Nothing that is waited for takes so long on the slowest machine.
const SAFETY_NET: Duration = Duration::from_secs(90);
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Waits until `look` finds something.
pub fn wait<T>(what: &str, mut look: impl FnMut() -> Outcome<Option<T>>) -> Outcome<T> {
    let since = Instant::now();
    loop {
        if let Some(found) = look()? {
            return Ok(found);
        }
        if since.elapsed() > SAFETY_NET {
            return Err(format!("waited in vain: {what}").into());
        }
        std::thread::sleep(LOOK_EVERY);
    }
}

/// A process that ends with its handle.
pub struct Process(pub Child);

impl Process {
    /// kill -9.
    pub fn kill(&mut self) -> Outcome {
        self.0.kill()?;
        self.0.wait()?;
        Ok(())
    }

    /// Sends a signal, `-STOP` for one.
    pub fn signal(&self, name: &str) -> Outcome {
        let told = Command::new("kill").args([name, &self.0.id().to_string()]).status()?;
        if told.success() { Ok(()) } else { Err(format!("kill {name}: {told}").into()) }
    }

    /// SIGTERM, and how it ended.
    pub fn stop(&mut self) -> Outcome<ExitStatus> {
        self.signal("-TERM")?;
        wait("the process ends at SIGTERM", || Ok(self.0.try_wait()?))
    }

    /// How it ended, if it did.
    pub fn ended(&mut self) -> Outcome<Option<ExitStatus>> {
        Ok(self.0.try_wait()?)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The simulated line, running.
pub struct Line {
    process: Process,
    hands: RefCell<BufReader<TcpStream>>,
}

impl Line {
    /// Uses eyes and hands.
    pub fn hands(&self, request: HandsRequest) -> Outcome<HandsResponse> {
        let mut stream = self.hands.borrow_mut();
        let text = serde_json::to_string(&request)? + "\n";
        stream.get_mut().write_all(text.as_bytes())?;
        let mut answer = String::new();
        stream.read_line(&mut answer)?;
        Ok(serde_json::from_str(&answer)?)
    }

    /// What is in sight.
    pub fn look(&self) -> Outcome<Vec<SeenPack>> {
        match self.hands(HandsRequest::Look)? {
            HandsResponse::Seen { packs } => Ok(packs),
            other => Err(format!("looking gave {other:?}").into()),
        }
    }

    /// Ends it in order: the last of the ground truth is written.
    pub fn end(mut self) -> Outcome {
        let status = self.process.stop()?;
        if status.success() { Ok(()) } else { Err(format!("the line ended with {status}").into()) }
    }
}

/// What a command answered.
pub struct Said {
    /// Its exit code.
    pub code: i32,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

impl Said {
    fn of(output: &Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let code = output.status.code().unwrap_or(-1);
        Self { code, out: text(&output.stdout), err: text(&output.stderr) }
    }

    /// Its standard output as JSON, if it ended with 0.
    pub fn json(&self) -> Outcome<Value> {
        match self.code {
            0 => Ok(serde_json::from_str(&self.out)?),
            code => Err(format!("exit {code}: {}", self.err).into()),
        }
    }
}

/// Runs `packline` to its end, `input` on its standard input.
pub fn packline(arguments: &[&str], input: &str) -> Outcome<Said> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_packline"));
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn()?;
    if let Some(mut stdin) = child.stdin.take() {
        // A command that reads nothing has ended before.
        let _ = stdin.write_all(input.as_bytes());
    }
    Ok(Said::of(&child.wait_with_output()?))
}

/// A directory with everything that a line is started with.
pub struct Plant {
    root: TempDir,
}

impl Plant {
    /// Line, product and device profiles as shipped; an order of `target` packs. The devices are
    /// where nobody listens.
    pub fn new(target: u32) -> Outcome<Self> {
        let plant = Self { root: tempfile::tempdir()? };
        let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("config");
        for folder in ["products", "devices"] {
            std::fs::create_dir_all(plant.path(folder))?;
            for entry in std::fs::read_dir(shipped.join(folder))? {
                let entry = entry?;
                std::fs::copy(entry.path(), plant.path(folder).join(entry.file_name()))?;
            }
        }
        let order = std::fs::read_to_string(shipped.join("orders/demo.toml"))?
            .replace("target = 500", &format!("target = {target}"))
            .replace("overage_percent = 10.0", "overage_percent = 300.0");
        plant.write("order.toml", &order)?;
        let line = std::fs::read_to_string(shipped.join("line.toml"))?
            .replace("127.0.0.1:8080", "127.0.0.1:0")
            .replace("packline-data", "data");
        plant.write("line.toml", &line)?;
        Ok(plant)
    }

    /// A path in it.
    pub fn path(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    /// A path in it as text.
    pub fn text(&self, name: &str) -> String {
        self.path(name).to_string_lossy().into_owned()
    }

    /// Writes a file in it.
    pub fn write(&self, name: &str, text: &str) -> Outcome {
        Ok(std::fs::write(self.path(name), text)?)
    }

    /// Replaces a text that stands once in one of its files.
    pub fn edit(&self, name: &str, from: &str, to: &str) -> Outcome {
        let text = std::fs::read_to_string(self.path(name))?;
        if text.matches(from).count() != 1 {
            return Err(format!("{from:?} does not stand once in {name}").into());
        }
        self.write(name, &text.replace(from, to))
    }

    /// Starts a line without faults that is fed `packs` packs; `line.toml` names its devices.
    pub fn start_line(&self, packs: u32, camera: &str, seed: u64) -> Outcome<Line> {
        let (line, addresses) = self.spawn_line(packs, camera, seed)?;
        self.name_devices(&addresses)?;
        Ok(line)
    }

    /// Writes the devices' addresses into `line.toml`.
    pub fn name_devices(&self, addresses: &Addresses) -> Outcome {
        self.edit("line.toml", "127.0.0.1:15020", &addresses.line_io)?;
        self.edit("line.toml", "127.0.0.1:15021", &addresses.labeler)?;
        self.edit("line.toml", "opc.tcp://127.0.0.1:14840", &addresses.camera)
    }

    /// Starts a line; nobody is told where its devices are.
    pub fn spawn_line(&self, packs: u32, camera: &str, seed: u64) -> Outcome<(Line, Addresses)> {
        let config = format!("packs_total = {packs}\ncamera = \"{camera}\"\n");
        self.spawn_line_as(&config, seed)
    }

    /// Starts a line with a configuration and the faults of `scenario.toml`, if it is there; nobody
    /// is told where its devices are.
    pub fn spawn_line_as(&self, config: &str, seed: u64) -> Outcome<(Line, Addresses)> {
        self.write("sim.toml", config)?;
        let scenario = self.text("scenario.toml");
        let faults: &[&str] =
            if self.path("scenario.toml").exists() { &["--scenario", &scenario] } else { &[] };
        let child = Command::new(env!("CARGO_BIN_EXE_line-sim"))
            .args(["run"])
            .args(faults)
            .args(["--seed", &seed.to_string(), "--config", &self.text("sim.toml")])
            .args(["--truth", &self.text("truth.jsonl")])
            .stdout(Stdio::piped())
            .stderr(self.log()?)
            .spawn()?;
        let mut process = Process(child);
        let mut line = String::new();
        let stdout = process.0.stdout.take().ok_or("no standard output")?;
        BufReader::new(stdout).read_line(&mut line)?;
        let addresses: Addresses = serde_json::from_str(&line)?;
        let hands = TcpStream::connect(&addresses.hands)?;
        hands.set_nodelay(true)?;
        hands.set_read_timeout(Some(SAFETY_NET))?;
        Ok((Line { process, hands: RefCell::new(BufReader::new(hands)) }, addresses))
    }

    /// Starts the service and waits until it answers; what an earlier one left behind counts not.
    pub fn start_service(&self) -> Outcome<Process> {
        let mut process = self.spawn_service()?;
        wait("the service answers", || match process.ended()? {
            Some(status) => {
                Err(format!("the service ended with {status}: {}", self.said()?).into())
            }
            None => Ok(self.status().ok()),
        })?;
        Ok(process)
    }

    /// Starts the service.
    pub fn spawn_service(&self) -> Outcome<Process> {
        let child = Command::new(env!("CARGO_BIN_EXE_packline"))
            .args(["run", "--config", &self.text("line.toml")])
            .stderr(self.log()?)
            .spawn()?;
        Ok(Process(child))
    }

    fn log(&self) -> Outcome<std::fs::File> {
        Ok(OpenOptions::new().create(true).append(true).open(self.path("log"))?)
    }

    /// What service and line wrote to standard error.
    pub fn said(&self) -> Outcome<String> {
        Ok(std::fs::read_to_string(self.path("log"))?)
    }

    /// The service's status.
    pub fn status(&self) -> Outcome<Value> {
        let api: Value =
            serde_json::from_str(&std::fs::read_to_string(self.path("data/api.json"))?)?;
        let addr = api["addr"].as_str().ok_or("api.json has no addr")?;
        let text = ureq::get(format!("http://{addr}/api/v1/status"))
            .config()
            .timeout_global(Some(SAFETY_NET))
            .proxy(None)
            .build()
            .call()?
            .body_mut()
            .read_to_string()?;
        Ok(serde_json::from_str(&text)?)
    }

    /// `packline order ..` in the data directory.
    pub fn order(&self, arguments: &[&str]) -> Outcome<Said> {
        let data = self.text("data");
        packline(&[&["order"], arguments, &["--data-dir", &data]].concat(), "")
    }

    /// `packline order list`, as rows.
    pub fn orders(&self) -> Outcome<Vec<Value>> {
        let list = self.order(&["list", "--json"])?.json()?;
        Ok(list["orders"].as_array().ok_or("no orders member")?.clone())
    }

    /// `packline order packs`, as rows.
    pub fn packs(&self) -> Outcome<Vec<Value>> {
        let said = self.order(&["packs", BATCH, "--json"])?;
        if said.code != 0 {
            return Err(said.err.into());
        }
        said.out.lines().map(|line| Ok(serde_json::from_str(line)?)).collect()
    }

    /// Loads the order.
    pub fn load(&self) -> Outcome {
        let loaded = self.order(&["load", &self.text("order.toml"), "--json"])?.json()?;
        assert_eq!((&loaded["batch"], &loaded["state"]), (&BATCH.into(), &"loaded".into()));
        Ok(())
    }

    /// Loads the order and starts it as soon as the devices are ready.
    pub fn load_and_start(&self) -> Outcome {
        self.load()?;
        self.start()
    }

    /// Starts the order as soon as the devices are ready.
    pub fn start(&self) -> Outcome {
        wait("the order starts", || {
            let said = self.order(&["start", BATCH])?;
            match said.code {
                0 => Ok(Some(())),
                2 if said.err.contains("device") => Ok(None),
                code => Err(format!("exit {code}: {}", said.err).into()),
            }
        })
    }
}
