/**
 * A person with phoenix.js, who goes to the next server when its own is gone.
 *
 * @module
 */

import { Presence, Socket } from "phoenix";

/** Somebody in the room. */
export class Client {
  readonly name: string;
  /** What was said in the room, as it came. */
  readonly heard: string[] = [];
  readonly #ports: readonly number[];
  #at: number;
  #socket: Socket | undefined;
  #room: ReturnType<Socket["channel"]> | undefined;
  #people: Presence | undefined;
  /** Where it stands in what was said: the next server goes on from there. */
  #since: string | undefined;
  #isOver = false;

  /** Enters the room by the server on `ports[at]`. */
  constructor(name: string, ports: readonly number[], at: number) {
    this.name = name;
    this.#ports = ports;
    this.#at = at;
    this.#connect();
  }

  /** The port of its server. */
  get port(): number {
    return this.#ports[this.#at % this.#ports.length]!;
  }

  /** Whether it is in the room. */
  get isIn(): boolean {
    return this.#room?.state === "joined";
  }

  /** The people in the room, as it sees them. */
  get sees(): string[] {
    return this.#people?.list((name: string) => name).sort() ?? [];
  }

  /** Says something. Resolves to whether the server has told everybody. */
  say(text: string): Promise<boolean> {
    return new Promise((resolve) => {
      if (!this.isIn) return resolve(false);
      const push = this.#room!.push("say", { text }, 1000);
      push.receive("ok", () => resolve(true));
      push.receive("error", () => resolve(false)).receive("timeout", () => resolve(false));
    });
  }

  /** Leaves. */
  leave(): void {
    this.#isOver = true;
    this.#socket?.disconnect();
  }

  #connect(): void {
    const socket = this.#socket = new Socket(`ws://127.0.0.1:${this.port}/socket`, { params: { name: this.name } });
    const room = this.#room = socket.channel("room:lobby", () => ({ since: this.#since }));
    room.onMessage = (_event: string, payload: unknown, ref: unknown) => {
      if (typeof ref === "string" && ref.includes(":")) this.#since = ref;
      return payload;
    };
    room.on("history_state", ({ position }: { position: string }) => void (this.#since = position));
    this.#people = new Presence(room);
    room.on("message", ({ from, text }: { from: string; text: string }) => void this.heard.push(`${from}: ${text}`));
    room.join();
    socket.onClose(() => this.#goOn(socket));
    socket.connect();
  }

  /** A balancer in front of the servers would do this, and the client would need nothing of it. */
  #goOn(socket: Socket): void {
    if (this.#isOver || socket !== this.#socket) return;
    this.#at++;
    socket.disconnect();
    this.#connect();
  }
}
