//! The codes of this crate's errors.

use sortie_json::{Code, UserError};

use crate::{HostFault, PluginRejection};

sortie_json::codes! {
    PLUGIN_TOO_LARGE = "plugin_too_large", PluginRejected,
        "A plugin's file is larger than the limit.",
        "strip the names and debug sections, and remove what the plugin does not need";
    EMPTY_PLUGIN = "empty_plugin", PluginRejected, "A plugin's file is empty.", "build the plugin again";
    NOT_WASM = "not_wasm", PluginRejected,
        "A plugin's file is not WebAssembly.", "give the `.wasm` file that `sortie plugin build` writes";
    CORE_MODULE = "core_module", PluginRejected,
        "A plugin's file is a core module, not a component.", "turn it into a component with `sortie plugin build FILE`";
    INVALID_COMPONENT = "invalid_component", PluginRejected,
        "A plugin's file is not a valid component, or uses WebAssembly features that Sortie does not allow.",
        "build it with `sortie plugin build`";
    PLUGIN_TOO_COMPLEX = "plugin_too_complex", PluginRejected,
        "A plugin has more functions, types or instances, or larger ones, than Sortie compiles.",
        "remove what the plugin does not need";
    FOREIGN_IMPORT = "foreign_import", PluginRejected,
        "A plugin imports something that Sortie does not provide, such as files or a clock.",
        "`sortie plugin check FILE` says where it usually comes from, and what to do";
    NOT_A_PLUGIN = "not_a_plugin", PluginRejected,
        "A component does not have a plugin's exports.", "build it with the SDK, or with `sortie plugin build`";
    WRONG_FUNCTION_TYPE = "wrong_function_type", PluginRejected,
        "A plugin's function does not have the type that the interface gives it.", "build it with the SDK of this release";
    NEWER_INTERFACE = "newer_interface", PluginRejected,
        "A plugin was built for a newer interface than this release supports.", "use a newer release of Sortie";
    PLUGIN_MEMORY_TOO_LARGE = "plugin_memory_too_large", PluginRejected,
        "A plugin starts with more memory than its limit.", "raise `memory_bytes`, or make the plugin smaller";
    PLUGIN_TABLE_TOO_LARGE = "plugin_table_too_large", PluginRejected,
        "A plugin starts with a larger table than its limit.", "make the plugin smaller";
    BROKEN_MANIFEST = "broken_manifest", PluginRejected,
        "What a plugin says about itself is not a manifest, or contains an invalid schema.",
        "fix the names and schemas in the plugin's source, and build it again";
    DESCRIBE_FAILED = "describe_failed", PluginRejected,
        "A plugin without a manifest section failed to describe itself.",
        "add the section with `sortie plugin build FILE`";
    ENGINE_FAULT = "engine_fault", HostFault,
        "The WebAssembly engine cannot start on this machine.", "report it, with the machine and the message";
    COMPILE_FAULT = "compile_fault", HostFault,
        "A plugin's code cannot be compiled on this machine.", "try again; if it happens again, report it, with the plugin";
    INSTANTIATE_FAULT = "instantiate_fault", HostFault,
        "A plugin cannot be instantiated: the pool is full, or the machine is out of memory.", "try again later";
    MEMORY_FAULT = "memory_fault", HostFault,
        "The machine ran out of memory during a plugin's call.", "give the machine more memory, or run fewer calls at a time";
    STACK_FAULT = "stack_fault", HostFault,
        "A plugin's call overflowed the machine's stack.", "call functions less deeply";
    WATCHDOG_FAULT = "watchdog_fault", HostFault,
        "A plugin's call took longer than the watchdog allows.", "do less in one call; fuel should have ended it long before";
}

impl UserError for PluginRejection {
    fn code(&self) -> Code {
        Code::find(ALL, self.code())
    }

    fn help(&self) -> Option<String> {
        Some(self.help())
    }
}

impl UserError for HostFault {
    fn code(&self) -> Code {
        Code::find(ALL, self.code())
    }
}
