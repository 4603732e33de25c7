//! Cuts a stream into the frames of its protocol: Modbus TCP by the length of the MBAP header
//! (Modbus Messaging on TCP/IP 3.1.3), OPC UA TCP by that of the chunk (OPC 10000-6, 7.1.2).
//!
//! Called with what a socket gave. The protocol is told from the first bytes of each direction;
//! of another one, each piece that comes counts as a frame. It must never look beyond the header.

/// Types of OPC UA TCP messages.
const OPCUA_TYPES: [&[u8; 3]; 7] = [b"HEL", b"ACK", b"ERR", b"RHE", b"OPN", b"MSG", b"CLO"];
/// Bytes that tell protocol and length of either.
const HEADER: usize = 8;
/// Longest Modbus frame: header and PDU of 253 bytes.
const MODBUS_MAX: usize = 260;
/// No chunk on a line is longer: pictures are cut into chunks of 64 KiB.
const OPCUA_MAX: usize = 16 << 20;

/// Protocol of a direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Framing {
    Modbus,
    Opcua,
    Unknown,
}

impl Framing {
    /// As soon as it can be told: a device that talks in texts may say less than a header.
    fn told(head: &[u8]) -> Option<Self> {
        let kind = head.get(..3)?;
        let short = OPCUA_TYPES.iter().any(|known| kind == *known) || kind[2] == 0;
        (!short || head.len() >= HEADER).then(|| Self::of(head))
    }

    fn of(head: &[u8]) -> Self {
        if OPCUA_TYPES.iter().any(|kind| head.starts_with(*kind)) {
            Self::Opcua
        } else if head.get(2..5) == Some(&[0, 0, 0]) {
            Self::Modbus
        } else {
            Self::Unknown
        }
    }

    /// Length of the frame at the front; none when it cannot be one.
    fn length(self, bytes: &[u8]) -> Option<usize> {
        let (length, max) = match self {
            Self::Modbus => (usize::from(u16::from_be_bytes([bytes[4], bytes[5]])) + 6, MODBUS_MAX),
            Self::Opcua => {
                let length = u32::from_le_bytes([bytes[4], bytes[5], bytes[6], bytes[7]]);
                (length as usize, OPCUA_MAX)
            }
            Self::Unknown => return Some(bytes.len()),
        };
        (HEADER..=max).contains(&length).then_some(length)
    }
}

/// Frames of one direction of a connection.
#[derive(Debug, Default)]
pub(super) struct Splitter {
    bytes: Vec<u8>,
    framing: Option<Framing>,
}

impl Splitter {
    /// Takes what came.
    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// The next whole frame. What has no possible length goes on as it came.
    pub(super) fn next(&mut self) -> Option<Vec<u8>> {
        if self.framing.is_none() {
            self.framing = Framing::told(&self.bytes);
        }
        let framing = self.framing?;
        if self.bytes.is_empty() || framing != Framing::Unknown && self.bytes.len() < HEADER {
            return None;
        }
        match framing.length(&self.bytes) {
            Some(length) if length <= self.bytes.len() => {
                let rest = self.bytes.split_off(length);
                Some(core::mem::replace(&mut self.bytes, rest))
            }
            Some(_) => None,
            None => {
                self.framing = Some(Framing::Unknown);
                Some(core::mem::take(&mut self.bytes))
            }
        }
    }

    /// What is left of an unfinished frame.
    pub(super) fn rest(&mut self) -> Option<Vec<u8>> {
        let rest = core::mem::take(&mut self.bytes);
        (!rest.is_empty()).then_some(rest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn modbus(transaction: u8, pdu: &[u8]) -> Vec<u8> {
        let length = pdu.len() as u8 + 1;
        [&[0, transaction, 0, 0, 0, length, 1], pdu].concat()
    }

    fn opcua(kind: &str, body: &[u8]) -> Vec<u8> {
        let length = (body.len() as u32 + 8).to_le_bytes();
        [kind.as_bytes(), b"F", &length, body].concat()
    }

    /// Fed in pieces of `size` bytes.
    fn split(stream: &[u8], size: usize) -> Vec<Vec<u8>> {
        let mut splitter = Splitter::default();
        let mut frames = Vec::new();
        for piece in stream.chunks(size) {
            splitter.push(piece);
            frames.extend(std::iter::from_fn(|| splitter.next()));
        }
        frames.extend(splitter.rest());
        frames
    }

    #[test]
    fn frames_are_found_however_they_come() {
        let table = [
            vec![modbus(1, &[3, 0, 1, 0, 2]), modbus(2, &[23; 240]), modbus(3, &[3])],
            vec![opcua("HEL", &[7; 40]), opcua("OPN", &[]), opcua("MSG", &[9; 70_000])],
        ];
        for frames in table {
            let stream = frames.concat();
            for size in [1, 2, 3, 5, 7, 64, 1_000, stream.len()] {
                if size * 2_000 < stream.len() {
                    continue;
                }
                assert!(split(&stream, size) == frames, "in pieces of {size}");
            }
        }
    }

    #[test]
    fn an_unfinished_frame_is_the_rest() {
        let frame = opcua("MSG", &[1; 9]);
        let mut splitter = Splitter::default();
        splitter.push(&frame[..12]);
        assert_eq!(splitter.next(), None);
        assert_eq!(splitter.rest().as_deref(), Some(&frame[..12]));
    }

    #[test]
    fn what_is_no_frame_goes_on_as_it_comes() {
        for stream in
            [&b"{\"do\":\"look\"}\n"[..], b"x", &[0, 1, 0, 0, 0, 0, 0, 0, 0], b"MSGF\0\0\0\0"]
        {
            assert_eq!(split(stream, stream.len()), [stream.to_vec()]);
        }
    }
}
