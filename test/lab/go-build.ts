// SPDX-License-Identifier: Apache-2.0
// Builds the commands of a Go module as published, through the Go tool chain alone: a throw-away module requires it,
// takes over the `replace` lines that the module needs to build at all, and names the packages.
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './command.ts';
import { cacheFolder } from './cache-folder.ts';
import { cached, cacheName, isCached, type Cached } from './cache.ts';
import type { Say } from './progress.ts';
import { goTools, type GoTool, type GoToolName } from './tools.ts';

const environment = { CGO_ENABLED: '0', GO111MODULE: 'on', GOWORK: 'off' };

/** The folder that holds the tool's commands, built on first use. */
export async function buildGoTool(name: GoToolName, say: Say): Promise<Cached> {
  const tool: GoTool = goTools[name];
  const estimate = `building (first time, about ${tool.minutes} min) ...`;
  const result = await cached(
    cacheNameOf(name),
    (folder, work) => {
      say(estimate);
      return build(tool, { folder, work }, say);
    },
    () => say('waiting for another process that builds it ...'),
  );
  say(result.isNew ? 'built' : 'cached');
  return result;
}

export function isGoToolBuilt(name: GoToolName): boolean {
  return isCached(cacheNameOf(name));
}

/** Where the tool's commands are, once built. */
export function goToolFolder(name: GoToolName): string {
  return join(cacheFolder(), cacheNameOf(name));
}

/** The tool that brings a command of this name. */
export function goToolOf(command: string): GoToolName {
  for (const [name, tool] of Object.entries(goTools)) {
    if (command in tool.commands) return name as GoToolName;
  }
  const known = Object.values(goTools).flatMap((tool) => Object.keys(tool.commands));
  throw new Error(`no tool of the lab is called "${command}"; there are: ${known.sort().join(', ')}`);
}

function cacheNameOf(name: GoToolName): string {
  const tool: GoTool = goTools[name];
  return cacheName(name, tool.version, [
    tool.module,
    tool.commands,
    tool.localReplacesVersion,
    tool.stamps,
    ...(tool.sums ?? []),
  ]);
}

async function build(
  tool: GoTool,
  { folder, work }: { folder: string; work: string },
  say: Say,
): Promise<void> {
  const options = { cwd: work, env: { ...environment, GOTMPDIR: work } };
  writeFileSync(join(work, 'go.sum'), (tool.sums ?? []).map((line) => `${line}\n`).join(''));
  writeFileSync(join(work, 'go.mod'), 'module lab\n');
  writeFileSync(join(work, 'go.mod'), await moduleFile(tool, work));
  let compiled = 0;
  for (const [command, source] of Object.entries(tool.commands)) {
    const output = join(folder, command);
    const args = ['-n', '10', 'go', 'build', '-v', '-mod=mod', '-trimpath', '-buildvcs=false'];
    await run('nice', [...args, '-ldflags', linkerFlags(tool), '-o', output, source], {
      ...options,
      onLine: (line) => {
        if (line.startsWith('go: downloading')) say(`downloading ${line.split(' ')[2]} ...`);
        else say(`${command}, package ${++compiled} of about ${tool.packages} ...`);
      },
    });
  }
}

function linkerFlags(tool: GoTool): string {
  const stamps = Object.entries(tool.stamps ?? {}).map(([name, value]) => `-X ${name}=${value}`);
  return ['-s', '-w', ...stamps].join(' ');
}

/** Requires the module, with its own replacements: a local folder there is a published module of the same name here. */
async function moduleFile(tool: GoTool, work: string): Promise<string> {
  const answer = await run('go', ['mod', 'download', '-json', `${tool.module}@${tool.version}`], {
    cwd: work,
    env: environment,
  });
  const { GoMod: path, Dir: source } = JSON.parse(answer) as { GoMod: string; Dir: string };
  // The module's own go.sum vouches for its dependencies, once the module itself is known to the byte.
  if (tool.sums) appendFileSync(join(work, 'go.sum'), readFileSync(join(source, 'go.sum')));
  const { Go: go, Replace: replaces } = JSON.parse(await run('go', ['mod', 'edit', '-json', path])) as {
    Go: string;
    Replace?: { Old: { Path: string; Version?: string }; New: { Path: string; Version?: string } }[] | null;
  };
  const lines = (replaces ?? []).flatMap(({ Old, New }) => {
    const from = [Old.Path, Old.Version].filter(Boolean).join(' ');
    if (New.Version !== undefined) return [`replace ${from} => ${New.Path} ${New.Version}`];
    if (tool.localReplacesVersion === undefined) return [];
    return [`replace ${from} => ${Old.Path} ${tool.localReplacesVersion}`];
  });
  return ['module lab', `go ${go}`, `require ${tool.module} ${tool.version}`, ...lines, ''].join('\n');
}
