// SPDX-License-Identifier: Apache-2.0
// The frame around every operation of the engine: configuration, wiring, signals, reporting, one result, one exit code.
import type { Clock } from '../base/clock.ts';
import type { ParsedConfig } from '../contract/config-parse.ts';
import { exitCodeOf, exitCodes, type ExitCode } from '../contract/exit.ts';
import type { Result } from '../contract/result.ts';
import type { Config } from '../contract/config.ts';
import type { Engine } from '../engine/engine.ts';
import { loadConfig } from './config-file.ts';
import { failedResult, type About } from './failure.ts';
import type { GlobalFlags } from './global-flags.ts';
import { createLogger } from './log.ts';
import { createJsonReport, terminationLogOf } from './report-json.ts';
import { createLineDisplay, createTextReport, type Display } from './report-text.ts';
import type { Report } from './report.ts';
import { createSecrets, secretsOf, type Secrets } from './secrets.ts';
import { watchSignals } from './signals.ts';
import { wireEngine } from './wiring.ts';
import type { World } from './world.ts';

/** A command as main has parsed it. */
export type Invocation = { world: World; global: GlobalFlags };

export type Operation = {
  /** Where the configuration says more than the flags did. */
  about?: About;
  /** Called once the configuration stands; throws InvalidConfiguration for flags that do not fit. */
  run(engine: Engine, report: Report): Promise<Result>;
};

/** Runs what `prepare` makes of the configuration; `known` is said of it where that fails. Every end is a result. */
export async function runOperation(
  { world, global }: Invocation,
  known: About,
  prepare: (config: Config) => Operation,
): Promise<ExitCode> {
  const secrets = createSecrets();
  const report = await openReport(world, global, secrets);
  let operation: Operation;
  let parsed: ParsedConfig;
  try {
    parsed = loadConfig(global, world.env);
    secrets.add(...secretsOf(parsed.config));
    for (const message of parsed.warnings) report.log(secrets.clean(`Warning: ${message}\n`));
    operation = prepare(parsed.config);
  } catch (error) {
    return end(report, failedResult(error, known));
  }
  return perform({ world, global, secrets, report, parsed, known, operation });
}

/** The longest that connections may take to close. */
const closeMs = 2000;

type Performance = Invocation & {
  secrets: Secrets;
  report: Report;
  parsed: ParsedConfig;
  known: About;
  operation: Operation;
};

async function perform(all: Performance): Promise<ExitCode> {
  const { world, report, parsed, known: flags, operation, secrets } = all;
  const about = { ...(operation.about ?? flags), startTime: new Date(world.clock.now()).toISOString() };
  const signals = watchSignals(world, (error) => end(report, failed(error)));
  const failed = (error: unknown, interruption?: unknown): Result => ({
    ...failedResult(error, about, interruption),
    endTime: new Date(world.clock.now()).toISOString(),
  });
  let close = async (): Promise<void> => {};
  let result: Result;
  try {
    const log = createLogger(levelOf(parsed, all.global), secrets, (line) => report.log(line));
    const { config } = parsed;
    const { clock, env } = world;
    const wired = wireEngine({ config, secrets, clock, log, report, signal: signals.signal, env });
    close = () => wired.close();
    const known = await operation.run(wired.engine, report);
    result = { ...about, endTime: new Date(world.clock.now()).toISOString(), ...known };
  } catch (error) {
    result = failed(error, signals.signal.reason);
  }
  signals.dispose();
  const code = end(report, result);
  // Only after the last word: a connection that does not close must not swallow it.
  await atMost(
    closeMs,
    close().catch(() => {}),
    world.clock,
  );
  return signals.interruptedBy() === 'SIGINT' && code === exitCodes.failed ? exitCodes.interrupted : code;
}

async function atMost(ms: number, action: Promise<void>, clock: Clock): Promise<void> {
  const done = new AbortController();
  const tooLong = clock.sleep(ms, done.signal).catch(() => {});
  await Promise.race([action, tooLong]);
  done.abort();
}

function end(report: Report, result: Result): ExitCode {
  report.finish(result);
  return exitCodeOf(result);
}

/** At a terminal the progress is what a person wants to see: info only if the configuration asks for it. */
function levelOf({ config, settings }: ParsedConfig, { report }: GlobalFlags): string {
  const isDefault = settings.some(
    ({ parameter, origin }) => parameter.key === 'log.level' && origin.kind === 'default',
  );
  return isDefault && report === 'text' ? 'warn' : config.log.level;
}

async function openReport(world: World, global: GlobalFlags, secrets: Secrets): Promise<Report> {
  if (global.report === 'text')
    return createTextReport({ world, secrets, display: await openDisplay(world) });
  return createJsonReport({ world, secrets, terminationLog: terminationLogOf(global.terminationLog) });
}

async function openDisplay(world: World): Promise<Display> {
  if (!world.stderr.isTTY) return createLineDisplay(world);
  const { createBarDisplay } = await import('./report-bar.ts');
  return createBarDisplay(world.stderr);
}
