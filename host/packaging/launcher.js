#!/usr/bin/env node
// Runs the command of the package for this system, which npm installed beside this one.
"use strict";

const { spawn } = require("node:child_process");
const { constants } = require("node:os");

const system = `${process.platform}-${process.arch}`;
const name = process.platform === "win32" ? "sortie.exe" : "sortie";

let program;
try {
  program = require.resolve(`@sortie/${system}/${name}`);
} catch {
  console.error(
    `error: there is no command for ${system} beside this one: the package @sortie/${system} is missing.\n` +
      "help: install @sortie/cli again without `--omit=optional`; where there is no such package, build the command with cargo",
  );
  process.exit(70);
}

const command = spawn(program, process.argv.slice(2), { stdio: "inherit" });
// A terminal sends these to the command, too, which knows what to do: this process waits for it.
for (const signal of ["SIGINT", "SIGQUIT"]) process.on(signal, () => {});
for (const signal of ["SIGTERM", "SIGHUP"]) process.on(signal, () => command.kill(signal));
command.on("error", (error) => {
  console.error(`error: ${program} cannot be run: ${error.message}`);
  process.exit(70);
});
// As a shell tells that a signal ended a command.
command.on("exit", (status, signal) => process.exit(signal ? 128 + constants.signals[signal] : status));
