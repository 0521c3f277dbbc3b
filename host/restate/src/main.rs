//! `sortie-restate`: runs missions on a Restate cluster.

mod command;

fn main() -> std::process::ExitCode {
    command::main()
}
