/**
 * The kernel: processes, their links and monitors, and how other processes are informed of their end.
 *
 * A process ends immediately for all others: its mailbox closes, linked and monitoring processes are informed, its
 * names and subscriptions are removed. JavaScript cannot stop running code, so a handler that waits for a promise at
 * that moment goes on. Its result is discarded, and `signal` is aborted so that it can stop early.
 *
 * @module
 */

import { Deque } from "../../base/deque.ts";
import { countOf, type Few, hasItem, withItem, withoutItem } from "../../base/few.ts";
import { isInstance } from "../../base/foreign.ts";
import { abortGuarded } from "../../base/guarded_abort.ts";
import { type Alias, type AliasOptions, ProcessAlias } from "./alias.ts";
import { reportCrash } from "./crash_report.ts";
import { type ExitReason, exitReasonOf } from "./exit_reason.ts";
import { Mailbox, type MailboxOptions, type SendOptions, type SendResult } from "./mailbox.ts";
import type { DemonitorOptions, MonitorRef, Pid, Self } from "./pid.ts";
import { Down, Exit } from "./signals.ts";

/** Called once when a process ends, with the reason and the process. */
export type ExitListener = (reason: ExitReason, process: Process) => void;

/**
 * Options that every kind of process takes.
 *
 * @category Processes
 */
export interface ProcessOptions {
  /** A description of the process, for logs and errors. */
  readonly label?: string;
  /** The capacity and the overflow policy of its mailbox. */
  readonly mailbox?: MailboxOptions | undefined;
  /** Its parent, to which it is linked when it starts: OTP's `start_link` and `spawn_link`. */
  readonly link?: Pid<never> | undefined;
}

/** Options for processes that this library itself creates, which may have a parent without a link to it. */
export interface ProcessOrigin extends ProcessOptions {
  /** Its parent, if that is not `link`: named in crash reports, but not linked. */
  readonly parent?: Pid<never> | undefined;
}

/**
 * A process. Other code uses it as a {@linkcode Pid}, its own code as a {@linkcode Self}. Both have the type of its
 * messages, which the kernel does not need.
 */
export class Process implements Self<unknown> {
  static #lastId = 0;
  static readonly #running = new Set<Process>();
  // Exits spread through links; the queue keeps a long chain of links from overflowing the stack.
  static readonly #exits = new Deque<() => void>();
  static #spreading = false;

  /** Returns the live processes of this thread. */
  static list(): Pid<never>[] {
    return [...Process.#running];
  }

  /** Number of live processes in this thread. */
  static get count(): number {
    return Process.#running.size;
  }

  /** Whether no process of this thread is busy, so that nothing more happens without outside input. */
  static get allIdle(): boolean {
    for (const process of Process.#running) if (process.isBusy) return false;
    return true;
  }

  /** The processes of this thread that are busy. */
  static get busy(): Process[] {
    const busy: Process[] = [];
    for (const process of Process.#running) if (process.isBusy) busy.push(process); // few of many thousands
    return busy;
  }

  readonly id: number = ++Process.#lastId;
  label: string;
  readonly mailbox: Mailbox<unknown>;
  trapExit = false;
  #alive = true;
  #reason: ExitReason = "normal";
  #links: Set<Process> | undefined;
  #exitListeners: Few<ExitListener>;
  #monitors: Map<MonitorRef, ExitListener> | undefined;
  #controller: AbortController | undefined;
  #parent: Process | undefined;

  /** Creates a live process. It has no reader yet and is not linked yet; see `introduce`. */
  constructor(options: ProcessOrigin = {}) {
    this.label = options.label ?? "process";
    this.mailbox = new Mailbox(options.mailbox, this);
    const parent = options.parent ?? options.link;
    this.#parent = parent && processOf(parent);
    Process.#running.add(this);
  }

  /** Whether it is at work, rather than waiting for its next message. */
  get isBusy(): boolean {
    return !this.mailbox.awaited;
  }

  /** Why it is busy, if that is known. */
  get whyLate(): string | undefined {
    return undefined;
  }

  /** Its parent process, if any; `undefined` once this process has ended. */
  get parent(): Process | undefined {
    return this.#parent;
  }

  /** Its parent, the parent of that, and so on: OTP's `$ancestors`. The list stops at the first one that has ended. */
  get ancestors(): Pid<never>[] {
    const ancestors: Process[] = [];
    for (let next = this.#parent; next !== undefined; next = next.#parent) ancestors.push(next);
    return ancestors;
  }

  /** The processes it is linked to. */
  get links(): Pid<never>[] {
    return [...this.#links ?? []];
  }

  /** The processes it monitors. */
  get monitors(): Pid<never>[] {
    return [...this.#monitors?.keys() ?? []].map(({ pid }) => pid);
  }

  /** Whether the process runs. */
  get alive(): boolean {
    return this.#alive;
  }

  /** Why the process ended; only meaningful after it has ended. */
  get exitReason(): ExitReason {
    return this.#reason;
  }

  /** Aborted when this process ends. */
  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (!this.#alive) this.#controller.abort(this.#reason);
    return this.#controller.signal;
  }

  /** Aborts {@linkcode signal} before the process ends, if the signal was ever used. */
  protected abortSignal(reason: ExitReason): void {
    if (!this.#controller) return;
    abortGuarded(this.#controller, reason, (thrown) => this.#reportListener("an abort listener of its signal", thrown));
  }

  /** Adds `message` to the mailbox. */
  send(message: unknown): SendResult {
    return this.mailbox.post(message);
  }

  /** Adds `message` to the mailbox, and waits for room if the overflow policy is `"wait"`. */
  deliver(message: unknown, options?: SendOptions): Promise<SendResult> {
    return this.mailbox.deliver(message, options);
  }

  /** Sends this process an exit signal. */
  exit(reason: ExitReason, from?: Pid<never>): void {
    if (reason === "kill") this.end("killed");
    else this.#receiveExit(from && processOf(from), reason);
  }

  /** Ends this process now. Not a signal, so it cannot be trapped. */
  end(reason: ExitReason): void {
    if (!this.#alive) return;
    this.#alive = false;
    this.#reason = reason;
    this.#parent = undefined; // or a chain of those who started each other would never be let go
    Process.#running.delete(this);
    this.mailbox[Symbol.dispose]();
    this.abortSignal(reason);
    for (const ref of this.#monitors?.keys() ?? []) this.demonitor(ref);
    Process.#exits.push(() => this.#tellOthers(reason));
    Process.#spread();
  }

  /** Links this process and `pid`. */
  link(pid: Pid<never>): void {
    const other = processOf(pid);
    this.#assertAlive("link");
    if (other === this) return;
    if (!other.#alive) return this.#receiveExit(other, "noproc");
    (this.#links ??= new Set()).add(other);
    (other.#links ??= new Set()).add(this);
  }

  /** Removes the link to `pid`. */
  unlink(pid: Pid<never>): void {
    const other = processOf(pid);
    this.#links?.delete(other);
    other.#links?.delete(this);
  }

  /**
   * Makes the link to `pid` one-way: that process still gets an exit signal when this one ends, but this one gets none
   * when `pid` ends. For a process that this one has told to end; call {@linkcode unlink} after it has ended.
   */
  disregard(pid: Pid<never>): void {
    processOf(pid).#links?.delete(this);
  }

  /** Monitors `pid`: this process gets a `Down` message when it ends. */
  monitor(pid: Pid<never>): MonitorRef {
    this.#assertAlive("monitor");
    const ref: MonitorRef = { pid };
    const other = processOf(pid);
    const listener = (reason: ExitReason) => {
      this.#monitors?.delete(ref);
      this.mailbox.postSystem(new Down(ref, pid, reason));
    };
    if (other.alive) (this.#monitors ??= new Map()).set(ref, listener);
    other.onExit(listener);
    return ref;
  }

  /** Removes a monitor. */
  demonitor(ref: MonitorRef, { flush = false }: DemonitorOptions = {}): void {
    const listener = this.#monitors?.get(ref);
    if (listener) processOf(ref.pid).offExit(listener);
    this.#monitors?.delete(ref);
    if (flush) this.mailbox.removeSystem((message) => isInstance(message, Down) && message.ref === ref);
  }

  /** Creates an address that can be deactivated. */
  alias(options?: AliasOptions): Alias<unknown> {
    return new ProcessAlias(this, options);
  }

  /**
   * Calls `listener` when this process ends, so that what it owns can be removed; now, with `"noproc"`, if it has
   * already ended. A listener is added only once. Remove it with {@linkcode offExit}.
   */
  onExit(listener: ExitListener): void {
    if (this.#alive) this.#exitListeners = withItem(this.#exitListeners, listener);
    else listener("noproc", this);
  }

  /** Number of exit listeners, including the monitors of other processes. For tests that look for leaks. */
  get exitListenerCount(): number {
    return countOf(this.#exitListeners);
  }

  /** Removes a listener that was added by {@linkcode onExit}. */
  offExit(listener: ExitListener): void {
    this.#exitListeners = withoutItem(this.#exitListeners, listener);
  }

  // A handler may go on after its process has ended. What it starts then would never be cleaned up.
  #assertAlive(what: string): void {
    if (!this.#alive) throw new TypeError(`Cannot ${what}: process ${this.id} (${this.label}) has ended`);
  }

  #receiveExit(from: Process | undefined, reason: ExitReason): void {
    if (!this.#alive) return;
    if (this.trapExit) return void this.mailbox.postSystem(new Exit(from, reason));
    if (reason !== "normal") this.end(reason);
  }

  /**
   * Informs linked and monitoring processes and exit listeners. The end of one process may make another one unlink,
   * demonitor or remove a listener; those are then skipped. So both sets are read as they are now, not as they were at
   * the end.
   */
  #tellOthers(reason: ExitReason): void {
    for (const other of this.#links ?? []) {
      this.#links!.delete(other);
      other.#links?.delete(this);
      other.#receiveExit(this, reason);
    }
    this.#links = undefined;
    for (const listener of this.#exitListeners ?? []) {
      if (hasItem(this.#exitListeners, listener)) this.#tellListener(listener, reason);
    }
    this.#exitListeners = undefined;
  }

  /** Calls a listener. One that throws is reported, and does not affect the others. */
  #tellListener(listener: ExitListener, reason: ExitReason): void {
    try {
      listener(reason, this);
    } catch (thrown) {
      this.#reportListener("a listener of its end", thrown);
    }
  }

  #reportListener(during: string, thrown: unknown): void {
    reportCrash({ pid: this, during, error: exitReasonOf(thrown), ancestors: [] });
  }

  static #spread(): void {
    if (Process.#spreading) return;
    Process.#spreading = true;
    try {
      while (Process.#exits.length > 0) Process.#exits.shift()!();
    } finally {
      Process.#spreading = false;
    }
  }
}

/**
 * Returns the process of `pid`.
 *
 * @throws {TypeError} If `pid` is not a process of this thread.
 */
export function processOf(pid: Pid<never>): Process {
  if (pid instanceof Process) return pid;
  throw new TypeError(`Cannot use pid ${pid?.id}: it is not a process of this thread; send to a topic instead`);
}
