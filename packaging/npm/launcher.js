#!/usr/bin/env node
// Runs the executable that this package carries in its own place: the same streams, signals passed on, its exit code.
'use strict';

const { spawn } = require('node:child_process');
const { join } = require('node:path');

// The executable decides what a signal means, and the launcher ends when it does. This stands before the start: a signal
// that came between would end the launcher alone.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR2']) {
  process.on(signal, () => child.kill(signal));
}

const child = spawn(join(__dirname, 'bin', 'tabmux'), process.argv.slice(2), { stdio: 'inherit' });

child.on('error', (error) => {
  process.stderr.write(`tabmux: the executable of this package cannot be started: ${error.message}: install it again\n`);
  process.exitCode = 1;
});

child.on('exit', (code, signal) => {
  if (signal === null) {
    process.exitCode = code;
    return;
  }
  // Ends as the executable did, so that whoever waits for it sees the same. Node lives through some signals.
  process.exitCode = 1;
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
});
