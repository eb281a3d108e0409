#!/usr/bin/env node
import { interruptible } from './interrupt.ts';
import { main } from './main.ts';

process.exitCode = await interruptible((signal) =>
  main(process.argv.slice(2), {
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    cwd: process.cwd(),
    signal,
  }),
);
