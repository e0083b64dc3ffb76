import { type Command, CommanderError } from 'commander';
import { CodedError } from './error.ts';

/** Runs a program to its end, with exit code 2 for a usage error and 1 for a CodedError; throws what is a bug. */
export async function runProgram(program: Command): Promise<void> {
  try {
    await program.parseAsync();
  } catch (error) {
    if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2;
    else if (error instanceof CodedError) fail(error);
    else throw error;
  }
}

/** Says what failed; the program ends with exit code 1. */
export function fail(error: CodedError): void {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
