/**
 * What a channel stands on: handed from the connection's process to what the user's channel sees.
 *
 * @module
 */

import type { Log } from "../base/log.ts";
import type { LogFields } from "../base/log_record.ts";
import type { Pid, Self } from "../otp/process/pid.ts";
import type { PubSub } from "../pubsub/pubsub.ts";
import type { Redactor } from "../security/redact.ts";
import type { KnownClient } from "./_client_context.ts";
import type { Membership } from "./_membership.ts";

/** A channel's process, as what runs in it needs it. */
export interface ChannelSelf extends Self<unknown> {
  /** Ends the process by force unless it ends within its `shutdownMs`. */
  startDeadline(): void;
}

/** What the channels of a mount share. */
export interface SharedContext {
  /** Reaches everybody else. */
  readonly pubsub: PubSub;
  /** Hides secrets in what goes into logs. */
  readonly redact: Redactor;
  /** Receives the reports. */
  readonly log: Log;
}

/** What one channel stands on; its process comes last, since that runs on the others. */
export class ChannelContext {
  /** The channel's own process. */
  self!: ChannelSelf;

  /**
   * Creates the context of a channel whose process is to come.
   *
   * @param membership Writes to the client.
   * @param shared What the channels of the mount share.
   * @param transportPid The connection's process.
   * @param client Whose connection it is.
   * @param assigns What the connection knows of its client. Another object after a refresh.
   */
  constructor(
    readonly membership: Membership,
    readonly shared: SharedContext,
    readonly transportPid: Pid<never>,
    readonly client: KnownClient,
    public assigns: object,
  ) {}

  /** Whom reports are about: the connection and its topic. */
  get logFields(): LogFields {
    const { membership: { topic, transport }, client: { identity: { id }, origin: { peer } } } = this;
    return { ...(id !== null && { socketId: id }), ...(peer && { address: peer.hostname }), transport, topic };
  }
}
