/**
 * What is told of a channel's joins and of the messages that it handles: to those who listen, and to the log.
 *
 * @module
 */

import { formatDuration, type Log } from "../base/log.ts";
import { quoted, quotedParams } from "../base/printable.ts";
import type { Channel } from "./channel.ts";
import type { IncomingPush } from "./incoming_push.ts";
import type { JoiningSocket } from "./joining_socket.ts";
import { channelHandledIn, type ChannelHandledInEvent, channelJoined, type ChannelJoinedEvent } from "./telemetry.ts";

/** A channel, and where it reports to. */
export interface Reporting {
  /** What it is called. */
  readonly name: string;
  /** The user's channel; there is none if it could not be created. */
  readonly channel: Pick<Channel, "logJoin" | "logHandleIn"> | undefined;
  /** Its connection. */
  readonly socket: JoiningSocket<object>;
  /** What the connection came with. */
  readonly traceContextHeaders: ReadonlyMap<string, string>;
  /** Where lines go. */
  readonly log: Log;
}

/** Tells what became of a join that began at `startedAt`, on `performance`'s clock. */
export function reportJoin(
  { name, channel, socket, traceContextHeaders, log }: Reporting,
  result: ChannelJoinedEvent["result"],
  payload: unknown,
  startedAt: number,
): void {
  const event: ChannelJoinedEvent = {
    channel: name,
    socket,
    result,
    durationMs: performance.now() - startedAt,
    traceContextHeaders,
    get params() {
      return socket.redact(payload);
    },
  };
  channelJoined.emit(event);
  if (channel) log.write(channel.logJoin, event, describeJoin);
}

/** Tells that a handler that began at `startedAt`, on `performance`'s clock, is done. */
export function reportHandledIn(
  { name, channel, socket, traceContextHeaders, log }: Reporting,
  result: ChannelHandledInEvent["result"],
  push: IncomingPush,
  startedAt: number,
): void {
  const event: ChannelHandledInEvent = {
    channel: name,
    socket,
    event: push.event,
    ref: push.ref,
    result,
    durationMs: performance.now() - startedAt,
    traceContextHeaders,
    get params() {
      return socket.redact(push.payload);
    },
  };
  channelHandledIn.emit(event);
  if (channel) log.write(channel.logHandleIn, event, describeHandledIn);
}

const JOINS: Readonly<Record<ChannelJoinedEvent["result"], string>> = {
  ok: "joined",
  refused: "refused the join of",
  crashed: "crashed in the join of",
  abandoned: "was abandoned in the join of",
};

function describeJoin({ channel, socket, result, durationMs, params }: ChannelJoinedEvent): string {
  return `${channel} ${JOINS[result]} ${quoted(socket.topic)} in ${formatDuration(durationMs)}, params ${
    quotedParams(params)
  }`;
}

function describeHandledIn({ channel, socket, event, result, durationMs, params }: ChannelHandledInEvent): string {
  const verb = result === "ok" ? "handled" : "failed to handle";
  const where = `${channel} ${quoted(socket.topic)}`;
  return `${where} ${verb} ${quoted(event)} in ${formatDuration(durationMs)}, params ${quotedParams(params)}`;
}
