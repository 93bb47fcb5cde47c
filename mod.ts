/**
 * A realtime server for Deno: clients connect over WebSockets, join topics, and exchange messages with supervised
 * processes on the server. Phoenix Channels and the processes of Erlang's OTP, in TypeScript: every Phoenix client, such
 * as phoenix.js, connects unchanged.
 *
 * A server has three parts. A {@linkcode Socket} decides who may connect, a {@linkcode Channel} handles the messages of
 * a client in a topic, and an {@linkcode Endpoint} serves them:
 *
 * ```ts
 * import { Channel, Endpoint, ok, type Params, refuse, reply, Socket } from "@urvogel/realtime";
 *
 * class RoomChannel extends Channel<{ user: string }> {
 *   override join(topic: string) {
 *     return topic === "room:secret" ? refuse({ reason: "unauthorized" }) : ok({ topic });
 *   }
 *   override handleIn = this.handlers({
 *     say: (payload, socket) => {
 *       socket.broadcast("said", { from: socket.assigns.user, payload });
 *       return reply({ received: true });
 *     },
 *   });
 * }
 *
 * class UserSocket extends Socket<{ user: string }> {
 *   override channels = { "room:*": RoomChannel };
 *   override connect(params: Params) {
 *     return typeof params.user === "string" ? ok({ user: params.user }) : refuse();
 *   }
 * }
 *
 * const endpoint = new Endpoint({ sockets: { "/socket": UserSocket } });
 * export default endpoint; // run by `deno serve`; or `Deno.serve(endpoint.fetch)`
 * ```
 *
 * ## What is where
 *
 * | to | see |
 * | --- | --- |
 * | let clients connect, and declare the topics | {@linkcode Socket}, {@linkcode Endpoint} |
 * | handle the messages of clients, and send them messages | {@linkcode Channel}, {@linkcode ChannelSocket} |
 * | type and validate the messages between clients and channels | {@linkcode channelOf}, `@urvogel/realtime/contract` |
 * | describe those contracts as an AsyncAPI document | `@urvogel/realtime/asyncapi` |
 * | use their types in a page, with unchanged phoenix.js | `@urvogel/realtime/client` |
 * | reach clients from elsewhere in the program | {@linkcode Endpoint}, {@linkcode PubSub} |
 * | know who is in a topic | {@linkcode Presence}, {@linkcode Tracker} |
 * | keep messages for clients that were away | {@linkcode Channel.prototype.history | Channel.history}, {@linkcode TopicHistory} |
 * | connect several nodes: machines, programs, threads | `@urvogel/realtime/nats`, `redis`, `postgres`, `threads` |
 * | authenticate clients | {@linkcode Token}, {@linkcode SessionCookie}, JWTs at `@urvogel/realtime/jwt` |
 * | serve a WebSocket without channels | {@linkcode SocketDriver} |
 * | run an async function as a process, with a mailbox | {@linkcode spawn}, {@linkcode Mailbox} |
 * | keep a state and reply to calls | {@linkcode GenServer}, {@linkcode Agent}, {@linkcode StateMachine} |
 * | restart processes that fail | {@linkcode Supervisor}, {@linkcode DynamicSupervisor}, {@linkcode PartitionSupervisor} |
 * | have one server for each key, started on demand | {@linkcode KeyedServers} |
 * | call servers of other nodes, and know which nodes there are | {@linkcode Cluster} |
 * | have groups of processes on all nodes | {@linkcode Groups} |
 * | find processes by name | {@linkcode register}, {@linkcode UniqueRegistry}, {@linkcode DuplicateRegistry} |
 * | run functions concurrently, with a limit | {@linkcode Task}, {@linkcode TaskSupervisor} |
 * | inspect what runs | {@linkcode sys}, {@linkcode debug}, {@linkcode supervisionTree}, {@linkcode onTelemetry} |
 * | see all that in a browser, or as JSON | `@urvogel/realtime/inspector` |
 * | give an AI agent read access to that | `@urvogel/realtime/mcp` |
 * | collect metrics and traces | `@urvogel/realtime/opentelemetry`, `@urvogel/realtime/prometheus` |
 * | serve busy topics faster, or on several threads | `@urvogel/realtime/serve` |
 * | serve the clients of Supabase | `@urvogel/realtime/supabase` |
 * | use the processes without sockets | `@urvogel/realtime/otp` |
 * | shut down in order | {@linkcode shutdownOnSignal} |
 * | test sockets, channels and adapters | `@urvogel/realtime/testing` |
 * | start a new app | `deno create jsr:@urvogel/realtime -- my-app` |
 *
 * ## Conventions
 *
 * Processes of all kinds are written alike:
 *
 * | | {@linkcode GenServer} | {@linkcode StateMachine} | {@linkcode Channel} | {@linkcode Agent} |
 * | --- | --- | --- | --- | --- |
 * | handlers | `handleCall = this.calls({...})`, `handleCast = this.casts({...})` | `states = this.define({...}, common)` | `handleIn = this.handlers({...})`, `handleOut = this.outgoing({...})`, `handleCall = this.calls({...})` | functions |
 * | more in a subclass | `extendCalls`, `extendCasts` | | `extendHandlers`, `extendOutgoing`, `extendCalls` | |
 * | a call's handler gets | `(state, request, from)` | `(data, request, from, state)` | `(request, socket, from)` | `(state)` |
 * | other callbacks get | `(state, message)` | `(data, content, state)` | `(message, socket)` | |
 * | reply | `reply(value, state)` | `reply(value)`, `reply(value, nextState(...))` | `reply(response)` | `reply(value, state)` |
 * | no reply (yet) | `noreply(state)` | `keepState(data)`, `nextState(...)` | `noreply()` | |
 * | reply later | `from.reply(value)` | `from.reply(value)`, `replyTo(from, value)` | `push.socketRef()`, `from.reply(value)` | |
 * | end | `stop(reason, state)` | `stop(reason, data)` | `stop(reason)` | `agent.stop()` |
 * | reply and end | `replyAndStop(value, reason, state)` | `replyAndStop(value, reason, data)` | `replyAndStop(response, reason)` | |
 * | start | `GenServer.start(Server, argument, options)` | `StateMachine.start(Machine, argument, options)` | by a client that joins | `Agent.start(init, options)` |
 * | as a child | `child(Server, argument, options)` | `StateMachine.child(Machine, argument, options)` | | `Agent.child(init, options)` |
 *
 * - **In callbacks** the state comes first, then what came, then who waits. A channel has no argument for its state:
 *   what came is first, the socket after it. **In results** the new state is last.
 * - **Handlers** are object literals, given to a method that gives them their types and checks that they are complete.
 *   They run with `this` as their server, machine or channel. A machine has one for each state, and what a state leaves
 *   out may stand in `common`, so `define` takes both at once and there is nothing to extend.
 * - **A request is one value.** Several go into one object.
 * - **What changes is state, what is set once by `init` is a field.** Channels keep both in fields.
 * - **`handleX`** decides and returns a result, **`onX`** and `terminate` observe.
 * - **`X.start`, `X.child`, `X.whereis`** start a process, make a child of a supervisor, find by name. `child` alone is
 *   for GenServers. A registry is an object: `registry.start(options)`, `registry.child(options)`.
 * - **A name that is taken** throws {@linkcode AlreadyStartedError}, whether `start`, `register`, `via` or
 *   `registry.register` finds that out. `whereis` returns `undefined` if no process has the name.
 * - **Refs** are handles to something that runs: `ServerRef` and `SupervisorRef` to call it, `MonitorRef` and
 *   `TimerRef` to cancel it. On the side of channels, a ref is the wire's number of a message, and `SocketRef` what
 *   replies to it.
 *
 * @module
 */

// Endpoint: what is served, and how the program reaches those who are connected.
export { Endpoint } from "./lib/endpoint/endpoint.ts";
export { type EndpointHealth, healthHandler, type HealthSource } from "./lib/endpoint/health.ts";
export { type Publisher, publishHandler, type PublishHandlerOptions } from "./lib/endpoint/publish_handler.ts";
export type { DisconnectResult, RemovalResult } from "./lib/endpoint/node_results.ts";
export type { DrainerOptions } from "./lib/endpoint/drainer.ts";
export {
  type Service,
  shutdownOnSignal,
  shutdownOnSignalWith,
  type ShutdownOptions,
} from "./lib/endpoint/shutdown_on_signal.ts";
export type { ConnectionGroup } from "./lib/endpoint/connection_group.ts";
export type { EndpointDrainEvent } from "./lib/endpoint/telemetry.ts";
export type { EndpointOptions, SocketClass, SocketMount, SocketOptions, SocketTarget } from "./lib/endpoint/options.ts";

// Channels: the sockets and channels that an application writes.
export { type ConnectResult, Socket } from "./lib/channel/socket.ts";
export { type AnyChannel, Channel, type ChannelClass } from "./lib/channel/channel.ts";
export type {
  AnyErrorReply,
  CallsByName,
  ChannelCallHandler,
  ChannelCallHandlers,
  EventHandler,
  EventHandlers,
  HandleInResult,
  JoinResult,
  OutgoingHandler,
  OutgoingHandlers,
} from "./lib/channel/handlers.ts";
export type { JsonObject, JsonOrBytes, Payload, SentAsObject } from "./lib/protocol/payload.ts";
export { JoiningSocket } from "./lib/channel/joining_socket.ts";
export { ChannelSocket } from "./lib/channel/channel_socket.ts";
export { IncomingPush } from "./lib/channel/incoming_push.ts";
export { SocketRef } from "./lib/channel/socket_ref.ts";
export { requestClient, type RequestOptions } from "./lib/channel/requests/request.ts";
export type {
  MemberReply,
  MissingMember,
  RequestAllOptions,
  RequestAllResult,
  RequestedMember,
} from "./lib/channel/requests/request_all.ts";
export {
  InvalidAnswerError,
  RequestExitError,
  RequestRefusedError,
  RequestTimeoutError,
  TooManyRequestsError,
} from "./lib/channel/requests/request_errors.ts";

// Contracts: channels whose messages are declared with schemas.
export { type ChannelOf, channelOf, ContractChannel, HandlingChannel } from "./lib/channel/contracts/channel_of.ts";
export { ContractTopic, topicOf } from "./lib/channel/contracts/contract_topic.ts";
export { EndpointTopic } from "./lib/endpoint/endpoint_topic.ts";
export type { MountedContract } from "./lib/endpoint/mounted_contract.ts";
export type { OutName, OutPayload } from "./lib/channel/channel_socket.ts";
export type { HandlersOf, OutgoingHandlersOf } from "./lib/channel/handlers.ts";
export type { Contract, IncomingDeclaration, JoinDeclaration, OutgoingDeclaration } from "./lib/contract/contract.ts";
export type { Issue } from "./lib/contract/issue.ts";
export type {
  Direction,
  EventName,
  EventsOf,
  ReceivedParams,
  ReceivedPayload,
  ReceivedReply,
  SentJoinReply,
  SentPayload,
  SentReply,
} from "./lib/contract/messages.ts";
export type { InputOf, OutputOf, Schema, SchemaIssue, SchemaProperties, SchemaResult } from "./lib/contract/schema.ts";
export type { Untyped } from "./lib/contract/untyped.ts";
export type { LibraryEvent } from "./lib/protocol/event_names.ts";

// Results of callbacks.
export {
  type After,
  continueWith,
  type ErrorReply,
  type Ignore,
  ignore,
  type JoinOptions,
  type NoReply,
  noreply,
  type Ok,
  ok,
  type Refuse,
  refuse,
  type Reply,
  reply,
  type ReplyAndStop,
  replyAndStop,
  replyError,
  replyStatus,
  type Stop,
  stop,
  TIMEOUT,
  timeoutAfter,
} from "./lib/otp/server/result.ts";
export type { CallbackResult } from "./lib/otp/process/marked_result.ts";
export type { CallResult, InfoResult, InitResult } from "./lib/otp/server/behaviour.ts";
export type { MaybePromise } from "./lib/base/maybe_promise.ts";
export type { ServerStatus } from "./lib/otp/process/server_status.ts";

// Processes.
export { type ProcessBody, spawn, type SpawnOptions } from "./lib/otp/process/spawn.ts";
export type { Runnable } from "./lib/base/scheduler.ts";
export {
  Mailbox,
  type MailboxOptions,
  type MailboxOwner,
  type Overflow,
  type SendOptions,
  type SendResult,
} from "./lib/otp/process/mailbox.ts";
export type { DemonitorOptions, MonitorRef, Pid, Self } from "./lib/otp/process/pid.ts";
export type { Alias, AliasOptions } from "./lib/otp/process/alias.ts";
export type { ProcessOptions } from "./lib/otp/process/process.ts";
export { Down, Exit } from "./lib/otp/process/signals.ts";
export { type ExitReason, isExpectedExit, type Shutdown } from "./lib/otp/process/exit_reason.ts";
export { type Name, register, registered, unregister, type ViaName, whereis } from "./lib/otp/process/names.ts";
export { listProcesses } from "./lib/otp/process/list_processes.ts";
export { type ProcessInfo, processInfo } from "./lib/otp/process/info.ts";
export { cancelTimer, sendAfter, sendEvery, type TimerRef } from "./lib/otp/process/send_after.ts";
export {
  AlreadyStartedError,
  CallExitError,
  CallTimeoutError,
  MailboxFullError,
  StartError,
} from "./lib/otp/process/errors.ts";
export type { CrashReport } from "./lib/otp/process/telemetry.ts";

// Servers.
export {
  type CallHandler,
  type CallHandlers,
  type CastHandler,
  type CastHandlers,
  GenServer,
  type GenServerClass,
  type MoreHandlers,
} from "./lib/otp/server/gen_server.ts";
export type {
  CallsOf,
  CastsOf,
  IfOneRequest,
  InfoOf,
  OneRequestOnly,
  ReplyOf,
  RequestArguments,
  RequestOf,
  ServerCalls,
  ServerInterface,
  ServerRef,
} from "./lib/otp/server/server_ref.ts";
export type { StartArguments, StartOptions } from "./lib/otp/server/start_server.ts";
export type { CallOptions, From } from "./lib/otp/server/call.ts";
export * as sys from "./lib/otp/server/sys.ts";

// Supervision.
export { exitWhenEnded } from "./lib/otp/supervisor/exit_when_ended.ts";
export {
  type AnySupervisorRef,
  Supervisor,
  type SupervisorOptions,
  type SupervisorRef,
} from "./lib/otp/supervisor/supervisor.ts";
export {
  type DynamicChildSpec,
  DynamicSupervisor,
  type DynamicSupervisorOptions,
  type DynamicSupervisorRef,
} from "./lib/otp/supervisor/dynamic_supervisor.ts";
export {
  type PartitionChild,
  type PartitionKey,
  PartitionSupervisor,
  type PartitionSupervisorOptions,
  type PartitionSupervisorRef,
} from "./lib/otp/supervisor/partition_supervisor.ts";
export { child } from "./lib/otp/supervisor/child.ts";
export type {
  ChildId,
  ChildOptions,
  ChildShutdown,
  ChildSpec,
  ChildStart,
  ChildType,
  Restart,
  RestartPolicy,
} from "./lib/otp/process/child_spec.ts";
export type { AutoShutdown, ChildSpecs } from "./lib/otp/supervisor/supervisor_server.ts";
export type { Strategy } from "./lib/otp/supervisor/child_table.ts";
export type { ChildCounts, ChildInfo } from "./lib/otp/supervisor/supervised_child.ts";
export type { RestartLimits } from "./lib/otp/supervisor/restart_intensity.ts";
export { ChildError, type ChildProblem, ChildStartError } from "./lib/otp/supervisor/errors.ts";
export {
  type Supervised,
  type SupervisionTree,
  supervisionTree,
  type SupervisionTreeOptions,
} from "./lib/otp/supervisor/supervision_tree.ts";
export type {
  ChildKilledEvent,
  ChildStartedEvent,
  ChildTerminatedEvent,
  GaveUpEvent,
  StartFailedEvent,
} from "./lib/otp/supervisor/telemetry.ts";

// Registry.
export {
  Registry,
  type RegistryOptions,
  type RegistryStartOptions,
  type RegistryValue,
} from "./lib/otp/registry/registry.ts";
export { UniqueRegistry } from "./lib/otp/registry/unique_registry.ts";
export { DuplicateRegistry } from "./lib/otp/registry/duplicate_registry.ts";
export type { RegistryEntry, RegistryEvent } from "./lib/otp/registry/entry.ts";
export type { LockOptions } from "./lib/base/key_locks.ts";

// Tasks and agents.
export {
  Task,
  type TaskModule,
  type TaskOptions,
  type TaskStartOptions,
  type TaskWaitOptions,
  type YieldedTask,
  type YieldManyOptions,
} from "./lib/otp/task/task.ts";
export type { Tasks } from "./lib/otp/task/many_tasks.ts";
export { TaskReply } from "./lib/otp/task/reply.ts";
export type { TaskFunction, TaskResult, TaskStreamResult } from "./lib/otp/task/result.ts";
export type {
  TaskStreamFunction,
  TaskStreamIterator,
  TaskStreamOptions,
  TaskStreamSource,
} from "./lib/otp/task/stream.ts";
export { TaskExitError, TaskTimeoutError } from "./lib/otp/task/errors.ts";
export {
  type LinkedTaskOptions,
  type NolinkTaskOptions,
  type SupervisedTaskOptions,
  type TaskChildOptions,
  TaskSupervisor,
  type TaskSupervisorModule,
  type TaskSupervisorOptions,
} from "./lib/otp/task/task_supervisor.ts";
export { Agent, type AgentModule } from "./lib/otp/server/agent.ts";

// State machines.
export { StateMachine, type StateMachineClass } from "./lib/otp/machine/state_machine.ts";
export {
  type EnterResult,
  type KeepState,
  keepState,
  type KeepStateAndData,
  keepStateAndData,
  type MachineCallResult,
  type MachineInitResult,
  type MachineResult,
  type NextState,
  nextState,
  repeatState,
  repeatStateAndData,
  type ReplyBeforeStop,
  type StartIn,
  startIn,
} from "./lib/otp/machine/result.ts";
export {
  type AnyAction,
  cancelNamedTimeout,
  cancelStateTimeout,
  type CancelTimeoutAction,
  type EnterAction,
  eventTimeout,
  type MachineAction,
  namedTimeout,
  type NextEvent,
  nextEvent,
  type Postpone,
  postpone,
  type ReplyTo,
  replyTo,
  type SetTimeoutAction,
  stateTimeout,
  type TimeoutAction,
  type TimeoutKind,
  updateNamedTimeout,
  updateStateTimeout,
  type UpdateTimeoutAction,
} from "./lib/otp/machine/action.ts";
export type {
  DataOf,
  DataOfAll,
  EventTimeoutOf,
  InternalOf,
  MachineInterface,
  MachineSnapshot,
  StateName,
  StatesOf,
  StateTimeoutOf,
  TimeoutsOf,
} from "./lib/otp/machine/interface.ts";
export type {
  AllStates,
  CommonHandlers,
  CommonNames,
  Handled,
  MachineCallHandlers,
  MachineEventHandlers,
  MachineStates,
  OtherHandlers,
  StateHandlers,
} from "./lib/otp/machine/handlers.ts";

// Servers by key.
export { KeyedServers } from "./lib/cluster/keyed_servers.ts";
export type {
  KeyedServerArgument,
  KeyedServersLimits,
  KeyedServersOptions,
  KeyedServersScope,
} from "./lib/cluster/keyed_servers_options.ts";
export type {
  Complete,
  InitArgumentOf,
  InterfaceOf,
  KeyedServerCalls,
  KeyedServerClass,
  KeyedServerRef,
} from "./lib/cluster/keyed_server_class.ts";
export type {
  ClusterScope,
  Crossing,
  CrossingLeaf,
  JsonAndBytesOnly,
  MessagesOf,
} from "./lib/cluster/crossing_types.ts";
export { isLocal } from "./lib/cluster/remote_ref.ts";
export { type LoadedState, MemoryStore, type OwnerStore } from "./lib/cluster/owner_store.ts";
export { type KeyOwner, ownershipOf } from "./lib/cluster/key_owner.ts";
export { KeyedServersFullError, OwnershipLostError } from "./lib/cluster/errors.ts";
export type { KeyedServersFullEvent } from "./lib/cluster/telemetry.ts";

// Cluster: the nodes that are connected with each other.
export type { ClusterNode } from "./lib/cluster/membership.ts";
export type { NodeDetails } from "./lib/cluster/node_details.ts";
export {
  Cluster,
  type ClusterNodeChange,
  type ClusterServers,
  type ExposeOptions,
  type SentToNodes,
} from "./lib/cluster/cluster.ts";
export type { CrossingName, ExposableName } from "./lib/cluster/crossing_types.ts";
export type { NodeReplies, NodeRequestOptions } from "./lib/cluster/node_requests.ts";
export { NodeDownError, NodeTimeoutError, RemoteError } from "./lib/cluster/node_errors.ts";
export type { OwnerEngine, OwnerSession, Ownership } from "./lib/cluster/owner_engine.ts";
export { MemoryOwners } from "./lib/cluster/memory_owners.ts";

// PubSub.
export { PubSub, type PubSubOptions } from "./lib/pubsub/pubsub.ts";
export type { NodeTimeOptions, NodeTimes } from "./lib/pubsub/node_times.ts";
export { Broadcast, type BroadcastData } from "./lib/pubsub/broadcast.ts";
export {
  type BusChange,
  type BusFault,
  type BusGap,
  type BusNode,
  type BusStatusChange,
  isControl,
  isRepeated,
  type PubSubAdapter,
} from "./lib/pubsub/adapter.ts";
export type { BusOptions } from "./lib/pubsub/bus_options.ts";
export type { PubSubLogOptions } from "./lib/pubsub/log_options.ts";
export { BusDownError, type BusDownErrorOptions, BusSetupError, TooLargeError } from "./lib/pubsub/errors.ts";
export { decodeEnvelope, encodeEnvelope, type Envelope } from "./lib/pubsub/envelope.ts";
export { Subjects } from "./lib/pubsub/subject.ts";
export type { BroadcastEncoder, EventSet, Fastlane } from "./lib/pubsub/fastlane.ts";
export type { UndeliverableEvent } from "./lib/pubsub/telemetry.ts";

// History: topics that keep their latest messages, and what engines that keep them have to do.
export type { HistoryEngine, HistoryPage, HistoryRoute, Stored, Unnumbered } from "./lib/history/engine.ts";
export { MemoryHistory, type MemoryHistoryOptions } from "./lib/history/memory_engine.ts";
export { formatPosition, parsePosition, type Position } from "./lib/history/position.ts";
export type { HistoryOptions, Retention } from "./lib/history/retention.ts";
export { type KeptMessage, TopicHistory } from "./lib/history/topic_history.ts";
export type { PublishOptions } from "./lib/history/publish.ts";
export type { StreamOptions, StreamResult } from "./lib/channel/history/stream.ts";
export { learnHistory, useHistory } from "./lib/history/adapter_engine.ts";

// Presence.
export {
  Presence,
  type PresenceMember,
  type PresenceOptions,
  type PresenceSocket,
  type PresenceTopic,
  type PresenceValue,
} from "./lib/presence/presence.ts";
export type { MetasByKey, PresenceDiff, PresenceOf, Presences } from "./lib/presence/presences.ts";
export { type GroupChange, type GroupMember, Groups } from "./lib/presence/groups.ts";
export { type Tracked, Tracker, type TrackerDiff, type TrackerOptions } from "./lib/presence/tracker.ts";
export type { ReplicationOptions, TrackerBaseOptions } from "./lib/presence/tracker_options.ts";
export type { MetaUpdate, PresenceMeta } from "./lib/presence/meta.ts";
export type { PresenceCount } from "./lib/presence/roster.ts";
export { AlreadyTrackedError, NotTrackedError } from "./lib/presence/errors.ts";

// Transport: connections, and sockets without channels.
export type { AcceptedSocket, SocketDriver, SocketSession } from "./lib/transport/socket_driver.ts";
export type { CloseOptions, Connection } from "./lib/transport/connection.ts";
export type { Lane, SlowReaderPolicy } from "./lib/transport/outbox.ts";
export type { ConnectionClosedEvent, DroppedEvent } from "./lib/transport/telemetry.ts";
export type { SessionOptions } from "./lib/transport/request/session_finder.ts";
export type { ConnectInfo, PeerData, ServeInfo } from "./lib/transport/request/connect_info.ts";
export type {
  RawSocket,
  SocketListener,
  Upgrade,
  UpgradeOptions,
  WebSocketHost,
} from "./lib/transport/request/websocket_host.ts";
export type { Param, Params } from "./lib/transport/request/params.ts";
export type { LongPollOptions } from "./lib/transport/long_poll/options.ts";
export type { RefusedRequest, WebSocketOptions } from "./lib/transport/websocket/options.ts";

// Limits: how much of what a client may use.
export { type RateLimit, UNLIMITED } from "./lib/limits/token_bucket.ts";
export type { Seat } from "./lib/limits/seat.ts";
export {
  type EndpointLimits,
  type LimitPreset,
  LIMITS,
  type LimitSet,
  type MountLimits,
  type SocketLimits,
} from "./lib/limits/limit_set.ts";
export type { LimitHitEvent } from "./lib/limits/telemetry.ts";
export type { LimitName } from "./lib/limits/limit_name.ts";

// Security.
export type { CheckOrigin } from "./lib/security/check_origin.ts";
/**
 * Tokens: what a server gives a client to show who it is later, such as when it connects.
 *
 * ```ts
 * import { ok, type Params, refuse, Socket, Token } from "@urvogel/realtime";
 *
 * const SECRET = "a long and random text from the environment"; // at least 20 bytes
 *
 * // In the HTTP handler that knows who is logged in; the page hands it to phoenix.js as a parameter.
 * const token = await Token.sign(SECRET, "user socket", { userId: 7 });
 *
 * class UserSocket extends Socket<{ userId: number }> {
 *   override channels = {};
 *   override async connect(params: Params) {
 *     const result = await Token.verify(SECRET, "user socket", params.token);
 *     return result.ok ? ok(result.data as { userId: number }) : refuse({ reason: result.reason });
 *   }
 * }
 * ```
 *
 * `sign` makes a token that everybody can read and nobody can change, `encrypt` one that nobody can read either. The
 * second argument, the salt, says what a token is about: one for another salt is invalid. To change a secret, give a
 * list, the newest first. **Not for** passwords, nor for what has to be revoked before it expires.
 *
 * @category Security
 */
export * as Token from "./lib/security/token.ts";
export type { KeyOptions, Secret, TokenCheckOptions, TokenOptions, TokenResult } from "./lib/security/token.ts";
export { type Session, SessionCookie, type SessionCookieOptions } from "./lib/security/session_cookie.ts";

// Protocol: the messages on the wire, and how to plug in another format.
export {
  chooseSerializer,
  DEFAULT_SERIALIZERS,
  type ReplayRequest,
  type Serializer,
  type SerializerChoice,
} from "./lib/protocol/serializer.ts";
export { serializerV1 } from "./lib/protocol/serializer_v1.ts";
export { serializerV2 } from "./lib/protocol/serializer_v2.ts";
export type { BroadcastMessage, ClientMessage, Frame, PushMessage, ReplyMessage } from "./lib/protocol/message.ts";
export { MalformedFrameError } from "./lib/protocol/errors.ts";
export { UnencodableError } from "./lib/base/unencodable_error.ts";
export { CLOSE_CODES, type CloseCode } from "./lib/protocol/close_codes.ts";
export { topicMatches } from "./lib/protocol/topic.ts";

// Telemetry and logs.
export { onTelemetry, type TelemetrySubscription } from "./lib/endpoint/on_telemetry.ts";
export type { TelemetryEvents } from "./lib/endpoint/telemetry_events.ts";
export type {
  AnswerIgnoredEvent,
  ChannelEvent,
  ChannelHandledInEvent,
  ChannelInvalidEvent,
  ChannelJoinedEvent,
  ChannelPushedEvent,
  ChannelRepliedEvent,
  ClientRequestedEvent,
  MalformedFrameEvent,
  PushForgottenEvent,
  PushRepeatedEvent,
} from "./lib/channel/telemetry.ts";
export type { MessageDroppedEvent, QueueGrownEvent } from "./lib/otp/process/telemetry.ts";
export type { ReplicaRef } from "./lib/cluster/replica.ts";
export type {
  CastRefusedEvent,
  NodeChangedEvent,
  NodeMessageMalformedEvent,
  NodeNameTakenEvent,
  OwnerSaveFailedEvent,
  OwnerSessionLostEvent,
  StandingFailedEvent,
} from "./lib/cluster/telemetry.ts";
export type { ReplicaEvent, TrackerFaultEvent } from "./lib/presence/telemetry.ts";
export type { UnhandledMessageEvent } from "./lib/otp/process/telemetry.ts";
export type {
  BroadcastDeliveredEvent,
  BusCutOffEvent,
  BusEngineErrorEvent,
  BusGapEvent,
  BusMalformedEvent,
  BusRefusedEvent,
  BusStatusEvent,
  BusSubscribeFailedEvent,
  BusUnconfirmedEvent,
} from "./lib/pubsub/telemetry.ts";
export type {
  HistoryRepairedEvent,
  HistoryResetEvent,
  HistoryRetriedEvent,
  HistoryUnnumberedEvent,
  HistoryUnpublishedEvent,
} from "./lib/history/telemetry.ts";
export type {
  DriverFailedEvent,
  FrameUndeliverableEvent,
  LongPollRepeatedEvent,
  LongPollUnrelayedEvent,
  SocketConnectedEvent,
} from "./lib/transport/telemetry.ts";
export { REDACTED_KEYS } from "./lib/base/redact.ts";
export type { LogSetting } from "./lib/base/log.ts";
export type { LogFields, Logger, LogLevel, LogRecord } from "./lib/base/log_record.ts";
export * as debug from "./lib/endpoint/debug.ts";
