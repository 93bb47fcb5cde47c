/**
 * A supervisor of several identical children (partitions); a key decides which child does the work.
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

/**
 * A key that determines the partition.
 *
 * @category Supervision
 */
export type PartitionKey = string | number | bigint;

/**
 * Creates the child specification of a partition. Partitions are numbered from 0. The `id` in the specification is
 * ignored.
 *
 * @category Supervision
 */
export type PartitionChild<P extends Pid<never> = Pid<never>> = (
  partition: number,
) => ChildSpec<P> | DynamicChildSpec<P>;

/**
 * Options for {@linkcode PartitionSupervisor.start}.
 *
 * @category Supervision
 */
export interface PartitionSupervisorOptions extends Omit<SupervisorOptions, "autoShutdown"> {
  /**
   * Number of partitions. An integer of at least 1.
   *
   * @default {navigator.hardwareConcurrency}
   */
  readonly partitions?: number;
}

/**
 * A running partition supervisor, whose children are processes `P`.
 *
 * @category Supervision
 */
export interface PartitionSupervisorRef<P extends Pid<never> = Pid> extends AnySupervisorRef {
  /**
   * Returns the process of the partition that `key` belongs to.
   *
   * @returns The process, or `undefined` while that partition does not run.
   * @throws {TypeError} If there are no partitions: {@linkcode PartitionSupervisorRef.resize | resize} removed all of
   * them.
   */
  whereis(key: PartitionKey): P | undefined;
  /**
   * Returns a name that resolves to the process that `key` belongs to. It can only be used for lookup; a process cannot
   * be registered under it.
   */
  via(key: PartitionKey): ViaName;
  /** Returns the number of partitions. */
  partitions(): number;
  /**
   * Changes the number of partitions by starting or ending the last ones. Keys may then belong to other partitions. A
   * partition that was ended is removed: no strategy restarts it; only another `resize` starts it again.
   *
   * @param partitions The new number, from 0 to the number that the supervisor was started with.
   * @returns The previous number.
   * @throws {RangeError} If the number is out of that range.
   * @throws {ChildStartError} If a partition failed to start.
   */
  resize(partitions: number): Promise<number>;
}

/**
 * A supervisor of several identical children (partitions); a key decides which child does the work.
 *
 * A single process handles one message at a time, and waits for each `await`. With eight partitions, messages of one
 * key are still handled in order, and eight partitions can wait for something at the same time.
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
 * The most common children are dynamic supervisors: `PartitionSupervisor.start(() => DynamicSupervisor.child())`. An
 * integer key belongs to the partition `abs(key) % partitions`; the partition of any other key depends on its hash.
 * Instead of Elixir's `with_arguments`, the function that creates the children gets the number of the partition.
 *
 * **Not for** pure computation: all processes share one thread, so four of them compute no faster than one.
 *
 * @category Supervision
 */
export class PartitionSupervisor {
  private constructor() {}

  /**
   * Starts a supervisor and its partitions.
   *
   * @param child Creates the child specification of a partition.
   * @param options The number of partitions, the strategy and limits, a name, a process to link to.
   * @returns The running supervisor, when all partitions run.
   * @throws {ChildStartError} If a partition failed to start.
   * @throws {RangeError} If `partitions` is not an integer of at least 1.
   * @throws {TypeError} If a child is invalid, or is temporary: a temporary partition that ends would be missing for
   * good.
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
   * Returns the child specification of a partition supervisor, for another supervisor.
   *
   * @param child Creates the child specification of a partition.
   * @param options Its options, and how its parent supervises it.
   * @returns The specification, for `Supervisor.start` and `startChild`.
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

/** The process of a partition supervisor: its children are numbered. */
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
    if (this.#partitions === 0) throw new TypeError(`Cannot find a partition of ${this.label}: it has none; resize it`);
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

/** Returns the partition that a key belongs to. */
export function partitionOf(key: PartitionKey, partitions: number): number {
  if (typeof key === "bigint") return Number((key < 0n ? -key : key) % BigInt(partitions));
  if (typeof key === "number" && Number.isInteger(key)) return Math.abs(key) % partitions;
  return hashText(String(key)) % partitions;
}
