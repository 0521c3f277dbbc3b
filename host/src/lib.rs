//! The registry and run_mission: what a host program embeds.
