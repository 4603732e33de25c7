//! What a profile would make us do, in words.
//!
//! Part of `device check`. Must never say what the driver does not do.

use profiles::Profile;
use profiles::dialect::{Action, FaultMeaning, Handshake, LabelerDialect};
use profiles::messages::Messages;

/// The profile in sentences.
pub(super) fn explain(profile: &Profile) -> Vec<String> {
    match profile {
        Profile::LabelerRegisters(profile) => labeler(&profile.labeler),
        Profile::LabelerNodes(profile) => labeler(&profile.labeler),
        Profile::LabelerText(profile) => {
            let mut said = labeler(&profile.labeler);
            said.extend(messages(&profile.text));
            said
        }
        other => vec![format!(
            "It keeps the contract of {} (docs/device-contracts.md) at the places that the profile \
             names: epochs, sequences and echoes are the device's own.",
            other.kind()
        )],
    }
}

fn labeler(dialect: &LabelerDialect) -> Vec<String> {
    let mut said =
        vec![format!("Every {} ms it is read: {}.", dialect.pace.cycle_ms, list(dialect.read()))];
    match &dialect.header {
        Some(header) => said.push(format!("A batch header: {}", action(header))),
        None => said.push("No batch header is sent; each job brings what it needs.".to_owned()),
    }
    said.push(format!("A job: {}", action(&dialect.job)));
    said.push(format!("To drop what waits: {}", action(&dialect.clear)));
    said.push(format!(
        "It gets {} ahead; the line's look-ahead is cut to that.",
        plural(dialect.slots, "job")
    ));
    said.extend(guarantees(dialect));
    said
}

fn action(action: &Action) -> String {
    let values = list(action.write.iter().map(|(point, text)| {
        let text: String = text.clone().into();
        format!("{point} = {text:?}")
    }));
    let values = if values.is_empty() { String::new() } else { format!("writes {values}; ") };
    let sign = match &action.handshake {
        Handshake::None => "taken when the write is answered.".to_owned(),
        Handshake::Call { method } => {
            format!("calls {method} with them; taken when that is answered.")
        }
        Handshake::Toggle { strobe, ack } => {
            format!("then {strobe} changes; taken when {ack} is equal to it.")
        }
        Handshake::Counter { strobe, ack } => {
            format!("then {strobe} gets the number after {ack}; taken when {ack} shows it.")
        }
        Handshake::Pulse { strobe, ack } => {
            format!("then {strobe} becomes 1; taken when {ack} is 1; {strobe} becomes 0 again.")
        }
    };
    values + &sign
}

/// What each guarantee rests on.
fn guarantees(dialect: &LabelerDialect) -> Vec<String> {
    let status = &dialect.status;
    let restart = match &status.epoch {
        Some(point) => format!("Restarts are told by {point}; a lost link goes on where it was."),
        None => "Restarts are not told: each new contact counts as one, empties the device and \
                 makes what was in flight invalid."
            .to_owned(),
    };
    let printed = match (&status.printed, &status.queued, &status.ready) {
        (Some(point), ..) => format!("Labels printed are counted by {point}."),
        (None, Some(point), _) => {
            format!("Labels printed are what {point} is less than was given.")
        }
        (None, None, point) => format!(
            "A label counts as printed when {} says that the next job can come.",
            point.as_deref().unwrap_or("nothing")
        ),
    };
    let applied = match &status.applied {
        Some(point) => format!("Labels applied are counted by {point}."),
        None => "A label counts as applied when it is printed: the strobe of the line I/O and the \
                 camera tell whose it is."
            .to_owned(),
    };
    let header = match (&dialect.header, dialect.header_read_back) {
        (Some(_), true) => "The header in force is read back each cycle.",
        (Some(_), false) => "The header in force is our own word: the camera compares each label.",
        (None, _) => "There is no header in force.",
    };
    let mut said = vec![restart, printed, applied, header.to_owned()];
    said.extend(status.fault.as_ref().map(|point| faults(point, dialect)));
    said
}

fn faults(point: &str, dialect: &LabelerDialect) -> String {
    let meaning = |meaning: &FaultMeaning| match meaning {
        FaultMeaning::None => "nothing",
        FaultMeaning::Empty => "a pack without a job",
        FaultMeaning::WebBreak => "a person must mend it",
    };
    let known = dialect.status.faults.iter().map(|(n, means)| format!("{n}: {}", meaning(means)));
    let known: Vec<String> = known.chain(["others: a person must mend it".to_owned()]).collect();
    format!("Trouble is told by {point}, 0 for none ({}).", known.join("; "))
}

fn messages(text: &Messages) -> Vec<String> {
    let one = |(name, message): (&String, &profiles::messages::Message)| {
        let send: String = message.send.clone().into();
        let replies = message.replies.iter().cloned().map(String::from);
        let replies = replies.map(|reply| format!("{reply:?}")).collect::<Vec<_>>().join(", ");
        let replies = if replies.is_empty() { "nothing".to_owned() } else { replies };
        format!("Message {name}: sends {send:?}, expects {replies}.")
    };
    text.messages.iter().map(one).collect()
}

fn list(names: impl Iterator<Item = impl ToString>) -> String {
    let mut names: Vec<String> = names.map(|name| name.to_string()).collect();
    names.dedup();
    names.join(", ")
}

fn plural(count: u16, thing: &str) -> String {
    if count == 1 { format!("1 {thing}") } else { format!("{count} {thing}s") }
}
