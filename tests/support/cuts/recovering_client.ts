/**
 * phoenix.js as it comes from npm, with the five lines that recover what it misses: for tests that cut its connection.
 *
 * @module
 */

import {
  type ClientVersion,
  isFragile,
  loadSocketClass,
  type PhoenixChannel,
  type PhoenixSocket,
  spareFragile,
} from "../phoenix_client.ts";
import { numberIn } from "./said.ts";

/** Where a client connects, and how. */
export interface RecoveringOptions {
  /** The URL of the socket, without `/websocket`. */
  readonly url: string;
  readonly topic: string;
  /** Its transport: a `WebSocket`, or the client's own `LongPoll`. */
  readonly transport: unknown;
  /** Called with each `history_state`. */
  readonly onState?: (state: HistoryState) => void;
  /** Called with each number, and the position of its message; `undefined` if a `history_state` with it is to follow. */
  readonly onSaid?: (position: string | undefined, n: number) => void;
}

/** The payload of `history_state`. After a message of bytes it has the `position` alone. */
export interface HistoryState {
  readonly recovered?: boolean | null;
  readonly position: string;
  readonly missed?: number;
}

const RETRY_MS = 10;

/** A member of one topic, which collects the numbers that are said there. */
export class RecoveringClient {
  /** The numbers, in the order in which they came. */
  readonly got: number[] = [];
  /** Each `history_state`. */
  readonly states: HistoryState[] = [];
  /** Whether it is of a release that does not survive every cut. */
  readonly isFragile: boolean;
  readonly #socket: PhoenixSocket;
  readonly #room: PhoenixChannel;
  #joins = 0;
  #joinsAtCut = 0;

  private constructor(socket: PhoenixSocket, version: string, { topic, onState, onSaid }: RecoveringOptions) {
    this.#socket = socket;
    this.isFragile = isFragile({ version });
    this.#room = joinRecovering(socket, topic, version, (state) => {
      this.states.push(state);
      onState?.(state);
    });
    this.#room.on("said", (payload, position) => {
      const n = numberIn(payload);
      this.got.push(n);
      onSaid?.(payload instanceof ArrayBuffer ? undefined : `${position}`, n);
    });
    this.#room.join().receive("ok", () => this.#joins++);
  }

  /** Connects a client of one release. */
  static async connect(client: ClientVersion, options: RecoveringOptions): Promise<RecoveringClient> {
    const SocketClass = await loadSocketClass(client);
    // Its `timeout` stays 10 seconds: a join that is answered later than that has been sent again, and both are answered.
    const again = { reconnectAfterMs: () => RETRY_MS, rejoinAfterMs: () => RETRY_MS };
    const retry = { ...again, heartbeatIntervalMs: 60_000 };
    const socket = new SocketClass(options.url, { transport: options.transport, ...retry });
    spareFragile(client, socket);
    socket.connect();
    return new RecoveringClient(socket, client.version, options);
  }

  /** Whether it has ever joined. */
  get isJoined(): boolean {
    return this.#joins > 0;
  }

  /**
   * Whether it survives a cut now: see {@linkcode isFragile}.
   */
  get survivesCut(): boolean {
    return !this.isFragile || this.#joins > this.#joinsAtCut;
  }

  /** Its connection is being cut. */
  noteCut(): void {
    this.#joinsAtCut = this.#joins;
  }

  /** How often it was told that it has missed something. */
  get told(): number {
    return this.states.filter(({ recovered }) => recovered === false).length;
  }

  /** Disconnects for good. */
  disconnect(): Promise<void> {
    return new Promise((resolve) => this.#socket.disconnect(resolve));
  }
}

/** The five lines. Before 1.4, parameters are an object, which is changed in place. */
function joinRecovering(
  socket: PhoenixSocket,
  topic: string,
  version: string,
  onState: (state: HistoryState) => void,
): PhoenixChannel {
  const params: { since?: string } = {};
  const takesFunction = !version.startsWith("1.2") && !version.startsWith("1.3");
  const room = socket.channel(topic, takesFunction ? () => params : params);
  room.onMessage = (_event, payload, ref) => {
    if (typeof ref === "string" && ref.includes(":")) params.since = ref;
    return payload;
  };
  room.on("history_state", (payload) => {
    const state = payload as HistoryState;
    params.since = state.position;
    onState(state);
  });
  return room;
}
