/**
 * Join parameters that are loaded before each join. phoenix.js cannot wait: it calls its function for parameters when it
 * writes the message, and sends what that returns.
 *
 * So the method with which phoenix.js begins each join is replaced on the instance. It is not documented, but is the
 * same in all releases from 1.4 to 1.8.
 *
 * @module
 */

import { PHX_ERROR } from "../protocol/events.ts";
import { assertInside, loadFirst } from "./_load_first.ts";
import type { PhoenixChannel } from "./phoenix_client.ts";

/** What is used of a channel, beyond what is documented. */
interface ChannelInside {
  state: string;
  rejoin(): void;
  trigger(event: string, payload: unknown): void;
  readonly joinPush: { payload: () => unknown };
  readonly socket: { isConnected(): boolean };
}

/**
 * Makes each join wait for its parameters.
 *
 * Meanwhile the state of the channel is `"errored"`, as while phoenix.js waits for the next try: pushes wait, and a new
 * connection begins the join again. Without a connection nothing is loaded: phoenix.js would keep the message, with
 * parameters that are old when it is sent.
 *
 * @param load Returns the parameters, or a promise of them.
 * @param onFailure Receives what `load` throws. After that phoenix.js tries again, as after an error reply.
 * @throws {TypeError} If this is not a channel of phoenix.js 1.4 to 1.8.
 */
export function loadJoinParams(
  channel: PhoenixChannel,
  load: () => unknown,
  onFailure: (error: unknown) => void,
): void {
  const inside = channel as unknown as ChannelInside;
  const { rejoin, joinPush, socket } = inside;
  assertInside(rejoin, joinPush, socket);
  const start = loadFirst(
    load,
    () => inside.state === "errored" && socket.isConnected(),
    (params) => {
      joinPush.payload = () => params;
      rejoin.call(channel);
    },
    (error) => {
      onFailure(error);
      inside.trigger(PHX_ERROR, { reason: error });
    },
  );
  inside.rejoin = () => {
    if (inside.state === "leaving") return;
    inside.state = "errored";
    start();
  };
}
