/**
 * The dependencies of a channel, which the connection's process creates and the user's channel accesses by its socket.
 *
 * @module
 */

import type { Log } from "../base/log.ts";
import type { LogFields } from "../base/log_record.ts";
import type { Pid, Self } from "../otp/process/pid.ts";
import type { PubSub } from "../pubsub/pubsub.ts";
import type { Redactor } from "../base/redact.ts";
import type { Answers } from "./_answers.ts";
import { clientLogFields, type KnownClient } from "./_client_context.ts";
import type { PendingRequests } from "./requests/_pending_requests.ts";
import type { Membership } from "./_membership.ts";
import type { SocketTree } from "./socket_tree.ts";

/** A channel's process, as seen by the code that runs in it. */
export interface ChannelSelf extends Self<unknown> {
  /** Its parent, the parent of that, and so on. */
  readonly ancestors: readonly Pid<never>[];
  /** Ends the process by force unless it ends within its `shutdownMs`. */
  startDeadline(): void;
  /** The requests that its client has not answered. */
  readonly requests: PendingRequests;
}

/** The dependencies that all channels of a mount share. */
export interface SharedContext {
  /** Connects the channels with each other. */
  readonly pubsub: PubSub;
  /** Hides secrets in logged values. */
  readonly redact: Redactor;
  /** The processes of the endpoint. Streams that channels have started end with it. */
  readonly tree: SocketTree;
  /** Whether what channels with a contract say is checked, too. */
  readonly validateOut: boolean;
  /** Receives the reports. */
  readonly log: Log;
}

/** The dependencies of one channel. Its process is set last, since it needs the others. */
export class ChannelContext {
  /** The channel's own process. */
  self!: ChannelSelf;

  /**
   * Creates the context of a channel whose process does not exist yet.
   *
   * @param membership Writes to the client.
   * @param shared The dependencies that all channels of the mount share.
   * @param transportPid The connection's process.
   * @param client The connection's client.
   * @param answers Counts the client's messages that are refused.
   * @param assigns The assigns of the connection. A refresh replaces the object.
   */
  constructor(
    readonly membership: Membership,
    readonly shared: SharedContext,
    readonly transportPid: Pid<never>,
    readonly client: KnownClient,
    readonly answers: Pick<Answers, "mayGoOn">,
    public assigns: object,
  ) {}

  /** The log fields that identify the connection and its topic. */
  get logFields(): LogFields {
    const { membership: { topic, transport }, client } = this;
    return { ...clientLogFields(client), transport, topic };
  }
}
