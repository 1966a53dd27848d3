// SPDX-License-Identifier: Apache-2.0
// What any Milvus must do under our client, real or double. One entry: the cases lie by subject beside this file.
import { afterAll, beforeAll, describe } from 'vitest';
import { definitionCases } from './milvus-definition.ts';
import { importCases } from './milvus-import.ts';
import { rowCases } from './milvus-rows.ts';
import { serverCases } from './milvus-server.ts';
import { openScene, type MilvusTarget, type Scene } from './milvus-target.ts';

/** `acquire` brings the server up, or finds it. */
export function milvusConformance(title: string, acquire: () => Promise<MilvusTarget>): void {
  describe(title, () => {
    let scene: Scene;
    beforeAll(async () => {
      scene = await openScene(await acquire());
    });
    afterAll(async () => {
      await scene?.end();
    });
    const here = (): Scene => scene;
    serverCases(here);
    definitionCases(here);
    rowCases(here);
    importCases(here);
  });
}
