//! The person at the console: passwords typed without being shown, the account of the operating
//! system.
//!
//! Called by `packline user`. Must never show or keep what is typed.

use people::Password;
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use std::io::{self, BufRead, IsTerminal, Write};

/// The line's end is not part of a password, and no line is longer than this.
const LINE_MAX: u64 = 1_024;

/// The terminal shows again what is typed, whatever happens.
struct Silent(Termios);

impl Silent {
    fn begin() -> io::Result<Self> {
        let before = tcgetattr(io::stdin())?;
        let mut silent = before.clone();
        silent.local_modes.remove(LocalModes::ECHO);
        tcsetattr(io::stdin(), OptionalActions::Flush, &silent)?;
        Ok(Self(before))
    }
}

impl Drop for Silent {
    fn drop(&mut self) {
        // Nothing can be done about a terminal that has gone away.
        let _ = tcsetattr(io::stdin(), OptionalActions::Now, &self.0);
    }
}

/// Asks for a password: on a terminal without showing it; otherwise a line of standard input.
///
/// # Errors
/// There is no line, or it is longer than a password may be.
pub fn ask_password(prompt: &str) -> io::Result<Password> {
    let line = ask_secret(prompt)?;
    Password::new(line).ok_or_else(|| io::Error::other("that is longer than a password may be"))
}

/// The same as text, to be sent to the running service.
///
/// # Errors
/// There is no line.
pub fn ask_secret(prompt: &str) -> io::Result<String> {
    let silent = if io::stdin().is_terminal() {
        eprint!("{prompt}: ");
        io::stderr().flush()?;
        Some(Silent::begin()?)
    } else {
        None
    };
    let mut line = String::new();
    io::Read::take(io::stdin().lock(), LINE_MAX).read_line(&mut line)?;
    if silent.is_some() {
        eprintln!();
    }
    drop(silent);
    let end = line.trim_end_matches(['\r', '\n']).len();
    line.truncate(end);
    if line.is_empty() {
        let what = format!("no password on standard input for \"{prompt}\"");
        return Err(io::Error::new(io::ErrorKind::UnexpectedEof, what));
    }
    Ok(line)
}

/// The account of the operating system that runs this program: its name, or its number. The name
/// that `sudo` says is added, for a shared root account is nobody.
#[must_use]
pub fn os_account() -> String {
    let uid = rustix::process::getuid().as_raw();
    let name = std::fs::read_to_string("/etc/passwd").ok().and_then(|text| named(&text, uid));
    let account = name.unwrap_or_else(|| format!("uid{uid}"));
    match std::env::var("SUDO_USER") {
        Ok(person) if uid == 0 && is_plain(&person) => format!("{account}/{person}"),
        _ => account,
    }
}

fn named(passwd: &str, uid: u32) -> Option<String> {
    let fields = passwd.lines().map(|line| line.split(':').collect::<Vec<_>>());
    let mut own = fields.filter(|fields| fields.get(2).and_then(|f| f.parse().ok()) == Some(uid));
    own.next()?.first().filter(|name| is_plain(name)).map(|name| (*name).to_owned())
}

fn is_plain(name: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"._-".contains(&b);
    (1..=32).contains(&name.len()) && name.bytes().all(allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_have_names() {
        let passwd = "root:x:0:0:root:/r:/bin/sh\nold:x:12\nolga:x:1000:1000::/h:/bin/sh\n\
                      evil\u{7}:x:7:7::/:/\n";
        assert_eq!(named(passwd, 0).as_deref(), Some("root"));
        assert_eq!(named(passwd, 1000).as_deref(), Some("olga"));
        assert_eq!(named(passwd, 7), None, "no control characters in records");
        assert_eq!(named(passwd, 8), None);
    }
}
