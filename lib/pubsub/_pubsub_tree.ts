/**
 * The supervision tree of a PubSub: one supervisor and the servers under it.
 *
 * The supervisor exists while there is something to supervise. It is the top of its tree, so this class restarts it if
 * it is killed. If it gives up, its servers end for good.
 *
 * @module
 */

import { monotonicMs } from "../base/clock.ts";
import { consoleLog, type Log } from "../base/log.ts";
import { CallExitError } from "../otp/process/errors.ts";
import type { Pid } from "../otp/process/pid.ts";
import type { Reporting } from "../otp/process/reporting.ts";
import { RestartIntensity, type RestartLimits } from "../otp/supervisor/restart_intensity.ts";
import { StandingSupervisor } from "../otp/supervisor/standing_supervisor.ts";
import { Carried, type CarriedServer } from "./carried.ts";

/** The servers of a PubSub and their supervisor. */
export class PubSubTree {
  readonly #limits: RestartLimits;
  readonly #parent: () => Pid<never> | undefined;
  readonly #rootRestarts: RestartIntensity;
  readonly #carried = new Map<string, Carried>(); // in the order in which they are started
  readonly #waiting = new Set<Carried>(); // to be started at the end of this turn
  readonly #released = new Set<Carried>(); // those under another supervisor
  readonly #ownReporting: Reporting | undefined;
  readonly #reportings = new Set<Reporting>();
  #root: StandingSupervisor | undefined;
  #stopped: Promise<void> | undefined;

  /**
   * Creates a tree without processes.
   *
   * @param limits How many restarts are allowed.
   * @param parent Returns the supervisor's parent process, if any.
   * @param ownReporting Where its reports go, whoever uses it.
   * @throws {RangeError} If a limit is out of range.
   */
  constructor(limits: RestartLimits, parent: () => Pid<never> | undefined, ownReporting?: Reporting) {
    this.#limits = limits;
    this.#parent = parent;
    this.#ownReporting = ownReporting;
    this.#rootRestarts = new RestartIntensity(limits);
  }

  /** The supervisor. */
  get supervisor(): Pid<never> {
    if (this.#root) return this.#root;
    const root = this.#standing();
    if (this.#stopped) root.end("shutdown");
    return root;
  }

  /**
   * Sends the reports about its processes to the log of an endpoint that uses it, unless it has a log of its own. Of
   * several, the first one gets them.
   *
   * @returns Ends it.
   */
  reportTo(reporting: Reporting): () => void {
    this.#reportings.add(reporting);
    return () => void this.#reportings.delete(reporting);
  }

  /** Its own log, that of the endpoint that gets the reports, or the console. */
  get log(): Log {
    return this.#reporting?.log ?? consoleLog;
  }

  /** Whether all servers are ending, or have ended, since the PubSub was stopped. */
  get isStopping(): boolean {
    return this.#stopped !== undefined;
  }

  /** Whether there is a server with this id. */
  has(id: string): boolean {
    return this.#carried.has(id);
  }

  /**
   * Adds a server and supervises it. Its process starts at the end of this turn, not within this call, since the object
   * that owns the server may still be under construction.
   *
   * @throws {TypeError} If there is a server with this id, or the PubSub has been stopped.
   */
  add<S>(id: string, server: CarriedServer<S>): Carried {
    if (this.#stopped) throw new TypeError(`Cannot start ${id}: its PubSub has been stopped; create another`);
    if (this.has(id)) throw new TypeError(`Cannot start ${id}: the node has one of this name; choose another`);
    const carried = new Carried(this, id, server);
    this.#carried.set(id, carried);
    this.#waiting.add(carried);
    queueMicrotask(() => this.#begin(carried));
    return carried;
  }

  /** Removes a server that was added in this turn. */
  forget(carried: Carried): void {
    this.#waiting.delete(carried);
    this.#carried.delete(carried.id);
  }

  /** Ends a server's process and frees its id. The supervisor ends with the last one. */
  async remove(carried: Carried): Promise<void> {
    await this.#withdraw(carried);
    this.#released.delete(carried);
    this.#carried.delete(carried.id);
    if (this.#carried.size === 0) await this.#end();
  }

  /** Ends a server's process so that another supervisor can take over. */
  async release(carried: Carried): Promise<void> {
    if (this.#released.has(carried)) return;
    await this.#withdraw(carried);
    this.#released.add(carried);
  }

  /** Ends all servers, the last first, and then the supervisor. */
  async stop(): Promise<void> {
    await (this.#stopped ??= this.#stop());
  }

  async #stop(): Promise<void> {
    try {
      for (const carried of [...this.#carried.values()].reverse()) await carried.stop();
    } finally {
      await this.#end(); // even if the adapter's stop throws
    }
  }

  #begin(carried: Carried): void {
    if (this.#waiting.delete(carried)) this.#start(carried);
  }

  #start(carried: Carried): void {
    if (this.#waiting.has(carried) || this.#released.has(carried)) return;
    const root = this.#standing();
    root.startChild(carried.spec).catch(() => { // reported by itself
      if (root !== this.#root) return; // it ended meanwhile: the next one starts its servers
      this.forget(carried);
      carried.fail();
    });
  }

  get #reporting(): Reporting | undefined {
    const [first] = this.#reportings;
    return this.#ownReporting ?? first;
  }

  #standing(): StandingSupervisor {
    if (this.#root) return this.#root;
    const origin = { label: "PubSub", parent: this.#parent() };
    const root = new StandingSupervisor(this.#limits, origin, () => this.#reporting);
    root.onExit(() => this.#rootEnded(root));
    return this.#root = root;
  }

  /** Called when the supervisor was killed or gave up. */
  #rootEnded(root: StandingSupervisor): void {
    if (root !== this.#root || this.#stopped) return;
    this.#root = undefined;
    const gaveUp = root.ending !== undefined || !this.#rootRestarts.admit(monotonicMs());
    for (const carried of [...this.#carried.values()]) {
      if (!gaveUp) this.#start(carried);
      else if (!this.#released.has(carried)) {
        this.forget(carried);
        carried.fail();
      }
    }
  }

  /** Ends the process of a server. If the supervisor is killed meanwhile, the next one has started another process. */
  async #withdraw(carried: Carried): Promise<void> {
    this.#begin(carried); // so that it handles its pending work
    const { id } = carried;
    for (let root = this.#root; root; root = this.#root === root ? undefined : this.#root) {
      try {
        await root.removeChild(id);
      } catch (error) {
        if (!(error instanceof CallExitError)) throw error;
      }
    }
  }

  async #end(): Promise<void> {
    const root = this.#root;
    this.#root = undefined; // before it ends, so that it is not considered killed
    await root?.stop("shutdown").catch(() => {}); // killed meanwhile: it has ended as well
  }
}
