/**
 * The process of a tracker: keeps its state in step with that of the other nodes.
 *
 * What it may track is decided by {@linkcode TrackerState}, who is there by {@linkcode ReplicaTable}; here are only the
 * messages between them, and the clock.
 *
 * Tracking does not go through its mailbox: the state is of this thread, and who tracks sees it at once. The diffs do,
 * so that whoever handles them runs in this process and not in that of a client.
 *
 * @module
 */

import { monotonicUlid } from "@std/ulid/monotonic-ulid";
import { Alarm } from "../base/alarm.ts";
import type { Behaviour, CallResult, InfoResult, InitResult } from "../otp/behaviour.ts";
import { reportCrash } from "../otp/crash_report.ts";
import { exitReasonOf } from "../otp/exit_reason.ts";
import type { Pid } from "../otp/pid.ts";
import { noreply, ok } from "../otp/result.ts";
import { ServerProcess } from "../otp/server_process.ts";
import { Broadcast } from "../pubsub/broadcast.ts";
import type { PubSub } from "../pubsub/pubsub.ts";
import { DeltaLog } from "./delta_log.ts";
import { Diff } from "./diff.ts";
import type { Entry } from "./entry.ts";
import { AlreadyTrackedError, NotTrackedError } from "./errors.ts";
import { createMeta, type MetaUpdate, type PresenceMeta } from "./meta.ts";
import { Owners } from "./owners.ts";
import { type ReplicaClock, type ReplicaId, replicaId, type ReplicaRef } from "./replica.ts";
import { ReplicaTable } from "./replica_table.ts";
import { splitFragment } from "./split_fragment.ts";
import { messageMalformed, messageUnsent, replicaChanged } from "./telemetry.ts";
import { readTrackerMessage, type TrackerMessage, type TrackerMessages } from "./tracker_message.ts";
import type { Replication } from "./tracker_options.ts";
import { TrackerState } from "./tracker_state.ts";

/** Handles what has changed. What it throws is reported, and costs nobody else anything. */
export type DiffHandler<M> = (diff: Diff<M>) => void;

/** One of the processes among which a tracker divides its topics. */
export class TrackerShard<M extends object> implements Behaviour<TrackerState<PresenceMeta<M>>> {
  readonly #name: string;
  readonly #topic: string;
  readonly #pubsub: PubSub;
  readonly #options: Replication;
  readonly #handleDiff: DiffHandler<PresenceMeta<M>>;
  readonly #process: ServerProcess<TrackerState<PresenceMeta<M>>>;
  readonly #state: TrackerState<PresenceMeta<M>>;
  readonly #replicas: ReplicaTable;
  readonly #owners = new Owners<PresenceMeta<M>>((entries) => this.#leaveAll(entries));
  /** What others said they know, since they were last asked. */
  readonly #clocks = new Map<ReplicaId, { readonly from: ReplicaRef; readonly clocks: readonly ReplicaClock[] }>();
  readonly #alarm = new Alarm(() => void this.#process.send(TICK));
  #periods = 0;
  #silentPeriods = 0;

  /**
   * Starts the process.
   *
   * @throws {TypeError} If the node has a tracker of this name.
   */
  constructor(name: string, pubsub: PubSub, options: Replication, handleDiff: DiffHandler<PresenceMeta<M>>) {
    this.#name = name;
    this.#topic = `phx_presence:${name}`;
    this.#pubsub = pubsub;
    this.#options = options;
    this.#handleDiff = handleDiff;
    if (pubsub.subscriberCount(this.#topic) > 0) {
      throw new TypeError(
        `Cannot start tracker: "name" must be another for each tracker of a node, received "${name}"`,
      );
    }
    const replica = { name: pubsub.nodeName, vsn: monotonicUlid() };
    this.#state = new TrackerState(replica, pubsub.isLocal ? undefined : new DeltaLog(options.maxDeltaSizes));
    this.#replicas = new ReplicaTable(options);
    this.#process = new ServerProcess(this, { label: `tracker ${name}` });
    this.#process.onExit(() => this.#end());
    this.#process.start(() => {});
  }

  /** The process. */
  get pid(): Pid<never> {
    return this.#process;
  }

  /** Who is visible. */
  get roster(): TrackerState<PresenceMeta<M>>["roster"] {
    return this.#state.roster;
  }

  /** Tracks `pid` as `key` in `topic`. */
  track(pid: Pid<never>, topic: string, key: string, meta: M): string {
    this.#assertCanTrack(pid, topic, key);
    if (this.#owners.get(pid, topic, key)) throw new AlreadyTrackedError(topic, key);
    const entry = this.#state.join(topic, key, createMeta(meta));
    this.#owners.set(pid, entry);
    this.#report(new Diff<PresenceMeta<M>>().join(entry));
    return entry.meta.phx_ref;
  }

  /** Replaces the meta of what `pid` tracks. */
  update(pid: Pid<never>, topic: string, key: string, update: MetaUpdate<M>): string {
    this.#assertCanTrack(pid, topic, key);
    const before = this.#owners.get(pid, topic, key);
    if (!before) throw new NotTrackedError(topic, key);
    const given = typeof update === "function" ? update(before.meta) : update;
    const meta = createMeta(given, before.meta);
    if (this.#owners.get(pid, topic, key) !== before) throw new NotTrackedError(topic, key); // the function untracked it
    this.#state.leave(before);
    const entry = this.#state.join(topic, key, meta);
    this.#owners.set(pid, entry);
    this.#report(new Diff<PresenceMeta<M>>().leave(before).join(entry));
    return entry.meta.phx_ref;
  }

  /** Tracks `pid` as `key` in `topic` no more. */
  untrack(pid: Pid<never>, topic: string, key: string): void {
    const entry = this.#owners.get(pid, topic, key);
    if (!entry) return;
    this.#owners.remove(pid, entry);
    this.#leaveAll([entry]);
  }

  /** Tracks `pid` no more. */
  untrackAll(pid: Pid<never>): void {
    this.#leaveAll(this.#owners.delete(pid));
  }

  /** Tells the others to forget this node, and ends. */
  async gracefulPermdown(): Promise<void> {
    this.#broadcast("permdown", { from: this.#state.replica });
    await this.#process.stop("shutdown");
  }

  /** Ends. */
  async stop(): Promise<void> {
    await this.#process.stop("shutdown");
  }

  /** Looks for the others. */
  init(): InitResult<TrackerState<PresenceMeta<M>>> {
    this.#pubsub.subscribe(this.#topic, this.#process);
    if (!this.#pubsub.isLocal) {
      this.#heartbeat();
      this.#alarm.set(this.#options.broadcastPeriodMs);
    }
    return ok(this.#state);
  }

  /** Handles a diff, the end of a period, or a message of another node. */
  handleInfo(message: unknown): InfoResult<TrackerState<PresenceMeta<M>>> {
    if (message instanceof Diff) this.#handle(message);
    else if (message === TICK) this.#endPeriod();
    else if (message instanceof Broadcast) this.#receive(message);
    return noreply(this.#state);
  }

  /** There are no calls. */
  handleCall(name: string): CallResult<unknown, TrackerState<PresenceMeta<M>>> {
    throw new TypeError(`Cannot answer call "${name}": trackers take none`);
  }

  /** There are no casts. */
  handleCast(name: string): InfoResult<TrackerState<PresenceMeta<M>>> {
    throw new TypeError(`Cannot handle cast "${name}": trackers take none`);
  }

  /** Nothing is continued. */
  handleContinue(): InfoResult<TrackerState<PresenceMeta<M>>> {
    return noreply(this.#state);
  }

  /** Says goodbye, if it is for good. */
  terminate(): void {
    if (this.#options.permdownOnShutdown) this.#broadcast("permdown", { from: this.#state.replica });
  }

  #end(): void {
    this.#alarm.clear();
    this.#owners.clear();
  }

  #assertCanTrack(pid: Pid<never>, topic: string, key: string): void {
    const fault = !this.#process.alive
      ? "the tracker has ended"
      : typeof topic !== "string"
      ? `the topic must be a string, received ${typeof topic}`
      : typeof key !== "string"
      ? `the key must be a string, received ${typeof key}`
      : !pid.alive
      ? "its process has ended"
      : undefined;
    if (fault) throw new TypeError(`Cannot track "${key}" in "${topic}": ${fault}`);
  }

  #leaveAll(entries: Iterable<Entry<PresenceMeta<M>>>): void {
    const diff = new Diff<PresenceMeta<M>>();
    for (const entry of entries) {
      this.#state.leave(entry);
      diff.leave(entry);
    }
    this.#report(diff);
  }

  #report(diff: Diff<PresenceMeta<M>>): void {
    if (!diff.isEmpty) this.#process.send(diff);
  }

  #handle(diff: Diff<PresenceMeta<M>>): void {
    if (diff.isEmpty) return;
    try {
      this.#handleDiff(diff);
    } catch (thrown) {
      const { ancestors } = this.#process;
      reportCrash({ pid: this.#process, during: "handleDiff", error: exitReasonOf(thrown), ancestors });
    }
  }

  #endPeriod(): void {
    this.#periods++;
    this.#sweep();
    if (this.#state.delta || ++this.#silentPeriods >= this.#options.maxSilentPeriods) this.#heartbeat();
    if (this.#periods % this.#options.clockSamplePeriods === 0) this.#askForWhatIsMissing();
    this.#alarm.set(this.#options.broadcastPeriodMs);
  }

  /** Time as this process lived it: while it cannot run it hears nobody, which is not their fault. */
  get #nowMs(): number {
    return this.#periods * this.#options.broadcastPeriodMs;
  }

  #heartbeat(): void {
    const { replica, delta, clocks } = this.#state; // these clocks are from before the delta
    const parts = delta ? splitFragment(delta, MAX_ENTRIES_PER_MESSAGE) : [null];
    const areSent = parts.every((delta) => this.#broadcast("heartbeat", { from: replica, clocks, delta }));
    if (!areSent) return; // all of it again a period later: what arrived has no effect then
    this.#silentPeriods = 0;
    this.#state.commitDelta();
  }

  #sweep(): void {
    const { down, permdown } = this.#replicas.sweep(this.#nowMs);
    const diff = new Diff<PresenceMeta<M>>();
    for (const replica of down) {
      this.#state.replicaDown(replica, diff);
      this.#announce(replica, "down");
    }
    for (const replica of permdown) this.#forget(replica, diff);
    this.#handle(diff);
  }

  #askForWhatIsMissing(): void {
    const { replica, clocks } = this.#state;
    for (const source of this.#sources()) this.#send(source, "transfer_req", { from: replica, clocks });
    this.#clocks.clear();
  }

  /** Whom to ask: who is ahead of this node, and of them those who did what it lacks, where they can be asked. */
  #sources(): Iterable<ReplicaRef> {
    const sources = new Map<ReplicaId, ReplicaRef>();
    for (const { from, clocks } of this.#clocks.values()) {
      for (const missing of this.#state.behind(clocks)) {
        const source = this.#clocks.get(replicaId(missing))?.from ?? from;
        sources.set(replicaId(source), source);
      }
    }
    return sources.values();
  }

  #receive({ event, payload }: Broadcast): void {
    const message = readTrackerMessage<PresenceMeta<M>>(event, payload);
    if (!message) return this.#complain(event);
    const { from } = message.payload;
    if (replicaId(from) === replicaId(this.#state.replica)) return;
    const diff = new Diff<PresenceMeta<M>>();
    if (message.event === "permdown") {
      this.#replicas.retire(from, this.#nowMs);
      this.#forget(from, diff);
    } else if (this.#hear(from, diff)) this.#follow(message, diff);
    this.#handle(diff);
  }

  /** Takes notice of a sign of life. Answers whether it is one. */
  #hear(from: ReplicaRef, diff: Diff<PresenceMeta<M>>): boolean {
    const heard = this.#replicas.heard(from, this.#nowMs);
    if (heard.news === "up") {
      for (const replaced of heard.replaces) this.#forget(replaced, diff);
      this.#state.replicaUp(from, diff);
      this.#announce(from, "up");
      this.#silentPeriods = this.#options.maxSilentPeriods; // let it know who is here, and what they know
    }
    return heard.news !== "stale";
  }

  #follow(message: Exclude<TrackerMessage<PresenceMeta<M>>, { event: "permdown" }>, diff: Diff<PresenceMeta<M>>): void {
    switch (message.event) {
      case "heartbeat": {
        const { from, clocks, delta } = message.payload;
        if (delta) this.#state.merge(delta, diff);
        this.#clocks.set(replicaId(from), { from, clocks });
        return;
      }
      case "transfer_req": {
        const { from, clocks } = message.payload;
        for (const missing of this.#state.extract(clocks)) {
          for (const fragment of splitFragment(missing, MAX_ENTRIES_PER_MESSAGE)) {
            this.#send(from, "transfer_ack", { from: this.#state.replica, fragment });
          }
        }
        return;
      }
      case "transfer_ack":
        this.#state.merge(message.payload.fragment, diff);
    }
  }

  #forget(replica: ReplicaRef, diff: Diff<PresenceMeta<M>>): void {
    this.#state.replicaPermdown(replica, diff);
    this.#clocks.delete(replicaId(replica));
    this.#announce(replica, "permdown");
  }

  #announce(replica: ReplicaRef, status: "up" | "down" | "permdown"): void {
    replicaChanged.emit({ tracker: this.#name, replica, status });
  }

  #complain(event: string): void {
    const error = new TypeError(`Cannot read message "${event}" of another tracker: it is malformed`);
    messageMalformed.emit({ tracker: this.#name, event, error });
  }

  #broadcast<E extends keyof TrackerMessages<M>>(event: E, payload: TrackerMessages<PresenceMeta<M>>[E]): boolean {
    return this.#attempt(event, () => this.#pubsub.broadcastFrom(this.#process, this.#topic, event, payload));
  }

  #send<E extends keyof TrackerMessages<M>>(
    to: ReplicaRef,
    event: E,
    payload: TrackerMessages<PresenceMeta<M>>[E],
  ): boolean {
    return this.#attempt(event, () => this.#pubsub.directBroadcast(to.name, this.#topic, event, payload));
  }

  /** An adapter may have lost its connection: what did not go out now will later. */
  #attempt(event: string, send: () => void): boolean {
    try {
      send();
      return true;
    } catch (thrown) {
      messageUnsent.emit({ tracker: this.#name, event, error: exitReasonOf(thrown) });
      return false;
    }
  }
}

/** Brokers have limits: NATS takes a megabyte by default, which leaves a kilobyte for each. */
const MAX_ENTRIES_PER_MESSAGE = 1000;

/** The end of a period. */
const TICK: unique symbol = Symbol("tick");
