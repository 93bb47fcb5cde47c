/**
 * Supervisors of many children that are all the same: the work is divided among them by a key.
 *
 * The guide is at {@linkcode PartitionSupervisor}, where `deno doc mod.ts` and JSR show it.
 *
 * @module
 */

import { hashText } from "../../base/hash.ts";
import { childIdOf, type ChildOptions, type ChildSpec, policyOf } from "../process/child_spec.ts";
import type { DynamicChildSpec } from "./dynamic_supervisor.ts";
import { type Name, type ViaName, whereis } from "../process/names.ts";
import type { Pid } from "../process/pid.ts";
import type { ProcessOptions } from "../process/process.ts";
import { checkSpec } from "./_check_specs.ts";
import type { ChildTable } from "./child_table.ts";
import { SupervisorProcess } from "./supervising.ts";
import { type AnySupervisorRef, startSupervisor, type SupervisorOptions } from "./supervisor.ts";
import type { SupervisorServer } from "./supervisor_server.ts";

/** What decides on a partition. */
export type PartitionKey = string | number | bigint;

/** Makes the child for a partition: the first has number 0. Its `id` is not looked at. */
export type PartitionChild<P extends Pid<never> = Pid<never>> = (
  partition: number,
) => ChildSpec<P> | DynamicChildSpec<P>;

/** Options for {@linkcode PartitionSupervisor.start}. */
export interface PartitionSupervisorOptions extends Omit<SupervisorOptions, "autoShutdown"> {
  /**
   * How many partitions there are. An integer of at least 1.
   *
   * @default {navigator.hardwareConcurrency}
   */
  readonly partitions?: number;
}

/** A running partition supervisor, whose children are processes `P`. */
export interface PartitionSupervisorRef<P extends Pid<never> = Pid> extends AnySupervisorRef {
  /**
   * Finds the process that `key` belongs to.
   *
   * @returns The process, or `undefined` while that partition does not run.
   * @throws {TypeError} If there are no partitions: all were taken away by {@linkcode resize}.
   */
  whereis(key: PartitionKey): P | undefined;
  /** The name of the process that `key` belongs to. Finds a process; cannot be given to one. */
  via(key: PartitionKey): ViaName;
  /** Tells how many partitions there are. */
  partitions(): number;
  /**
   * Starts or ends partitions, the last ones. Keys belong to other partitions from then on. A partition that was ended is
   * forgotten: no strategy starts it again, only another `resize`.
   *
   * @param partitions How many there shall be, from 0 to as many as it was started with.
   * @returns How many there were.
   * @throws {RangeError} If it is not such a number.
   * @throws {ChildStartError} If a partition failed to start.
   */
  resize(partitions: number): Promise<number>;
}

/**
 * Supervisors of many children that are all the same: the work is divided among them by a key.
 *
 * Where everything goes through one process, that one handles one message at a time, `await` included. With eight of
 * them, what belongs to one key still happens in order, and eight keys can wait for something at the same time.
 *
 * ```ts
 * import { child, GenServer, noreply, PartitionSupervisor, reply } from "@urvogel/realtime";
 * import { assertEquals, assertStrictEquals } from "@std/assert";
 *
 * class Scores extends GenServer<number, { calls: { total(): number }; casts: { add(by: number): void } }> {
 *   override init(partition: number) {
 *     return partition * 100;
 *   }
 *   override handleCall = this.calls({ total: (state) => reply(state, state) });
 *   override handleCast = this.casts({ add: (state, by) => noreply(state + by) });
 * }
 *
 * const scores = await PartitionSupervisor.start((partition) => child(Scores, partition), { partitions: 4 });
 * scores.whereis(5)?.cast("add", 7); // 5 % 4: partition 1
 * assertStrictEquals(await scores.whereis("ann")?.call("total"), await scores.whereis("ann")?.call("total"));
 * assertEquals(await scores.whereis(1)?.call("total"), 107);
 * ```
 *
 * The most frequent children are dynamic supervisors: `PartitionSupervisor.start(() => DynamicSupervisor.child())`.
 * A key that is an integer belongs to the partition `abs(key) % partitions`; any other to one that depends on its hash.
 * What Elixir does by `with_arguments`, the function does that makes the children: it gets the number of the partition.
 *
 * **Not for** work that only computes: this is one thread, and four processes compute no faster in it than one.
 */
export class PartitionSupervisor {
  private constructor() {}

  /**
   * Starts a supervisor and its partitions.
   *
   * @param child Makes the child for a partition.
   * @param options How many, the strategy and limits, a name, a process to link to.
   * @returns The running supervisor, when all partitions run.
   * @throws {ChildStartError} If a partition failed to start.
   * @throws {RangeError} If `partitions` is not an integer of at least 1.
   * @throws {TypeError} If a child makes no sense, or is temporary: a partition that ends would be missing for good.
   */
  static async start<P extends Pid<never>>(
    child: PartitionChild<P>,
    options: PartitionSupervisorOptions = {},
  ): Promise<PartitionSupervisorRef<P>> {
    const { partitions = navigator.hardwareConcurrency } = options;
    if (!(Number.isInteger(partitions) && partitions >= 1)) {
      throw new RangeError(`Cannot start supervisor: "partitions" must be an integer >= 1, received ${partitions}`);
    }
    const children = Array.from({ length: partitions }, (_, id) => specOf(child(id), id));
    const make = (server: SupervisorServer, made: ProcessOptions) => new PartitionedSupervisor(server, made, children);
    const started = await startSupervisor(make, "PartitionSupervisor", children, { ...options, autoShutdown: "never" });
    return started as PartitionSupervisorRef<Pid<never>> as PartitionSupervisorRef<P>; // what `child` starts are `P`
  }

  /**
   * A partition supervisor as a child of another supervisor.
   *
   * @param child Makes the child for a partition.
   * @param options Its options, and how its own supervisor deals with it.
   * @returns What `Supervisor.start` and `startChild` take.
   */
  static child<P extends Pid<never>>(
    child: PartitionChild<P>,
    options: ChildOptions & Omit<PartitionSupervisorOptions, "link"> = {},
  ): ChildSpec<PartitionSupervisorRef<P>> {
    return {
      ...policyOf(options),
      id: childIdOf(options, "PartitionSupervisor"),
      type: "supervisor",
      shutdown: options.shutdown,
      start: (link) => PartitionSupervisor.start(child, { ...options, link }),
    };
  }

  /**
   * Finds a partition supervisor by its name.
   *
   * @param name Its name.
   * @returns The supervisor, or `undefined` if no live one has this name.
   */
  static whereis(name: Name): PartitionSupervisorRef | undefined {
    const pid = whereis(name);
    return pid instanceof PartitionedSupervisor ? pid as PartitionSupervisorRef<Pid<never>> : undefined;
  }
}

/** The process of a supervisor whose children have numbers. */
class PartitionedSupervisor extends SupervisorProcess<ChildTable> implements PartitionSupervisorRef<Pid<never>> {
  readonly #server: SupervisorServer;
  readonly #specs: readonly ChildSpec[];
  #partitions: number;
  #resized: Promise<unknown> = Promise.resolve();

  constructor(server: SupervisorServer, options: ProcessOptions, specs: readonly ChildSpec[]) {
    super(server, options);
    this.#server = server;
    this.#specs = specs;
    this.#partitions = specs.length;
  }

  whereis(key: PartitionKey): Pid<never> | undefined {
    if (this.#partitions === 0) throw new TypeError(`Cannot find a partition of ${this.label}: it has none`);
    const process = this.#server.children.get(partitionOf(key, this.#partitions))?.process;
    return process?.alive ? process : undefined;
  }

  via(key: PartitionKey): ViaName {
    const label = `${this.label}[${key}]`;
    const register = () => {
      throw new TypeError(`Cannot register "${label}": a partition has this name already`);
    };
    return { label, register, whereis: () => this.whereis(key) };
  }

  partitions(): number {
    return this.#partitions;
  }

  async resize(partitions: number): Promise<number> {
    const most = this.#specs.length;
    if (!(Number.isInteger(partitions) && partitions >= 0 && partitions <= most)) {
      throw new RangeError(
        `Cannot resize supervisor: "partitions" must be an integer from 0 to ${most}, received ${partitions}`,
      );
    }
    const resized = this.#resized.then(() => this.#resize(partitions)); // one after the other
    this.#resized = resized.catch(() => {});
    return await resized;
  }

  async #resize(partitions: number): Promise<number> {
    const before = this.#partitions;
    while (this.#partitions < partitions) {
      await this.#startPartition(this.#partitions);
      this.#partitions++;
    }
    while (this.#partitions > partitions) {
      this.#partitions--; // first, so that nobody is sent to one that is about to end
      await this.ask("removeChild", this.#partitions);
    }
    return before;
  }

  async #startPartition(partition: number): Promise<void> {
    try {
      await this.ask("startChild", checkSpec(this.#specs[partition]!));
    } catch (error) {
      await this.ask("removeChild", partition); // one that ignored its start was kept
      throw error;
    }
  }
}

function specOf(spec: ChildSpec | DynamicChildSpec, id: number): ChildSpec {
  if (spec.restart === "temporary") throw new TypeError(`Cannot supervise partition ${id}: it must not be "temporary"`);
  return { ...spec, id } as ChildSpec; // `checkSpecs` looks at the rest
}

/** The partition that a key belongs to. */
export function partitionOf(key: PartitionKey, partitions: number): number {
  if (typeof key === "bigint") return Number((key < 0n ? -key : key) % BigInt(partitions));
  if (typeof key === "number" && Number.isInteger(key)) return Math.abs(key) % partitions;
  return hashText(String(key)) % partitions;
}
