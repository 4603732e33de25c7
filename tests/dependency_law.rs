//! The dependency law of ARCHITECTURE.md as a test: which crate of the house may use which, what
//! the decision core may reach at all, and where everything comes from.
//!
//! Reads `cargo metadata` and the manifests. An error shared by the controller and the simulated
//! line would be invisible, so `line-sim` may reach the contracts of the wire and no more of ours.

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::path::Path;
use std::process::Command;

/// Each crate of the house and those of ours that it may use, in any kind of dependency.
const LAW: [(&str, &[&str]); 13] = [
    ("codes", &[]),
    ("contracts", &[]),
    ("profiles", &["contracts"]),
    ("line-core", &["codes", "contracts"]),
    ("recording", &["codes", "contracts", "line-core"]),
    // Its own forgers make honest ledgers from outside: a dev-dependency.
    ("ledger", &["codes", "contracts", "ledger", "line-core"]),
    ("packline-verify", &["codes", "contracts", "ledger", "line-core"]),
    ("devices", &["contracts", "line-core", "profiles"]),
    // Decides about people and knows nothing of the line; the web layer has its types.
    ("people", &[]),
    ("hmi", &["contracts", "line-core", "people"]),
    ("line-sim", &["contracts", "profiles"]),
    (CRASH_VFS, &[]),
    (
        "packline",
        &[
            "codes",
            "contracts",
            "crash-vfs",
            "devices",
            "hmi",
            "ledger",
            "line-core",
            "line-sim",
            "people",
            "profiles",
            "recording",
        ],
    ),
];

/// The one crate that may hold unsafe code. Tests alone may use it, so no program links it.
const CRASH_VFS: &str = "crash-vfs";

/// All that `codes`, `contracts` and `line-core` may reach when they are built: no clock, no
/// socket, no random source of the operating system is among them.
const CORE_MAY_REACH: &str = "codes contracts crc32fast cfg-if \
    heapless byteorder hash32 stable_deref_trait \
    rand_chacha rand_core ppv-lite86 zerocopy zerocopy-derive \
    serde serde_core serde_derive proc-macro2 quote syn unicode-ident";

type Graph = BTreeMap<String, BTreeSet<String>>;
type Outcome = Result<(), Box<dyn Error>>;

/// What cargo knows of the workspace, without the network.
struct House {
    /// Of each member: the crates that it names, in any kind of dependency.
    named: Graph,
    /// Of every crate, as `name@version`: what it links when it is built.
    normal: Graph,
    /// Of each member: its manifest.
    manifests: BTreeMap<String, toml::Table>,
    /// Crates that are neither members nor from a registry.
    elsewhere: Vec<String>,
}

fn cargo(arguments: &[&str]) -> Result<Vec<u8>, Box<dyn Error>> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let root = env!("CARGO_MANIFEST_DIR");
    let output = Command::new(cargo).args(arguments).current_dir(root).output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into());
    }
    Ok(output.stdout)
}

/// The platform we are on: crates of others need not be on this machine.
fn host() -> Result<String, Box<dyn Error>> {
    let version = String::from_utf8(cargo(&["-vV"])?)?;
    let host = version.lines().find_map(|line| line.strip_prefix("host: "));
    Ok(host.ok_or("cargo does not tell its host")?.to_owned())
}

fn text<'a>(value: &'a Value, key: &str) -> Result<&'a str, String> {
    value[key].as_str().ok_or_else(|| format!("cargo metadata: {key} is missing"))
}

fn list<'a>(value: &'a Value, key: &str) -> Result<&'a Vec<Value>, String> {
    value[key].as_array().ok_or_else(|| format!("cargo metadata: {key} is missing"))
}

impl House {
    fn read() -> Result<Self, Box<dyn Error>> {
        let arguments =
            ["metadata", "--format-version", "1", "--offline", "--filter-platform", &host()?];
        let metadata: Value = serde_json::from_slice(&cargo(&arguments)?)?;
        let members: BTreeSet<&str> =
            list(&metadata, "workspace_members")?.iter().filter_map(Value::as_str).collect();
        let (mut names, mut manifests) = (BTreeMap::new(), BTreeMap::new());
        let (mut named, mut elsewhere) = (Graph::new(), Vec::new());
        for package in list(&metadata, "packages")? {
            let (id, name) = (text(package, "id")?, text(package, "name")?.to_owned());
            names.insert(id, format!("{name}@{}", text(package, "version")?));
            let registry = package["source"].as_str().is_some_and(|s| s.starts_with("registry+"));
            if members.contains(id) {
                let dependencies = list(package, "dependencies")?.iter();
                let all: Result<_, _> =
                    dependencies.map(|d| text(d, "name").map(str::to_owned)).collect();
                named.insert(name.clone(), all?);
                let manifest = std::fs::read_to_string(text(package, "manifest_path")?)?;
                manifests.insert(name, manifest.parse()?);
            } else if !registry {
                elsewhere.push(name);
            }
        }
        let normal = normal_graph(list(&metadata["resolve"], "nodes")?, &names)?;
        Ok(Self { named, normal, manifests, elsewhere })
    }
}

fn normal_graph(nodes: &[Value], names: &BTreeMap<&str, String>) -> Result<Graph, String> {
    let mut graph = Graph::new();
    for node in nodes {
        let name = names.get(text(node, "id")?).ok_or("cargo metadata: unknown node")?;
        let used = graph.entry(name.clone()).or_default();
        for dependency in list(node, "deps")? {
            if list(dependency, "dep_kinds")?.iter().any(|kind| kind["kind"].is_null()) {
                let id = text(dependency, "pkg")?;
                used.insert(names.get(id).ok_or("cargo metadata: unknown node")?.clone());
            }
        }
    }
    Ok(graph)
}

/// Names of the crates that can be reached from the one named `from`.
fn reached(graph: &Graph, from: &str) -> BTreeSet<String> {
    let is_from = |node: &&String| name_of(node) == from;
    let (mut found, mut open) = (BTreeSet::new(), Vec::from_iter(graph.keys().find(is_from)));
    while let Some(node) = open.pop() {
        for next in graph.get(node).into_iter().flatten() {
            if found.insert(next) {
                open.push(next);
            }
        }
    }
    found.into_iter().map(|node| name_of(node).to_owned()).collect()
}

fn name_of(node: &str) -> &str {
    node.split('@').next().unwrap_or(node)
}

/// Where the members break the law.
fn against_the_law(named: &Graph) -> Vec<String> {
    let ours: BTreeSet<&str> = named.keys().map(String::as_str).collect();
    let mut found = Vec::new();
    for (name, used) in named {
        let Some((_, allowed)) = LAW.iter().find(|(member, _)| member == name) else {
            found.push(format!("{name} is not in the law: add it to LAW and ARCHITECTURE.md"));
            continue;
        };
        let used = used.iter().map(String::as_str).filter(|used| ours.contains(used));
        for other in used.filter(|used| !allowed.contains(used)) {
            found.push(format!("{name} depends on {other}, allowed are {allowed:?}"));
        }
    }
    found
}

/// What `from` reaches although the core may not.
fn beyond_the_core(normal: &Graph, from: &str) -> Vec<String> {
    let allowed: BTreeSet<&str> = CORE_MAY_REACH.split_whitespace().collect();
    reached(normal, from).into_iter().filter(|name| !allowed.contains(name.as_str())).collect()
}

#[test]
fn no_crate_uses_one_that_it_must_not_know() -> Outcome {
    let found = against_the_law(&House::read()?.named);
    assert!(found.is_empty(), "dependency law broken:\n{}", found.join("\n"));
    Ok(())
}

#[test]
fn the_simulated_line_reaches_nothing_of_the_controller() -> Outcome {
    let house = House::read()?;
    let mut ours = reached(&house.normal, "line-sim");
    ours.extend(house.named["line-sim"].iter().cloned());
    ours.retain(|name| house.named.contains_key(name));
    let wire = BTreeSet::from(["contracts".to_owned(), "profiles".to_owned()]);
    assert_eq!(ours, wire, "line-sim shares the wire with the controller and nothing else");
    Ok(())
}

#[test]
fn the_core_reaches_no_clock_no_socket_no_random_source() -> Outcome {
    let house = House::read()?;
    for from in ["codes", "contracts", "line-core"] {
        let found = beyond_the_core(&house.normal, from);
        assert!(found.is_empty(), "{from} reaches {found:?}: not on CORE_MAY_REACH");
    }
    Ok(())
}

/// Whoever verifies a ledger runs no server and opens no socket.
#[test]
fn the_verifier_reaches_no_network() -> Outcome {
    let reached = reached(&House::read()?.normal, "packline-verify");
    assert!(reached.contains("ledger"), "it checks ledgers: {reached:?}");
    let network = "async-opcua axum hyper mio socket2 tokio tokio-modbus ureq rustls futures-util";
    let found: Vec<&str> = network.split(' ').filter(|name| reached.contains(*name)).collect();
    assert_eq!(found, [""; 0], "packline-verify reaches the network");
    Ok(())
}

#[test]
fn no_program_links_the_crash_vfs() -> Outcome {
    let house = House::read()?;
    let members = house.named.keys().filter(|name| *name != CRASH_VFS);
    for name in members {
        let linked = reached(&house.normal, name);
        assert!(!linked.contains(CRASH_VFS), "{name} reaches {CRASH_VFS} when it is built");
    }
    let shipped = house.named.iter().filter(|(_, used)| used.contains(CRASH_VFS));
    assert!(shipped.count() > 0, "no test uses {CRASH_VFS}: is this the right name?");
    Ok(())
}

#[test]
fn everything_comes_from_the_workspace_or_a_registry() -> Outcome {
    let house = House::read()?;
    assert_eq!(house.elsewhere, [""; 0], "by path or git from outside the workspace");
    let lock = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.lock"))?;
    let foreign = lock.lines().filter(|line| line.starts_with("source = "));
    let git: Vec<&str> = foreign.filter(|line| !line.contains("\"registry+")).collect();
    assert_eq!(git, [""; 0], "Cargo.lock names sources that are no registry");
    Ok(())
}

#[test]
fn every_member_keeps_the_lints_and_versions_of_the_workspace() -> Outcome {
    let house = House::read()?;
    let root = &house.manifests["packline"]["workspace"];
    let unsafe_code = root["lints"]["rust"]["unsafe_code"].as_str();
    assert_eq!(unsafe_code, Some("forbid"), "[workspace.lints.rust] must forbid unsafe_code");
    for (name, manifest) in &house.manifests {
        if name == CRASH_VFS {
            let own = manifest["lints"]["rust"]["unsafe_code"].as_str();
            assert_eq!(own, Some("deny"), "{name}: unsafe_code only where a file expects it");
        } else {
            inherits_lints(name, manifest);
        }
        for kind in ["dependencies", "dev-dependencies", "build-dependencies"] {
            let table = manifest.get(kind).and_then(toml::Value::as_table);
            for (dependency, value) in table.into_iter().flatten() {
                let shared = value.get("workspace").and_then(toml::Value::as_bool);
                assert_eq!(shared, Some(true), "{name}: {dependency} must be workspace = true");
            }
        }
    }
    Ok(())
}

fn inherits_lints(name: &str, manifest: &toml::Table) {
    let lints = manifest.get("lints").and_then(|lints| lints.get("workspace"));
    let inherits = lints.and_then(toml::Value::as_bool);
    assert_eq!(inherits, Some(true), "{name}: [lints] must say workspace = true");
}

#[test]
fn planted_violations_are_found() {
    let set = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
    let graph = |edges: &[(&str, &[&str])]| -> Graph {
        edges.iter().map(|(name, used)| ((*name).to_owned(), set(used))).collect()
    };
    let planted = graph(&[
        ("codes", &["serde"]),
        ("line-core", &["codes", "serde"]),
        ("line-sim", &["codes"]),
        ("codes-helper", &["codes"]),
        ("ledger", &["hmi"]),
        ("hmi", &[]),
    ]);
    let found = against_the_law(&planted).join("\n");
    for expected in ["line-sim depends on codes", "ledger depends on hmi", "codes-helper is not"] {
        assert!(found.contains(expected), "{expected:?} not in {found}");
    }
    assert_eq!(against_the_law(&planted).len(), 3, "{found}");
    let normal = graph(&[("line-core@0", &["rand_core@1"]), ("rand_core@1", &["getrandom@2"])]);
    assert_eq!(beyond_the_core(&normal, "line-core"), ["getrandom"]);
}
