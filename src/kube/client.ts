// SPDX-License-Identifier: Apache-2.0
// One request to the API server: identity, connection, time limit, and an error that says what happened. It repeats
// nothing but a request that was refused for its token; when to try again is decided where it is known what for.
import { systemClock, type Clock } from '../base/clock.ts';
import { messageOf } from '../base/error.ts';
import { ApiError, apiErrorOf } from './api-error.ts';
import { Credentials, type CredentialSource } from './credentials.ts';
import { startDeadline, type Deadline } from './deadline.ts';
import { Connections } from './dispatcher.ts';
import { request as send, type Dispatcher } from 'undici';

export type ClientOptions = CredentialSource & {
  /** Of this program, for the user agent. */
  version: string;
  clock?: Clock;
  /** Told of each answer; `code` is the status, or `<error>`. */
  observe?: (request: { method: string; code: string; host: string }) => void;
  /** For everything but watches, answer and body together. */
  timeoutMs?: number;
};

export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

export type Request = {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  path: string;
  query?: Query;
  body?: unknown;
  contentType?: string;
  timeoutMs?: number;
};

export type Body = Dispatcher.ResponseData['body'];

const defaultTimeoutMs = 30_000;
const longestErrorBody = 64 * 1024;

export class KubeClient {
  readonly #credentials: Credentials;
  readonly #connections = new Connections();
  readonly #options: ClientOptions;
  readonly #clock: Clock;

  constructor(options: ClientOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#credentials = new Credentials(options, this.#clock);
  }

  /** The namespace of the kubeconfig's context or of the pod. */
  async namespace(): Promise<string | undefined> {
    return (await this.#credentials.current()).namespace;
  }

  /** The answer as plain JSON. */
  async json<T>(request: Request, signal?: AbortSignal): Promise<T> {
    return this.#exchange(request, signal, async (body) => (await body.json()) as T);
  }

  /** The first `limit` bytes of the answer. */
  async bytes(request: Request, limit: number, signal?: AbortSignal): Promise<Uint8Array> {
    return this.#exchange(request, signal, (body) => readAtMost(body, limit));
  }

  /** The answer as a stream; the time limit covers its beginning only. Whoever takes it reads it to its end or aborts. */
  async open(request: Request, signal: AbortSignal): Promise<Body> {
    const deadline = this.#startDeadline(request, signal);
    try {
      const body = await this.#answer(request, deadline);
      deadline.stopClock();
      body.once('close', deadline.end);
      return body;
    } catch (error) {
      deadline.end();
      throw this.#explain(request, error, { deadline, signal });
    }
  }

  async close(): Promise<void> {
    await this.#connections.close();
  }

  async #exchange<T>(
    request: Request,
    signal: AbortSignal | undefined,
    read: (body: Body) => Promise<T>,
  ): Promise<T> {
    const deadline = this.#startDeadline(request, signal);
    try {
      return await read(await this.#answer(request, deadline));
    } catch (error) {
      throw this.#explain(request, error, { deadline, signal });
    } finally {
      deadline.end();
    }
  }

  #startDeadline(request: Request, signal: AbortSignal | undefined): Deadline {
    signal?.throwIfAborted();
    const ms = request.timeoutMs ?? this.#options.timeoutMs ?? defaultTimeoutMs;
    return startDeadline(this.#clock, ms, signal);
  }

  /** The body of a success; anything else is thrown. A 401 is answered once by reading the token anew (client-node#1240). */
  async #answer(request: Request, deadline: Deadline): Promise<Body> {
    const first = await this.#attempt(request, deadline);
    if (first.statusCode !== 401) return success(request, first, this.#clock);
    await first.body.dump();
    this.#credentials.expire();
    return success(request, await this.#attempt(request, deadline), this.#clock);
  }

  async #attempt(request: Request, { signal }: Deadline): Promise<Dispatcher.ResponseData> {
    const access = await this.#credentials.current();
    const { method, path, body, query } = request;
    const observe = (code: string): void =>
      this.#options.observe?.({ method, code, host: new URL(access.server).host });
    try {
      const sent = send(`${access.server}${path}${searchOf(query)}`, {
        method,
        headers: {
          ...access.headers,
          'user-agent': `milvus-backup-operator/${this.#options.version}`,
          // Logs are text, and are refused to those who take JSON alone.
          accept: 'application/json, */*',
          ...(body === undefined ? {} : { 'content-type': request.contentType ?? 'application/json' }),
        },
        body: body === undefined ? null : JSON.stringify(body),
        signal,
        dispatcher: this.#connections.for(access),
        // The deadline says when it is enough, and a watch may be silent for long.
        headersTimeout: 0,
        bodyTimeout: 0,
      });
      const answer = await abortable(sent, signal);
      observe(String(answer.statusCode));
      return answer;
    } catch (error) {
      observe('<error>');
      throw error;
    }
  }

  /** What did not come from the server: our own abort as it is, else status 0. */
  #explain(
    { method, path }: Request,
    error: unknown,
    { deadline, signal }: { deadline: Deadline; signal: AbortSignal | undefined },
  ): unknown {
    if (error instanceof ApiError) return error;
    // Whoever gave up waiting may have waited on a dead connection.
    this.#connections.renew();
    if (signal?.aborted) return signal.reason;
    // The server may be another one, with another certificate.
    this.#credentials.expire();
    const [reason, said] = deadline.isExpired()
      ? ['Timeout', messageOf(deadline.signal.reason)]
      : ['Unreachable', `the API server cannot be reached: ${describe(error)}`];
    return new ApiError(`${method} ${path}: ${said}`, { status: 0, reason, cause: error });
  }
}

/** undici notices an abort only once it has a connection: ten seconds later, if nobody answers there. */
async function abortable(
  sent: Promise<Dispatcher.ResponseData>,
  signal: AbortSignal,
): Promise<Dispatcher.ResponseData> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = (): void => reject(signal.reason as Error);
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([sent, aborted]);
  } catch (error) {
    sent.then(({ body }) => body.destroy()).catch(() => undefined);
    throw error;
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

async function success(request: Request, answer: Dispatcher.ResponseData, clock: Clock): Promise<Body> {
  const { statusCode: status, headers, body } = answer;
  if (status >= 200 && status < 300) return body;
  const text = Buffer.from(await readAtMost(body, longestErrorBody)).toString();
  const header = headers['retry-after'];
  const retryAfter = Array.isArray(header) ? header[0] : header;
  throw apiErrorOf(`${request.method} ${request.path}`, { status, body: text, retryAfter, now: clock.now() });
}

async function readAtMost(body: Body, limit: number): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    length += chunk.length;
    // Leaving the loop destroys the stream and its connection.
    if (length >= limit) break;
  }
  return Buffer.concat(chunks).subarray(0, limit);
}

function searchOf(query: Query = {}): string {
  const given = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) given.set(name, String(value));
  }
  return given.size === 0 ? '' : `?${given.toString()}`;
}

/** A failed connection to several addresses is an AggregateError without a text of its own. */
function describe(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(describe).join('; ');
  if (!(error instanceof Error)) return String(error);
  const code = (error as { code?: unknown }).code;
  return typeof code === 'string' && !error.message.includes(code)
    ? `${error.message} (${code})`
    : error.message;
}
