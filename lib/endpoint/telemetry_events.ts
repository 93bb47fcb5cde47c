/**
 * All telemetry events: their names and their data.
 *
 * Listen with {@linkcode onTelemetry}. Tracers use `subscribe` of `node:diagnostics_channel`, which receives the same
 * events without error handling: **a listener that throws there ends the program**, as Node defines it, while
 * `onTelemetry` catches exceptions. Without listeners, an event costs a property read. Listeners are called
 * synchronously when it happens.
 *
 * Events marked with * are logged if they have no listener: those of channels, of all processes of an endpoint and its
 * PubSub, of the bus, of history, of presences, of other nodes and of servers by key in the endpoint's log, or in that
 * of the PubSub if it has one; the others on the console. A listener replaces that, and has to print, count or
 * forward them itself.
 *
 * | event | when | data |
 * | --- | --- | --- |
 * | `urvogel:socket:connected` | a socket has decided about a client (Phoenix: `socket_connected`) | result, duration, transport, vsn, params, peer |
 * | `urvogel:socket:closed` | a connection has ended | close code, reason, duration |
 * | `urvogel:socket:failed` * | a driver, an option or `connect` threw | error, connection |
 * | `urvogel:socket:malformed_frame` | a client sent something that is not a message, and its connection was closed | error |
 * | `urvogel:socket:undeliverable` | a transport cannot carry a frame, such as bytes over long polling | frame |
 * | `urvogel:socket:dropped` | broadcasts were dropped for a client that reads too slowly | topic, policy, frames, bytes |
 * | `urvogel:longpoll:repeated` | a long-poll client did not receive a response, and gets its frames again | connection, frames |
 * | `urvogel:longpoll:unrelayed` | a long poll could not be relayed to the node of its session, and its client opens a new one | node, error |
 * | `urvogel:limit:hit` | a client has reached a limit | limit, its value, what was found |
 * | `urvogel:channel:joined` | a join was decided (Phoenix: `channel_joined`) | result, duration, socket, params |
 * | `urvogel:channel:handled_in` | a handler has returned, or its promise has settled (Phoenix: `channel_handled_in`) | result, duration, socket, event, ref, params |
 * | `urvogel:channel:invalid` | a client sent something that the channel's contract does not allow | topic, event, reason, issues |
 * | `urvogel:channel:pushed` | a channel sent an event to its client | topic, event, bytes |
 * | `urvogel:channel:replied` | a channel replied to its client | topic, ref, status, bytes |
 * | `urvogel:channel:requested` | a request to a client has ended | result, duration, topic, event |
 * | `urvogel:channel:push_repeated` | a client sent a push again after a cut; it was not handled again | topic, event, isReplied |
 * | `urvogel:channel:push_forgotten` | too many pushes: one that is sent again would be handled again | topic, isReplied |
 * | `urvogel:channel:answer_ignored` | a client's answer is late, or no answer | topic, reason |
 * | `urvogel:pubsub:broadcast` | a broadcast was delivered on this node | topic, event, payload (with its secrets), clients, processes, bytes |
 * | `urvogel:pubsub:undeliverable` | a format cannot carry a broadcast, such as bytes in protocol V1 | broadcast, error |
 * | `urvogel:bus:status` * | the connection with the other nodes was lost, or is back | node, status, error, how long it was down |
 * | `urvogel:bus:refused` | the bus did not carry a broadcast: it is down, or the broadcast is too large | node, topic, event, error, whether it was delivered on this node |
 * | `urvogel:bus:subscribe_failed` * | the engine refused to subscribe to a topic, or was too slow: joins of it fail | node, topic, error |
 * | `urvogel:bus:gap` * | messages of another node were lost on their way | node, sender, number |
 * | `urvogel:bus:malformed` * | a message arrived on the bus that no node sends, and was ignored | node, bytes, error |
 * | `urvogel:bus:cut_off` * | a thread does not return to its event loop, and was cut off | node, other, bytes that waited |
 * | `urvogel:bus:engine_error` * | the engine reported an error that no call waits for | engine, error |
 * | `urvogel:bus:unconfirmed` * | the connection was lost, and the last broadcasts may not have arrived | node, number, error |
 * | `urvogel:history:repaired` | messages that the bus had lost were read from the engine; clients notice nothing | topic, number |
 * | `urvogel:history:reset` * | messages of a topic are lost, and its members on this node get a report | topic, position |
 * | `urvogel:history:retried` | a call to the engine failed, and is repeated | topic, number of failures, error |
 * | `urvogel:history:unnumbered` * | another node sent a broadcast to a topic with history without a number, and it was not delivered | topic, event |
 * | `urvogel:history:unpublished` * | a broadcast was not kept, or it is not known whether it was (logged if its sender does not wait) | topic, event, error |
 * | `urvogel:endpoint:drain` | a batch of connections was closed for a shutdown (Phoenix: `socket_drain`) | count, total, batch |
 * | `urvogel:process:crashed` * | a callback of a process, or work on its behalf, threw | process, callback, error, ancestors |
 * | `urvogel:process:message_unhandled` * | a process has no handler for a message | receiver, message |
 * | `urvogel:process:queue_grown` | 128 messages wait for a process, or twice as many as ever before | process, length |
 * | `urvogel:process:message_dropped` | a full mailbox lost a message | process, message, policy |
 * | `urvogel:supervisor:child_started` | a child was started or restarted | supervisor, child |
 * | `urvogel:supervisor:child_terminated` | a child ended | supervisor, child, reason |
 * | `urvogel:supervisor:start_failed` * | a child could not be started | supervisor, child, reason |
 * | `urvogel:supervisor:child_killed` * | a child did not end in time when it was asked to | supervisor, child |
 * | `urvogel:supervisor:gave_up` * | there were too many restarts | supervisor, child, reason |
 * | `urvogel:keyed:full` | a key was refused a server, because there are `maxKeys` | servers, key, limit |
 * | `urvogel:keyed:standing_failed` * | a server that should always run could not be started, and will be tried again | servers, key, error |
 * | `urvogel:node:changed` * | another node is up, down, or gone for good | node, other, status |
 * | `urvogel:node:name_taken` * | another node has the name of this one: neither gets what the other broadcasts | node |
 * | `urvogel:node:cast_refused` | a cast of another node was refused, such as one of another version | server, name, error |
 * | `urvogel:node:malformed` | a message between nodes is malformed, and is ignored | node, event |
 * | `urvogel:owner:save_failed` * | the state of a server by key was not saved | server, key, token, error |
 * | `urvogel:owner:session_lost` * | a node lost its session with the owner engine, and ended the servers of all its keys | node, error |
 * | `urvogel:tracker:replica` | another node of a presence is up, down, or gone for good | tracker, node, status |
 * | `urvogel:tracker:unsent` * | a message to the other nodes could not be sent, and will be retried (logged if it will not, as an entry is too large) | tracker, error, the entry |
 * | `urvogel:tracker:malformed` | a message of another node is malformed, and is ignored | tracker, error |
 *
 * In `params`, secrets are hidden: the values of keys that contain `password`, `token` or `secret`. All other client
 * data is unchanged: escape it before you log it. Do not use topics and events in names and attributes of metrics,
 * where each new value takes memory forever.
 *
 * @module
 */

import type {
  AnswerIgnoredEvent,
  ChannelHandledInEvent,
  ChannelInvalidEvent,
  ChannelJoinedEvent,
  ChannelPushedEvent,
  ChannelRepliedEvent,
  ClientRequestedEvent,
  MalformedFrameEvent,
  PushForgottenEvent,
  PushRepeatedEvent,
} from "../channel/telemetry.ts";
import type {
  CastRefusedEvent,
  KeyedServersFullEvent,
  NodeChangedEvent,
  NodeMessageMalformedEvent,
  NodeNameTakenEvent,
  OwnerSaveFailedEvent,
  OwnerSessionLostEvent,
  StandingFailedEvent,
} from "../cluster/telemetry.ts";
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
import type {
  HistoryRepairedEvent,
  HistoryResetEvent,
  HistoryRetriedEvent,
  HistoryUnnumberedEvent,
  HistoryUnpublishedEvent,
} from "../history/telemetry.ts";
import type {
  BroadcastDeliveredEvent,
  BusCutOffEvent,
  BusEngineErrorEvent,
  BusGapEvent,
  BusMalformedEvent,
  BusRefusedEvent,
  BusStatusEvent,
  BusSubscribeFailedEvent,
  BusUnconfirmedEvent,
  UndeliverableEvent,
} from "../pubsub/telemetry.ts";
import type { LimitHitEvent } from "../limits/telemetry.ts";
import type {
  ConnectionClosedEvent,
  DriverFailedEvent,
  DroppedEvent,
  FrameUndeliverableEvent,
  LongPollRepeatedEvent,
  LongPollUnrelayedEvent,
  SocketConnectedEvent,
} from "../transport/telemetry.ts";
import type { Connection } from "../transport/connection.ts";
import type { EndpointDrainEvent } from "./telemetry.ts";

/**
 * The data of each telemetry event, by the name of the event.
 *
 * @category Telemetry and logs
 */
export interface TelemetryEvents {
  /** A socket has decided whether a client may connect. */
  readonly "urvogel:socket:connected": SocketConnectedEvent;
  /** A connection has ended. */
  readonly "urvogel:socket:closed": ConnectionClosedEvent;
  /** A driver, an option or `connect` threw. */
  readonly "urvogel:socket:failed": DriverFailedEvent;
  /** A client sent something that is not a message. */
  readonly "urvogel:socket:malformed_frame": MalformedFrameEvent;
  /** A transport cannot carry a frame. */
  readonly "urvogel:socket:undeliverable": FrameUndeliverableEvent;
  /** Broadcasts were dropped for a slow reader. */
  readonly "urvogel:socket:dropped": DroppedEvent;
  /** A long-poll client did not receive a response, and gets its frames again. */
  readonly "urvogel:longpoll:repeated": LongPollRepeatedEvent;
  /** A long poll could not be relayed to the node of its session. */
  readonly "urvogel:longpoll:unrelayed": LongPollUnrelayedEvent;
  /** A client has reached a limit. */
  readonly "urvogel:limit:hit": LimitHitEvent<Connection>;
  /** A join was decided. */
  readonly "urvogel:channel:joined": ChannelJoinedEvent;
  /** A handler has returned, or its promise has settled. */
  readonly "urvogel:channel:handled_in": ChannelHandledInEvent;
  /** A client sent something that the channel's contract does not allow. */
  readonly "urvogel:channel:invalid": ChannelInvalidEvent;
  /** A channel sent an event to its client. */
  readonly "urvogel:channel:pushed": ChannelPushedEvent;
  /** A channel replied to its client. */
  readonly "urvogel:channel:replied": ChannelRepliedEvent;
  /** A request to a client has ended. */
  readonly "urvogel:channel:requested": ClientRequestedEvent;
  /** A client sent a push again, which was not handled again. */
  readonly "urvogel:channel:push_repeated": PushRepeatedEvent;
  /** A push was forgotten, because there were too many. */
  readonly "urvogel:channel:push_forgotten": PushForgottenEvent;
  /** A client's answer to a request was ignored. */
  readonly "urvogel:channel:answer_ignored": AnswerIgnoredEvent;
  /** A broadcast was delivered on this node. */
  readonly "urvogel:pubsub:broadcast": BroadcastDeliveredEvent;
  /** A format cannot carry a broadcast. */
  readonly "urvogel:pubsub:undeliverable": UndeliverableEvent;
  /** The connection with the bus was lost, or is back. */
  readonly "urvogel:bus:status": BusStatusEvent;
  /** The bus did not carry a broadcast. */
  readonly "urvogel:bus:refused": BusRefusedEvent;
  /** A topic could not be subscribed at the engine. */
  readonly "urvogel:bus:subscribe_failed": BusSubscribeFailedEvent;
  /** Messages of another node were lost. */
  readonly "urvogel:bus:gap": BusGapEvent;
  /** A message arrived on the bus that no node of this version sends. */
  readonly "urvogel:bus:malformed": BusMalformedEvent;
  /** See {@linkcode BusUnconfirmedEvent}. */
  readonly "urvogel:bus:unconfirmed": BusUnconfirmedEvent;
  /** A thread does not return to its event loop, and was cut off. */
  readonly "urvogel:bus:cut_off": BusCutOffEvent;
  /** The engine of the bus reported an error that no call waits for. */
  readonly "urvogel:bus:engine_error": BusEngineErrorEvent;
  /** Messages that the bus had lost were read from the engine. */
  readonly "urvogel:history:repaired": HistoryRepairedEvent;
  /** Messages of a topic are lost. */
  readonly "urvogel:history:reset": HistoryResetEvent;
  /** A call to the engine failed, and is repeated. */
  readonly "urvogel:history:retried": HistoryRetriedEvent;
  /** Another node sent a broadcast without a number. */
  readonly "urvogel:history:unnumbered": HistoryUnnumberedEvent;
  /** A broadcast was not kept. */
  readonly "urvogel:history:unpublished": HistoryUnpublishedEvent;
  /** A batch of connections was closed for a shutdown. */
  readonly "urvogel:endpoint:drain": EndpointDrainEvent;
  /** A callback of a process threw. */
  readonly "urvogel:process:crashed": CrashReport;
  /** A process has no handler for a message. */
  readonly "urvogel:process:message_unhandled": UnhandledMessageEvent;
  /** The mailbox of a process has grown. */
  readonly "urvogel:process:queue_grown": QueueGrownEvent;
  /** A full mailbox dropped a message. */
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
  /** A server that should always run could not be started. */
  readonly "urvogel:keyed:standing_failed": StandingFailedEvent;
  /** Another node is up, down, or gone for good. */
  readonly "urvogel:node:changed": NodeChangedEvent;
  /** Another node has the name of this one. */
  readonly "urvogel:node:name_taken": NodeNameTakenEvent;
  /** A cast of another node was refused. */
  readonly "urvogel:node:cast_refused": CastRefusedEvent;
  /** A message between nodes is malformed. */
  readonly "urvogel:node:malformed": NodeMessageMalformedEvent;
  /** The state of a server by key was not saved. */
  readonly "urvogel:owner:save_failed": OwnerSaveFailedEvent;
  /** A node lost its session with the owner engine. */
  readonly "urvogel:owner:session_lost": OwnerSessionLostEvent;
  /** Another node of a presence is up, down, or gone for good. */
  readonly "urvogel:tracker:replica": ReplicaEvent;
  /** A message to the other nodes could not be sent. */
  readonly "urvogel:tracker:unsent": TrackerFaultEvent;
  /** A message of another node is malformed. */
  readonly "urvogel:tracker:malformed": TrackerFaultEvent;
}
