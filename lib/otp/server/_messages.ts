/**
 * The kinds of messages of a server, and their descriptions for logs and errors.
 *
 * Anything may be sent to a server, even a value that throws when it is accessed. It is handled like any other message.
 *
 * @module
 */

import { isInstance } from "../../base/foreign.ts";
import { oneLine } from "../../base/printable.ts";
import { Call, Cast, StopRequest } from "./call.ts";
import { Exit } from "../process/signals.ts";
import { SystemMessage } from "./_system_message.ts";

/** The kind of a message. `"other"` is for `handleInfo`. */
export type MessageKind = "call" | "cast" | "stop" | "system" | "exit" | "other";

/** Returns the kind of `message`. Never throws. */
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

/** The argument for `handleContinue`, which runs before the next message. */
export class Continue {
  readonly argument: unknown;

  /** Creates it with the argument of `continueWith`. */
  constructor(argument: unknown) {
    this.argument = argument;
  }
}

/** Returns the content of a message, without its envelope. Never throws. */
export function contentOf(message: unknown): unknown {
  if (isInstance(message, Call) || isInstance(message, Cast)) return { name: message.name, request: message.request };
  return isInstance(message, Continue) ? message.argument : message;
}

/** Describes the callback that handles `message`. Never throws. */
export function describeHandler(message: unknown): string {
  if (isInstance(message, Call)) return `handleCall "${oneLine(message.name)}"`;
  if (isInstance(message, Cast)) return `handleCast "${oneLine(message.name)}"`;
  if (isInstance(message, StopRequest)) return "stop";
  return isInstance(message, Continue) ? "handleContinue" : "handleInfo";
}
