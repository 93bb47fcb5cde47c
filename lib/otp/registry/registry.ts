/**
 * Registry: processes by key, with a value each. A process's entries go when it goes.
 *
 * The guide is at {@linkcode Registry}, where `deno doc mod.ts` and JSR show it.
 *
 * @module
 */

import { KeyLocks, type LockOptions } from "../../base/key_locks.ts";
import { oneLine, quoted, textOf } from "../../base/printable.ts";
import type { MaybePromise } from "../../base/maybe_promise.ts";
import { reportCrash } from "../process/crash_report.ts";
import { childIdOf, type ChildOptions, type ChildSpec, policyOf } from "../process/child_spec.ts";
import { AlreadyStartedError } from "../process/errors.ts";
import { type ExitReason, exitReasonOf } from "../process/exit_reason.ts";
import { introduce, type Name, nameLabel, whereis } from "../process/names.ts";
import type { Pid } from "../process/pid.ts";
import { Process, processOf, type ProcessOptions } from "../process/process.ts";
import type { RegistryIndex } from "./_entry_index.ts";
import { type EntriesByKey, RegistryOwners } from "./_owners.ts";
import { RegistryProcess } from "./_registry_process.ts";
import type { RegistryEntry, RegistryEvent } from "./entry.ts";

/** Options for a registry of keys `K` with values `V` and processes `P`. */
export interface RegistryOptions<K, V, P extends Pid<never>> {
  /**
   * What it is called, in the labels of processes that it names and in errors.
   *
   * @default {"registry"}
   */
  readonly name?: string;
  /**
   * By what keys are told apart, compared as the keys of a `Map` are. Must always return the same for the same key. An
   * entry whose key was changed all the same still goes with its process.
   */
  readonly keyBy?: (key: K) => unknown;
  /** Who is told of each entry that comes or goes; those with a name, whoever has it at that moment. */
  readonly listeners?: readonly (Pid<RegistryEvent<K, V, P>> | Name)[];
  /** What {@linkcode Registry.meta} knows from the start, also after it was started anew. */
  readonly meta?: Readonly<Record<string, unknown>>;
}

/** Options for {@linkcode Registry.start}. */
export interface RegistryStartOptions extends Pick<ProcessOptions, "label" | "link"> {
  /** A name under which the registry's process is found. */
  readonly name?: Name;
}

/** The parameter that holds the value of an entry, for registries that have values. */
export type RegistryValue<V> = undefined extends V ? [value?: V] : [value: V];

/** Whether the registry takes entries: from the start, and whenever its process, if it was given one, runs. */
type Life = { readonly is: "open" } | { readonly is: "running"; readonly process: Process } | { readonly is: "closed" };

/**
 * Registry: processes by key, with a value each. A process's entries go when it goes.
 *
 * A {@linkcode UniqueRegistry} has one process for each key, and gives names that fit wherever a name does:
 *
 * ```ts
 * import { Agent, UniqueRegistry } from "@urvogel/realtime";
 * import { assertEquals, assertStrictEquals } from "@std/assert";
 *
 * const rooms = new UniqueRegistry<string, undefined, Agent<string[]>>({ name: "rooms" });
 *
 * const lobby = await Agent.start((): string[] => [], { name: rooms.via("lobby") });
 * assertStrictEquals(rooms.whereis("lobby"), lobby);
 * await rooms.whereis("lobby")?.update((lines) => [...lines, "hello"]);
 *
 * await lobby.stop();
 * assertEquals(rooms.whereis("lobby"), undefined);
 * ```
 *
 * A {@linkcode DuplicateRegistry} has any number under each key, and sends to all of them:
 *
 * ```ts
 * import { DuplicateRegistry, type Pid, spawn } from "@urvogel/realtime";
 * import { assertEquals } from "@std/assert";
 *
 * const members = new DuplicateRegistry<string, { role: string }, Pid<string>>();
 * const heard: string[] = [];
 * const member = spawn<string>(async (mailbox) => {
 *   for await (const line of mailbox) heard.push(line);
 * });
 * members.register("lobby", member, { role: "host" });
 *
 * members.dispatch("lobby", (entries) => {
 *   for (const { pid } of entries) pid.send("hello");
 * });
 * await new Promise((resolve) => setTimeout(resolve));
 * assertEquals(heard, ["hello"]);
 *
 * assertEquals(members.countMatch("lobby", ({ role }) => role === "host"), 1);
 * member.exit("shutdown");
 * ```
 *
 * ## Keys
 *
 * Keys are compared as those of a `Map` are: strings, numbers, bigints and symbols by value (`NaN` equals itself),
 * objects by identity. Where `["room", 7]` should equal another `["room", 7]`, say by what keys are told apart:
 * `keyBy: ([kind, id]) => kind + ":" + id`. A lookup by a plain key takes about as long as one in a `Map`.
 *
 * ## Values and patterns
 *
 * A value is what was registered along with the process: a role, a number of players, whatever finds it among others.
 * What takes patterns in Elixir takes a function here: `match(key, ({ role }) => role === "host")`, and
 * `select(({ key, value }) => ...)` over all keys. `isMatching(pattern)` of the package `ts-pattern` is such a function.
 *
 * ## Listeners
 *
 * Processes named in `listeners` get a {@linkcode RegistryEvent} for each entry that comes or goes. There is always room
 * for it, also in a mailbox that is full: like `Down`, it is a message of the system.
 *
 * ## In a supervision tree
 *
 * A registry is a data structure, not a process: in one thread everybody can read it, so a lookup is no message. It
 * works as soon as it is made. What a process adds is an end: {@linkcode Registry.start} gives it one, and so a place
 * among the children of a supervisor, before those that use it.
 *
 * ```ts
 * import { Supervisor, UniqueRegistry } from "@urvogel/realtime";
 *
 * const rooms = new UniqueRegistry<string>({ name: "rooms" });
 * await Supervisor.start([rooms.child()]); // its id is "rooms"
 * ```
 *
 * When that process ends, all entries go, and the processes that were registered get an exit signal with its reason, as
 * if they were linked to it: nobody goes on believing that it can be found. When the supervisor starts it again, the
 * same object is an empty registry; those who hold it need not find it anew.
 *
 * **Not for** things that are no processes: a `Map` is enough. Nor for topics that reach other threads or machines:
 * that is what `PubSub` does.
 */
export abstract class Registry<K, V = undefined, P extends Pid<never> = Pid<never>> implements Disposable {
  /** What it is called, for people. */
  readonly label: string;
  readonly #index: RegistryIndex<RegistryEntry<K, V, P>>;
  readonly #owners: RegistryOwners<RegistryEntry<K, V, P>>;
  readonly #keyBy: ((key: K) => unknown) | undefined;
  readonly #listeners: readonly (Pid<RegistryEvent<K, V, P>> | Name)[];
  readonly #firstMeta: Readonly<Record<string, unknown>>;
  readonly #locks: KeyLocks = new KeyLocks();
  #meta: Map<string, unknown>;
  #life: Life = { is: "open" };

  /** Creates an empty registry, with an index for its kind of keys. */
  protected constructor(
    index: RegistryIndex<RegistryEntry<K, V, P>>,
    { name = "registry", keyBy, listeners = [], meta = {} }: RegistryOptions<K, V, P>,
  ) {
    this.label = name;
    this.#index = index;
    this.#owners = new RegistryOwners((entries) => this.#removed(entries));
    this.#keyBy = keyBy;
    this.#listeners = listeners;
    this.#firstMeta = meta;
    this.#meta = new Map(Object.entries(meta));
  }

  /**
   * Gives the registry a process, with whose end it ends: a child for a supervisor. Empties it if it had ended.
   *
   * @param options A process to link to, a name.
   * @returns The process. It takes no messages.
   * @throws {AlreadyStartedError} If it already has a process that runs, or another process has the name.
   */
  start(options: RegistryStartOptions = {}): Pid<never> {
    if (this.#life.is === "running") throw new AlreadyStartedError(this.label, this.#life.process);
    const { name, label = name === undefined ? this.label : nameLabel(name), link } = options;
    const process = new RegistryProcess({ label, link });
    introduce(process, name);
    if (!process.alive) return process; // its parent was gone before it came
    this.#life = { is: "running", process };
    process.onExit((reason) => this.#close(reason, process));
    return process;
  }

  /**
   * This registry as a child of a supervisor: stands before the children that use it. Started again, it is the same
   * object, without entries.
   *
   * @param options A name and other options of {@linkcode start}, and how the supervisor deals with it.
   * @returns What `Supervisor.start`, `startChild` and the like take.
   */
  child(options: ChildOptions & Omit<RegistryStartOptions, "link"> = {}): ChildSpec {
    return {
      ...policyOf(options),
      id: childIdOf(options, this.label),
      shutdown: options.shutdown,
      start: (link) => this.start({ ...options, link }),
    };
  }

  /**
   * Ends the registry, with its process if it has one: all entries go, and whoever was registered gets an exit signal.
   * Fine if it has ended already.
   *
   * @param reason What the processes are told; `"normal"` lets them live on.
   */
  stop(reason: ExitReason = "shutdown"): void {
    const last = reason === "kill" ? "killed" : reason;
    if (this.#life.is === "running") this.#life.process.end(last);
    else this.#close(last);
  }

  /** The same as {@linkcode stop}. */
  [Symbol.dispose](): void {
    this.stop();
  }

  /** How many entries there are. */
  get count(): number {
    return this.#owners.size;
  }

  /**
   * Takes the entries of a process under a key out.
   *
   * @param key The key.
   * @param pid The process.
   * @returns How many there were.
   */
  unregister(key: K, pid: P): number {
    return this.unregisterMatch(key, pid, () => true);
  }

  /**
   * As {@linkcode unregister}, but only entries whose value `matches`.
   *
   * @param key The key.
   * @param pid The process.
   * @param matches Tells which.
   * @returns How many there were.
   */
  unregisterMatch(key: K, pid: P, matches: (value: V) => boolean): number {
    const id = this.identify(key);
    const gone = this.#owners.take(id, pid, ({ value }) => matches(value));
    for (const entry of gone) this.#index.delete(id, entry);
    for (const entry of gone) this.#tell("unregister", entry);
    return gone.length;
  }

  /**
   * Calls `act` with the entries of a key, here and now, if there are any. It gets all of them at once, and may stop
   * early, choose one, or send to all. OTP's `Registry.dispatch/3`.
   *
   * @param key The key.
   * @param act What to do. What it throws comes out here.
   * @returns Whether there were any.
   */
  dispatch(key: K, act: (entries: readonly RegistryEntry<K, V, P>[]) => void): boolean {
    const entries = this.#index.under(this.identify(key));
    if (entries.length > 0) act(entries);
    return entries.length > 0;
  }

  /**
   * Finds the entries of a key whose value `matches`. Takes as long as there are entries of the key.
   *
   * @param key The key.
   * @param matches Tells which.
   * @returns Those entries, oldest first.
   */
  match(key: K, matches: (value: V, pid: P) => boolean): RegistryEntry<K, V, P>[] {
    return this.#index.under(this.identify(key)).filter(({ value, pid }) => matches(value, pid));
  }

  /**
   * Counts what {@linkcode match} would find.
   *
   * @param key The key.
   * @param matches Tells which.
   * @returns How many match.
   */
  countMatch(key: K, matches: (value: V, pid: P) => boolean): number {
    return this.match(key, matches).length;
  }

  /**
   * Finds entries by all that they are. Takes as long as there are entries, of all keys.
   *
   * @param matches Tells which. By default all.
   * @returns Those entries, in no particular order.
   */
  select(matches: (entry: RegistryEntry<K, V, P>) => boolean = () => true): RegistryEntry<K, V, P>[] {
    return [...this.#owners].filter((entry) => entry.pid.alive && matches(entry));
  }

  /**
   * Counts what {@linkcode select} would find.
   *
   * @param matches Tells which.
   * @returns How many match.
   */
  countSelect(matches: (entry: RegistryEntry<K, V, P>) => boolean): number {
    return this.select(matches).length;
  }

  /**
   * Tells under which keys a process is registered.
   *
   * @param pid The process.
   * @returns The keys; one that it has several times is there as often.
   */
  keys(pid: P): K[] {
    return this.#owners.of(pid).map(({ key }) => key);
  }

  /**
   * Tells with which values a process is registered under a key.
   *
   * @param key The key.
   * @param pid The process.
   * @returns The values, oldest first.
   */
  values(key: K, pid: P): V[] {
    return this.#owners.under(this.identify(key), pid).map(({ value }) => value);
  }

  /**
   * Does `work` while nobody else has the lock of `key`. It has nothing to do with the entries of the key.
   *
   * @param key The key.
   * @param work What must not overlap with other work for the same key.
   * @param options The signal of the process that asks, with whose end the lock is given up.
   * @returns What `work` returned.
   * @throws What `work` threw, or the signal's reason if it is aborted first.
   */
  lock<R>(key: K, work: () => MaybePromise<R>, options?: LockOptions): Promise<R> {
    return this.#locks.run(this.identify(key), work, options);
  }

  /**
   * Tells what {@linkcode putMeta} was given.
   *
   * @param name Its name.
   * @returns The value, or `undefined` if there is none.
   */
  meta(name: string): unknown {
    return this.#meta.get(name);
  }

  /**
   * Keeps something for all who have the registry.
   *
   * @param name Its name.
   * @param value The value.
   */
  putMeta(name: string, value: unknown): void {
    this.#meta.set(name, value);
  }

  /**
   * Forgets what {@linkcode putMeta} was given.
   *
   * @param name Its name.
   * @returns Whether there was anything.
   */
  deleteMeta(name: string): boolean {
    return this.#meta.delete(name);
  }

  /** A key in words, beside the registry's; it may come from anywhere, and ends up in logs. */
  protected nameOf(key: K): string {
    return oneLine(`${this.label}:${typeof key === "object" ? quoted(key) : textOf(key)}`);
  }

  /** By what a key is told apart from others. */
  protected identify(key: K): unknown {
    return this.#keyBy === undefined ? key : this.#keyBy(key);
  }

  /**
   * Adds an entry.
   *
   * @throws {TypeError} If the process or the registry has ended.
   */
  protected add(entry: RegistryEntry<K, V, P>): void {
    const { key, pid } = entry;
    const fail = (who: string) => {
      throw new TypeError(`Cannot register "${this.nameOf(key)}": ${who} has ended`);
    };
    if (this.#life.is === "closed" || this.#life.is === "running" && !this.#life.process.alive) fail(this.label);
    if (!processOf(pid).alive) fail(`process ${pid.id}`);
    const id = this.identify(key);
    this.#index.add(id, entry);
    this.#owners.add(id, pid, entry);
    this.#tell("register", entry);
  }

  /** Puts an entry in the place of another one of the same process and the key with this identity. */
  protected replace(id: unknown, old: RegistryEntry<K, V, P>, entry: RegistryEntry<K, V, P>): void {
    this.#index.add(id, entry);
    this.#owners.replace(id, old.pid, old, entry);
  }

  /** Takes all entries of a process out that has ended, if that has not been done yet. */
  protected forget(pid: P): void {
    this.#removed(this.#owners.takeAll(pid));
  }

  #removed(gone: EntriesByKey<RegistryEntry<K, V, P>>): void {
    for (const [id, entries] of gone) for (const entry of entries) this.#index.delete(id, entry);
    for (const entries of gone.values()) for (const entry of entries) this.#tell("unregister", entry);
  }

  #close(reason: ExitReason, process?: Process): void {
    this.#life = { is: "closed" };
    this.#meta = new Map(Object.entries(this.#firstMeta));
    const registered = this.#owners.processes;
    for (const pid of registered) this.#removed(this.#owners.takeAll(pid));
    for (const pid of registered) pid.exit(reason, process);
  }

  #tell(event: RegistryEvent<K, V, P>["event"], { key, pid, value }: RegistryEntry<K, V, P>): void {
    if (this.#listeners.length === 0) return;
    const message: RegistryEvent<K, V, P> = { event, registry: this, key, pid, value };
    for (const listener of this.#listeners) {
      const to = isPid(listener) ? listener : this.#find(listener, pid);
      // There is always room: nobody would send it again, and the listener would believe what is not so.
      if (to) processOf(to).mailbox.postSystem(message);
    }
  }

  /** Who has a listener's name. A name that fails to tell is reported: it must not cost the other listeners the event. */
  #find(name: Name, about: Pid<never>): Pid<never> | undefined {
    try {
      return whereis(name);
    } catch (thrown) {
      const during = `listener ${nameLabel(name)} of ${this.label}`;
      reportCrash({ pid: about, during, error: exitReasonOf(thrown), ancestors: [] });
      return undefined;
    }
  }
}

function isPid<M>(listener: Pid<M> | Name): listener is Pid<M> {
  return listener instanceof Process;
}
