//! The first-party plugin run-tests.

use sortie_plugin_sdk::plugin;

plugin!(name: "run-tests", missions: [], operations: []);
