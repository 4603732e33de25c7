//! People: who they are, what they may do, and what they sign. Decides and never does.
//!
//! Called by the binary, which owns one [`People`] and gives it time, random bytes and what
//! storage holds; and by the web layer for its types. Every call that changes something leaves
//! [`Effect`]s: the caller carries them out in their order, durably, *before* it answers. When one
//! cannot be carried out the [`People`] is dropped and made anew from storage.
//!
//! Password hashing is the slow part (argon2id): an [`Attempt`] is handed out, proven wherever the
//! caller likes, and handed back. How many run at once is the caller's to bound: each takes
//! [`HashCost::memory_kib`] of memory and a core for its time.
//!
//! Must never read a clock, draw random bytes, touch a file or a socket, or put a password, a
//! hash of one, or a token into a record.

#![forbid(unsafe_code)]

mod access;
mod administer;
mod attempt;
mod audit;
mod denied;
mod fold;
mod login;
mod own_password;
mod password;
mod people;
mod policy;
mod role;
mod session;
mod sign;
mod signature;
mod table;
mod throttle;
mod token;
mod user;

pub use access::{Caller, Grant, SessionView};
pub use administer::{Actor, NewUser, OneTimePassword, UserChange};
pub use attempt::{Attempt, Factor, Proved};
pub use audit::{Access, AuditRecord, Effect, UserChanged};
pub use denied::Denied;
pub use login::LoggedIn;
pub use password::{HashCost, Hasher, Password, PasswordFault, Phc, Salt};
pub use people::{People, Stored, StoredCredential, StoredSession};
pub use policy::{Now, Policy};
pub use role::{Role, RoleSet};
pub use sign::{SignRequest, Signer};
pub use signature::{
    Components, Meaning, Nonce, RecordDigest, SIGNATURE_FORM, Signature, SigningChallenge,
};
pub use table::{Action, Signing, TABLE_FORM, markdown, permits, table_text};
pub use throttle::{Rule, Throttle};
pub use token::{Fresh, Token, TokenHash};
pub use user::{Language, PrintedName, Station, User, UserError, UserId, UserState, Users};
