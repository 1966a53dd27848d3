// SPDX-License-Identifier: Apache-2.0
// npm run lab -- up | operator | down | status
import { sweepCommands } from './command.ts';
import { instanceOf } from './instance.ts';
import { down, status, up, type LabInfo } from './lab.ts';
import { installOperator } from './operator.ts';
import { ownIdentity } from './process-identity.ts';

const usage = `usage: npm run lab -- up | operator | down | status

  up      starts one Kubernetes node, MinIO and two Milvus on this machine, building what is missing;
          with a healthy lab already there it only says where that is
  operator
          as up, then builds our image from these sources and installs or upgrades our chart
  down    stops and removes everything that up started
  status  tells what runs and where

LAB_NAME=second (third, fourth) names another lab beside the first.
The lab always starts a cluster of its own: KUBECONFIG is neither read nor changed.`;

async function main(command: string | undefined): Promise<void> {
  if (command === 'up') describe(await up({ log: console.log }));
  else if (command === 'operator') {
    describe(await up({ log: console.log }));
    await installOperator({ log: console.log });
  } else if (command === 'down') await down({ log: console.log });
  else if (command === 'status') await printStatus();
  else {
    console.error(usage);
    process.exitCode = 2;
  }
}

async function printStatus(): Promise<void> {
  const { info, trouble } = await status();
  const { name, folder } = instanceOf();
  if (trouble === undefined && info !== undefined) {
    describe(info);
    return;
  }
  console.log(`lab "${name}": ${trouble ?? 'not up'}`);
  console.log(
    info === undefined
      ? 'start it: npm run lab -- up'
      : `logs: ${folder}/logs; start it anew: npm run lab -- up`,
  );
  process.exitCode = 1;
}

function describe(info: LabInfo): void {
  const { minio, milvus } = info;
  const rows = [
    ['Kubernetes', `KUBECONFIG=${info.kubeconfig}`],
    ['kubectl', info.kubectl],
    ['MinIO', `http://${minio.endpoint}  access key ${minio.accessKey}, secret key ${minio.secretKey}`],
    ['buckets', `${milvus.source.bucket}, ${milvus.target.bucket}, ${minio.backupBucket}`],
    ['Milvus source', `${milvus.source.address}  management ${milvus.source.managementAddress}`],
    ['Milvus target', `${milvus.target.address}  management ${milvus.target.managementAddress}`],
    ['this machine', `${info.hostAddress}, as pods see it`],
  ];
  console.log(`\nlab "${info.name}", namespace "${info.namespace}"`);
  for (const [name = '', text = ''] of rows) console.log(`  ${name.padEnd(14)} ${text}`);
  console.log(`\nnext: KUBECONFIG=${info.kubeconfig} ${info.kubectl} -n ${info.namespace} get pods`);
  console.log('      npm run lab -- down   when you are done');
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    sweepCommands(ownIdentity());
    console.error('\ninterrupted; what was started so far goes with: npm run lab -- down');
    process.exit(130);
  });
}

main(process.argv[2]).catch((error: unknown) => {
  console.error(`\n${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
});
