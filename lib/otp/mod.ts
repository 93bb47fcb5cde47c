/**
 * The processes of Erlang's OTP for Deno, without sockets: servers, supervisors, registries, tasks and state machines.
 * `@urvogel/realtime` exports them too, under the same names. This entry loads no code of channels, endpoints and
 * transports, so it fits a job queue, a crawler or a command-line tool.
 *
 * ```ts
 * import { child, GenServer, noreply, reply, Supervisor } from "@urvogel/realtime/otp";
 * import { assertEquals } from "@std/assert";
 *
 * interface Counting {
 *   calls: { get(): number };
 *   casts: { add(by: number): void };
 * }
 *
 * class Counter extends GenServer<number, Counting> {
 *   override init(start: number) {
 *     return start;
 *   }
 *   override handleCall = this.calls({ get: (state) => reply(state, state) });
 *   override handleCast = this.casts({ add: (state, by) => noreply(state + by) });
 * }
 *
 * // The supervisor starts the counter, and starts it again when it fails.
 * const supervisor = await Supervisor.start([child(Counter, 40, { name: "counter" })]);
 * assertEquals((await supervisor.countChildren()).active, 1);
 *
 * const counter = GenServer.whereis(Counter, "counter")!;
 * counter.cast("add", 2);
 * assertEquals(await counter.call("get"), 42);
 * await supervisor.stop();
 * ```
 *
 * | to | see |
 * | --- | --- |
 * | run a function with a mailbox | {@linkcode spawn}, {@linkcode Mailbox} |
 * | keep a state and reply to calls | {@linkcode GenServer}, {@linkcode Agent} |
 * | handle messages differently in each state | {@linkcode StateMachine} |
 * | restart processes that fail | {@linkcode Supervisor}, {@linkcode DynamicSupervisor}, {@linkcode PartitionSupervisor} |
 * | find processes by name or key | {@linkcode register}, {@linkcode UniqueRegistry}, {@linkcode DuplicateRegistry} |
 * | run functions concurrently, with a limit | {@linkcode Task}, {@linkcode TaskSupervisor} |
 * | inspect what runs | {@linkcode sys}, {@linkcode supervisionTree}, {@linkcode processInfo} |
 *
 * A class or a name is the same one in both entries: a server that is made with this entry can be called by a channel.
 * The conventions of all processes (the order of arguments, the names of results) are a table in the documentation of
 * `@urvogel/realtime`. Servers by key (`KeyedServers`) and events (`onTelemetry`) are only there.
 *
 * @module
 */

// Processes.
export { type ProcessBody, spawn, type SpawnOptions } from "./process/spawn.ts";
export type { Runnable } from "../base/scheduler.ts";
export {
  Mailbox,
  type MailboxOptions,
  type MailboxOwner,
  type Overflow,
  type SendOptions,
  type SendResult,
} from "./process/mailbox.ts";
export type { DemonitorOptions, MonitorRef, Pid, Self } from "./process/pid.ts";
export type { Alias, AliasOptions } from "./process/alias.ts";
export type { ProcessOptions } from "./process/process.ts";
export { Down, Exit } from "./process/signals.ts";
export { type ExitReason, isExpectedExit, type Shutdown } from "./process/exit_reason.ts";
export { type Name, register, registered, unregister, type ViaName, whereis } from "./process/names.ts";
export { listProcesses } from "./process/list_processes.ts";
export { type ProcessInfo, processInfo } from "./process/info.ts";
export { cancelTimer, sendAfter, sendEvery, type TimerRef } from "./process/send_after.ts";
export {
  AlreadyStartedError,
  CallExitError,
  CallTimeoutError,
  MailboxFullError,
  StartError,
} from "./process/errors.ts";
export type { CrashReport } from "./process/telemetry.ts";

// Servers.
export {
  type CallHandler,
  type CallHandlers,
  type CastHandler,
  type CastHandlers,
  GenServer,
  type GenServerClass,
  type MoreHandlers,
} from "./server/gen_server.ts";
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
} from "./server/server_ref.ts";
export type { StartArguments, StartOptions } from "./server/start_server.ts";
export type { CallOptions, From } from "./server/call.ts";
export * as sys from "./server/sys.ts";

// Results of callbacks.
export {
  type After,
  continueWith,
  type ErrorReply,
  type Ignore,
  ignore,
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
} from "./server/result.ts";
export type { CallbackResult } from "./process/marked_result.ts";
export type { CallResult, InfoResult, InitResult } from "./server/behaviour.ts";
export type { MaybePromise } from "../base/maybe_promise.ts";
export type { ServerStatus } from "./process/server_status.ts";

// Supervision.
export { exitWhenEnded } from "./supervisor/exit_when_ended.ts";
export {
  type AnySupervisorRef,
  Supervisor,
  type SupervisorOptions,
  type SupervisorRef,
} from "./supervisor/supervisor.ts";
export {
  type DynamicChildSpec,
  DynamicSupervisor,
  type DynamicSupervisorOptions,
  type DynamicSupervisorRef,
} from "./supervisor/dynamic_supervisor.ts";
export {
  type PartitionChild,
  type PartitionKey,
  PartitionSupervisor,
  type PartitionSupervisorOptions,
  type PartitionSupervisorRef,
} from "./supervisor/partition_supervisor.ts";
export { child } from "./supervisor/child.ts";
export type {
  ChildId,
  ChildOptions,
  ChildShutdown,
  ChildSpec,
  ChildStart,
  ChildType,
  Restart,
  RestartPolicy,
} from "./process/child_spec.ts";
export type { AutoShutdown, ChildSpecs } from "./supervisor/supervisor_server.ts";
export type { Strategy } from "./supervisor/child_table.ts";
export type { ChildCounts, ChildInfo } from "./supervisor/supervised_child.ts";
export type { RestartLimits } from "./supervisor/restart_intensity.ts";
export { ChildError, type ChildProblem, ChildStartError } from "./supervisor/errors.ts";
export {
  type Supervised,
  type SupervisionTree,
  supervisionTree,
  type SupervisionTreeOptions,
} from "./supervisor/supervision_tree.ts";
export type {
  ChildKilledEvent,
  ChildStartedEvent,
  ChildTerminatedEvent,
  GaveUpEvent,
  StartFailedEvent,
} from "./supervisor/telemetry.ts";

// Registry.
export { Registry, type RegistryOptions, type RegistryStartOptions, type RegistryValue } from "./registry/registry.ts";
export { UniqueRegistry } from "./registry/unique_registry.ts";
export { DuplicateRegistry } from "./registry/duplicate_registry.ts";
export type { RegistryEntry, RegistryEvent } from "./registry/entry.ts";
export type { LockOptions } from "../base/key_locks.ts";

// Tasks and agents.
export {
  Task,
  type TaskModule,
  type TaskOptions,
  type TaskStartOptions,
  type TaskWaitOptions,
  type YieldedTask,
  type YieldManyOptions,
} from "./task/task.ts";
export type { Tasks } from "./task/many_tasks.ts";
export { TaskReply } from "./task/reply.ts";
export type { TaskFunction, TaskResult, TaskStreamResult } from "./task/result.ts";
export type { TaskStreamFunction, TaskStreamIterator, TaskStreamOptions, TaskStreamSource } from "./task/stream.ts";
export { TaskExitError, TaskTimeoutError } from "./task/errors.ts";
export {
  type LinkedTaskOptions,
  type NolinkTaskOptions,
  type SupervisedTaskOptions,
  type TaskChildOptions,
  TaskSupervisor,
  type TaskSupervisorModule,
  type TaskSupervisorOptions,
} from "./task/task_supervisor.ts";
export { Agent, type AgentModule } from "./server/agent.ts";

// State machines.
export { StateMachine, type StateMachineClass } from "./machine/state_machine.ts";
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
} from "./machine/result.ts";
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
} from "./machine/action.ts";
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
} from "./machine/interface.ts";
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
} from "./machine/handlers.ts";

// Telemetry and logs.
export type { MessageDroppedEvent, QueueGrownEvent, UnhandledMessageEvent } from "./process/telemetry.ts";
