//! Ink, light and reading: what the simulated labeler prints and the simulated camera sees.
//!
//! The labeler model calls [`Press::print`], the camera model [`Camera::photograph`] and
//! [`Camera::read`]; between them travels a [`Picture`] and nothing else. A pack therefore reads
//! wrong, badly or not at all for the reason a real one does: because of its pixels.
//!
//! Nothing in here may know the controller or share its code logic: the element string, the
//! symbol and the grades are made from the standards a second time, so that an error on one side
//! shows as a disagreement. The reading side is never told what was printed.

pub mod camera;
pub mod chance;
pub mod codewords;
pub mod decode;
pub mod font;
pub mod grade;
pub mod ink;
pub mod label;
pub mod modules;
pub mod outline;
pub mod photo;
pub mod picture;
pub mod png_file;
pub mod press;
pub mod region;
pub mod sampling;
pub mod spec;
pub mod symbol;
#[cfg(test)]
mod tests;
pub mod text_block;
pub mod text_line;
pub mod text_reader;
pub mod thresholds;
#[cfg(test)]
mod view_tests;

pub use camera::{Camera, ReadStatus, Reading};
pub use grade::Grade;
pub use ink::InkFaults;
pub use label::LabelTemplate;
pub use photo::PhotoConditions;
pub use picture::Picture;
pub use press::Press;
pub use spec::{LabelError, LabelSpec, ReadableText};
pub use text_reader::{TextReader, TextReading};
