// SPDX-License-Identifier: Apache-2.0
// What the machine must bring. Debian packages are installed; everything else that is missing is named in one message.
import { accessSync, constants, existsSync, readFileSync, statfsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { cacheFolder } from './cache-folder.ts';
import { run } from './command.ts';
import { isGoToolBuilt } from './go-build.ts';
import type { Say } from './progress.ts';
import { debianPackages, goTools, type GoToolName } from './tools.ts';

/** CoreDNS 1.15 asks for this one. */
const goVersion: [number, number] = [1, 26];
const coldGigabytes = 15;

export async function checkPrerequisites(say: Say): Promise<void> {
  const missing = [...missingGround(), ...(await missingBuildTools())];
  const commands = Object.keys(debianPackages).filter((command) => !isThere(command));
  const packages = [...new Set(commands.map((command) => debianPackages[command] as string))];
  if (packages.length > 0 && !isThere('apt-get')) {
    missing.push(`commands ${commands.join(', ')}: install them (on Debian: ${packages.join(' ')})`);
  }
  if (missing.length > 0) throw new MissingError(missing);
  if (packages.length > 0) await installPackages(packages, say);
  const still = commands.filter((command) => !isThere(command));
  if (still.length > 0) throw new MissingError([`commands ${still.join(', ')}: apt-get did not bring them`]);
}

export class MissingError extends Error {
  constructor(missing: string[]) {
    super(['this machine lacks what the lab needs:', ...missing.map((line) => `  - ${line}`)].join('\n'));
    this.name = 'MissingError';
  }
}

/** What no package can bring. */
function missingGround(): string[] {
  const missing: string[] = [];
  if (process.platform !== 'linux')
    missing.push(`Linux: this is ${process.platform}; use a Linux machine or VM`);
  if (process.arch !== 'x64')
    missing.push(`an x86-64 processor: Milvus is published for no other; this is ${process.arch}`);
  if (process.getuid?.() !== 0)
    missing.push('root: run the command with sudo, or in a VM or container of your own');
  if (process.platform === 'linux') {
    if (!existsSync('/sys/fs/cgroup')) missing.push('cgroups: mount them below /sys/fs/cgroup');
    if (!/\boverlay\b/.test(read('/proc/filesystems')))
      missing.push('the overlay file system: modprobe overlay');
    if (!existsSync('/proc/sys/net/ipv4/ip_forward')) missing.push('IPv4 in the kernel');
  }
  return missing;
}

async function missingBuildTools(): Promise<string[]> {
  const missing: string[] = [];
  const isCold = (Object.keys(goTools) as GoToolName[]).some((name) => !isGoToolBuilt(name));
  const go = isThere('go') ? await run('go', ['env', 'GOVERSION']) : undefined;
  const [major = 0, minor = 0] = (go ?? '').trim().replace('go', '').split('.').map(Number);
  if (go === undefined) missing.push(`go: install Go ${goVersion.join('.')} or later and put it on the PATH`);
  else if (major < goVersion[0] || (major === goVersion[0] && minor < goVersion[1])) {
    missing.push(`Go ${goVersion.join('.')} or later: this is ${go.trim()}; install a newer one`);
  }
  if (!isThere('python3')) missing.push('python3: install it (Debian: python3 python3-pip)');
  else if (!(await canImport('pip'))) missing.push('pip for python3: install it (Debian: python3-pip)');
  else if (!(await canImport('lzma')))
    missing.push('the lzma module of python3: install a Python built with it');
  const free = freeGigabytes();
  if (isCold && free < coldGigabytes) {
    missing.push(
      `${coldGigabytes} GB of free disk for the first build: ${cacheFolder()} has ${free.toFixed(0)} GB`,
    );
  }
  return missing;
}

async function canImport(module: string): Promise<boolean> {
  return run('python3', ['-c', `import ${module}`]).then(
    () => true,
    () => false,
  );
}

/** Without questions, without recommended packages, and without starting a service: RUNLEVEL=1 stands for "not now". */
async function installPackages(packages: string[], say: Say): Promise<void> {
  say(`installing Debian packages ${packages.join(' ')} ...`);
  const env = { DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  await run('apt-get', ['update', '-q'], { env });
  await run('apt-get', ['install', '-y', '-q', '--no-install-recommends', ...packages], { env });
  say(`installed ${packages.join(' ')}`);
}

function freeGigabytes(): number {
  let folder = cacheFolder();
  while (!existsSync(folder)) folder = join(folder, '..');
  const { bavail, bsize } = statfsSync(folder);
  return (bavail * bsize) / 1e9;
}

export function isThere(command: string): boolean {
  if (command.startsWith('/')) return isExecutable(command);
  return (process.env['PATH'] ?? '').split(delimiter).some((folder) => isExecutable(join(folder, command)));
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
