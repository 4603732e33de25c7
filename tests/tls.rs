//! The page for other hosts, by TLS, on the real binary: who gets in by which name, what is refused
//! at the start, and callers that never finish a handshake.
//!
//! Asserted are answers and exit codes, never a time.

use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned, version};
use std::error::Error;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

const NAME: &str = "line7.test";
/// More than handshakes may be under way at once.
const SILENT_CALLERS: usize = 40;

/// A configuration with a certificate of its own.
struct Place {
    dir: tempfile::TempDir,
    certificate: CertificateDer<'static>,
}

impl Place {
    fn new(certified: &str) -> Outcome<Self> {
        let dir = tempfile::tempdir()?;
        copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("config"), &dir.path().join("config"))?;
        let made = rcgen::generate_simple_self_signed([certified.to_owned()])?;
        std::fs::write(dir.path().join("line.crt"), made.cert.pem())?;
        std::fs::write(dir.path().join("line.key"), made.signing_key.serialize_pem())?;
        let place = Self { dir, certificate: made.cert.der().clone() };
        place.key_mode(0o600)?;
        let config = place.config();
        let text = std::fs::read_to_string(&config)?;
        let data = place.dir.path().join("data");
        let service = format!(
            "[service.https]\nlisten = \"127.0.0.1:0\"\ncertificate = \"{0}/line.crt\"\n\
             key = \"{0}/line.key\"\nnames = [\"{NAME}\"]\n\n[service]",
            place.dir.path().display()
        );
        let text = text
            .replace("[service]", &service)
            .replace("127.0.0.1:8080", "127.0.0.1:0")
            .replace("\"packline-data\"", &format!("{:?}", data.display().to_string()));
        std::fs::write(config, text)?;
        Ok(place)
    }

    fn config(&self) -> PathBuf {
        self.dir.path().join("config/line.toml")
    }

    fn key_mode(&self, mode: u32) -> Outcome {
        let key = self.dir.path().join("line.key");
        Ok(std::fs::set_permissions(key, std::fs::Permissions::from_mode(mode))?)
    }

    fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_packline"));
        command.arg("run").arg("--config").arg(self.config()).stdin(Stdio::null());
        command
    }

    fn refused(&self, told: &str) -> Outcome {
        let output = self.command().output()?;
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains(told), "{said}");
        Ok(())
    }

    fn start(&self) -> Outcome<Running> {
        let mut child = self.command().stdout(Stdio::null()).stderr(Stdio::piped()).spawn()?;
        let mut lines = BufReader::new(child.stderr.take().ok_or("no stderr")?).lines();
        let mut after = |what: &str| -> Outcome<String> {
            loop {
                let line = lines.next().ok_or_else(|| format!("ended before {what:?}"))??;
                if let Some((_, rest)) = line.split_once(what) {
                    return Ok(rest.to_owned());
                }
            }
        };
        let plain = after("live at http://")?.parse()?;
        let others = after(&format!("live at https://{NAME}:"))?;
        let port = others.split(' ').next().ok_or("no port")?.parse()?;
        // What it says later must not fill the pipe.
        std::thread::spawn(move || lines.for_each(drop));
        Ok(Running { child, plain, secured: SocketAddr::from(([127, 0, 0, 1], port)) })
    }

    /// A connection to the service as a browser that trusts its certificate makes it.
    fn connect(
        &self,
        to: SocketAddr,
        versions: &[&'static rustls::SupportedProtocolVersion],
    ) -> Outcome<StreamOwned<ClientConnection, TcpStream>> {
        let mut roots = RootCertStore::empty();
        roots.add(self.certificate.clone())?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(versions)?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let name = ServerName::try_from(NAME)?;
        let connection = ClientConnection::new(Arc::new(config), name)?;
        Ok(StreamOwned::new(connection, dial(to)?))
    }
}

struct Running {
    child: Child,
    plain: SocketAddr,
    secured: SocketAddr,
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn copy(from: &Path, to: &Path) -> Outcome {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        match entry.file_type()?.is_dir() {
            true => copy(&entry.path(), &target)?,
            false => drop(std::fs::copy(entry.path(), target)?),
        }
    }
    Ok(())
}

fn dial(to: SocketAddr) -> Outcome<TcpStream> {
    let stream = TcpStream::connect(to)?;
    stream.set_read_timeout(Some(Duration::from_secs(60)))?;
    Ok(stream)
}

/// Status line and headers, and the body, of one request.
fn get(mut stream: impl Read + Write, path: &str, host: &str) -> Outcome<(String, String)> {
    let request = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes())?;
    let mut answer = Vec::new();
    // An end without a farewell is an end all the same.
    let _ = stream.read_to_end(&mut answer);
    let text = String::from_utf8_lossy(&answer).into_owned();
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    Ok((head.to_owned(), body.to_owned()))
}

#[test]
fn other_hosts_are_answered_by_tls_and_by_the_lines_own_name() -> Outcome {
    let place = Place::new(NAME)?;
    let running = place.start()?;
    for versions in [&[&version::TLS12], &[&version::TLS13]] {
        let (head, body) = get(place.connect(running.secured, versions)?, "/", NAME)?;
        assert!(head.starts_with("HTTP/1.1 200"), "{head}");
        assert!(head.contains("content-security-policy: default-src 'self'"), "{head}");
        assert!(body.contains("<html"), "{body}");
    }
    let tls13 = [&version::TLS13];
    let (head, body) = get(place.connect(running.secured, &tls13)?, "/", "evil.example")?;
    assert!(head.starts_with("HTTP/1.1 421") && body.contains("foreign_host"), "{head}{body}");
    let (head, _) = get(dial(running.plain)?, "/", NAME)?;
    assert!(head.starts_with("HTTP/1.1 421"), "its name is for TLS only: {head}");
    let (head, _) = get(dial(running.plain)?, "/", "127.0.0.1")?;
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    let (head, _) = get(dial(running.secured)?, "/", NAME)?;
    assert!(!head.contains("HTTP/1.1 200"), "clear text is no way in: {head}");
    Ok(())
}

#[test]
fn callers_that_never_finish_a_handshake_keep_nobody_out() -> Outcome {
    let place = Place::new(NAME)?;
    let running = place.start()?;
    let silent: Vec<TcpStream> =
        (0..SILENT_CALLERS).map(|_| dial(running.secured)).collect::<Outcome<_>>()?;
    let stream = place.connect(running.secured, &[&version::TLS13])?;
    let (head, _) = get(stream, "/api/v1/openapi.json", NAME)?;
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    drop(silent);
    Ok(())
}

#[test]
fn a_certificate_for_another_name_and_a_key_for_everybody_are_refused() -> Outcome {
    let place = Place::new("line8.test")?;
    place.refused("is not for line7.test")?;
    let place = Place::new(NAME)?;
    place.key_mode(0o644)?;
    place.refused("chmod 600")?;
    place.key_mode(0o600)?;
    std::fs::write(place.dir.path().join("line.crt"), "no certificate")?;
    place.refused("line.crt")?;
    let other = rcgen::generate_simple_self_signed([NAME.to_owned()])?;
    std::fs::write(place.dir.path().join("line.crt"), other.cert.pem())?;
    place.refused("cannot be used together")
}
