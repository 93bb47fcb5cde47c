/**
 * The process shared by all kinds of supervisors: requests to it, and access to its children.
 *
 * @module
 */

import type { Behaviour, InfoResult } from "../server/behaviour.ts";
import type { Pid } from "../process/pid.ts";
import { Process, type ProcessOptions } from "../process/process.ts";
import { ServerProcess } from "../server/server_process.ts";
import type { ChildCounts, ChildInfo } from "./supervised_child.ts";
import { reportUnhandled } from "../process/unhandled_message.ts";

/**
 * A process that has children. Processes other than supervisors can implement it, too, to appear in supervision trees.
 */
export interface Supervising {
  /** A snapshot of its children. */
  readonly supervised: readonly ChildInfo[];
}

/** Returns a snapshot of the children of `pid`; `undefined` if it has none to show. */
export function supervisedBy(pid: Pid<never>): readonly ChildInfo[] | undefined {
  return pid instanceof Process && "supervised" in pid ? (pid as Process & Supervising).supervised : undefined;
}

/** A supervisor's reply: a value, or an error that the caller throws. */
export type Answer = { readonly is: "done"; readonly value: unknown } | {
  readonly is: "refused";
  readonly error: Error;
};

/** Returns the reply of a request that succeeded. */
export function done(value?: unknown): Answer {
  return { is: "done", value };
}

/** Returns the reply of a request that was refused. */
export function refused(error: Error): Answer {
  return { is: "refused", error };
}

/** Why a supervisor ended of its own accord. */
export type SupervisorEnding =
  /** There were too many restarts. */
  | { readonly is: "gaveUp"; readonly why: string }
  /** Its significant children have ended. */
  | { readonly is: "finished" };

/** The behaviour of a supervisor. */
export interface SupervisorBehaviour<S> extends Behaviour<S>, Supervising {
  /** Why it ends of its own accord; `undefined` otherwise. */
  readonly ending: SupervisorEnding | undefined;
  /** Sets the process that runs this behaviour. Called before the process starts. */
  attach(process: Process): void;
}

/** The process of a supervisor. It traps exits, and requests to it have no timeout, as in OTP. */
export class SupervisorProcess<S> extends ServerProcess<S> implements Supervising {
  readonly #behaviour: SupervisorBehaviour<S>;

  /** Creates a supervisor that does nothing until it is started. */
  constructor(behaviour: SupervisorBehaviour<S>, options: ProcessOptions) {
    super(behaviour, options);
    this.trapExit = true;
    this.#behaviour = behaviour;
    behaviour.attach(this);
  }

  /** A snapshot of its children. */
  get supervised(): readonly ChildInfo[] {
    return this.#behaviour.supervised;
  }

  /** Why it ended of its own accord; `undefined` if it was asked to end or failed. */
  get ending(): SupervisorEnding | undefined {
    return this.#behaviour.ending;
  }

  /** Returns its children. */
  whichChildren(): Promise<readonly ChildInfo[]> {
    return this.ask("whichChildren");
  }

  /** Returns the numbers of its children. */
  countChildren(): Promise<ChildCounts> {
    return this.ask("countChildren");
  }

  /** Sends a request to the supervisor. Throws the error if the request is refused. */
  protected async ask<R>(name: string, request?: unknown): Promise<R> {
    const answer = await this.call(name, request, { timeoutMs: Infinity }) as Answer;
    if (answer.is === "refused") throw answer.error;
    return answer.value as R;
  }
}

/** Logs a warning about a message that a supervisor does not understand. */
export function unexpectedMessage<S>(supervisor: Pid<never>, message: unknown, next: InfoResult<S>): InfoResult<S> {
  reportUnhandled(supervisor, `supervisor ${supervisor.id} (${supervisor.label})`, message);
  return next;
}
