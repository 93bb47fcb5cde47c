/**
 * Child specifications: how a supervisor starts, restarts and ends one child.
 *
 * @module
 */

import type { MaybePromise } from "../../base/maybe_promise.ts";
import { type ExitReason, isExpectedExit } from "./exit_reason.ts";
import { type Name, nameLabel } from "./names.ts";
import type { Pid } from "./pid.ts";
import type { Ignore } from "./marked_result.ts";

/** What a child is called within its supervisor. */
export type ChildId = string | number;

/**
 * How a child is asked to end:
 *
 * - a number: it gets an exit signal `"shutdown"`, and is killed if it still runs that many milliseconds later,
 * - `"infinity"`: it gets the signal and all the time it takes; right for supervisors, whose children need theirs,
 * - `"brutalKill"`: it is killed at once.
 */
export type ChildShutdown = number | "infinity" | "brutalKill";

/**
 * Checks how a child is asked to end.
 *
 * @param what What cannot be done otherwise: `supervise child "a"`.
 * @throws {RangeError} If `shutdown` is a number less than 0.
 * @throws {TypeError} If it is nothing of the kind.
 */
export function assertShutdown(what: string, shutdown: unknown): asserts shutdown is ChildShutdown {
  if (shutdown === "infinity" || shutdown === "brutalKill") return;
  const found =
    `Cannot ${what}: "shutdown" must be milliseconds >= 0, "infinity" or "brutalKill", received ${shutdown}`;
  if (typeof shutdown !== "number") throw new TypeError(found);
  if (!(shutdown >= 0)) throw new RangeError(found);
}

/** Whether a child is a supervisor itself. */
export type ChildType = "worker" | "supervisor";

/**
 * When a child that ended is started again:
 *
 * - `"permanent"`: always,
 * - `"transient"`: if it failed, that is unless it ended as `"normal"`, `"shutdown"` or `{ shutdown }`,
 * - `"temporary"`: never; it is forgotten.
 */
export type Restart = "permanent" | "transient" | "temporary";

/** Whether a child is started again after it ended for `reason`. */
export function restartsAfter(restart: Restart, reason: ExitReason): boolean {
  return restart === "permanent" || (restart === "transient" && !isExpectedExit(reason));
}

/**
 * When a child is started again, and whether its supervisor ends with it (see `autoShutdown` of
 * {@linkcode SupervisorOptions}). A permanent child never ends for good, so it cannot be significant.
 */
export type RestartPolicy =
  | {
    /**
     * When it is started again; see {@linkcode Restart}.
     *
     * @default {"permanent"}
     */
    readonly restart?: "permanent" | undefined;
    /** A permanent child never ends for good. */
    readonly significant?: false | undefined;
  }
  | {
    /** When it is started again; see {@linkcode Restart}. */
    readonly restart: "transient" | "temporary";
    /**
     * Whether its end counts for `autoShutdown`.
     *
     * @default {false}
     */
    readonly significant?: boolean | undefined;
  };

/** How any child, of any supervisor, is started and ended. */
export interface ChildStart<P extends Pid<never> = Pid<never>> {
  /**
   * Starts the child, linked to `parent`, and answers when it is ready: the next child has to wait for it. A server
   * that traps exits ends, with its `terminate`, when its parent says so: hand `{ link: parent }` on to it.
   *
   * A child that cannot start throws; one that need not start answers `ignore()`.
   */
  readonly start: (parent: Pid<never>) => MaybePromise<P | Ignore>;
  /**
   * How it is asked to end.
   *
   * @default {5000} for a worker, `"infinity"` for a supervisor.
   */
  readonly shutdown?: ChildShutdown | undefined;
  /**
   * Whether it is a supervisor.
   *
   * @default {"worker"}
   */
  readonly type?: ChildType | undefined;
}

/** One child of a supervisor, of which `start` makes a process `P`. */
export type ChildSpec<P extends Pid<never> = Pid<never>> =
  & ChildStart<P>
  & RestartPolicy
  & {
    /** What it is called; no other child of the supervisor has the same id. */
    readonly id: ChildId;
  };

/** What may be said of a child where its kind is known: see `child`, `Supervisor.child`. */
export type ChildOptions = RestartPolicy & {
  /** What it is called within its supervisor. By default its name, or else its kind. */
  readonly id?: ChildId | undefined;
  /** How it is asked to end. */
  readonly shutdown?: ChildShutdown | undefined;
};

/** The id of a child that was given options: its id, its name, or what kind it is. */
export function childIdOf(options: { readonly id?: ChildId | undefined; readonly name?: Name }, kind: string): ChildId {
  const { id, name } = options;
  if (id !== undefined) return id;
  return name === undefined ? kind : nameLabel(name);
}

/** The restart policy in options that say more than that. */
export function policyOf({ restart, significant }: RestartPolicy): RestartPolicy {
  return { restart, significant } as RestartPolicy; // apart, the compiler forgets that they belong together
}
