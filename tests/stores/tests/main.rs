//! The store on PostgreSQL and MariaDB. `cargo xtask test --only stores` installs the servers
//! where they are missing and runs this.

mod command;
mod contract;
mod encrypted;
mod faults;
mod flows;
mod gateway;
mod migrations;
mod naive;
mod plans;
mod popular;
mod refused;
mod round_trips;
mod support;
mod together;
mod workers;
