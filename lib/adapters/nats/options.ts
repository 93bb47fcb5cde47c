/**
 * The options of the adapter for NATS.
 *
 * @module
 */

/** A connection that `connect` of `npm:@nats-io/transport-node` returned: its `NatsConnection`, and nothing else. */
export interface NatsClient {
  /** Sends a message. */
  publish(subject: string, payload?: Uint8Array | string): void;
  /** Waits until the server has handled what was sent. */
  flush(): Promise<void>;
  /** Ends the connection. */
  close(): Promise<void>;
}

/** What a node sends to log in, in the fields of NATS's protocol. */
export interface NatsLogin {
  /** The name of the user. */
  readonly user?: string;
  /** The user's password. */
  readonly pass?: string;
  /** A token. */
  readonly auth_token?: string;
  /** A JWT. */
  readonly jwt?: string;
  /** The public key. */
  readonly nkey?: string;
  /** The server's nonce, signed with the key. */
  readonly sig?: string;
}

/** How a node logs in to NATS. */
export type NatsCredentials =
  | {
    /** The name of the user. */
    readonly user: string;
    /** The user's password. */
    readonly password: string;
  }
  | {
    /** A token that all clients share. */
    readonly token: string;
  }
  | {
    /** The content of a `.creds` file: a JWT and the seed of its key. */
    readonly creds: string;
  }
  | {
    /** The seed of an NKey. */
    readonly nkeySeed: string;
  }
  | {
    /** Another way, such as a password that changes: called for each attempt to connect. */
    readonly authenticator: (nonce?: string) => NatsLogin;
  };

/** How the connection is encrypted, in PEM. The server's certificate is always verified. */
export interface NatsTls {
  /**
   * The certificates of the authorities that may sign the server's.
   *
   * @default {the authorities that Deno trusts}
   */
  readonly ca?: string;
  /** The certificate of this client, for servers that verify it. */
  readonly cert?: string;
  /** The private key of {@linkcode NatsTls.cert}. */
  readonly key?: string;
  /**
   * Whether encryption begins before the server sends anything. The server needs `handshake_first`.
   *
   * @default {false}
   */
  readonly handshakeFirst?: boolean;
}

/** Where the servers are, for a connection that the adapter makes. */
export interface NatsServers {
  /**
   * The URLs of the servers, such as `"tls://nats.internal:4222"`. Port 4222 if there is none. A URL may hold user and
   * password, or a token. Name all servers of a cluster, or a host name that has all their addresses: servers that
   * NATS announces are not used.
   *
   * @default {"nats://127.0.0.1:4222"}
   */
  readonly servers?: string | readonly string[];
  /**
   * How to log in to servers whose URL does not say it.
   *
   * @default {undefined} Without credentials.
   */
  readonly credentials?: NatsCredentials;
  /**
   * Encryption. `false` allows unencrypted connections to other machines, where everybody on the network can read the
   * password, and send messages as the server.
   *
   * @default {{}} For `tls://` and hosts beyond the loopback; on the loopback if the server offers it.
   */
  readonly tls?: NatsTls | false;
  /** Not together with `servers`, `credentials` and `tls`. */
  readonly connect?: never;
}

/** A connection that the program makes. */
export interface NatsConnect {
  /**
   * Returns a connection of the program. Called for each attempt; may return the same connection each time, which then
   * reconnects by itself, with `maxReconnectAttempts: -1`. The adapter never closes it.
   *
   * Set `pingInterval: 1500` and `maxPingOut: 2`, or a server that stops responding is noticed late, and `noEcho:
   * true`, or each broadcast comes back and is thrown away.
   */
  readonly connect: () => NatsClient | Promise<NatsClient>;
  /** Not together with `connect`. */
  readonly servers?: never;
  /** Not together with `connect`. */
  readonly credentials?: never;
  /** Not together with `connect`. */
  readonly tls?: never;
}

/** Options for {@linkcode natsAdapter}. */
export type NatsAdapterOptions = (NatsServers | NatsConnect) & {
  /**
   * The first part of all subjects: 1 to 64 letters, digits, `-` and `_`. Applications that share a NATS account need
   * different ones.
   *
   * @default {"urvogel"}
   */
  readonly prefix?: string;
  /**
   * The name of this node: 1 to 64 letters, digits, `-` and `_`. It must be another one for each run.
   *
   * @default {a ULID}
   */
  readonly nodeName?: string;
  /**
   * Maximum size of what was sent to NATS and is not yet confirmed, in bytes. Above it, the server reads too slowly and
   * `broadcast` throws a `BusDownError`, or memory would grow without bound. At least 1.
   *
   * @default {67_108_864}
   */
  readonly maxUnconfirmedBytes?: number;

  /**
   * On how many servers of a NATS cluster the messages of topics with history, owners, and states of servers by key are
   * kept, 1 to 5; of an existing stream, what it was created with. With 1, messages that were confirmed are lost with
   * their server, and up to two minutes of them when it loses power, unless it has `sync_interval: always`.
   *
   * @default {1}
   */
  readonly historyReplicas?: number;
};
