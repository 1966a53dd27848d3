// SPDX-License-Identifier: Apache-2.0
// One call: deadline, login, database, and an answer that counts only with a status of success. Nothing is sent twice,
// but for a login that the server refused and that has since been replaced: such a call has not been carried out.
import { type Client, Metadata, type ServiceError } from '@grpc/grpc-js';
import type { Clock } from '../base/clock.ts';
import { hasReason } from '../base/error.ts';
import type { Login, MilvusOptions } from './contract.ts';
import { type Status, codeOf, grpcError, isSuccess, missingStatus, statusError } from './errors.ts';
import { type Method, answersStatus, methodOf } from './service.ts';

export type Answer<Message> = { message: Message; raw: Uint8Array };

/** `database` goes into the metadata; the request names it as well, where it has a field for it. */
export type Call = { rpc: string; request: object; database?: string };

export type Caller = {
  readonly options: MilvusOptions;
  call<Message>(call: Call): Promise<Answer<Message>>;
  /** Undefined where the status is one of these codes. */
  find<Message>(call: Call, absent: readonly number[]): Promise<Answer<Message> | undefined>;
};

export async function createCaller(client: Client, options: MilvusOptions, clock: Clock): Promise<Caller> {
  const send = await createSender(client, options, clock);
  const find = async <Message>(
    call: Call,
    absent: readonly number[],
  ): Promise<Answer<Message> | undefined> => {
    const answer = await send(call);
    const status = statusOf(methodOf(call.rpc), answer.message);
    if (!status) throw missingStatus({ rpc: call.rpc, options });
    if (isSuccess(status)) return answer as Answer<Message>;
    if (absent.includes(codeOf(status))) return undefined;
    throw statusError({ rpc: call.rpc, options }, status);
  };
  return {
    options,
    find,
    call: async <Message>(call: Call) => (await find<Message>(call, [])) as Answer<Message>,
  };
}

type Send = (call: Call) => Promise<Answer<object>>;

async function createSender(client: Client, options: MilvusOptions, clock: Clock): Promise<Send> {
  let login = loginText(await options.login());
  const send: Send = async (call) => {
    const metadata = new Metadata();
    if (login !== undefined) metadata.set('authorization', login);
    if (call.database) metadata.set('dbname', call.database);
    const deadline = clock.now() + options.timeoutMs;
    try {
      return await unary(client, methodOf(call.rpc), call.request, { metadata, deadline });
    } catch (error) {
      throw await grpcError({ rpc: call.rpc, options }, error as ServiceError);
    }
  };
  return async (call) => {
    try {
      return await send(call);
    } catch (error) {
      const fresh = hasReason(error, 'CredentialsRejected') ? loginText(await options.login()) : login;
      if (fresh === login) throw error;
      login = fresh;
      return send(call);
    }
  };
}

/** Both go the same way: the server tells them apart by the colon. */
function loginText(login: Login | undefined): string | undefined {
  const text = login && ('token' in login ? login.token : `${login.user}:${login.password}`);
  return text === undefined ? undefined : Buffer.from(text).toString('base64');
}

function statusOf(method: Method, message: object): Status | null {
  return answersStatus(method) ? (message as Status) : (message as { status: Status | null }).status;
}

function unary(
  client: Client,
  method: Method,
  request: object,
  { metadata, deadline }: { metadata: Metadata; deadline: number },
): Promise<Answer<object>> {
  const keepRaw = (raw: Buffer): Answer<object> => ({ message: method.responseDeserialize(raw), raw });
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(
      method.path,
      method.requestSerialize,
      keepRaw,
      request,
      metadata,
      { deadline },
      (error, answer) => {
        if (error) reject(error);
        else resolve(answer as Answer<object>);
      },
    );
  });
}
