/**
 * What all supervisors have in common: how they are asked, and how one looks at their children.
 *
 * @module
 */

import type { Behaviour, InfoResult } from "../server/behaviour.ts";
import type { Pid } from "../process/pid.ts";
import { Process, type ProcessOptions } from "../process/process.ts";
import { ServerProcess } from "../server/server_process.ts";
import type { ChildCounts, ChildInfo } from "./supervised_child.ts";
import { reportUnhandled } from "../process/unhandled_message.ts";

/** A process with children. Also those that are no supervisors of ours may show theirs. */
export interface Supervising {
  /** Its children as they are now. */
  readonly supervised: readonly ChildInfo[];
}

/** The children of `pid`; `undefined` if it is no supervisor. */
export function supervisedBy(pid: Pid<never>): readonly ChildInfo[] | undefined {
  return pid instanceof Process && "supervised" in pid ? (pid as Process & Supervising).supervised : undefined;
}

/** What a supervisor answers: a value, or an error for whoever asked. */
export type Answer = { readonly is: "done"; readonly value: unknown } | {
  readonly is: "refused";
  readonly error: Error;
};

/** The answer to what went well. */
export function done(value?: unknown): Answer {
  return { is: "done", value };
}

/** The answer to what could not be done. */
export function refused(error: Error): Answer {
  return { is: "refused", error };
}

/** Why a supervisor ended by itself. */
export type SupervisorEnding =
  /** There were too many restarts. */
  | { readonly is: "gaveUp"; readonly why: string }
  /** Its significant children are done. */
  | { readonly is: "finished" };

/** The behaviour of a supervisor. */
export interface SupervisorBehaviour<S> extends Behaviour<S>, Supervising {
  /** Why it ends by itself, once it does. */
  readonly ending: SupervisorEnding | undefined;
  /** Tells it which process runs it, before it starts. */
  attach(process: Process): void;
}

/** The process of a supervisor: traps exits, and never gives up waiting for an answer, as in OTP. */
export class SupervisorProcess<S> extends ServerProcess<S> implements Supervising {
  readonly #behaviour: SupervisorBehaviour<S>;

  /** Creates a supervisor that does nothing until it is started. */
  constructor(behaviour: SupervisorBehaviour<S>, options: ProcessOptions) {
    super(behaviour, options);
    this.trapExit = true;
    this.#behaviour = behaviour;
    behaviour.attach(this);
  }

  /** Its children as they are now. */
  get supervised(): readonly ChildInfo[] {
    return this.#behaviour.supervised;
  }

  /** Why it ended, if it was not asked to and did not fail. */
  get ending(): SupervisorEnding | undefined {
    return this.#behaviour.ending;
  }

  /** Tells what children there are. */
  whichChildren(): Promise<readonly ChildInfo[]> {
    return this.ask("whichChildren");
  }

  /** Counts the children. */
  countChildren(): Promise<ChildCounts> {
    return this.ask("countChildren");
  }

  /** Asks the supervisor for something, and throws what it answers if that is an error. */
  protected async ask<R>(name: string, request?: unknown): Promise<R> {
    const answer = await this.call(name, request, { timeoutMs: Infinity }) as Answer;
    if (answer.is === "refused") throw answer.error;
    return answer.value as R;
  }
}

/** Warns of a message that means nothing to a supervisor. */
export function unexpectedMessage<S>(supervisor: Pid<never>, message: unknown, next: InfoResult<S>): InfoResult<S> {
  reportUnhandled(supervisor, `supervisor ${supervisor.id} (${supervisor.label})`, message);
  return next;
}
