//! Processes that are killed while many runs go on: none is lost, nothing is done twice.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde_json::json;

use super::machine::{asks, id, in_memory, machine, workflow};

/// Numbers that look random, from a seed that is printed.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        // SplitMix64.
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % sides
    }
}

pub(crate) fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

/// `SORTIE_RESTATE_KILLS=200 SORTIE_RESTATE_RUNS=100` make it long; `SORTIE_SEED` repeats one.
#[test]
fn runs_survive_the_death_of_the_service_of_the_server_and_of_both_and_nothing_is_done_twice() {
    let Some(machine) = machine() else { return };
    let (kills, runs) = (setting("SORTIE_RESTATE_KILLS", 4), setting("SORTIE_RESTATE_RUNS", 12));
    let seed = setting("SORTIE_SEED", u64::from(std::process::id()));
    println!("SORTIE_SEED={seed}: {kills} kills, {runs} runs");
    let mut dice = Dice(seed);
    let names: Vec<String> = (0..runs).map(|number| format!("run-{number}")).collect();
    let begun = Instant::now();
    std::thread::scope(|scope| {
        let drivers: Vec<_> = (0..4)
            .map(|lane: usize| {
                let (machine, names) = (&machine, &names);
                scope.spawn(move || {
                    for (number, name) in names.iter().enumerate().skip(lane).step_by(4) {
                        let request = asks(u64::try_from(number).unwrap());
                        // What a client does that lost its answer: it asks again.
                        machine.patiently("it is started", || machine.cluster.start(&id(name), request.clone()).ok());
                        machine.waiting(name);
                        machine.patiently("it is answered", || machine.answer(name, json!(true)).ok());
                    }
                })
            })
            .collect();
        for _ in 0..kills {
            std::thread::sleep(Duration::from_millis(200 + dice.roll(800)));
            let victim = dice.roll(3);
            if victim != 1 {
                machine.kill_service();
            }
            if victim != 0 {
                machine.kill_server();
            }
            std::thread::sleep(Duration::from_millis(dice.roll(300)));
            if victim != 0 {
                machine.start_server();
            }
            if victim != 1 {
                machine.start_service(&[]);
            }
        }
        for driver in drivers {
            driver.join().unwrap();
        }
    });
    let answers = BTreeMap::from([("ask".to_owned(), json!(true))]);
    for (number, name) in names.iter().enumerate() {
        let end = machine.end(name);
        let expected = in_memory(&asks(u64::try_from(number).unwrap()), &answers, &[]);
        assert_eq!(end["result_hash"], expected, "SORTIE_SEED={seed} {name}");
        // Appended once, decided once.
        assert_eq!(end["result"]["final_state"]["list"], json!(["end"]), "SORTIE_SEED={seed} {name}");
        assert_eq!(end["result"]["receipt"]["audit"].as_array().unwrap().len(), 1, "SORTIE_SEED={seed} {name}");
    }
    println!("{runs} runs over {kills} kills in {:?}", begun.elapsed());
}

#[test]
fn a_wait_that_expires_while_everything_is_down_is_expired_when_it_is_up_again() {
    let Some(machine) = machine() else { return };
    let asks = |on_expiry: &str| {
        let payload = json!({
            "description": "Soon?", "schema": {"type": "string"}, "default": "later", "expires": "2s", "on_expiry": on_expiry,
        });
        workflow(json!([{"id": "ask", "kind": "human", "payload": payload}]), json!({}))
    };
    let requests = [("fails", asks("fail")), ("takes", asks("default"))];
    for (run, request) in &requests {
        machine.start(run, request.clone());
        machine.waiting(run);
    }
    machine.kill_service();
    machine.kill_server();
    std::thread::sleep(Duration::from_millis(2200));
    machine.start_server();
    machine.start_service(&[]);
    for (run, request) in &requests {
        let end = machine.end(run);
        assert_eq!(end["result_hash"], in_memory(request, &BTreeMap::new(), &["ask"]), "{run}: {end}");
        let audit = &end["result"]["receipt"]["audit"][0];
        assert_eq!((&audit["event"], &audit["at"]), (&json!("expired"), &audit["deadline"]), "{run}");
        let late = machine.answer(run, json!("late")).unwrap_err();
        assert_eq!(late.code(), "expired", "{run}: {late}");
    }
}
