/**
 * The process of a tracker: has the state, its clock, and a mailbox for what other nodes say.
 *
 * Tracking does not go through its mailbox: the state is of this thread, and who tracks sees it at once. The diffs do,
 * so that whoever handles them runs in this process and not in that of a client.
 *
 * @module
 */

import { monotonicUlid } from "@std/ulid/monotonic-ulid";
import { Alarm } from "../base/alarm.ts";
import type { Behaviour, InfoResult, InitResult } from "../otp/server/behaviour.ts";
import { reportCrash } from "../otp/process/crash_report.ts";
import { exitReasonOf } from "../otp/process/exit_reason.ts";
import { noreply, ok } from "../otp/server/result.ts";
import { ServerProcess } from "../otp/server/server_process.ts";
import { Broadcast } from "../pubsub/broadcast.ts";
import type { PubSub } from "../pubsub/pubsub.ts";
import { DeltaLog } from "./delta_log.ts";
import { Diff } from "./diff.ts";
import { LocalTracking } from "./local_tracking.ts";
import type { PresenceMeta } from "./meta.ts";
import { Replicator } from "./replicator.ts";
import type { Roster } from "./roster.ts";
import type { Replication } from "./tracker_options.ts";
import { TrackerState } from "./tracker_state.ts";

/** Handles what has changed. What it throws is reported, and costs nobody else anything. */
export type DiffHandler<M> = (diff: Diff<M>) => void;

/** The state, as `sys` shows it. */
type ShardState<M extends object> = TrackerState<PresenceMeta<M>>;

/** One of the processes among which a tracker divides its topics. */
export class TrackerShard<M extends object> implements Behaviour<ShardState<M>> {
  /** What this node's processes track. */
  readonly tracking: LocalTracking<M>;
  readonly #topic: string;
  readonly #pubsub: PubSub;
  readonly #options: Replication;
  readonly #handleDiff: DiffHandler<PresenceMeta<M>>;
  readonly #state: ShardState<M>;
  readonly #replicator: Replicator<PresenceMeta<M>>;
  readonly #process: ServerProcess<ShardState<M>>;
  readonly #alarm = new Alarm(() => void this.#process.send(TICK));

  /**
   * Starts the process.
   *
   * @throws {TypeError} If the node has a tracker of this name.
   */
  constructor(name: string, pubsub: PubSub, options: Replication, handleDiff: DiffHandler<PresenceMeta<M>>) {
    const topic = this.#topic = `phx_presence:${name}`;
    this.#pubsub = pubsub;
    this.#options = options;
    this.#handleDiff = handleDiff;
    if (pubsub.subscriberCount(topic) > 0) {
      throw new TypeError(
        `Cannot start tracker: "name" must be another for each tracker of a node, received "${name}"`,
      );
    }
    const replica = { name: pubsub.nodeName, vsn: monotonicUlid() };
    this.#state = new TrackerState(replica, pubsub.isLocal ? undefined : new DeltaLog(options.maxDeltaSizes));
    this.tracking = new LocalTracking<M>(this.#state, (diff) => void this.#process.send(diff));
    const wire = {
      broadcast: (event: string, payload: unknown) => pubsub.broadcastFrom(this.#process, topic, event, payload),
      send: (node: string, event: string, payload: unknown) => pubsub.directBroadcast(node, topic, event, payload),
    };
    this.#replicator = new Replicator(name, this.#state, wire, options);
    this.#process = new ServerProcess(this, { label: `tracker ${name}` });
    this.#process.onExit(() => {
      this.#alarm.clear();
      this.tracking.end();
    });
    this.#process.start(() => {});
  }

  /** Who is visible. */
  get roster(): Roster<PresenceMeta<M>> {
    return this.#state.roster;
  }

  /** Tells the others to forget this node, and ends. */
  async gracefulPermdown(): Promise<void> {
    this.#replicator.sendPermdown();
    await this.#process.stop("shutdown");
  }

  /** Ends. */
  async stop(): Promise<void> {
    await this.#process.stop("shutdown");
  }

  /** Looks for the others. */
  init(): InitResult<ShardState<M>> {
    this.#pubsub.subscribe(this.#topic, this.#process);
    if (!this.#pubsub.isLocal) {
      this.#replicator.sendHeartbeat();
      this.#alarm.set(this.#options.broadcastPeriodMs);
    }
    return ok(this.#state);
  }

  /** Handles a diff, the end of a period, or a message of another node. */
  handleInfo(message: unknown): InfoResult<ShardState<M>> {
    if (message instanceof Diff) this.#handle(message);
    else if (message === TICK) this.#endPeriod();
    else if (message instanceof Broadcast) this.#handle(this.#replicator.receive(message.event, message.payload));
    return noreply(this.#state);
  }

  /** Says goodbye, if it is for good. */
  terminate(): void {
    if (this.#options.permdownOnShutdown) this.#replicator.sendPermdown();
  }

  #endPeriod(): void {
    this.#handle(this.#replicator.endPeriod());
    this.#alarm.set(this.#options.broadcastPeriodMs);
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
}

/** The end of a period. */
const TICK: unique symbol = Symbol("tick");
