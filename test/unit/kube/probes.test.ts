// SPDX-License-Identifier: Apache-2.0
import { Counter, Registry } from '@prometheus-io/client';
import { afterEach, describe, expect, it } from 'vitest';
import { ProbeServer, type ProbeOptions } from '../../../src/kube/probes.ts';

const servers: ProbeServer[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

async function start(options: Partial<ProbeOptions> = {}): Promise<string> {
  const server = new ProbeServer({ port: 0, host: '127.0.0.1', ...options });
  servers.push(server);
  return `http://127.0.0.1:${await server.listen()}`;
}

async function ask(url: string, method = 'GET'): Promise<{ status: number; text: string }> {
  const answer = await fetch(url, { method });
  return { status: answer.status, text: await answer.text() };
}

describe('probes', () => {
  let wrong: string | undefined;
  const checks = {
    widgets: () => wrong,
    gadgets: () => undefined,
  };

  it.each(['/livez', '/readyz'])('%s is well with nothing to check', async (path) => {
    expect(await ask((await start()) + path)).toEqual({ status: 200, text: 'ok\n' });
  });

  it.each(['livez', 'readyz'])('%s says what is wrong, and follows', async (probe) => {
    const url = `${await start({ [probe]: checks })}/${probe}?verbose`;
    wrong = 'its first list has not arrived';
    expect(await ask(url)).toEqual({
      status: 503,
      text: '[-]widgets failed: its first list has not arrived\n[+]gadgets ok\nfailed\n',
    });
    wrong = undefined;
    expect(await ask(url)).toEqual({ status: 200, text: '[+]widgets ok\n[+]gadgets ok\nok\n' });
  });

  it('a check that throws has failed', async () => {
    const broken = (): string => {
      throw new Error('broken');
    };
    const url = await start({ livez: { broken } });
    expect(await ask(`${url}/livez`)).toEqual({ status: 503, text: '[-]broken failed: broken\nfailed\n' });
  });

  it.each([
    ['GET', '/', 404],
    ['GET', '/healthz', 404],
    ['GET', '/metrics', 404],
    ['POST', '/livez', 405],
    ['HEAD', '/livez', 200],
  ])('%s %s is %i', async (method, path, status) => {
    expect((await ask((await start()) + path, method)).status).toBe(status);
  });
});

describe('metrics', () => {
  it('are told in the format that Prometheus reads', async () => {
    const registry = new Registry();
    new Counter({ name: 'paint_total', help: 'Paint.', registers: [registry] }).inc(3);
    const answer = await fetch(`${await start({ registry })}/metrics`);
    expect(answer.headers.get('content-type')).toContain('text/plain; version=0.0.4');
    expect(await answer.text()).toContain('paint_total 3');
  });

  it('that cannot be collected are an error, and the server lives', async () => {
    const registry = new Registry();
    const collect = (): never => {
      throw new Error('no numbers');
    };
    new Counter({ name: 'paint_total', help: 'Paint.', registers: [registry], collect }).inc(0);
    const url = await start({ registry });
    expect(await ask(`${url}/metrics`)).toEqual({ status: 500, text: 'no numbers\n' });
    expect((await ask(`${url}/livez`)).status).toBe(200);
  });
});

describe('the server', () => {
  it('ends without waiting for those who still wait for an answer', async () => {
    const registry = new Registry();
    const asked = Promise.withResolvers<void>();
    const collect = (): Promise<void> => {
      asked.resolve();
      return new Promise(() => undefined);
    };
    new Counter({ name: 'paint_total', help: 'Paint.', registers: [registry], collect }).inc(0);
    const server = new ProbeServer({ port: 0, host: '127.0.0.1', registry });
    const answer = fetch(`http://127.0.0.1:${await server.listen()}/metrics`).catch(() => 'cut');
    await asked.promise;
    await server.close();
    await server.close();
    expect(await answer).toBe('cut');
  });

  it('says when its port is taken', async () => {
    const taken = new ProbeServer({ port: 0, host: '127.0.0.1' });
    servers.push(taken);
    const port = await taken.listen();
    await expect(new ProbeServer({ port, host: '127.0.0.1' }).listen()).rejects.toThrow('EADDRINUSE');
  });
});
