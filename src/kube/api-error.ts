// SPDX-License-Identifier: Apache-2.0
// What the API server said when it said no. Never carries headers: the client's own errors put tokens and whole bodies
// into their message, and messages end up in conditions and logs.

/** `status` 0: there was no answer, whatever the cause. */
export class ApiError extends Error {
  readonly status: number;
  /** As Kubernetes writes it: NotFound, Conflict, Expired ...; for no answer Unreachable or Timeout. */
  readonly reason: string;
  /** Seconds, where the server asked for a pause. */
  readonly retryAfter: number | undefined;

  constructor(
    message: string,
    about: { status: number; reason: string; retryAfter?: number | undefined; cause?: unknown },
  ) {
    super(message, about.cause === undefined ? undefined : { cause: about.cause });
    this.name = 'ApiError';
    this.status = about.status;
    this.reason = about.reason;
    this.retryAfter = about.retryAfter;
  }
}

const longestMessage = 1024;

/** Turns an answer that is not a success into an error. A body that is no Status (a proxy's page) is cut short. */
export function apiErrorOf(
  request: string,
  answer: { status: number; body: string; retryAfter?: string | undefined; now?: number },
): ApiError {
  const told = parseStatus(answer.body);
  const reason = told?.reason || reasonOf(answer.status);
  const said = told?.message ?? answer.body.slice(0, 200).replaceAll(/\s+/g, ' ').trim();
  const message = `${request}: ${answer.status} ${reason}${said === '' ? '' : `: ${said}`}`;
  return new ApiError(message.slice(0, longestMessage), {
    status: answer.status,
    reason,
    retryAfter: secondsOf(answer.retryAfter, answer.now ?? Date.now()) ?? told?.retryAfterSeconds,
  });
}

/** The error inside a watch: a Status object on a stream that answered 200. */
export function apiErrorOfStatus(request: string, status: unknown): ApiError {
  const code = isRecord(status) && typeof status['code'] === 'number' ? status['code'] : 500;
  return apiErrorOf(request, { status: code, body: JSON.stringify(status ?? null) });
}

export function isNotFound(error: unknown): boolean {
  return hasStatus(error, 404);
}

export function isForbidden(error: unknown): boolean {
  return hasStatus(error, 403);
}

/** Somebody else wrote first: read again and recompute. A create of what exists is not this, though it is a 409 too. */
export function isConflict(error: unknown): boolean {
  return hasStatus(error, 409) && error.reason !== 'AlreadyExists';
}

export function isAlreadyExists(error: unknown): boolean {
  return hasStatus(error, 409) && error.reason === 'AlreadyExists';
}

/** The resourceVersion or the continue token is too old: list again. */
export function isGone(error: unknown): boolean {
  return hasStatus(error, 410);
}

export function isTooManyRequests(error: unknown): boolean {
  return hasStatus(error, 429);
}

export function isUnreachable(error: unknown): boolean {
  return hasStatus(error, 0);
}

/** How many milliseconds the server asked us to wait; 0 where it did not. */
export function pauseMsOf(error: unknown): number {
  return error instanceof ApiError ? (error.retryAfter ?? 0) * 1000 : 0;
}

function hasStatus(error: unknown, status: number): error is ApiError {
  return error instanceof ApiError && error.status === status;
}

const reasons: Record<number, string> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  409: 'Conflict',
  410: 'Gone',
  422: 'Invalid',
  429: 'TooManyRequests',
  500: 'InternalError',
  503: 'ServiceUnavailable',
  504: 'Timeout',
};

function reasonOf(status: number): string {
  return reasons[status] ?? 'Unknown';
}

type Told = {
  reason?: string | undefined;
  message?: string | undefined;
  retryAfterSeconds?: number | undefined;
};

function parseStatus(body: string): Told | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    return undefined;
  }
  if (!isRecord(parsed) || parsed['kind'] !== 'Status') return undefined;
  const details = isRecord(parsed['details']) ? parsed['details'] : {};
  const seconds = details['retryAfterSeconds'];
  return {
    reason: typeof parsed['reason'] === 'string' ? parsed['reason'] : undefined,
    message: typeof parsed['message'] === 'string' ? parsed['message'] : undefined,
    retryAfterSeconds: typeof seconds === 'number' ? seconds : undefined,
  };
}

/** Retry-After is a number of seconds or a date. */
function secondsOf(header: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined;
  if (/^\d+$/.test(header.trim())) return Number(header);
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, Math.ceil((date - now) / 1000));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
