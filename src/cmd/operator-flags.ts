// SPDX-License-Identifier: Apache-2.0
// The flags of `milvus-backup operator`. Whatever is about Jobs stands in the settings file; here is what is about this
// process.
import { InvalidArgumentError, type Command } from 'commander';
import { choice, hidden } from './flags.ts';

export type OperatorFlags = {
  settings: string;
  namespaces: string[];
  leaderElection: boolean;
  leaseNamespace?: string;
  leaseName: string;
  probeAddress: Address;
  logLevel: string;
  kubeconfig?: string;
  serviceAccount?: string;
};

export type Address = { host?: string; port: number };

const name = 'milvus-backup-operator';

export function addOperatorFlags(command: Command): void {
  command
    .option('--settings <file>', 'what all Jobs have in common', `/etc/${name}/settings.yaml`)
    .option('--namespaces <names>', 'namespaces to serve, separated by commas (default: all)', readNames, [])
    .option('--no-leader-election', 'be sure that this process is the only one')
    .option('--lease-namespace <namespace>', "of the Lease (default: the operator's own)")
    .option('--lease-name <name>', 'of the Lease', name)
    .option(
      '--probe-address <[host]:port>',
      'of /livez, /readyz and /metrics (default: :8080)',
      readAddress,
      {
        port: 8080,
      },
    )
    .addOption(
      choice('--log-level <level>', ['debug', 'info', 'warn', 'error'], 'of the log').default('info'),
    )
    .option('--kubeconfig <file>', 'outside of a cluster (default: KUBECONFIG)')
    // For processes that are no pods but are to be seen as one.
    .addOption(hidden('--service-account <folder>'));
}

export function readNames(value: string, before: readonly string[] = []): string[] {
  const names = value.split(',').map((one) => one.trim());
  const wrong = names.find((one) => !/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(one));
  if (wrong !== undefined) throw new InvalidArgumentError(`"${wrong}" is no name of a namespace.`);
  return [...new Set([...before, ...names])];
}

export function readAddress(value: string): Address {
  const [whole, bracketed, plain, port] = /^(?:\[([^\]]+)\]|([^:[\]]*)):(\d{1,5})$/.exec(value) ?? [];
  if (whole === undefined || Number(port) > 65_535) {
    throw new InvalidArgumentError('Allowed: a port such as :8080, or 127.0.0.1:8080.');
  }
  const host = bracketed ?? plain ?? '';
  return { ...(host === '' ? {} : { host }), port: Number(port) };
}
