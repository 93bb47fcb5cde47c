/**
 * The supervision tree of an endpoint: its connections, and under each of them its channels.
 *
 * A set, and not a link for each: the process at the top knows who is there, is named as their parent, and ends them when
 * it ends. It starts nobody again; a client that lost its connection or its channel comes back by itself.
 *
 * @module
 */

import type { Behaviour, InfoResult, InitResult } from "../otp/server/behaviour.ts";
import type { Process } from "../otp/process/process.ts";
import { ProcessGroup } from "../otp/process/group.ts";
import { noreply, ok } from "../otp/server/result.ts";
import { ServerProcess } from "../otp/server/server_process.ts";
import type { ChildInfo } from "../otp/supervisor/supervised_child.ts";
import type { Supervising } from "../otp/supervisor/supervising.ts";
import { childOf, type SocketProcess } from "./socket_process.ts";

/** The processes of an endpoint. */
export class SocketTree {
  /** Its channels, those included whose connection is gone and that terminate. */
  readonly channels: ProcessGroup = new ProcessGroup();
  readonly #sockets = new Set<SocketProcess>();
  readonly #siblings: () => readonly ChildInfo[];
  #root: Root | undefined;
  #hasEnded = false;

  /**
   * Creates a tree without processes.
   *
   * @param siblings Returns what stands beside the connections.
   */
  constructor(siblings: () => readonly ChildInfo[] = () => []) {
    this.#siblings = siblings;
  }

  /** The processes of its connections. */
  get sockets(): ReadonlySet<SocketProcess> {
    return this.#sockets;
  }

  /** The process at the top. There is none until it is needed, and another one after it was killed. */
  get root(): Process {
    if (this.#root) return this.#root;
    const root = new Root(() => this.#children());
    root.onExit(() => this.#rootEnded());
    root.start(() => {});
    this.#root = root;
    if (this.#hasEnded) root.end("shutdown");
    return root;
  }

  /** Takes in a connection. Its process leaves by {@linkcode delete}: it has one listener for its end, and not two. */
  add(socket: SocketProcess): void {
    this.#sockets.add(socket);
  }

  /** Forgets a connection. */
  delete(socket: SocketProcess): void {
    this.#sockets.delete(socket);
  }

  /** Ends the process at the top for good, and with it connections that are left. */
  end(): void {
    this.#hasEnded = true;
    this.#root?.end("shutdown");
  }

  #rootEnded(): void {
    if (!this.#hasEnded) this.#root = undefined;
    for (const socket of [...this.#sockets]) socket.exit("shutdown");
  }

  /** The connections, and channels that are none's any more: they have been left, or their connection is gone. */
  #children(): ChildInfo[] {
    const children = [...this.#siblings(), ...Array.from(this.#sockets, (socket) => childOf(socket, "supervisor"))];
    const shown = new Set<unknown>();
    for (const { supervised } of this.#sockets) for (const { pid } of supervised) shown.add(pid);
    for (const channel of this.channels) if (!shown.has(channel)) children.push(childOf(channel, "worker"));
    return children;
  }
}

class Root extends ServerProcess<undefined> implements Supervising {
  readonly #children: () => readonly ChildInfo[];

  constructor(children: () => readonly ChildInfo[]) {
    super(new RootServer(), { label: "Endpoint" });
    this.#children = children;
  }

  get supervised(): readonly ChildInfo[] {
    return this.#children();
  }
}

/** There is nothing that it is asked. */
class RootServer implements Behaviour<undefined> {
  init(): InitResult<undefined> {
    return ok();
  }

  handleInfo(): InfoResult<undefined> {
    return noreply();
  }
}
