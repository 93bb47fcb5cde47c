/**
 * The supervision tree of an endpoint: its connections, and under each of them its channels.
 *
 * The connections are kept in a set instead of being linked: the root process knows them, is their parent, and ends
 * them when it ends. It restarts nothing; a client that lost its connection or channel reconnects by itself.
 *
 * @module
 */

import type { Behaviour, InfoResult, InitResult } from "../otp/server/behaviour.ts";
import type { Process } from "../otp/process/process.ts";
import { ProcessGroup } from "../otp/process/group.ts";
import type { Reported, Reporting } from "../otp/process/reporting.ts";
import { noreply, ok } from "../otp/server/result.ts";
import { ServerProcess } from "../otp/server/server_process.ts";
import type { ChildInfo } from "../otp/supervisor/supervised_child.ts";
import type { Supervising } from "../otp/supervisor/supervising.ts";
import { childOf, SocketProcess } from "./socket_process.ts";

/** What a tree needs from its endpoint. */
export interface SocketTreeParts {
  /** Returns the other children of the root process. */
  readonly siblings?: () => readonly ChildInfo[];
  /** Returns where reports about the processes go, unless they specify it themselves. */
  readonly reporting?: () => Reporting;
}

/** The processes of an endpoint. */
export class SocketTree {
  /** Its channels, including those that are still terminating after their connection was closed. */
  readonly channels: ProcessGroup = new ProcessGroup();
  /** The streams that its channels have started; see `stream.ts`. */
  readonly streams: ProcessGroup = new ProcessGroup();
  readonly #sockets = new Set<SocketProcess>();
  readonly #parts: SocketTreeParts;
  #root: Root | undefined;
  #hasEnded = false;

  /**
   * Creates a tree without processes.
   *
   * @param parts The other children, and where reports go.
   */
  constructor(parts: SocketTreeParts = {}) {
    this.#parts = parts;
  }

  /** The processes of its connections. */
  get sockets(): ReadonlySet<SocketProcess> {
    return this.#sockets;
  }

  /** The root process. It is started when first needed, and replaced by another if it is killed. */
  get root(): Process {
    if (this.#root) return this.#root;
    const root = new Root(() => this.#children(), this.#parts.reporting);
    root.onExit(() => this.#rootEnded());
    root.start(() => {});
    this.#root = root;
    if (this.#hasEnded) root.end("shutdown");
    return root;
  }

  /**
   * Adds a connection. Its process must be removed with {@linkcode delete} when it ends; this avoids a second exit
   * listener.
   */
  add(socket: SocketProcess): void {
    this.#sockets.add(socket);
  }

  /** Removes a connection. */
  delete(socket: SocketProcess): void {
    this.#sockets.delete(socket);
  }

  /** Ends the root process for good, and with it the remaining connections. */
  end(): void {
    this.#hasEnded = true;
    this.#root?.end("shutdown");
  }

  #rootEnded(): void {
    if (!this.#hasEnded) this.#root = undefined;
    for (const socket of [...this.#sockets]) socket.exit("shutdown");
    for (const stream of [...this.streams]) stream.exit("shutdown");
  }

  /**
   * The connections, the channels that no longer belong to one because they were left or their connection was closed,
   * and the streams.
   */
  #children(): ChildInfo[] {
    const { siblings = nobody } = this.#parts;
    const children = [...siblings(), ...Array.from(this.#sockets, (socket) => childOf(socket, "supervisor"))];
    for (const channel of this.channels) if (!isShownBelow(channel)) children.push(childOf(channel, "worker"));
    for (const stream of this.streams) children.push(childOf(stream, "worker"));
    return children;
  }
}

/** Whether a channel still belongs to its connection, which shows it. */
function isShownBelow(channel: Process): boolean {
  const { parent } = channel;
  return parent instanceof SocketProcess && parent.alive && parent.holds(channel);
}

const nobody = (): readonly ChildInfo[] => [];

class Root extends ServerProcess<undefined> implements Reported, Supervising {
  readonly #children: () => readonly ChildInfo[];
  readonly #reporting: SocketTreeParts["reporting"];

  constructor(children: () => readonly ChildInfo[], reporting: SocketTreeParts["reporting"]) {
    super(new RootServer(), { label: "Endpoint" });
    this.#children = children;
    this.#reporting = reporting;
  }

  /** Where reports about it and the processes below it go. */
  get reporting(): Reporting | undefined {
    return this.#reporting?.();
  }

  get supervised(): readonly ChildInfo[] {
    return this.#children();
  }
}

/** The behaviour of the root process, which handles no messages. */
class RootServer implements Behaviour<undefined> {
  init(): InitResult<undefined> {
    return ok();
  }

  handleInfo(): InfoResult<undefined> {
    return noreply();
  }
}
