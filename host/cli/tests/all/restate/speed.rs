//! How many waits a second go through: a figure for the book, by `cargo test -- --ignored figures --nocapture`.

use std::time::Instant;

use serde_json::json;

use super::machine::{asks, id, machine};

#[test]
#[ignore = "it is for figures"]
fn figures() {
    let Some(machine) = machine() else { return };
    let (lanes, each) = (16_u64, 50_u64);
    let begun = Instant::now();
    std::thread::scope(|scope| {
        for lane in 0..lanes {
            let machine = &machine;
            scope.spawn(move || {
                for number in 0..each {
                    let run = format!("r-{lane}-{number}");
                    machine.start(&run, asks(number));
                    machine.waiting(&run);
                    machine.answer(&run, json!(true)).unwrap();
                    machine.cluster.attach(&id(&run)).unwrap();
                }
            });
        }
    });
    let (runs, seconds) = (lanes * each, begun.elapsed().as_secs_f64());
    #[expect(clippy::cast_precision_loss, reason = "a figure")]
    let rate = runs as f64 / seconds;
    println!("{runs} runs with a wait each, {lanes} at once, in {seconds:.1} s: {rate:.0} a second");
}
