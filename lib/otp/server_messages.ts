/**
 * The messages of a server in words, for those who look for a fault.
 *
 * @module
 */

import { oneLine } from "../base/printable.ts";
import { Call, Cast, StopRequest } from "./call.ts";

/** What `handleContinue` is to go on with: goes before any message. */
export class Continue {
  readonly argument: unknown;

  /** Creates it for what `continueWith` was given. */
  constructor(argument: unknown) {
    this.argument = argument;
  }
}

/** What was sent, without the envelope. */
export function contentOf(message: unknown): unknown {
  if (message instanceof Call || message instanceof Cast) return { name: message.name, request: message.request };
  return message instanceof Continue ? message.argument : message;
}

/** Which callback deals with `message`, for people. */
export function describeHandler(message: unknown): string {
  if (message instanceof Call) return `handleCall "${oneLine(message.name)}"`;
  if (message instanceof Cast) return `handleCast "${oneLine(message.name)}"`;
  if (message instanceof StopRequest) return "stop";
  return message instanceof Continue ? "handleContinue" : "handleInfo";
}
