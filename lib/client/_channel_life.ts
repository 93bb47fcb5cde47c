/**
 * What ends with a channel of phoenix.js: calls, joins and loops over events.
 *
 * @module
 */

import { PHX_CLOSE, PHX_ERROR } from "../protocol/events.ts";
import type { PhoenixChannel } from "./phoenix_client.ts";

/** Called when a channel has ended: `isFinal` if it was left or closed, otherwise phoenix.js joins it again. */
export type OnEnd = (isFinal: boolean) => void;

/** Calls `onEnd` whenever the channel ends, at once if it is closed, until the returned function is called. */
export type ChannelLife = (onEnd: OnEnd) => () => void;

/** Watches the end of a channel. */
export function lifeOf(channel: PhoenixChannel): ChannelLife {
  const listeners = new Set<OnEnd>();
  let isClosed = false;
  const end = (isFinal: boolean) => {
    isClosed ||= isFinal;
    listeners.forEach((onEnd) => onEnd(isFinal));
  };
  channel.on(PHX_CLOSE, () => end(true));
  channel.on(PHX_ERROR, () => end(false));
  return (onEnd) => {
    listeners.add(onEnd);
    if (isClosed) onEnd(true);
    return () => listeners.delete(onEnd);
  };
}
