//! The commands as a person or a script runs them: the built program, against a sandbox gateway,
//! a SQLite file and a shop's endpoint. Of every run it is checked that no secret is printed.

mod doctor;
mod documents;
mod endpoint;
mod explain;
mod operator;
mod place;
mod run;
mod trigger;
mod verify;
mod work;
