/**
 * The messages of a server: which is which, and all of them in words, for those who look for a fault.
 *
 * Anything may be sent to a server, also what throws when it is looked at. That is a message like others here.
 *
 * @module
 */

import { isInstance } from "../../base/foreign.ts";
import { oneLine } from "../../base/printable.ts";
import { Call, Cast, StopRequest } from "./call.ts";
import { Exit } from "../process/signals.ts";
import { SystemMessage } from "./_system_message.ts";

/** What kind of message a server has got. `"other"` is for `handleInfo`. */
export type MessageKind = "call" | "cast" | "stop" | "system" | "exit" | "other";

/** Tells which kind of message `message` is. Never throws. */
export function kindOf(message: unknown): MessageKind {
  try {
    if (message instanceof Call) return "call";
    if (message instanceof Cast) return "cast";
    if (message instanceof StopRequest) return "stop";
    if (message instanceof SystemMessage) return "system";
    return message instanceof Exit ? "exit" : "other";
  } catch {
    return "other";
  }
}

/** What `handleContinue` is to go on with: goes before any message. */
export class Continue {
  readonly argument: unknown;

  /** Creates it for what `continueWith` was given. */
  constructor(argument: unknown) {
    this.argument = argument;
  }
}

/** What was sent, without the envelope. Never throws. */
export function contentOf(message: unknown): unknown {
  if (isInstance(message, Call) || isInstance(message, Cast)) return { name: message.name, request: message.request };
  return isInstance(message, Continue) ? message.argument : message;
}

/** Which callback deals with `message`, for people. Never throws. */
export function describeHandler(message: unknown): string {
  if (isInstance(message, Call)) return `handleCall "${oneLine(message.name)}"`;
  if (isInstance(message, Cast)) return `handleCast "${oneLine(message.name)}"`;
  if (isInstance(message, StopRequest)) return "stop";
  return isInstance(message, Continue) ? "handleContinue" : "handleInfo";
}
