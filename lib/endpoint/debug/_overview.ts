/**
 * The numbers of an endpoint: what a dashboard shows first.
 *
 * @module
 */

/** The open connections of one socket by one transport. */
export interface ConnectionCount {
  /** The name of the socket's class, or the path of a driver that has no class. */
  readonly socket: string;
  /** The transport: `"websocket"`, `"longpoll"`, or `"direct"` for connections without an HTTP request, as in tests. */
  readonly transport: string;
  /** The number of open connections. */
  readonly count: number;
}

/** The numbers of an endpoint on this thread. */
export interface Overview {
  /** The open connections by socket and transport. */
  readonly connections: readonly ConnectionCount[];
  /** The number of joined topics of all clients: a client with two topics counts twice. */
  readonly channels: number;
  /** The number of different topics with subscribers, including a few of the library's own. */
  readonly topics: number;
  /** The number of processes of this thread. */
  readonly processes: number;
  /** The number of messages in all mailboxes of this thread. */
  readonly mailboxBacklog: number;
  /** The number of messages in the fullest mailbox of this thread. */
  readonly longestMailbox: number;
  /** The number of bytes that clients have not read yet. */
  readonly bytesWaiting: number;
  /** Whether the bus that connects the nodes is up; `"none"` if there is none. */
  readonly bus: "up" | "down" | "none";
  /** The number of topics with history that are in use. */
  readonly historyStreams: number;
  /** The size of the kept messages in bytes, about; `undefined` if the engine does not know, or there is none. */
  readonly historyBytes: number | undefined;
  /** Whether it shuts down, or has shut down. */
  readonly isDraining: boolean;
}
