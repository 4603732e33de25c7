//! Each fault over real sockets, with frames of both protocols: what arrives, what does not, and
//! whether the connection lives.
//!
//! A machine may stand still for a second at any place: no fault here is waited out by a clock of
//! the test. Either it lasts longer than every wait, or the test begins anew when it was over
//! before anything came to it.

use super::*;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::sync::mpsc;

/// Bounds a wait that would never end; no assertion about time.
const PATIENCE: Duration = Duration::from_secs(20);
/// A fault that nobody sees the end of, in milliseconds.
const FOR_EVER: u64 = 600_000;
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
        let since = Instant::now();
        loop {
            match self.try_connect() {
                Ok(stream) => return stream,
                Err(error) => assert!(since.elapsed() < PATIENCE, "no connection stands: {error}"),
            }
        }
    }

    fn try_connect(&self) -> std::io::Result<TcpStream> {
        let stream = TcpStream::connect(self.proxy.address())?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        Ok(stream)
    }

    fn send(&self, stream: &mut TcpStream, n: u8) {
        stream.write_all(&frame(self.opcua, n)).unwrap();
    }

    /// What the device got next.
    fn arrives(&self, n: u8) {
        assert_eq!(self.arrived.recv_timeout(PATIENCE).unwrap(), frame(self.opcua, n));
    }

    /// The number of the next answer.
    fn answer(&self, stream: &mut TcpStream) -> u8 {
        let mut answer = vec![0; frame(self.opcua, 0).len()];
        stream.read_exact(&mut answer).unwrap();
        let n = answer.last().copied().unwrap();
        assert_eq!(answer, frame(self.opcua, n));
        n
    }

    fn answered(&self, stream: &mut TcpStream, n: u8) {
        assert_eq!(self.answer(stream), n);
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
        let since = Instant::now();
        loop {
            assert!(since.elapsed() < PATIENCE, "no connection lives");
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
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
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

/// On both protocols, and again from the start when the test says that the fault was over before
/// anything came to it.
fn each_struck(test: impl Fn(&Rig) -> bool) {
    for opcua in [false, true] {
        let since = Instant::now();
        while !test(&Rig::new(opcua)) {
            assert!(since.elapsed() < PATIENCE, "the fault strikes nothing");
        }
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
        (1..=3).for_each(|n| rig.arrives(n));
        assert!(since.elapsed() >= Duration::from_millis(60));
        let mut stuck = rig.connect();
        rig.proxy.inject(fault(FaultKind::Delay, ToDevice, FOR_EVER));
        rig.send(&mut stuck, 4);
        rig.quiet();
        rig.exchange(&mut rig.connect(), 9);
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
        rig.arrives(2);
        rig.exchange(&mut rig.connect(), 3);
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
    for direction in Direction::ALL {
        each_struck(|rig| {
            let mut stream = rig.connect();
            rig.exchange(&mut stream, 1);
            rig.proxy.inject(fault(FaultKind::HalfOpen, direction, 100));
            rig.send(&mut stream, 2);
            rig.quiet();
            rig.send(&mut stream, 3);
            let is_swallowed = rig.answer(&mut stream) == 3;
            assert_eq!(rig.struck(FaultKind::HalfOpen), u64::from(is_swallowed));
            if direction == ToController {
                rig.arrives(2);
            }
            if is_swallowed {
                rig.arrives(3);
            }
            is_swallowed
        });
    }
}

#[test]
fn a_black_hole_accepts_and_never_answers() {
    each_struck(|rig| {
        let mut old = rig.connect();
        rig.exchange(&mut old, 1);
        rig.proxy.inject(fault(FaultKind::Blackhole, ToDevice, 150));
        rig.send(&mut old, 2);
        let mut dark = rig.connect();
        rig.send(&mut dark, 3);
        rig.quiet();
        rig.send(&mut old, 4);
        let is_swallowed = rig.answer(&mut old) == 4;
        let mut fresh = rig.connect();
        rig.send(&mut fresh, 6);
        rig.answered(&mut fresh, 6);
        // One for the frame, one for the connection.
        if rig.struck(FaultKind::Blackhole) < 2 {
            return false;
        }
        assert!(is_swallowed);
        rig.send(&mut dark, 5);
        [4, 6].into_iter().for_each(|n| rig.arrives(n));
        rig.exchange(&mut fresh, 7);
        assert!(rig.arrived.try_recv().is_err(), "what was accepted in the dark stays there");
        true
    });
}

/// The kernel may tell a reset already while it connects.
fn is_reset_at_once(rig: &Rig) -> bool {
    let over = match rig.try_connect() {
        Ok(mut stream) => is_over(&mut stream),
        Err(error) => Some(error.kind()),
    };
    over == Some(std::io::ErrorKind::ConnectionReset)
}

#[test]
fn a_cut_resets_every_connection_and_new_ones_until_it_is_over() {
    each(|rig| {
        let mut stream = rig.connect();
        rig.exchange(&mut stream, 1);
        rig.proxy.inject(fault(FaultKind::Cut, ToDevice, 50));
        assert_eq!(is_over(&mut stream), Some(std::io::ErrorKind::ConnectionReset));
        rig.quiet();
        let mut stream = rig.connect();
        rig.exchange(&mut stream, 2);
        rig.proxy.inject(fault(FaultKind::Cut, ToDevice, FOR_EVER));
        assert_eq!(is_over(&mut stream), Some(std::io::ErrorKind::ConnectionReset));
        assert!(is_reset_at_once(rig));
        assert_eq!(rig.struck(FaultKind::Cut), 3);
    });
}

#[test]
fn a_flap_cuts_again_and_again() {
    each(|rig| {
        let mut stream = rig.connect();
        rig.exchange(&mut stream, 1);
        rig.proxy.inject(Fault { frames: 1_000, ..fault(FaultKind::Flap, ToDevice, 200) });
        for _ in 0..2 {
            assert_eq!(is_over(&mut stream), Some(std::io::ErrorKind::ConnectionReset));
            stream = rig.answering();
        }
        assert_eq!(is_over(&mut stream), Some(std::io::ErrorKind::ConnectionReset));
        assert!(rig.struck(FaultKind::Flap) >= 3);
        assert_eq!(rig.proxy.counts().begun, [(FaultKind::Flap, 1)].into());
    });
    each(|rig| {
        rig.proxy.inject(Fault { frames: 3, ..fault(FaultKind::Flap, ToDevice, 20) });
        rig.quiet();
        rig.exchange(&mut rig.connect(), 3);
    });
}
