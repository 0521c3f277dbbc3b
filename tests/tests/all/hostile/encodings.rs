//! Texts in the other encodings that a component may have: what is no text in them is rejected, on each backend alike.

use sortie_sandbox::{Backend, Plugin, Sandbox, SandboxConfig};
use sortie_tests::TextPlugin;
use wit_component::StringEncoding;

use super::component::{FUEL, ending, execute, manifest};

const BACKENDS: [Backend; 3] = [Backend::Cranelift, Backend::CraneliftUnoptimized, Backend::Pulley];

/// How an operation ends that returns the text of so many units at 256, on each backend.
fn output(encoding: StringEncoding, data: &str, units: &str) -> String {
    let module = format!(
        "(data (i32.const 256) \"{data}\")
         (func (export \"sortie:plugin/mission@0.2.0#execute\") (type $execute)
           (call $output (i32.const 256) (i32.const {units})))"
    );
    let bytes = TextPlugin { module: &module, manifest: Some(&manifest()), encoding, ..TextPlugin::default() }.bytes();
    let ends = BACKENDS.map(|backend| {
        let sandbox = Sandbox::new(SandboxConfig { backend, cache: None, ..SandboxConfig::default() }).unwrap();
        let executed = execute(&Plugin::load(&sandbox, bytes.clone()).unwrap(), FUEL);
        (ending(&executed), executed.map(|executed| executed.fuel).ok())
    });
    assert!(ends.iter().all(|end| *end == ends[0]), "{ends:?}");
    ends[0].0.clone()
}

#[test]
fn texts_of_sixteen_bits_are_texts_or_are_rejected() {
    let check = |data: &str, units: &str, expected: &str| {
        assert_eq!(output(StringEncoding::UTF16, data, units), expected, "{data:?} of {units}");
    };
    check(r"\22\00\e9\00\22\00", "3", "ok \"é\"");
    check(r"\22\00\3d\d8\80\de\22\00", "4", "ok \"🚀\"");
    // Halves of a character, alone and the wrong way round.
    check(r"\22\00\3d\d8\22\00", "3", "output_rejected malformed_output");
    check(r"\22\00\80\de\3d\d8\22\00", "4", "output_rejected malformed_output");
    // Beyond its memory, and of more bytes than an address has room for.
    check("", "0x8000", "output_rejected malformed_output");
    check("", "0x7fffffff", "output_rejected malformed_output");
    check("", "0xffffffff", "output_rejected malformed_output");
}

#[test]
fn texts_of_one_or_two_bytes_are_texts_or_are_rejected() {
    let check = |data: &str, units: &str, expected: &str| {
        assert_eq!(output(StringEncoding::CompactUTF16, data, units), expected, "{data:?} of {units}");
    };
    // Latin 1, and the highest bit of the length where it is sixteen bits.
    check(r"\22\e9\22", "3", "ok \"é\"");
    check(r"\22\00\e9\00\22\00", "0x80000003", "ok \"é\"");
    check(r"\22\00\3d\d8\22\00", "0x80000003", "output_rejected malformed_output");
    check("", "0x10000", "output_rejected malformed_output");
    check("", "0xffffffff", "output_rejected malformed_output");
}
