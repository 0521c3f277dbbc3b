//! The server, over real connections.

mod access;
mod agent;
mod api;
mod connections;
mod day;
mod forged;
mod hostile;
mod metrics;
mod pages;
mod passkeys;
mod rates;
mod runs;
mod site;
