//! Each fault over real sockets, with frames of both protocols: what arrives, what does not, and
//! whether the connection lives.

use super::*;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::sync::mpsc;

/// Bounds a wait that would never end; no assertion about time.
const PATIENCE: Duration = Duration::from_secs(20);
const ANY: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

/// A frame with a number, of either protocol.
fn frame(opcua: bool, n: u8) -> Vec<u8> {
    let body = [n; 30];
    if opcua {
        [&b"MSGF"[..], &38_u32.to_le_bytes(), &body].concat()
    } else {
        [&[0, n, 0, 0, 0, 30][..], &body].concat()
    }
}

/// A device that tells what came and answers each frame with the same.
struct Rig {
    opcua: bool,
    arrived: mpsc::Receiver<Vec<u8>>,
    proxy: Proxy,
}

impl Rig {
    fn new(opcua: bool) -> Self {
        let listener = TcpListener::bind(ANY).unwrap();
        let to = listener.local_addr().unwrap();
        let (tell, arrived) = mpsc::channel();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (stream, tell) = (stream.unwrap(), tell.clone());
                std::thread::spawn(move || echo(stream, opcua, &tell));
            }
        });
        let proxy = Proxy::start(ANY, to, Script::default(), None).unwrap();
        Self { opcua, arrived, proxy }
    }

    /// A connection that stands; a flap may cut one in the moment of its making.
    fn connect(&self) -> TcpStream {
        loop {
            let stream = TcpStream::connect(self.proxy.address()).unwrap();
            let nodelay = stream.set_nodelay(true);
            if nodelay.and(stream.set_read_timeout(Some(PATIENCE))).is_ok() {
                return stream;
            }
        }
    }

    fn send(&self, stream: &mut TcpStream, n: u8) {
        stream.write_all(&frame(self.opcua, n)).unwrap();
    }

    /// What the device got next.
    fn arrives(&self, n: u8) {
        assert_eq!(self.arrived.recv_timeout(PATIENCE).unwrap(), frame(self.opcua, n));
    }

    fn answered(&self, stream: &mut TcpStream, n: u8) {
        let mut answer = vec![0; frame(self.opcua, n).len()];
        stream.read_exact(&mut answer).unwrap();
        assert_eq!(answer, frame(self.opcua, n));
    }

    /// There and back.
    fn exchange(&self, stream: &mut TcpStream, n: u8) {
        self.send(stream, n);
        self.arrives(n);
        self.answered(stream, n);
    }

    /// A connection that lives, as soon as there is one.
    fn answering(&self) -> TcpStream {
        let mut answer = vec![0; frame(self.opcua, 2).len()];
        loop {
            let mut stream = self.connect();
            let _ = stream.write_all(&frame(self.opcua, 2));
            if stream.read_exact(&mut answer).is_ok() {
                return stream;
            }
        }
    }

    fn quiet(&self) {
        let since = Instant::now();
        while !self.proxy.is_quiet() {
            assert!(since.elapsed() < PATIENCE, "a fault does not end");
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    fn struck(&self, kind: FaultKind) -> u64 {
        self.proxy.counts().struck.get(&kind).copied().unwrap_or_default()
    }
}

fn echo(mut stream: TcpStream, opcua: bool, tell: &mpsc::Sender<Vec<u8>>) {
    let mut bytes = vec![0; frame(opcua, 0).len()];
    stream.set_nodelay(true).unwrap();
    while stream.read_exact(&mut bytes).is_ok() {
        let _ = tell.send(bytes.clone());
        let _ = stream.write_all(&bytes);
    }
}

/// The connection is over: its end, or a reset.
fn is_over(stream: &mut TcpStream) -> Option<std::io::ErrorKind> {
    let mut bytes = [0; 64];
    loop {
        match stream.read(&mut bytes) {
            Ok(0) => return None,
            Ok(_) => {}
            Err(error) => return Some(error.kind()),
        }
    }
}

fn fault(kind: FaultKind, direction: Direction, ms: u64) -> Fault {
    Fault::new(kind, direction, ms)
}

use Direction::{ToController, ToDevice};

/// On both protocols.
fn each(test: impl Fn(&Rig)) {
    for opcua in [false, true] {
        test(&Rig::new(opcua));
    }
}

#[test]
fn without_a_fault_everything_passes_and_is_seen() {
    each(|rig| {
        let mut stream = rig.connect();
        (1..=9).for_each(|n| rig.exchange(&mut stream, n));
        let counts = rig.proxy.counts();
        assert_eq!((counts.connections, counts.frames), (1, [9, 9]));
        assert!(counts.struck.is_empty() && counts.begun.is_empty());
    });
    let seen = Arc::new(Mutex::new(Vec::new()));
    let rig = Rig::new(false);
    let (to, ours) = (rig.proxy.address(), seen.clone());
    let tap: Tap = Box::new(move |way, frame| ours.lock().unwrap().push((way, frame.to_vec())));
    let outer = Proxy::start(ANY, to, Script::default(), Some(tap)).unwrap();
    let mut stream = TcpStream::connect(outer.address()).unwrap();
    rig.exchange(&mut stream, 5);
    assert_eq!(*seen.lock().unwrap(), [ToDevice, ToController].map(|way| (way, frame(false, 5))));
}

#[test]
fn dropped_frames_are_lost_and_the_connection_lives() {
    each(|rig| {
        let mut stream = rig.connect();
        rig.proxy.inject(Fault { frames: 2, ..fault(FaultKind::Drop, ToDevice, 0) });
        rig.proxy.inject(fault(FaultKind::Drop, ToController, 0));
        (1..=3).for_each(|n| rig.send(&mut stream, n));
        rig.arrives(3);
        rig.send(&mut stream, 4);
        rig.arrives(4);
        rig.answered(&mut stream, 4);
        assert_eq!(rig.struck(FaultKind::Drop), 3);
        assert!(rig.proxy.is_quiet());
    });
}

#[test]
fn delayed_frames_come_in_order_also_after_their_sender_has_gone() {
    each(|rig| {
        let mut stream = rig.connect();
        rig.proxy.inject(fault(FaultKind::Delay, ToDevice, 60));
        let since = Instant::now();
        (1..=3).for_each(|n| rig.send(&mut stream, n));
        drop(stream);
        let mut other = rig.connect();
        rig.exchange(&mut other, 9);
        (1..=3).for_each(|n| rig.arrives(n));
        assert!(since.elapsed() >= Duration::from_millis(60));
    });
}

#[test]
fn two_frames_change_places() {
    each(|rig| {
        let mut stream = rig.connect();
        rig.proxy.inject(fault(FaultKind::Reorder, ToDevice, 20_000));
        (1..=3).for_each(|n| rig.send(&mut stream, n));
        [2, 1, 3].into_iter().for_each(|n| rig.arrives(n));
        rig.proxy.inject(fault(FaultKind::Reorder, ToDevice, 5));
        rig.send(&mut stream, 7);
        rig.arrives(7);
    });
}

#[test]
fn a_frame_comes_twice_also_after_its_sender_has_gone() {
    each(|rig| {
        let mut stream = rig.connect();
        rig.proxy.inject(fault(FaultKind::Duplicate, ToController, 0));
        rig.exchange(&mut stream, 1);
        rig.answered(&mut stream, 1);
        rig.proxy.inject(fault(FaultKind::Duplicate, ToDevice, 60));
        rig.exchange(&mut stream, 2);
        drop(stream);
        let mut other = rig.connect();
        rig.exchange(&mut other, 3);
        rig.arrives(2);
        assert_eq!(rig.struck(FaultKind::Duplicate), 2);
    });
}

#[test]
fn half_a_frame_is_the_end() {
    each(|rig| {
        let mut stream = rig.connect();
        rig.proxy.inject(fault(FaultKind::Truncate, ToController, 0));
        rig.send(&mut stream, 1);
        rig.arrives(1);
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        let whole = frame(rig.opcua, 1);
        assert_eq!(answer, whole[..whole.len() / 2]);
        rig.exchange(&mut rig.connect(), 2);
    });
}

#[test]
fn half_open_swallows_one_direction_and_the_connection_lives() {
    each(|rig| {
        let mut stream = rig.connect();
        rig.exchange(&mut stream, 1);
        rig.proxy.inject(fault(FaultKind::HalfOpen, ToController, 150));
        rig.send(&mut stream, 2);
        rig.arrives(2);
        rig.quiet();
        rig.exchange(&mut stream, 3);
        assert_eq!(rig.struck(FaultKind::HalfOpen), 1);
        rig.proxy.inject(fault(FaultKind::HalfOpen, ToDevice, 150));
        rig.send(&mut stream, 4);
        rig.quiet();
        rig.exchange(&mut stream, 5);
    });
}

#[test]
fn a_black_hole_accepts_and_never_answers() {
    each(|rig| {
        let mut old = rig.connect();
        rig.exchange(&mut old, 1);
        rig.proxy.inject(fault(FaultKind::Blackhole, ToDevice, 200));
        rig.send(&mut old, 2);
        let mut dark = rig.connect();
        rig.send(&mut dark, 3);
        rig.quiet();
        rig.exchange(&mut old, 4);
        rig.send(&mut dark, 5);
        rig.exchange(&mut rig.connect(), 6);
        assert!(rig.arrived.try_recv().is_err(), "what was accepted in the dark stays there");
    });
}

#[test]
fn a_cut_resets_every_connection_and_new_ones_until_it_is_over() {
    each(|rig| {
        let mut old = rig.connect();
        rig.exchange(&mut old, 1);
        rig.proxy.inject(fault(FaultKind::Cut, ToDevice, 200));
        assert_eq!(is_over(&mut old), Some(std::io::ErrorKind::ConnectionReset));
        let mut fresh = rig.connect();
        assert_eq!(is_over(&mut fresh), Some(std::io::ErrorKind::ConnectionReset));
        rig.quiet();
        rig.exchange(&mut rig.connect(), 2);
        assert_eq!(rig.struck(FaultKind::Cut), 2);
    });
}

#[test]
fn a_flap_cuts_again_and_again() {
    each(|rig| {
        let mut stream = rig.connect();
        rig.exchange(&mut stream, 1);
        rig.proxy.inject(Fault { frames: 3, ..fault(FaultKind::Flap, ToDevice, 300) });
        for _ in 0..2 {
            assert_eq!(is_over(&mut stream), Some(std::io::ErrorKind::ConnectionReset));
            stream = rig.answering();
        }
        assert_eq!(is_over(&mut stream), Some(std::io::ErrorKind::ConnectionReset));
        rig.quiet();
        while rig.arrived.try_recv().is_ok() {}
        rig.exchange(&mut rig.connect(), 3);
        assert_eq!(rig.proxy.counts().begun, [(FaultKind::Flap, 1)].into());
    });
}
