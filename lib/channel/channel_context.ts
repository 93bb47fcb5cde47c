/**
 * What a channel stands on: handed from the connection's process to what the user's channel sees.
 *
 * @module
 */

import type { Log } from "../base/log.ts";
import type { Pid, Self } from "../otp/pid.ts";
import type { PubSub } from "../pubsub/pubsub.ts";
import type { Redactor } from "../security/redact.ts";
import type { Membership } from "./membership.ts";

/** What a channel stands on. */
export interface ChannelContext {
  /** Writes to the client. */
  readonly membership: Membership;
  /** Reaches everybody else. */
  readonly pubsub: PubSub;
  /** The channel's own process. */
  readonly self: Self<unknown>;
  /** The connection's process. */
  readonly transportPid: Pid<never>;
  /** The socket's id. */
  readonly id: string | null;
  /** Hides secrets in what goes into logs. */
  readonly redact: Redactor;
  /** What the connection was made with. */
  readonly traceContextHeaders: ReadonlyMap<string, string>;
  /** Where lines go. */
  readonly log: Log;
}
