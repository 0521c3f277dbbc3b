//! Verifies bundles where there is no machine to trust but a browser: the same runtime that made them, compiled to
//! WebAssembly, runs their plugins on wasmtime's interpreter, which is compiled to WebAssembly as well, and compares.
//!
//! The page calls functions. [`allocate`] gives room for a text. [`use_signers`] reads a file of allowed signers there, and
//! [`verify`] a bundle, whose decisions are then checked against the signers that were read last, if any. Both give the place of
//! their answer; [`answer_length`] says how long that is. The answer is JSON: empty for signers; `verified`,
//! and the `result` of the bundle in few words, with the `difference` where there is one, whether that `is_of_audit`, and the
//! `proofs` of who decided where there are signers; or an `error` with `code` and `message`.
//!
//! SAFETY: of the names that the functions are exported under, nothing else here has one.

mod platform;

use std::cell::RefCell;

use serde_json::{Value, json};
use sortie_attestation::{DecisionProof, Signers, verify_decisions};
use sortie_host::{Bundle, BundleError, Difference};
use sortie_json::{Json, UserError as _};
use sortie_sandbox::{Allocation, Backend, Compiler, SandboxConfig};

/// The greatest bundle, in bytes: as the reader of JSON takes.
const MAX_BUNDLE_BYTES: usize = 64 << 20;

thread_local! {
    static INPUT: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
    static ANSWER: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
    static SIGNERS: RefCell<Option<Signers>> = const { RefCell::new(None) };
}

/// Room for a text of so many bytes; null, if no bundle is so large.
#[unsafe(no_mangle)]
pub extern "C" fn allocate(length: usize) -> *mut u8 {
    if length > MAX_BUNDLE_BYTES {
        return std::ptr::null_mut();
    }
    INPUT.with_borrow_mut(|input| {
        *input = vec![0; length];
        input.as_mut_ptr()
    })
}

/// Takes the allowed signers that were written to the room, in place of those before: an empty text takes them away. Gives the
/// place of the answer; after an error there are none.
#[unsafe(no_mangle)]
pub extern "C" fn use_signers() -> *const u8 {
    let bytes = INPUT.take();
    let (signers, answer) = match read_signers(&bytes) {
        Ok(signers) => (signers, json!({})),
        Err(error) => (None, json!({ "error": error })),
    };
    SIGNERS.set(signers);
    keep(answer.to_string())
}

/// Verifies the bundle that was written to the room, and gives the place of the answer.
#[unsafe(no_mangle)]
pub extern "C" fn verify() -> *const u8 {
    // What panics ends in a trap: what it had to say is the answer, until then.
    std::panic::set_hook(Box::new(|panic| {
        keep(panic.to_string());
    }));
    platform::without_clock();
    let bytes = INPUT.take();
    keep(answer(&bytes).to_string())
}

fn keep(answer: String) -> *const u8 {
    ANSWER.with_borrow_mut(|place| {
        *place = answer.into_bytes();
        place.as_ptr()
    })
}

/// The place of what was said last: after a trap, why.
#[unsafe(no_mangle)]
pub extern "C" fn answer_place() -> *const u8 {
    ANSWER.with_borrow(Vec::as_ptr)
}

/// The length of the answer, in bytes.
#[unsafe(no_mangle)]
pub extern "C" fn answer_length() -> usize {
    ANSWER.with_borrow(Vec::len)
}

fn answer(bytes: &[u8]) -> Value {
    let bundle = match read(bytes) {
        Ok(bundle) => bundle,
        Err(error) => return json!({ "verified": false, "error": error }),
    };
    let result = bundle.result();
    let told = json!({
        "id": result.id,
        "mission": result.mission,
        "success": result.success,
        "result_hash": result.receipt.result_hash,
        "executed_steps": result.executed_steps,
        "decisions": result.decisions,
        "verdicts": result.verdicts,
        "error_message": result.error_message,
        "fuel": result.receipt.fuel,
        "plugins": result.receipt.plugins,
        "has_uncovered_audit": bundle.has_uncovered_audit(),
    });
    match bundle.verify(sandbox()) {
        Ok(difference) => {
            let proofs =
                SIGNERS.with_borrow(|signers| signers.as_ref().map(|signers| verify_decisions(result, signers)));
            let proves = |proofs: &Vec<DecisionProof>| proofs.iter().all(|proof| proof.standing.is_ok());
            let verified = difference.is_none() && proofs.as_ref().is_none_or(proves);
            json!({ "verified": verified, "result": told, "difference": difference, "proofs": proofs,
                    "is_of_audit": difference.as_ref().is_some_and(Difference::is_of_audit) })
        }
        Err(error) => json!({ "verified": false, "result": told, "error": of(&error) }),
    }
}

fn read(bytes: &[u8]) -> Result<Bundle, Value> {
    let rejected = |message: String| json!({ "code": "bundle_damaged", "message": message });
    let json = Json::read(bytes).map_err(|faults| rejected(faults.to_string()))?;
    Bundle::try_from(json.into_value()).map_err(|error| rejected(error.to_string()))
}

fn read_signers(bytes: &[u8]) -> Result<Option<Signers>, Value> {
    let text = std::str::from_utf8(bytes)
        .map_err(|_| json!({ "code": "invalid_signers", "message": "the allowed signers are not UTF-8 text" }))?;
    if text.trim().is_empty() {
        return Ok(None);
    }
    Signers::parse(text).map(Some).map_err(|error| json!({ "code": error.code(), "message": error.to_string() }))
}

fn of(error: &BundleError) -> Value {
    json!({ "code": error.code(), "message": error.to_string() })
}

fn sandbox() -> SandboxConfig {
    SandboxConfig {
        backend: Backend::Pulley,
        allocation: Allocation::OnDemand,
        cache: None,
        compiler: Compiler::Here,
        concurrent_calls: 1,
        ..SandboxConfig::default()
    }
}
