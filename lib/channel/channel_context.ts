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
import type { Handshake } from "./client_origin.ts";
import type { Membership } from "./membership.ts";

/** A channel's process, as what runs in it needs it. */
export interface ChannelSelf extends Self<unknown> {
  /** Ends the process by force unless it ends within its `shutdownMs`. */
  startDeadline(): void;
}

/** What a channel stands on. */
export interface ChannelContext {
  /** Writes to the client. */
  readonly membership: Membership;
  /** Reaches everybody else. */
  readonly pubsub: PubSub;
  /** The channel's own process. */
  readonly self: ChannelSelf;
  /** The connection's process. */
  readonly transportPid: Pid<never>;
  /** The socket's id. */
  readonly id: string | null;
  /** What the connection knows of its client. Another object after a refresh. */
  assigns: object;
  /** Hides secrets in what goes into logs. */
  readonly redact: Redactor;
  /** What the connection was made with. */
  readonly traceContextHeaders: ReadonlyMap<string, string>;
  /** Receives the reports. */
  readonly log: Log;
  /** Whom reports are about: the connection and its topic. */
  readonly logFields: LogFields;
}

/** What one channel stands on; its process comes last, since that runs on the others. */
export class MemberContext implements ChannelContext {
  self!: ChannelSelf;

  /** Creates the context of a channel whose process is to come. */
  constructor(
    readonly membership: Membership,
    readonly shared: Pick<ChannelContext, "pubsub" | "log" | "redact">,
    readonly transportPid: Pid<never>,
    readonly identity: { readonly id: string | null; readonly handshake: Handshake },
    public assigns: object,
  ) {}

  get pubsub(): PubSub {
    return this.shared.pubsub;
  }

  get redact(): Redactor {
    return this.shared.redact;
  }

  get log(): Log {
    return this.shared.log;
  }

  get logFields(): LogFields {
    const { membership: { topic, transport }, identity: { id, handshake: { peer } } } = this;
    return { ...(id !== null && { socketId: id }), ...(peer && { address: peer.hostname }), transport, topic };
  }

  get id(): string | null {
    return this.identity.id;
  }

  get traceContextHeaders(): ReadonlyMap<string, string> {
    return this.identity.handshake.traceContextHeaders;
  }
}
