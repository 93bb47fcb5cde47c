/**
 * Servers that a PubSub supervises: trackers, presences and its adapter.
 *
 * A server outlives its processes. Its state stays in the object that users hold, so it can be used while its process
 * is being restarted, and no pending work is lost.
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

/** Why a server ended for good: it was stopped, or it failed to start or was restarted too often. */
export type Ending = "stopped" | "failed";

/** A server whose process may end and be replaced by another. */
export interface CarriedServer<S> extends Behaviour<S> {
  /** Called with each new process before it runs `init`, to send pending work to it. */
  attach(process: Process): void;
  /** Called when that process has ended. */
  detach(reason: ExitReason): void;
  /** Called once, when there will be no other process. */
  over(ending: Ending): MaybePromise<void>;
}

/** One server of a PubSub, with its current process. */
export class Carried {
  /** Its id in the supervisor and the label of its process. Unique within the PubSub. */
  readonly id: string;
  readonly #tree: PubSubTree;
  readonly #server: CarriedServer<unknown>;
  #process: ServerProcess<unknown> | undefined;
  #stopping: Promise<void> | undefined;
  #isOver = false;

  /** Creates a server without a process: see {@linkcode PubSubTree.add}. */
  constructor(tree: PubSubTree, id: string, server: CarriedServer<unknown>) {
    this.#tree = tree;
    this.id = id;
    this.#server = server;
  }

  /** The child specification for its supervisor. */
  get spec(): ChildSpec {
    return { id: this.id, start: (parent) => this.#start(parent) };
  }

  /** Ends the server for good. Pending work is handled first, within the supervisor's shutdown time. */
  async stop(): Promise<void> {
    await (this.#stopping ??= this.#stop());
  }

  /** Ends the server because it failed to start or was restarted too often. */
  fail(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    void this.#server.over("failed");
  }

  /**
   * Removes it from the PubSub's supervisor, which ends its process, so that another supervisor can start it.
   *
   * @returns The child specification for the other supervisor.
   */
  async handOver(): Promise<ChildSpec> {
    await this.#tree.release(this);
    return this.spec;
  }

  async #stop(): Promise<void> {
    await this.#tree.remove(this);
    if (this.#isOver) return;
    this.#isOver = true;
    // For a server under another supervisor. A restart by that one is ignored; if it kills the process, that ends it too.
    await this.#process?.stop("shutdown").catch(() => {});
    await this.#server.over("stopped");
  }

  async #start(parent: Pid<never>): Promise<Pid<never> | Ignore> {
    if (this.#isOver) return ignore();
    this.#process?.end("killed"); // it may still be terminating if its supervisor was killed
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

/** Ends a server on an exit signal that is not from its supervisor, as if it did not trap exits. */
export function obey<S>(message: unknown, state: S): InfoResult<S> {
  return message instanceof Exit && message.reason !== "normal" ? stop(message.reason, state) : noreply(state);
}
