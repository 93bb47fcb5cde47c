/**
 * Handles the requests of other nodes for a server of this one.
 *
 * @module
 */

import { whenDone, whenSettled } from "../base/thenable.ts";
import type { MaybePromise } from "../base/maybe_promise.ts";
import { quoted } from "../base/printable.ts";
import type { Schema } from "../contract/schema.ts";
import { validate, type Validated } from "../contract/validate.ts";
import { CallExitError, CallTimeoutError, MailboxFullError } from "../otp/process/errors.ts";
import { exitReasonOf } from "../otp/process/exit_reason.ts";
import type { ServerProcess } from "../otp/server/server_process.ts";
import {
  crossingError,
  crossingReason,
  encodeServerReply,
  type ServerReply,
  type ServerRequest,
} from "./_server_message.ts";
import { castRefused } from "./telemetry.ts";

/** The schemas of requests, by the name of the call or the cast. */
export type RequestSchemas = Readonly<Partial<Record<string, Schema>>>;

/**
 * Handles a request. A call or a cast that the server does not know is refused, so a node of another version cannot
 * crash it. Without an asynchronous schema the server has the request when this returns, so that requests keep their
 * order.
 *
 * @returns The reply, encoded. Never rejects.
 */
export function serveRequest(
  server: ServerProcess<unknown>,
  request: ServerRequest,
  schemas: RequestSchemas = {},
): MaybePromise<Uint8Array<ArrayBuffer>> {
  const encode = (reply: ServerReply) => encodeReply(reply, request.name);
  return whenSettled(() => serve(server, request, schemas), encode, (thrown) => encode(refusal(thrown, request)));
}

/**
 * Validates a request.
 *
 * @returns What its schema made of it; the request itself if there is none.
 * @throws {TypeError} If it does not fit.
 */
export function checkedRequest(
  { kind, name, request }: Pick<ServerRequest, "kind" | "name" | "request">,
  schemas: RequestSchemas,
): MaybePromise<unknown> {
  const schema = Object.hasOwn(schemas, name) ? schemas[name] : undefined;
  return schema ? whenDone(validate(schema, request), (result) => valueOf(result, `${kind} ${quoted(name)}`)) : request;
}

function serve(
  server: ServerProcess<unknown>,
  request: ServerRequest,
  schemas: RequestSchemas,
): MaybePromise<ServerReply> {
  const { kind, name, timeoutMs } = request;
  if (server.behaviour.understands?.(kind, name) !== true) {
    throw new TypeError(`Cannot ${kind} ${quoted(name)}: the server has no such ${kind}`);
  }
  return whenDone(checkedRequest(request, schemas), (checked): MaybePromise<ServerReply> => {
    if (kind === "cast") {
      void server.cast(name, checked);
      return { reply: "value" };
    }
    const options = { timeoutMs: timeoutMs === null ? Infinity : timeoutMs ?? Infinity };
    return server.call(name, checked, options).then((value): ServerReply => ({ reply: "value", value }));
  });
}

function valueOf(result: Validated, what: string): unknown {
  if (result.kind === "valid") return result.value;
  const issues = result.issues.map(({ message, path }) => path.length > 0 ? `${message} (${path.join(".")})` : message);
  throw new TypeError(`Cannot ${what}: the request does not fit its schema: ${issues.join("; ")}`);
}

/** The reply to a request that failed. Nobody waits for that to a cast, so it is reported here. */
function refusal(thrown: unknown, { kind, target, name }: ServerRequest): ServerReply {
  if (kind === "cast") castRefused.emit({ server: target, name, error: exitReasonOf(thrown) });
  return replyOf(thrown);
}

function replyOf(thrown: unknown): ServerReply {
  if (thrown instanceof CallExitError) return { reply: "exit", reason: crossingReason(thrown.reason) };
  if (thrown instanceof CallTimeoutError) return { reply: "timeout", message: thrown.message };
  if (thrown instanceof MailboxFullError) return { reply: "full" };
  return { reply: "refused", error: crossingError(exitReasonOf(thrown)) };
}

function encodeReply(reply: ServerReply, name: string): Uint8Array<ArrayBuffer> {
  try {
    return encodeServerReply(reply, name);
  } catch (thrown) { // the server replied with something that does not cross
    return encodeServerReply(replyOf(thrown), name);
  }
}
