/**
 * Registry: processes by key, each with a value. The entries of a process are removed when it ends.
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

/**
 * Options for a registry of keys `K` with values `V` and processes `P`.
 *
 * @category Registry
 */
export interface RegistryOptions<K, V, P extends Pid<never>> {
  /**
   * The name of the registry, in the labels of processes that it names and in errors.
   *
   * @default {"registry"}
   */
  readonly name?: string;
  /**
   * Returns the value by which a key is compared, in the way a `Map` compares its keys. Must always return the same for
   * the same key. An entry whose key was modified anyway is still removed with its process.
   */
  readonly keyBy?: (key: K) => unknown;
  /**
   * The processes that receive a {@linkcode RegistryEvent} for each entry that is added or removed. For a name, the
   * process that has the name at that moment.
   */
  readonly listeners?: readonly (Pid<RegistryEvent<K, V, P>> | Name)[];
  /** Initial metadata for {@linkcode Registry.prototype.meta | Registry.meta}, also after a restart. */
  readonly meta?: Readonly<Record<string, unknown>>;
}

/**
 * Options for {@linkcode Registry.prototype.start | Registry.start}.
 *
 * @category Registry
 */
export interface RegistryStartOptions extends Pick<ProcessOptions, "label" | "link"> {
  /** A name for the registry's process, for `whereis`. */
  readonly name?: Name;
}

/**
 * The parameter that holds the value of an entry, for registries that have values.
 *
 * @category Registry
 */
export type RegistryValue<V> = undefined extends V ? [value?: V] : [value: V];

/** The state of a registry. It accepts entries when it is created, and, once it has a process, while that runs. */
type Life = { readonly is: "open" } | { readonly is: "running"; readonly process: Process } | { readonly is: "closed" };

/**
 * Registry: processes by key, each with a value. The entries of a process are removed when it ends.
 *
 * A {@linkcode UniqueRegistry} has one process for each key. Its keys can be used as names wherever a process has a
 * name:
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
 * A {@linkcode DuplicateRegistry} has any number of processes for each key, and can send to all of them:
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
 * Keys are compared like those of a `Map`: strings, numbers, bigints and symbols by value (`NaN` equals itself),
 * objects by identity. If `["room", 7]` should equal another `["room", 7]`, use the option `keyBy`:
 * `keyBy: ([kind, id]) => kind + ":" + id`. A lookup by a plain key takes about as long as one in a `Map`.
 *
 * ## Values and patterns
 *
 * A value is any data that is registered with the process, such as a role or a number of players, by which it can be
 * found. Where Elixir takes a pattern, a function is used here: `match(key, ({ role }) => role === "host")`, and
 * `select(({ key, value }) => ...)` over all keys. `isMatching(pattern)` of the package `ts-pattern` returns such a
 * function.
 *
 * ## Listeners
 *
 * Processes named in `listeners` receive a {@linkcode RegistryEvent} for each entry that is added or removed. Like
 * `Down`, it is a system message, which a full mailbox accepts, too.
 *
 * ## In a supervision tree
 *
 * A registry is a data structure, not a process. All code in the thread can read it, so a lookup sends no message. It
 * works as soon as it is created. {@linkcode Registry.prototype.start | Registry.start} gives it a process, with which
 * it ends. So it can be a child of a supervisor, before the children that use it.
 *
 * ```ts
 * import { Supervisor, UniqueRegistry } from "@urvogel/realtime";
 *
 * const rooms = new UniqueRegistry<string>({ name: "rooms" });
 * await Supervisor.start([rooms.child()]); // its id is "rooms"
 * ```
 *
 * When that process ends, all entries are removed, and the registered processes get an exit signal with its reason, as
 * if they were linked to it, because they cannot be found any more. When the supervisor restarts it, the same object is
 * an empty registry, so code that holds a reference to it can keep it.
 *
 * **Do not use it** for values that are not processes: a `Map` is enough. For topics that reach other threads or
 * machines, use `PubSub`.
 *
 * @category Registry
 */
export abstract class Registry<K, V = undefined, P extends Pid<never> = Pid<never>> implements Disposable {
  /** The name of the registry, for labels and errors. */
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
   * Starts a process for the registry, so that it can be a child of a supervisor. The registry ends with that process.
   * A registry that has ended is started again, without entries.
   *
   * @param options A process to link to, a name.
   * @returns The process. It ignores messages.
   * @throws {AlreadyStartedError} If the registry already has a running process, or another process has the name.
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
   * Returns the child specification of this registry. List it before the children that use the registry. After a
   * restart, the registry is the same object, without entries.
   *
   * @param options A name and other options of {@linkcode Registry.prototype.start | start}, and options of the child.
   * @returns The child specification, for `Supervisor.start`, `startChild` and similar functions.
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
   * Ends the registry and its process, if it has one. All entries are removed, and the registered processes get an exit
   * signal. Does nothing if the registry has already ended.
   *
   * @param reason The reason of the exit signals; `"normal"` does not end the processes.
   */
  stop(reason: ExitReason = "shutdown"): void {
    const last = reason === "kill" ? "killed" : reason;
    if (this.#life.is === "running") this.#life.process.end(last);
    else this.#close(last);
  }

  /** The same as {@linkcode Registry.prototype.stop | stop}. */
  [Symbol.dispose](): void {
    this.stop();
  }

  /** Number of entries. */
  get count(): number {
    return this.#owners.size;
  }

  /**
   * Removes the entries of a process under a key.
   *
   * @param key The key.
   * @param pid The process.
   * @returns The number of removed entries.
   */
  unregister(key: K, pid: P): number {
    return this.unregisterMatch(key, pid, () => true);
  }

  /**
   * Removes the entries of a process under a key for whose value `matches` returns `true`.
   *
   * @param key The key.
   * @param pid The process.
   * @param matches Selects entries.
   * @returns The number of removed entries.
   */
  unregisterMatch(key: K, pid: P, matches: (value: V) => boolean): number {
    const id = this.identify(key);
    const gone = this.#owners.take(id, pid, ({ value }) => matches(value));
    for (const entry of gone) this.#index.delete(id, entry);
    for (const entry of gone) this.#tell("unregister", entry);
    return gone.length;
  }

  /**
   * Calls `act` synchronously with all entries of a key, if there are any. It may send to one of them, to some, or to
   * all. OTP's `Registry.dispatch/3`.
   *
   * @param key The key.
   * @param act The function to call. What it throws is thrown here.
   * @returns Whether there were any entries.
   */
  dispatch(key: K, act: (entries: readonly RegistryEntry<K, V, P>[]) => void): boolean {
    const entries = this.#index.under(this.identify(key));
    if (entries.length > 0) act(entries);
    return entries.length > 0;
  }

  /**
   * Returns the entries of a key for whose value `matches` returns `true`. Checks all entries of the key.
   *
   * @param key The key.
   * @param matches Selects entries.
   * @returns The selected entries, oldest first.
   */
  match(key: K, matches: (value: V, pid: P) => boolean): RegistryEntry<K, V, P>[] {
    return this.#index.under(this.identify(key)).filter(({ value, pid }) => matches(value, pid));
  }

  /**
   * Counts the entries that {@linkcode Registry.prototype.match | match} would return.
   *
   * @param key The key.
   * @param matches Selects entries.
   * @returns The number of selected entries.
   */
  countMatch(key: K, matches: (value: V, pid: P) => boolean): number {
    return this.match(key, matches).length;
  }

  /**
   * Returns entries selected by key, process and value. Checks all entries of all keys.
   *
   * @param matches Selects entries. By default all.
   * @returns The selected entries, in no particular order.
   */
  select(matches: (entry: RegistryEntry<K, V, P>) => boolean = () => true): RegistryEntry<K, V, P>[] {
    return [...this.#owners].filter((entry) => entry.pid.alive && matches(entry));
  }

  /**
   * Counts the entries that {@linkcode Registry.prototype.select | select} would return.
   *
   * @param matches Selects entries.
   * @returns The number of selected entries.
   */
  countSelect(matches: (entry: RegistryEntry<K, V, P>) => boolean): number {
    return this.select(matches).length;
  }

  /**
   * Returns the keys under which a process is registered.
   *
   * @param pid The process.
   * @returns The keys. A key appears once for each entry of the process.
   */
  keys(pid: P): K[] {
    return this.#owners.of(pid).map(({ key }) => key);
  }

  /**
   * Returns the values with which a process is registered under a key.
   *
   * @param key The key.
   * @param pid The process.
   * @returns The values, oldest first.
   */
  values(key: K, pid: P): V[] {
    return this.#owners.under(this.identify(key), pid).map(({ value }) => value);
  }

  /**
   * Runs `work` while holding the lock of `key`. The lock is independent of the entries of the key.
   *
   * @param key The key.
   * @param work The function that must not overlap with other work for the same key.
   * @param options The signal of the calling process, so that the lock is released when that ends.
   * @returns What `work` returned.
   * @throws What `work` threw, or the signal's reason if it is aborted first.
   */
  lock<R>(key: K, work: () => MaybePromise<R>, options?: LockOptions): Promise<R> {
    return this.#locks.run(this.identify(key), work, options);
  }

  /**
   * Returns a metadata value.
   *
   * @param name The name of the value.
   * @returns The value, or `undefined` if there is none.
   */
  meta(name: string): unknown {
    return this.#meta.get(name);
  }

  /**
   * Stores a metadata value in the registry.
   *
   * @param name Its name.
   * @param value The value.
   */
  putMeta(name: string, value: unknown): void {
    this.#meta.set(name, value);
  }

  /**
   * Deletes a metadata value.
   *
   * @param name Its name.
   * @returns Whether there was such a value.
   */
  deleteMeta(name: string): boolean {
    return this.#meta.delete(name);
  }

  /** Returns the name of the registry and a key as text, for labels and logs. The key may come from a client. */
  protected nameOf(key: K): string {
    return oneLine(`${this.label}:${typeof key === "object" ? quoted(key) : textOf(key)}`);
  }

  /** Returns the value by which a key is compared. */
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

  /** Replaces an entry by another one of the same process, under the key with this identity. */
  protected replace(id: unknown, old: RegistryEntry<K, V, P>, entry: RegistryEntry<K, V, P>): void {
    this.#index.add(id, entry);
    this.#owners.replace(id, old.pid, old, entry);
  }

  /** Removes all entries of a process that has ended, if they have not been removed yet. */
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
      // Sent as a system message, which a full mailbox accepts: a lost event would leave the listener with wrong data.
      if (to) processOf(to).mailbox.postSystem(message);
    }
  }

  /**
   * Returns the process that has a listener's name. If the lookup throws, that is reported, and the other listeners
   * still get the event.
   */
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
