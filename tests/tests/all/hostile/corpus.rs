//! Each plugin's outcome, and that it is the same on every backend, with the same fuel to the unit.

use std::collections::BTreeSet;

use sortie_sandbox::{Allocation, Backend, Plugin, Sandbox, SandboxConfig};
use sortie_tests::TextPlugin;

use super::component::{FUEL, ending, execute, folder, load, manifest, sandbox};

pub(super) const CORPUS: &[(&str, &str)] = &[
    ("ok", r#"ok {"a":1}"#),
    ("endless_loop", "out_of_fuel"),
    ("long_loop", "out_of_fuel"),
    ("unreachable", "trap unreachable"),
    ("division_by_zero", "trap division_by_zero"),
    ("integer_overflow", "trap integer_overflow"),
    ("bad_conversion", "trap conversion_to_integer"),
    ("memory_out_of_bounds", "trap memory_out_of_bounds"),
    ("table_out_of_bounds", "trap table_out_of_bounds"),
    ("null_function", "trap null_function"),
    ("signature_mismatch", "trap signature_mismatch"),
    ("start_traps", "trap unreachable"),
    ("start_loops", "out_of_fuel"),
    ("memory_grow", "memory_limit"),
    ("memory_grow_at_once", "memory_limit"),
    ("memory_own_maximum", "ok"),
    ("memory_grows_by_nothing", "out_of_fuel"),
    ("table_grows_by_nothing", "out_of_fuel"),
    ("memory_grows_in_vain", "memory_limit"),
    ("memory_grows_in_vain_as_often_as_it_may", "ok"),
    ("table_grows_in_vain", "memory_limit"),
    ("table_grow", "memory_limit"),
    // How deep the native stack lets a plugin go differs between backends: never a result.
    ("endless_recursion", "stack_limit"),
    ("mutual_recursion", "stack_limit"),
    ("recursion_with_many_locals", "stack_limit"),
    ("deep_recursion_that_ends", "ok 150007"),
    ("memory_grow_past_4_gib", "ok"),
    ("table_own_maximum", "ok"),
    ("bulk_memory_traps", "trap memory_out_of_bounds"),
    ("not_utf8", "output_rejected malformed_output"),
    ("not_json", "output_rejected invalid_json"),
    ("duplicate_keys", "output_rejected invalid_json"),
    ("empty_output", "output_rejected invalid_json"),
    ("great_integer", "output_rejected invalid_json"),
    ("deep_output", "output_rejected invalid_json"),
    ("many_small_values", "output_rejected output_too_large"),
    ("huge_output", "output_rejected output_too_large"),
    ("huge_failure", "output_rejected output_too_large"),
    ("huge_abort", "output_rejected output_too_large"),
    ("many_changes_of_one_string", "output_rejected malformed_output"),
    ("blocks_of_one_string", "output_rejected malformed_output"),
    ("rows_of_one_list", "output_rejected malformed_output"),
    ("many_blocks", "output_rejected display_too_large"),
    ("uneven_row", "output_rejected invalid_display"),
    ("table_without_columns", "output_rejected invalid_display"),
    ("block_of_no_kind", "output_rejected malformed_output"),
    ("verdict_not_utf8", "output_rejected malformed_output"),
    ("bad_result_pointer", "output_rejected malformed_output"),
    ("unaligned_result_pointer", "output_rejected malformed_output"),
    ("bad_string_pointer", "output_rejected malformed_output"),
    ("bad_list", "output_rejected malformed_output"),
    ("bad_discriminant", "output_rejected malformed_output"),
    ("bad_pointer_in_change", "output_rejected invalid_pointer"),
    ("bad_realloc", "output_rejected malformed_output"),
    ("realloc_loops", "out_of_fuel"),
    ("realloc_of_the_same", "ok"),
    ("fails", "operation_failed full"),
    ("illegal_failure_code", "output_rejected illegal_code"),
    ("aborts", "operation_failed full"),
    ("logs_without_end", "ok"),
    ("logs_nothing_without_end", "out_of_fuel"),
    ("logs_much_without_end", "out_of_fuel"),
    ("logs_not_utf8", "output_rejected malformed_request"),
    ("logs_at_no_level", "output_rejected malformed_request"),
    ("logs_beyond_memory", "output_rejected malformed_request"),
    ("counts_its_calls", "ok 11"),
    ("nan", "ok 11111118"),
    ("cleans_up_for_ever", "out_of_fuel"),
    ("cleans_up_and_traps", "trap unreachable"),
    ("cleans_up_too_deep", "stack_limit"),
    ("cleans_up_and_logs", "trap reentrance"),
    ("realloc_recurses", "stack_limit"),
    ("realloc_logs", "trap reentrance"),
    ("realloc_grows", "memory_limit"),
    ("start_recurses", "stack_limit"),
    ("endless_tail_calls", "out_of_fuel"),
    ("many_tail_calls", "ok"),
    ("recursion_after_tail_calls", "stack_limit"),
    ("fills_a_table_for_ever", "out_of_fuel"),
    ("fills_memory_for_ever", "out_of_fuel"),
    ("cleans_up_at_length", "ok"),
    ("cleans_up_and_grows", "memory_limit"),
    ("cleans_up_what_was_read", r#"ok {"a":1}"#),
    ("realloc_traps", "trap unreachable"),
    ("realloc_at_the_end", "ok"),
    ("realloc_past_the_end", "output_rejected malformed_output"),
    ("realloc_over_all_it_has", "ok {}"),
    ("realloc_aborts", "trap reentrance"),
    ("start_logs", "trap null_function"),
    ("start_fills_memory_for_ever", "out_of_fuel"),
    ("initialises_memory_for_ever", "out_of_fuel"),
    ("initialises_a_table_for_ever", "out_of_fuel"),
    ("data_dropped", "trap memory_out_of_bounds"),
    ("elements_dropped", "trap table_out_of_bounds"),
    ("bulk_of_all_there_is", "trap memory_out_of_bounds"),
    ("bulk_of_more_than_there_is", "out_of_fuel"),
    ("table_bulk_traps", "trap table_out_of_bounds"),
    (
        "nan_vectors",
        "ok \"1111111111111888111111111111188811111111111118881111111111111888111115881111158811111111111115881111158811111188\
         111111111111118811111111111118881111111111111888111115881111118811111111111111111111158811111188111111111111118811\
         111111111118881111111111111888\"",
    ),
];

#[test]
fn every_plugin_of_the_corpus_has_its_outcome() {
    let sandbox = sandbox();
    let wrong: Vec<_> = CORPUS
        .iter()
        .map(|(name, expected)| (name, expected, ending(&execute(&load(&sandbox, name), FUEL))))
        .filter(|(_, expected, found)| *expected != found)
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_file_of_the_corpus_is_tried() {
    let files: BTreeSet<String> = std::fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned())
        .filter(|name| name != "prelude")
        .collect();
    assert_eq!(files, CORPUS.iter().map(|(name, _)| (*name).to_owned()).collect());
}

#[test]
fn invariant_6_determinism_every_backend_gives_the_same_outcome_and_the_same_fuel() {
    let mut sandboxes = Vec::new();
    for backend in [Backend::Cranelift, Backend::CraneliftUnoptimized, Backend::Pulley] {
        for allocation in [Allocation::Pooled, Allocation::OnDemand] {
            let config =
                SandboxConfig { backend, allocation, cache: None, concurrent_calls: 1, ..SandboxConfig::default() };
            sandboxes.push(((backend, allocation), Sandbox::new(config).unwrap()));
        }
    }
    let mut differ = Vec::new();
    for (name, _) in CORPUS {
        let all: Vec<_> = sandboxes
            .iter()
            .map(|(kind, sandbox)| {
                let plugin = load(sandbox, name);
                // Twice: a place in the pool that was used before is as good as a fresh one.
                let (first, second) = (execute(&plugin, FUEL), execute(&plugin, FUEL));
                assert_eq!(first, second, "{name} on {kind:?}");
                (kind, first)
            })
            .collect();
        if all.iter().any(|(_, executed)| *executed != all[0].1) {
            let brief = |executed: &Result<_, _>| (ending(executed), executed.as_ref().ok().map(|e| e.fuel));
            differ.push((name, all.iter().map(|(kind, executed)| (*kind, brief(executed))).collect::<Vec<_>>()));
        }
    }
    assert!(differ.is_empty(), "{differ:#?}");
}

#[test]
fn invariant_5_isolation_no_byte_survives_a_call() {
    let plugin = load(&sandbox(), "counts_its_calls");
    for _ in 0..20 {
        assert_eq!(ending(&execute(&plugin, FUEL)), "ok 11");
    }
}

#[test]
fn what_a_trap_or_a_limit_ends_is_charged_all_the_fuel_it_could_have_used() {
    let sandbox = sandbox();
    for name in ["unreachable", "division_by_zero", "memory_grow", "endless_recursion", "start_traps"] {
        let executed = execute(&load(&sandbox, name), FUEL).unwrap();
        assert_eq!(executed.fuel, FUEL, "{name}");
    }
    // A plugin that says that it failed pays what it used.
    assert!(execute(&load(&sandbox, "aborts"), FUEL).unwrap().fuel < 1000);
}

#[test]
fn each_byte_and_element_of_a_bulk_operation_is_paid() {
    let sandbox = sandbox();
    let used = |operation: &str, count: u32| {
        let (zeros, functions) = ("\\00".repeat(2000), "$nothing ".repeat(2000));
        let module = format!(
            "(table $t 2000 funcref) (func $nothing) (data $bytes \"{zeros}\") (elem $functions func {functions})
            (func (export \"sortie:plugin/mission@0.2.0#execute\") (type $execute)
              ({operation} (i32.const {count})) (call $ok))"
        );
        let bytes = TextPlugin { module: &module, manifest: Some(&manifest()), ..TextPlugin::default() }.bytes();
        let executed = execute(&Plugin::load(&sandbox, bytes).unwrap(), FUEL);
        assert_eq!(ending(&executed), "ok", "{operation}");
        executed.unwrap().fuel
    };
    for operation in [
        "memory.fill (i32.const 2048) (i32.const 1)",
        "memory.copy (i32.const 2048) (i32.const 8192)",
        "memory.init $bytes (i32.const 2048) (i32.const 0)",
        "table.fill $t (i32.const 0) (ref.null func)",
        "table.copy $t $t (i32.const 0) (i32.const 0)",
        "table.init $t $functions (i32.const 0) (i32.const 0)",
    ] {
        let (none, one, many) = (used(operation, 0), used(operation, 1), used(operation, 2000));
        let each = one - none;
        assert!(each > 0, "{operation}");
        assert_eq!(many - none, 2000 * each, "{operation}");
    }
}

#[test]
fn a_stack_that_is_used_up_is_told_with_the_functions_of_the_plugin_alone() {
    let executed = execute(&load(&sandbox(), "endless_recursion"), FUEL).unwrap();
    let names: BTreeSet<_> = executed.trace.iter().filter_map(|frame| frame.name.as_deref()).collect();
    assert_eq!((executed.trace.len(), names), (63, BTreeSet::from(["deeper"])));
}

#[test]
fn a_log_is_cut_at_its_limit() {
    for (name, lines) in [("logs_without_end", 65536 / 116), ("logs_nothing_without_end", 65536 / 16)] {
        let executed = execute(&load(&sandbox(), name), FUEL).unwrap();
        assert_eq!((executed.log.len(), executed.log_truncated), (lines, true), "{name}");
    }
}

#[test]
fn a_call_that_is_out_of_fuel_used_all_of_it_and_no_more() {
    let plugin = load(&sandbox(), "endless_loop");
    for fuel in [0, 1, 2, 1000, 1001] {
        let executed = execute(&plugin, fuel).unwrap();
        assert_eq!(executed.fuel, fuel);
        assert_eq!(ending(&Ok(executed)), "out_of_fuel");
    }
}

#[test]
fn a_call_succeeds_on_exactly_the_fuel_that_it_uses() {
    let plugin = load(&sandbox(), "ok");
    let used = execute(&plugin, FUEL).unwrap().fuel;
    let succeeds = |fuel| ending(&execute(&plugin, fuel)).starts_with("ok");
    let least = (0..=used + 1).find(|fuel| succeeds(*fuel)).unwrap();
    assert!(least <= used + 1, "{least} {used}");
    assert!((least..least + 50).all(succeeds));
}
