//! The sandbox against the protocol: every endpoint, refusal, shape of event, retry and habit.
//! The clock stands still unless a test moves it, and no test sleeps.

mod control;
mod create;
mod deposits;
mod documents;
mod events;
mod faults_of_answers;
mod faults_of_events;
mod lookups;
mod pages;
mod retries;
mod shop;
mod support;
