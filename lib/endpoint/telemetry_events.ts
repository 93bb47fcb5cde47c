/**
 * All telemetry events: names, and what they tell.
 *
 * Listen with {@linkcode onTelemetry}. Tracers use `subscribe` of `node:diagnostics_channel`, which is the same without a
 * net: **a listener that throws there ends the program**, by Node's rule, while `onTelemetry` catches what it throws. An
 * event costs a property read while nobody listens; with listeners, they run in the turn in which it happens.
 *
 * Those marked with * are logged where nobody listens, since somebody has to know: those of channels by the endpoint's
 * `logger`, the others on the console. A listener takes over to print, or count, or send them on.
 *
 * | event | when | tells |
 * | --- | --- | --- |
 * | `urvogel:socket:connected` | a socket has decided about a client (Phoenix: `socket_connected`) | result, duration, transport, vsn, params, peer |
 * | `urvogel:socket:closed` | a connection is over | close code, reason |
 * | `urvogel:socket:failed` * | a driver, an option or `connect` threw | error, connection |
 * | `urvogel:socket:malformed_frame` | a client sent what is no message, and was closed | error |
 * | `urvogel:socket:undeliverable` | a transport has no way to carry a frame, such as bytes for a client that polls | frame |
 * | `urvogel:socket:dropped` | broadcasts were dropped for a client that reads too slowly | topic, policy, frames, bytes |
 * | `urvogel:limit:hit` | a client has come up against a limit | limit, what it says, what was found |
 * | `urvogel:channel:joined` | a join was decided (Phoenix: `channel_joined`) | result, duration, socket, params |
 * | `urvogel:channel:handled_in` | a handler is done, or its promise has settled (Phoenix: `channel_handled_in`) | result, duration, socket, event, ref, params |
 * | `urvogel:channel:pushed` | a channel sent an event to its client | topic, event, bytes |
 * | `urvogel:channel:replied` | a channel answered its client | topic, ref, status, bytes |
 * | `urvogel:pubsub:broadcast` | a broadcast was delivered on this node | topic, event, clients, processes, bytes |
 * | `urvogel:pubsub:undeliverable` | a format cannot carry a broadcast, such as bytes in protocol V1 | broadcast, error |
 * | `urvogel:endpoint:drain` | a batch of connections was told to go (Phoenix: `socket_drain`) | count, total, batch |
 * | `urvogel:process:crashed` * | a callback of a process threw, or work on its behalf | process, callback, error, ancestors |
 * | `urvogel:process:message_unhandled` * | a process has no handler for a message | receiver, message |
 * | `urvogel:process:queue_grown` | 128 messages wait for a process, or twice as many as ever before | process, length |
 * | `urvogel:process:message_dropped` | a full mailbox lost a message | process, message, policy |
 * | `urvogel:supervisor:child_started` | a child was started or restarted | supervisor, child |
 * | `urvogel:supervisor:child_terminated` | a child ended | supervisor, child, reason |
 * | `urvogel:supervisor:start_failed` * | a child could not be started | supervisor, child, reason |
 * | `urvogel:supervisor:child_killed` * | a child did not end in time when it was asked to | supervisor, child |
 * | `urvogel:supervisor:gave_up` * | there were too many restarts | supervisor, child, reason |
 * | `urvogel:keyed:full` | a key was refused a server, because there are `maxKeys` | servers, key, limit |
 * | `urvogel:tracker:replica` | another node of a presence is up, down, or gone for good | tracker, node, status |
 * | `urvogel:tracker:unsent` | a message to the other nodes could not be sent, and will be again | tracker, error |
 * | `urvogel:tracker:malformed` | a message of another node makes no sense, and is ignored | tracker, error |
 *
 * What is called `params` has its secrets hidden: the values of keys that contain `password`, `token` or `secret`. All
 * else that comes from clients is as they wrote it: escape it before it goes into a log, and keep topics and events out
 * of the names and attributes of metrics, where each new one costs memory for ever.
 *
 * @module
 */

import type {
  ChannelHandledInEvent,
  ChannelJoinedEvent,
  ChannelPushedEvent,
  ChannelRepliedEvent,
  MalformedFrameEvent,
} from "../channel/telemetry.ts";
import type { KeyedServersFullEvent } from "../cluster/telemetry.ts";
import type {
  CrashReport,
  MessageDroppedEvent,
  QueueGrownEvent,
  UnhandledMessageEvent,
} from "../otp/process/telemetry.ts";
import type {
  ChildKilledEvent,
  ChildStartedEvent,
  ChildTerminatedEvent,
  GaveUpEvent,
  StartFailedEvent,
} from "../otp/supervisor/telemetry.ts";
import type { ReplicaEvent, TrackerFaultEvent } from "../presence/telemetry.ts";
import type { BroadcastDeliveredEvent, UndeliverableEvent } from "../pubsub/telemetry.ts";
import type { LimitHitEvent } from "../limits/telemetry.ts";
import type {
  ConnectionClosedEvent,
  DriverFailedEvent,
  DroppedEvent,
  FrameUndeliverableEvent,
  SocketConnectedEvent,
} from "../transport/telemetry.ts";
import type { Connection } from "../transport/connection.ts";
import type { EndpointDrainEvent } from "./telemetry.ts";

/** What each event tells, by name. The table above says when they happen. */
export interface TelemetryEvents {
  /** A socket has decided about a client. */
  readonly "urvogel:socket:connected": SocketConnectedEvent;
  /** A connection is over. */
  readonly "urvogel:socket:closed": ConnectionClosedEvent;
  /** A driver, an option or `connect` threw. */
  readonly "urvogel:socket:failed": DriverFailedEvent;
  /** A client sent what is no message. */
  readonly "urvogel:socket:malformed_frame": MalformedFrameEvent;
  /** A transport has no way to carry a frame. */
  readonly "urvogel:socket:undeliverable": FrameUndeliverableEvent;
  /** Broadcasts were dropped for a slow reader. */
  readonly "urvogel:socket:dropped": DroppedEvent;
  /** A client has come up against a limit. */
  readonly "urvogel:limit:hit": LimitHitEvent<Connection>;
  /** A join was decided. */
  readonly "urvogel:channel:joined": ChannelJoinedEvent;
  /** A handler is done. */
  readonly "urvogel:channel:handled_in": ChannelHandledInEvent;
  /** A channel sent an event to its client. */
  readonly "urvogel:channel:pushed": ChannelPushedEvent;
  /** A channel answered its client. */
  readonly "urvogel:channel:replied": ChannelRepliedEvent;
  /** A broadcast was delivered on this node. */
  readonly "urvogel:pubsub:broadcast": BroadcastDeliveredEvent;
  /** A format cannot carry a broadcast. */
  readonly "urvogel:pubsub:undeliverable": UndeliverableEvent;
  /** A batch of connections was told to go. */
  readonly "urvogel:endpoint:drain": EndpointDrainEvent;
  /** A callback of a process threw. */
  readonly "urvogel:process:crashed": CrashReport;
  /** A process has no handler for a message. */
  readonly "urvogel:process:message_unhandled": UnhandledMessageEvent;
  /** Messages pile up. */
  readonly "urvogel:process:queue_grown": QueueGrownEvent;
  /** A full mailbox lost a message. */
  readonly "urvogel:process:message_dropped": MessageDroppedEvent;
  /** A child was started or restarted. */
  readonly "urvogel:supervisor:child_started": ChildStartedEvent;
  /** A child ended. */
  readonly "urvogel:supervisor:child_terminated": ChildTerminatedEvent;
  /** A child could not be started. */
  readonly "urvogel:supervisor:start_failed": StartFailedEvent;
  /** A child did not end in time. */
  readonly "urvogel:supervisor:child_killed": ChildKilledEvent;
  /** There were too many restarts. */
  readonly "urvogel:supervisor:gave_up": GaveUpEvent;
  /** A key was refused a server. */
  readonly "urvogel:keyed:full": KeyedServersFullEvent;
  /** Another node of a presence is up, down, or gone for good. */
  readonly "urvogel:tracker:replica": ReplicaEvent;
  /** A message to the other nodes could not be sent. */
  readonly "urvogel:tracker:unsent": TrackerFaultEvent;
  /** A message of another node makes no sense. */
  readonly "urvogel:tracker:malformed": TrackerFaultEvent;
}
