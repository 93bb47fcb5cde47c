/**
 * A supervisor's record of one child: its checked and completed specification, and its status.
 *
 * @module
 */

import { quoted } from "../../base/printable.ts";
import type { MaybePromise } from "../../base/maybe_promise.ts";
import {
  assertShutdown,
  type ChildId,
  type ChildShutdown,
  type ChildStart,
  type ChildType,
  type Restart,
  restartsAfter,
} from "../process/child_spec.ts";
import type { ExitReason } from "../process/exit_reason.ts";
import type { Pid } from "../process/pid.ts";
import type { Process } from "../process/process.ts";
import type { Ignore } from "../server/result.ts";

/**
 * A snapshot of a child, as its supervisor reports it.
 *
 * @category Supervision
 */
export type ChildInfo =
  | {
    /** The child's id. */
    readonly id: ChildId;
    /** Whether it is a supervisor or a worker. */
    readonly type: ChildType;
    /** Its status. */
    readonly status: "running";
    /** Its process. */
    readonly pid: Pid<never>;
  }
  | {
    /** The child's id. */
    readonly id: ChildId;
    /** Whether it is a supervisor or a worker. */
    readonly type: ChildType;
    /** `"restarting"`: its restart failed and will be retried; `"stopped"`: it ended, or never started. */
    readonly status: "restarting" | "stopped";
    /** There is no process. */
    readonly pid?: undefined;
  };

/**
 * The numbers of a supervisor's children.
 *
 * @category Supervision
 */
export interface ChildCounts {
  /** Number of all children, running or not. */
  readonly specs: number;
  /** Number of running children. */
  readonly active: number;
  /** Number of children that are supervisors, running or not. */
  readonly supervisors: number;
  /** Number of all other children, running or not. */
  readonly workers: number;
}

/** The specification of a child of any kind of supervisor: static, dynamic or partitioned. */
export interface ChildDescription extends ChildStart {
  readonly id?: ChildId | undefined;
  readonly restart?: Restart | undefined;
  readonly significant?: boolean | undefined;
}

const WORKER_SHUTDOWN_MS = 5000;
const RESTARTS: readonly unknown[] = ["permanent", "transient", "temporary"] satisfies Restart[];
const TYPES: readonly unknown[] = ["worker", "supervisor"] satisfies ChildType[];

/** A child of a supervisor: its specification, process and status. */
export class SupervisedChild {
  readonly id: ChildId | undefined;
  readonly restart: Restart;
  readonly significant: boolean;
  readonly shutdown: ChildShutdown;
  readonly type: ChildType;
  #start: ChildStart["start"] | undefined;
  #process: Process | undefined;
  #restarting = false;

  /**
   * Completes and checks a specification.
   *
   * @throws {TypeError} If a property is missing or invalid.
   * @throws {RangeError} If `shutdown` is less than 0.
   */
  constructor(spec: ChildDescription) {
    const { id, start, restart = "permanent", significant = false, type = "worker" } = spec;
    const { shutdown = type === "supervisor" ? "infinity" : WORKER_SHUTDOWN_MS } = spec;
    const doing = `supervise child ${id === undefined ? "without id" : quoted(id)}`;
    const fail = (what: string): never => {
      throw new TypeError(`Cannot ${doing}: ${what}`);
    };
    if (typeof start !== "function") fail(`"start" must be a function, received ${typeof start}`);
    if (!RESTARTS.includes(restart)) fail(`"restart" must be one of ${RESTARTS.join(", ")}, received ${restart}`);
    if (!TYPES.includes(type)) fail(`"type" must be one of ${TYPES.join(", ")}, received ${type}`);
    if (significant && restart === "permanent") fail(`a permanent child cannot be "significant"`);
    assertShutdown(doing, shutdown);
    this.id = id;
    this.restart = restart;
    this.significant = significant;
    this.shutdown = shutdown;
    this.type = type;
    this.#start = start;
  }

  /** Its process, if the supervisor considers it running: its exit may still wait in the supervisor's mailbox. */
  get process(): Process | undefined {
    return this.#process;
  }

  /** Its status. */
  get status(): ChildInfo["status"] {
    if (this.#process) return "running";
    return this.#restarting ? "restarting" : "stopped";
  }

  /** A snapshot of the child. */
  get info(): ChildInfo {
    const { type, status } = this;
    const pid = this.#process;
    const id = this.id ?? pid?.label ?? "child";
    return pid ? { id, type, status: "running", pid } : { id, type, status: status as "restarting" | "stopped" };
  }

  /** Whether it is restarted after it ended with `reason`. */
  restartsAfter(reason: ExitReason): boolean {
    return restartsAfter(this.restart, reason);
  }

  /** Starts a process for the child. The caller handles the result. */
  start(parent: Pid<never>): MaybePromise<Pid<never> | Ignore> {
    return this.#start!(parent);
  }

  /** Records that it runs. A temporary child will not be restarted, so its `start` function is released. */
  isRunning(process: Process): void {
    this.#process = process;
    this.#restarting = false;
    if (this.restart === "temporary") this.#start = undefined;
  }

  /** Records that it does not run; `restarting` says whether its restart will be retried. */
  isDown(restarting: boolean): void {
    this.#process = undefined;
    this.#restarting = restarting;
  }
}
