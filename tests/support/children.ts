/**
 * Children for tests of supervisors: they do nothing, and note when they start and end.
 *
 * @module
 */

import { subscribe, unsubscribe } from "node:diagnostics_channel";
import {
  type ChildSpec,
  Exit,
  type ExitReason,
  type Pid,
  type RestartPolicy,
  type Self,
  spawn,
} from "@urvogel/realtime";

/** What may be said of an idle child. */
export type IdleOptions = RestartPolicy & {
  readonly shutdown?: ChildSpec["shutdown"];
  readonly type?: ChildSpec["type"];
  /** Whether it takes no notice of being asked to end. */
  readonly stubborn?: boolean;
};

/** Notes who starts and who ends. */
export class Children {
  /** `+a` for a start of the child `a`, `-a` for its end. */
  readonly log: string[] = [];
  /** The latest process of each child. */
  readonly pids: Record<string, Pid<unknown>> = {};
  /** How often a child fails to start from now on. */
  readonly failures: Record<string, number> = {};
  /** Children that ignore their start. */
  readonly ignoring = new Set<string>();

  /** A child that does nothing. */
  idle(id: string, { stubborn = false, ...options }: IdleOptions = {}): ChildSpec<Pid<unknown>> {
    return { ...options, id, start: (parent) => this.start(id, parent, stubborn) } as ChildSpec<Pid<unknown>>;
  }

  /** Starts a process that does nothing. */
  start(id: string, parent: Pid, stubborn = false): Pid<unknown> {
    if (this.failures[id]) {
      this.failures[id]--;
      this.log.push(`!${id}`);
      throw new Error(`${id} fails`);
    }
    const pid = spawn<unknown>(async (mailbox, self) => {
      self.trapExit = stubborn;
      for await (const message of mailbox) {
        if (message instanceof Exit && message.reason === "killed") return; // the supervisor was
      }
    }, { link: parent, label: id });
    this.pids[id] = pid;
    this.log.push(`+${id}`);
    // Told in the moment in which it ends, before anybody else is.
    (pid as Self<unknown>).signal.addEventListener("abort", () => this.log.push(`-${id}`));
    return pid;
  }

  /** What was noted since this was last asked. */
  take(): string {
    return this.log.splice(0).join(" ");
  }
}

/** Waits for the end of `pid`, and tells why. */
export function exitOf(pid: Pid): Promise<ExitReason> {
  return new Promise((resolve) => {
    spawn<{ reason: ExitReason }>(async (mailbox, self) => {
      self.monitor(pid);
      for await (const { reason } of mailbox) return resolve(reason);
    });
  });
}

/** Collects what supervisors report, which keeps it from the console. */
export class SupervisorEvents implements Disposable {
  readonly #listeners = new Map<string, (event: unknown) => void>();
  /** Name and child of each event. */
  readonly names: string[] = [];
  /** The events. */
  readonly events: unknown[] = [];

  constructor() {
    for (const name of ["child_started", "child_terminated", "start_failed", "child_killed", "gave_up"]) {
      const listener = (event: unknown) => {
        this.names.push(`${name} ${(event as { childId: string }).childId}`);
        this.events.push(event);
      };
      this.#listeners.set(`urvogel:supervisor:${name}`, listener);
      subscribe(`urvogel:supervisor:${name}`, listener);
    }
  }

  [Symbol.dispose](): void {
    for (const [name, listener] of this.#listeners) unsubscribe(name, listener);
  }
}
