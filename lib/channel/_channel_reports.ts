/**
 * Reports a channel's joins and handled messages to telemetry and to the log.
 *
 * @module
 */

import type { Described, Report } from "../base/log.ts";
import type { Issue } from "../contract/issue.ts";
import { millisecondsSince } from "../base/milliseconds_since.ts";
import type { Reporting } from "../otp/process/reporting.ts";
import type { Channel } from "./channel.ts";
import type { IncomingPush } from "./incoming_push.ts";
import type { JoiningSocket } from "./joining_socket.ts";
import {
  channelHandledIn,
  type ChannelHandledInEvent,
  channelInvalid,
  channelJoined,
  type ChannelJoinedEvent,
} from "./telemetry.ts";

/** A channel and the targets of its reports. */
export interface ChannelReporting extends Reporting {
  /** The user's channel; there is none if it could not be created. */
  readonly channel: Pick<Channel, "logJoin" | "logHandleIn"> | undefined;
  /** Its connection. */
  readonly socket: JoiningSocket<object>;
  /** The trace headers of the connection. */
  readonly traceContextHeaders: ReadonlyMap<string, string>;
}

/** The result of a join, for reports. */
export interface JoinReport {
  /** The result. */
  readonly result: ChannelJoinedEvent["result"];
  /** Why it was refused. */
  readonly reason?: unknown;
}

/** Reports the result of a join that began at `startedAt`, by the clock of `performance`. */
export function reportJoin(
  { kind, channel, socket, traceContextHeaders, log, fields }: ChannelReporting,
  { result, reason }: JoinReport,
  payload: unknown,
  startedAt: number,
): void {
  const event: ChannelJoinedEvent = {
    channel: kind,
    socket,
    result,
    durationMs: millisecondsSince(startedAt),
    traceContextHeaders,
    get params() {
      return socket.redact(payload);
    },
    get reason() {
      return socket.redact(reason);
    },
  };
  channelJoined.emit(event);
  if (channel) log.write(channel.logJoin, event, joinOf(fields));
}

/** Reports that a handler has finished that began at `startedAt`, by the clock of `performance`. */
export function reportHandledIn(
  { kind, channel, socket, traceContextHeaders, log, fields }: ChannelReporting,
  result: ChannelHandledInEvent["result"],
  push: IncomingPush,
  startedAt: number,
): void {
  const event: ChannelHandledInEvent = {
    channel: kind,
    socket,
    event: push.event,
    ref: push.ref,
    result,
    durationMs: millisecondsSince(startedAt),
    traceContextHeaders,
    get params() {
      return socket.redact(push.payload);
    },
  };
  channelHandledIn.emit(event);
  if (channel) log.write(channel.logHandleIn, event, messageOf(fields));
}

/** Reports that a message does not fit the channel's contract. */
export function reportInvalid(
  { kind, socket }: ChannelReporting,
  event: unknown,
  { reason, issues = [] }: { readonly reason: string; readonly issues?: readonly Issue[] },
): void {
  if (!channelInvalid.hasListeners) return;
  channelInvalid.emit({
    channel: kind,
    socket,
    topic: socket.topic,
    event,
    reason,
    get issues() {
      return issues.map((issue) => isSecret(socket, issue) ? { ...issue, message: HIDDEN } : issue);
    },
  });
}

const HIDDEN = "[redacted]";

/** Returns whether the issue is about a value that is not logged: its message may contain it. */
function isSecret(socket: JoiningSocket<object>, { path }: Issue): boolean {
  return path.some((key) => {
    const probe = { [key]: true };
    return socket.redact(probe) !== probe;
  });
}

const JOINS: Readonly<Record<ChannelJoinedEvent["result"], string>> = {
  ok: "accepted a join",
  refused: "refused a join",
  crashed: "crashed in a join",
  abandoned: "was abandoned in a join",
};

function joinOf(fields: Reporting["fields"]): Report<ChannelJoinedEvent> {
  const describe = ({ channel, result, durationMs, params, reason }: ChannelJoinedEvent): Described => ({
    message: `${channel} ${JOINS[result]}`,
    fields: { ...fields, params, ...(reason !== undefined && { reason }), durationMs },
  });
  return { kind: "join", describe };
}

function messageOf(fields: Reporting["fields"]): Report<ChannelHandledInEvent> {
  const describe = ({ channel, event, result, durationMs, params }: ChannelHandledInEvent): Described => ({
    message: `${channel} ${result === "ok" ? "handled" : "failed to handle"} a message`,
    fields: { ...fields, event, params, durationMs },
  });
  return { kind: "message", describe };
}
