//! The server over a real socket: forms and problems, people and what they may do, signatures,
//! commands that come twice, and the live stream. People are real; the service is one of few words.

mod abuse;
mod client;
mod commands;
mod expected;
mod forms;
mod house;
mod matrix;
mod signatures;
mod stream;
mod twice;
