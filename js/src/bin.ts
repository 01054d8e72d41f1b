#!/usr/bin/env node
// `npx coinpay …`: the command of this platform, with the terminal as it is.
import { spawnSync } from 'node:child_process';
import process from 'node:process';
import { commandPath } from './command.js';

try {
  const { error, status, signal } = spawnSync(commandPath(), process.argv.slice(2), {
    stdio: 'inherit',
  });
  if (error) throw error;
  if (signal) process.kill(process.pid, signal);
  process.exitCode = status ?? 1;
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
