/**
 * Supervisors for children that come and go: one for each user, job, connection.
 *
 * The guide is at {@linkcode DynamicSupervisor}, where `deno doc mod.ts` and JSR show it.
 *
 * @module
 */

import { checkAtLeast } from "../../base/check_number.ts";
import {
  type ChildId,
  childIdOf,
  type ChildOptions,
  type ChildSpec,
  type ChildStart,
  policyOf,
} from "../process/child_spec.ts";
import type { Restart } from "../process/child_spec.ts";
import { type DynamicChildren, DynamicSupervisorServer } from "./_dynamic_supervisor_server.ts";
import { type Name, whereis } from "../process/names.ts";
import type { Pid } from "../process/pid.ts";
import { RestartIntensity, type RestartLimits } from "./restart_intensity.ts";
import { processOptionsOf, type StartOptions, startProcess } from "../server/start_server.ts";
import { SupervisedChild } from "./supervised_child.ts";
import { SupervisorProcess } from "./supervising.ts";
import type { AnySupervisorRef } from "./supervisor.ts";

/**
 * Options for {@linkcode DynamicSupervisor.start}.
 *
 * @category Supervision
 */
export interface DynamicSupervisorOptions extends StartOptions, RestartLimits {
  /**
   * Maximum number of children, including those that are about to be restarted. At least 0.
   *
   * @default {Infinity}
   */
  readonly maxChildren?: number;
}

/**
 * The specification of a dynamic supervisor's child. It needs no id, and cannot be significant.
 *
 * @category Supervision
 */
export interface DynamicChildSpec<P extends Pid<never> = Pid<never>> extends ChildStart<P> {
  /** Its id in reports. */
  readonly id?: ChildId;
  /**
   * When the child is restarted; see {@linkcode Restart}.
   *
   * @default {"permanent"}
   */
  readonly restart?: Restart | undefined;
  /** Always false: no child of a dynamic supervisor is significant. */
  readonly significant?: false | undefined;
}

/**
 * A running dynamic supervisor.
 *
 * @category Supervision
 */
export interface DynamicSupervisorRef extends AnySupervisorRef {
  /**
   * Starts a child.
   *
   * @param spec The child.
   * @returns Its process.
   * @throws {ChildError} If there are already `maxChildren` children: `"maxChildren"`.
   * @throws {ChildStartError} If its start fails or returns `ignore()`. The supervisor does not keep it.
   * @throws {TypeError} If the spec is invalid.
   */
  startChild<P extends Pid<never>>(spec: ChildSpec<P> | DynamicChildSpec<P>): Promise<P>;
  /**
   * Ends a child and removes it. A child that is about to be restarted is identified by the process that ended.
   *
   * @throws {ChildError} If it is not a child of this supervisor: `"notFound"`.
   */
  terminateChild(pid: Pid<never>): Promise<void>;
}

/**
 * Supervisors for children that come and go: one for each user, job, connection.
 *
 * It starts without children; they are started on demand and are independent of each other. Starting or losing a child
 * takes the same time with ten children or a hundred thousand.
 *
 * ```ts
 * import { child, DynamicSupervisor, GenServer, reply } from "@urvogel/realtime";
 * import { assertEquals } from "@std/assert";
 *
 * class Game extends GenServer<string, { calls: { title(): string } }> {
 *   override init(title: string) {
 *     return title;
 *   }
 *   override handleCall = this.calls({ title: (state) => reply(state, state) });
 * }
 *
 * const games = await DynamicSupervisor.start({ maxChildren: 1000 });
 * const chess = await games.startChild(child(Game, "chess", { restart: "transient" }));
 * assertEquals(await chess.call("title"), "chess");
 * await games.terminateChild(chess);
 * ```
 *
 * Like a {@linkcode Supervisor}, but:
 *
 * - children are identified by their process; an `id` is only used in reports and need not be unique,
 * - the strategy is always `"oneForOne"`, and no child is significant,
 * - on shutdown, all children are asked to end **at the same time**, in no order,
 * - a child that ends for good is removed; there is nothing to restart or to delete by hand.
 *
 * There is no option like Elixir's `extra_arguments`: `start` is a function, which can close over what it needs.
 *
 * It starts one child at a time. If many are started at once, `init` should return soon and do slow work in
 * `continueWith`; or use several supervisors: see {@linkcode PartitionSupervisor}.
 *
 * **Not for** children that the program always needs: put those into a {@linkcode Supervisor}, which starts them by
 * itself, also when it is restarted. After its own restart a dynamic supervisor has no children.
 *
 * @category Supervision
 */
export class DynamicSupervisor {
  private constructor() {}

  /**
   * Starts a dynamic supervisor, without children.
   *
   * @param options Limits, a name, a process to link to.
   * @returns The running supervisor.
   * @throws {AlreadyStartedError} If another process has the name.
   * @throws {RangeError} If a limit is out of range.
   */
  static async start(options: DynamicSupervisorOptions = {}): Promise<DynamicSupervisorRef> {
    const { maxChildren = Infinity } = options;
    checkAtLeast("start supervisor", "maxChildren", maxChildren, 0);
    const server = new DynamicSupervisorServer(maxChildren, new RestartIntensity(options));
    const process = new DynamicSupervisorProcess(server, processOptionsOf("DynamicSupervisor", options));
    return await startProcess(process, options);
  }

  /**
   * Returns the child specification of a dynamic supervisor, for another supervisor.
   *
   * @param options Its options, and how its parent supervises it.
   * @returns The specification, for `Supervisor.start` and `startChild`.
   */
  static child(
    options: ChildOptions & Omit<DynamicSupervisorOptions, "link"> = {},
  ): ChildSpec<DynamicSupervisorRef> {
    return {
      ...policyOf(options),
      id: childIdOf(options, "DynamicSupervisor"),
      type: "supervisor",
      shutdown: options.shutdown,
      start: (link) => DynamicSupervisor.start({ ...options, link }),
    };
  }

  /**
   * Finds a dynamic supervisor by its name.
   *
   * @param name Its name.
   * @returns The supervisor, or `undefined` if no live one has this name.
   */
  static whereis(name: Name): DynamicSupervisorRef | undefined {
    const pid = whereis(name);
    return pid instanceof DynamicSupervisorProcess ? pid : undefined;
  }
}

class DynamicSupervisorProcess extends SupervisorProcess<DynamicChildren> implements DynamicSupervisorRef {
  async startChild<P extends Pid<never>>(spec: ChildSpec<P> | DynamicChildSpec<P>): Promise<P> {
    if (spec.significant) {
      throw new TypeError(`Cannot supervise child: in a dynamic supervisor none is "significant"; remove it`);
    }
    return await this.ask("startChild", new SupervisedChild(spec));
  }

  terminateChild(pid: Pid<never>): Promise<void> {
    return this.ask("terminateChild", pid);
  }
}
