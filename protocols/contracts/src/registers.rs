//! Writing and reading runs of 16-bit Modbus registers, most significant register first.
//!
//! Used by the frame layouts only. Must never know what a register means.

/// What a frame can be wrong about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameError {
    /// Fewer registers than the layout needs.
    Short {
        /// Registers that the layout needs.
        expected: usize,
        /// Registers that came.
        found: usize,
    },
    /// Head and tail sequence differ: the frame was read while it changed.
    Torn,
    /// A number outside its enum or bound.
    Value {
        /// Which field.
        field: &'static str,
        /// The number found.
        found: u32,
    },
    /// The checksum does not fit the content.
    Crc {
        /// Which part of the frame.
        field: &'static str,
    },
}

impl core::fmt::Display for FrameError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Short { expected, found } => {
                write!(f, "frame has {found} registers, expected {expected}")
            }
            Self::Torn => f.write_str("frame is torn: head and tail sequence differ"),
            Self::Value { field, found } => write!(f, "{field} holds {found}, outside its range"),
            Self::Crc { field } => write!(f, "checksum of {field} does not match"),
        }
    }
}

impl core::error::Error for FrameError {}

/// Appends values to a slice of registers that the caller has sized.
pub struct RegisterWriter<'a> {
    registers: &'a mut [u16],
    at: usize,
}

impl<'a> RegisterWriter<'a> {
    /// Starts at the first register.
    pub fn new(registers: &'a mut [u16]) -> Self {
        Self { registers, at: 0 }
    }

    /// One register. Beyond the end nothing is written; layouts are checked by their tests.
    pub fn u16(&mut self, value: u16) {
        if let Some(register) = self.registers.get_mut(self.at) {
            *register = value;
        }
        self.at += 1;
    }

    /// Two registers.
    pub fn u32(&mut self, value: u32) {
        self.u16((value >> 16) as u16);
        self.u16((value & 0xffff) as u16);
    }

    /// Four registers.
    pub fn u64(&mut self, value: u64) {
        self.u32((value >> 32) as u32);
        self.u32((value & 0xffff_ffff) as u32);
    }

    /// Text packed two characters a register, padded with zero bytes to `registers` registers.
    pub fn text(&mut self, bytes: &[u8], registers: usize) {
        for i in 0..registers {
            let high = bytes.get(2 * i).copied().unwrap_or(0);
            let low = bytes.get(2 * i + 1).copied().unwrap_or(0);
            self.u16(u16::from_be_bytes([high, low]));
        }
    }

    /// Leaves `registers` registers as they are.
    pub fn skip(&mut self, registers: usize) {
        self.at += registers;
    }

    /// Registers written so far.
    #[must_use]
    pub fn written(&self) -> usize {
        self.at
    }
}

/// Takes values off a slice of registers.
pub struct RegisterReader<'a> {
    registers: &'a [u16],
    at: usize,
}

impl<'a> RegisterReader<'a> {
    /// Starts at the first register of a frame that must have at least `expected` of them.
    ///
    /// # Errors
    /// [`FrameError::Short`] when it has fewer.
    pub fn new(registers: &'a [u16], expected: usize) -> Result<Self, FrameError> {
        if registers.len() < expected {
            let found = registers.len();
            return Err(FrameError::Short { expected, found });
        }
        Ok(Self { registers, at: 0 })
    }

    /// One register; 0 beyond the end, which `new` has excluded.
    pub fn u16(&mut self) -> u16 {
        let value = self.registers.get(self.at).copied().unwrap_or(0);
        self.at += 1;
        value
    }

    /// Two registers.
    pub fn u32(&mut self) -> u32 {
        (u32::from(self.u16()) << 16) | u32::from(self.u16())
    }

    /// Four registers.
    pub fn u64(&mut self) -> u64 {
        (u64::from(self.u32()) << 32) | u64::from(self.u32())
    }

    /// `N` bytes of text from `N.div_ceil(2)` registers.
    pub fn text<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        for i in 0..N.div_ceil(2) {
            let pair = self.u16().to_be_bytes();
            for (k, byte) in pair.into_iter().enumerate() {
                if let Some(place) = bytes.get_mut(2 * i + k) {
                    *place = byte;
                }
            }
        }
        bytes
    }

    /// Passes over `registers` registers.
    pub fn skip(&mut self, registers: usize) {
        self.at += registers;
    }
}

/// CRC-32 (IEEE 802.3) over the registers' bytes, most significant byte first.
#[must_use]
pub fn crc32(registers: &[u16]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    for register in registers {
        hasher.update(&register.to_be_bytes());
    }
    hasher.finalize()
}
