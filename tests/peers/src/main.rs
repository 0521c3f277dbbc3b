//! Measures the work of Sortie's benchmarks on Extism, and prints a line for each: its title, a tab, and the median in
//! nanoseconds. `SORTIE_PEERS=1 cargo measure` runs this and adds the lines to its table.
//!
//! The plugin does less than Sortie's: it copies what it is given, and parses none of it. So what is above Sortie's
//! figures is the runtime's.

use std::error::Error;
use std::hint::black_box;
use std::time::{Duration, Instant};

use extism::{CompiledPlugin, Manifest, Plugin, PluginBuilder, Wasm};

/// How many samples a median is of, and how long one takes at the least.
const SAMPLES: usize = 41;
const SAMPLE: Duration = Duration::from_millis(40);

/// `noop` does nothing; `copy` returns its input.
const PLUGIN: &str = r#"
(module
  (import "extism:host/env" "input_length" (func $input_length (result i64)))
  (import "extism:host/env" "input_load_u8" (func $input_load (param i64) (result i32)))
  (import "extism:host/env" "alloc" (func $alloc (param i64) (result i64)))
  (import "extism:host/env" "store_u8" (func $store (param i64 i32)))
  (import "extism:host/env" "output_set" (func $output_set (param i64 i64)))
  (memory (export "memory") 1)
  (func (export "noop") (result i32) (i32.const 0))
  (func (export "copy") (result i32)
    (local $length i64) (local $output i64) (local $i i64)
    (local.set $length (call $input_length))
    (local.set $output (call $alloc (local.get $length)))
    (block $done
      (loop $next
        (br_if $done (i64.ge_u (local.get $i) (local.get $length)))
        (call $store (i64.add (local.get $output) (local.get $i)) (call $input_load (local.get $i)))
        (local.set $i (i64.add (local.get $i) (i64.const 1)))
        (br $next)))
    (call $output_set (local.get $output) (local.get $length))
    (i32.const 0)))
"#;

fn main() -> Result<(), Box<dyn Error>> {
    // Metered, as Sortie's calls are.
    let manifest = Manifest::new([Wasm::data(PLUGIN)]);
    let compiled = CompiledPlugin::new(PluginBuilder::new(manifest).with_fuel_limit(1 << 40))?;
    let document = "x".repeat(600);
    print("`noop` on Extism, a fresh plugin", || call(&mut Plugin::new_from_compiled(&compiled)?, "noop", ""))?;
    print("`copy` of 0.6 kB on Extism, a fresh plugin", || {
        call(&mut Plugin::new_from_compiled(&compiled)?, "copy", &document)
    })?;
    let mut reused = Plugin::new_from_compiled(&compiled)?;
    print("`noop` on Extism, an instance reused", || call(&mut reused, "noop", ""))?;
    print("`copy` of 0.6 kB on Extism, an instance reused", || call(&mut reused, "copy", &document))
}

fn call(plugin: &mut Plugin, function: &str, input: &str) -> Result<usize, Box<dyn Error>> {
    Ok(plugin.call::<&str, &[u8]>(function, input)?.len())
}

/// The median of samples, of which each is of so many rounds that it can be measured.
fn print(title: &str, mut work: impl FnMut() -> Result<usize, Box<dyn Error>>) -> Result<(), Box<dyn Error>> {
    let mut rounds: u32 = 1;
    let mut sample = |rounds: u32| -> Result<Duration, Box<dyn Error>> {
        let begun = Instant::now();
        for _ in 0..rounds {
            black_box(work()?);
        }
        Ok(begun.elapsed())
    };
    while sample(rounds)? < SAMPLE {
        rounds = rounds.saturating_mul(2);
    }
    let mut times = Vec::new();
    for _ in 0..SAMPLES {
        times.push(sample(rounds)?.as_secs_f64() * 1e9 / f64::from(rounds));
    }
    times.sort_by(f64::total_cmp);
    println!("{title}\t{:.1}", times[SAMPLES / 2]);
    Ok(())
}
