//! The first-party plugin daily-loop.

use sortie_plugin_sdk::plugin;

plugin!(name: "daily-loop", missions: [], operations: []);
