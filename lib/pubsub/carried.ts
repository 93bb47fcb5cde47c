/**
 * Servers that a PubSub carries: trackers, presences, its adapter.
 *
 * The server outlives its processes. What it knows stays in the object that users hold, so that it can be used while its
 * process is being started again, and so that nothing is lost that waits for the process.
 *
 * @module
 */

import type { MaybePromise } from "../base/maybe_promise.ts";
import type { Behaviour, InfoResult } from "../otp/server/behaviour.ts";
import type { ChildSpec } from "../otp/process/child_spec.ts";
import type { ExitReason } from "../otp/process/exit_reason.ts";
import type { Pid } from "../otp/process/pid.ts";
import type { Process } from "../otp/process/process.ts";
import { type Ignore, ignore, noreply, stop } from "../otp/server/result.ts";
import type { ServerProcess } from "../otp/server/server_process.ts";
import { Exit } from "../otp/process/signals.ts";
import { startServer } from "../otp/server/start_server.ts";
import type { PubSubTree } from "./_pubsub_tree.ts";

/** Why a server is carried no more: it was stopped, or it could not be started, or too often. */
export type Ending = "stopped" | "failed";

/** A server whose process may end and be followed by another. */
export interface CarriedServer<S> extends Behaviour<S> {
  /** Called with each new process before it runs `init`: what still waits is to be sent to it. */
  attach(process: Process): void;
  /** Called when that process has ended. */
  detach(reason: ExitReason): void;
  /** Called once, when there will be no other process. */
  over(ending: Ending): MaybePromise<void>;
}

/** One server that a PubSub carries. */
export class Carried {
  /** What its supervisor calls it, and the label of its process. No other server of the PubSub has the same. */
  readonly id: string;
  readonly #tree: PubSubTree;
  readonly #server: CarriedServer<unknown>;
  #process: ServerProcess<unknown> | undefined;
  #stopping: Promise<void> | undefined;
  #isOver = false;

  /** Creates it without a process: see {@linkcode PubSubTree.add}. */
  constructor(tree: PubSubTree, id: string, server: CarriedServer<unknown>) {
    this.#tree = tree;
    this.id = id;
    this.#server = server;
  }

  /** It as a child of a supervisor. */
  get spec(): ChildSpec {
    return { id: this.id, start: (parent) => this.#start(parent) };
  }

  /** Ends it for good, after what waits for it, within the time that its supervisor gives it. */
  async stop(): Promise<void> {
    await (this.#stopping ??= this.#stop());
  }

  /** It could not be started, or was started too often. */
  fail(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    void this.#server.over("failed");
  }

  /**
   * Takes it from the PubSub's supervisor, which ends its process, for another supervisor to start it.
   *
   * @returns What that one takes.
   */
  async handOver(): Promise<ChildSpec> {
    await this.#tree.release(this);
    return this.spec;
  }

  async #stop(): Promise<void> {
    await this.#tree.remove(this);
    if (this.#isOver) return;
    this.#isOver = true;
    // Where another supervisor has it. That one is ignored when it starts it again; one that kills it ends it as well.
    await this.#process?.stop("shutdown").catch(() => {});
    await this.#server.over("stopped");
  }

  async #start(parent: Pid<never>): Promise<Pid<never> | Ignore> {
    if (this.#isOver) return ignore();
    this.#process?.end("killed"); // it may still be at its end where its supervisor was killed
    return await startServer(this.#server, this.id, { link: parent }, (process) => this.#attach(process));
  }

  #attach(process: ServerProcess<unknown>): void {
    process.trapExit = true; // so that `terminate` runs when its supervisor ends it
    process.onExit((reason) => {
      this.#process = undefined;
      this.#server.detach(reason);
    });
    this.#process = process;
    this.#server.attach(process);
  }
}

/** Ends a server by an exit signal that is not its supervisor's, as if it did not trap them. */
export function obey<S>(message: unknown, state: S): InfoResult<S> {
  return message instanceof Exit && message.reason !== "normal" ? stop(message.reason, state) : noreply(state);
}
