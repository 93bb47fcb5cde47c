/**
 * The kernel: what a process is, and how its end reaches others.
 *
 * Ending is immediate for everybody else: the mailbox closes, links and monitors are told, names and subscriptions go.
 * JavaScript cannot stop code that runs, so a handler that is still waiting for something at that moment goes on by
 * itself; its result is thrown away, and `signal` tells it to give up.
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

/** Options that every kind of process takes. */
export interface ProcessOptions {
  /** What kind of process it is, for people. */
  readonly label?: string;
  /** How many messages may wait for it, and what happens to more. */
  readonly mailbox?: MailboxOptions | undefined;
  /** Its parent, to which it is linked from the start: OTP's `start_link` and `spawn_link`. */
  readonly link?: Pid<never> | undefined;
}

/** How code of this library makes a process: with options, or under a parent that it is not linked to. */
export interface ProcessOrigin extends ProcessOptions {
  /** Its parent if that is not `link`: named in crash reports, but neither ends with the other. */
  readonly parent?: Pid<never> | undefined;
}

/**
 * A process. Those that others hold see it as {@linkcode Pid}, the code inside it as {@linkcode Self}; both know what
 * messages it takes, which the kernel has no use for.
 */
export class Process implements Self<unknown> {
  static #lastId = 0;
  static readonly #running = new Set<Process>();
  // Exits spread through links; the queue keeps a long chain of links from overflowing the stack.
  static readonly #exits = new Deque<() => void>();
  static #spreading = false;

  /** All processes that run in this thread. */
  static list(): Pid<never>[] {
    return [...Process.#running];
  }

  /** How many processes run in this thread. */
  static get count(): number {
    return Process.#running.size;
  }

  /** Whether all processes of this thread wait for messages: nothing more happens by itself. */
  static get allIdle(): boolean {
    for (const { mailbox } of Process.#running) if (!mailbox.awaited) return false;
    return true;
  }

  /** The processes of this thread that do not wait for messages. */
  static get busy(): Process[] {
    return [...Process.#running].filter(({ mailbox }) => !mailbox.awaited);
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

  /** Creates a live process that nobody reads for yet, and that is not linked yet: see `introduce`. */
  constructor(options: ProcessOrigin = {}) {
    this.label = options.label ?? "process";
    this.mailbox = new Mailbox(options.mailbox, this);
    const parent = options.parent ?? options.link;
    this.#parent = parent && processOf(parent);
    Process.#running.add(this);
  }

  /** The process that it was started under, if any; `undefined` once this process has ended. */
  get parent(): Process | undefined {
    return this.#parent;
  }

  /** Its parent, the parent of that, and so on: OTP's `$ancestors`. Ends where somebody is gone. */
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

  /** Whether it runs. */
  get alive(): boolean {
    return this.#alive;
  }

  /** Why it ended; only meaningful once it has. */
  get exitReason(): ExitReason {
    return this.#reason;
  }

  /** Aborted when this process ends. */
  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (!this.#alive) this.#controller.abort(this.#reason);
    return this.#controller.signal;
  }

  /** Aborts {@linkcode signal} ahead of the end, if anybody has asked for it. */
  protected abortSignal(reason: ExitReason): void {
    if (!this.#controller) return;
    abortGuarded(this.#controller, reason, (thrown) => this.#reportListener("an abort listener of its signal", thrown));
  }

  /** Puts `message` into the mailbox. */
  send(message: unknown): SendResult {
    return this.mailbox.post(message);
  }

  /** Puts `message` into the mailbox, and waits for room where the mailbox says so. */
  deliver(message: unknown, options?: SendOptions): Promise<SendResult> {
    return this.mailbox.deliver(message, options);
  }

  /** Sends this process an exit signal. */
  exit(reason: ExitReason, from?: Pid<never>): void {
    if (reason === "kill") this.end("killed");
    else this.#receiveExit(from && processOf(from), reason);
  }

  /** Ends this process now, from inside. */
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

  /** Ties this process and `pid` together. */
  link(pid: Pid<never>): void {
    const other = processOf(pid);
    this.#assertAlive("link");
    if (other === this) return;
    if (!other.#alive) return this.#receiveExit(other, "noproc");
    (this.#links ??= new Set()).add(other);
    (other.#links ??= new Set()).add(this);
  }

  /** Undoes {@linkcode link}. */
  unlink(pid: Pid<never>): void {
    const other = processOf(pid);
    this.#links?.delete(other);
    other.#links?.delete(this);
  }

  /**
   * Stays linked to `pid` in one direction: that process still gets an exit signal when this one ends, but its own end
   * is not told to this one any more. For an end that this process has asked for; {@linkcode unlink} it when it is over.
   */
  disregard(pid: Pid<never>): void {
    processOf(pid).#links?.delete(this);
  }

  /** Asks for a `Down` message when `pid` ends. */
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

  /** Takes {@linkcode monitor} back. */
  demonitor(ref: MonitorRef, { flush = false }: DemonitorOptions = {}): void {
    const listener = this.#monitors?.get(ref);
    if (listener) processOf(ref.pid).offExit(listener);
    this.#monitors?.delete(ref);
    if (flush) this.mailbox.removeSystem((message) => isInstance(message, Down) && message.ref === ref);
  }

  /** Makes an address that can be taken back. */
  alias(options?: AliasOptions): Alias<unknown> {
    return new ProcessAlias(this, options);
  }

  /**
   * Calls `listener` when this process ends: what belongs to it goes with it. At once, with `"noproc"`, if it is over.
   * A listener that is there already is not added again. Take it back with {@linkcode offExit}.
   */
  onExit(listener: ExitListener): void {
    if (this.#alive) this.#exitListeners = withItem(this.#exitListeners, listener);
    else listener("noproc", this);
  }

  /** How many listeners {@linkcode onExit} was given, monitors of others among them: what can leak. */
  get exitListenerCount(): number {
    return countOf(this.#exitListeners);
  }

  /** Takes back what {@linkcode onExit} was given. */
  offExit(listener: ExitListener): void {
    this.#exitListeners = withoutItem(this.#exitListeners, listener);
  }

  // A handler may go on after its process has ended: what it still begins would never be cleaned up.
  #assertAlive(what: string): void {
    if (!this.#alive) throw new TypeError(`Cannot ${what}: process ${this.id} (${this.label}) has ended`);
  }

  #receiveExit(from: Process | undefined, reason: ExitReason): void {
    if (!this.#alive) return;
    if (this.trapExit) return void this.mailbox.postSystem(new Exit(from, reason));
    if (reason !== "normal") this.end(reason);
  }

  /**
   * What has been taken back by the time that it is its turn is not told: the end of one process may make another one
   * unlink, demonitor or give up listening. So both sets are read as they are now, not as they were at the end.
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

  /** Listeners have nothing to do with each other: one that throws is reported, and the others are told all the same. */
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
 * The process behind `pid`.
 *
 * @throws {TypeError} If `pid` is not a process of this thread.
 */
export function processOf(pid: Pid<never>): Process {
  if (pid instanceof Process) return pid;
  throw new TypeError(`Cannot use pid ${pid?.id}: it is not a process of this thread`);
}
