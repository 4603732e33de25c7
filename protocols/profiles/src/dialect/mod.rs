//! The ways of devices that do not keep our contracts, whatever protocol carries them.
//!
//! Part of their profiles. Names points; where these lie is the protocol's part, and whether they
//! fit is asked of it by [`Places`].

mod labeler;
mod meaning;
mod pace;
mod pattern;
mod places;
mod template;

pub use labeler::{
    Action, FaultMeaning, Handshake, LabelerDialect, SLOTS_MAX, StatusDialect, Writes,
};
pub use meaning::{Meaning, Meanings, Sums};
pub use pace::Pace;
pub use pattern::{Pattern, PatternError};
pub(crate) use places::{Places, takes_exactly};
pub use template::{Field, Template, TemplateError};
