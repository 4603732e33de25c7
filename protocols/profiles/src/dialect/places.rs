//! What a protocol's part of a profile must tell, so that the names of a dialect can be checked.
//!
//! Kept by each kind of profile. Must never be asked about anything but names.

use super::Writes;
use crate::ProfileError;

/// Where the points of a device lie, as far as their names are concerned.
pub(crate) trait Places {
    /// A value can be written to this point.
    fn writes(&self, name: &str) -> Result<(), ProfileError>;
    /// This point can be read.
    fn reads(&self, name: &str) -> Result<(), ProfileError>;
    /// This point can be read, and is a number.
    fn counts(&self, name: &str) -> Result<(), ProfileError>;
    /// There is this method, and it takes exactly these values.
    fn takes(&self, method: &str, values: &Writes) -> Result<(), ProfileError>;
}

/// A method's places are those that an action fills.
pub(crate) fn takes_exactly<'a>(
    method: &str,
    places: impl Iterator<Item = &'a str> + Clone,
    values: &Writes,
) -> Result<(), ProfileError> {
    let unfilled = places.clone().find(|place| !values.contains_key(*place));
    let unknown = values.keys().find(|value| !places.clone().any(|place| place == *value));
    let (name, why) = match (unfilled, unknown) {
        (Some(place), _) => (place, "it takes this, and the action does not write it"),
        (None, Some(value)) => {
            (value.as_str(), "the action writes this, and it has no place for it")
        }
        (None, None) => return Ok(()),
    };
    Err(ProfileError::Argument { method: method.to_owned(), name: name.to_owned(), why })
}
