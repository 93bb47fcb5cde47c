/**
 * What clients say to servers of different protocols to get the same done. Pure.
 *
 * @module
 */

/** A protocol of text messages. */
export interface Dialect {
  /** How many messages the server sends by itself once the WebSocket is open. */
  readonly greetings: number;
  /** What the client says then, answered by one message; `undefined` for nothing. */
  readonly hello: string | undefined;
  /** How many messages answer {@linkcode leave}. An echo is answered by one. */
  readonly answersToLeave: number;
  /** How many messages answer {@linkcode join}. */
  readonly joinFrames: number;
  /** What is in the answer to a join that was accepted. */
  readonly joined: string;
  /** Joins a topic. */
  join(topic: string): string;
  /** Leaves it. */
  leave(topic: string): string;
  /** Asks for a payload back. */
  echo(topic: string, payload: unknown): string;
  /** Sends a payload to all who joined. */
  shout(topic: string, payload: unknown): string;
}

/** Phoenix's, V2. */
const PHOENIX: Dialect = {
  greetings: 0,
  hello: undefined,
  answersToLeave: 2, // a reply, and `phx_close`
  joinFrames: 1,
  joined: '{"status":"ok","response":{}}',
  join: (topic) => JSON.stringify(["1", "1", topic, "phx_join", {}]),
  leave: (topic) => JSON.stringify(["1", "2", topic, "phx_leave", {}]),
  echo: (topic, payload) => JSON.stringify(["1", "2", topic, "echo", payload]),
  shout: (topic, payload) => JSON.stringify(["1", null, topic, "shout", payload]),
};

/** The same, for topics with history: `history_state` follows the reply. */
const PHOENIX_KEPT: Dialect = { ...PHOENIX, joinFrames: 2 };

/** Engine.IO 4 and Socket.IO 5. 42 is an event; with a number behind it, one that asks for an acknowledgement (43). */
const SOCKET_IO: Dialect = {
  greetings: 1, // 0{"sid":...}
  hello: "40",
  answersToLeave: 1,
  joinFrames: 1,
  joined: "430[{}]",
  join: (topic) => `420${JSON.stringify(["join", topic])}`,
  leave: (topic) => `421${JSON.stringify(["leave", topic])}`,
  echo: (topic, payload) => `421${JSON.stringify(["echo", topic, payload])}`,
  shout: (topic, payload) => `42${JSON.stringify(["shout", topic, payload])}`,
};

/** All of them, by name. */
export const DIALECTS = { phoenix: PHOENIX, kept: PHOENIX_KEPT, "socket.io": SOCKET_IO } as const satisfies Readonly<
  Record<string, Dialect>
>;

/** The name of one. */
export type DialectName = keyof typeof DIALECTS;
