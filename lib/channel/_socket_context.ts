/**
 * The dependencies that all connections of a mount share.
 *
 * @module
 */

import type { SocketLimits } from "../limits/limit_set.ts";
import type { ChannelClass } from "./channel.ts";
import type { SharedContext } from "./_channel_context.ts";
import type { PushMemory } from "./repeats/_push_memory.ts";
import type { Router } from "../protocol/topic_router.ts";

/** The dependencies that all connections of a mount share. */
export interface SocketContext<A extends object> extends SharedContext {
  /** Finds the channel of a topic. */
  readonly router: Router<ChannelClass<A>>;
  /** The limits of each client. */
  readonly limits: SocketLimits;
  /** What clients that come back may send again. */
  readonly pushes: PushMemory;
  /** The socket's label in debug output. */
  readonly label: string;
}
