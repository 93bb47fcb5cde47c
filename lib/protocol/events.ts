/**
 * The names that the protocol keeps for itself.
 *
 * @module
 */

/** Client: let me into this topic. */
export const PHX_JOIN = "phx_join";
/** Client: let me out of this topic. */
export const PHX_LEAVE = "phx_leave";
/** Server: the answer to one message. */
export const PHX_REPLY = "phx_reply";
/** Server: you are no longer in this topic, and need not come back. */
export const PHX_CLOSE = "phx_close";
/** Server: your channel has crashed; join again. */
export const PHX_ERROR = "phx_error";
/** Client, on {@linkcode PHOENIX_TOPIC}: I am alive. */
export const HEARTBEAT = "heartbeat";
/** Client, on {@linkcode PHOENIX_TOPIC}: here is a new token. Not in Phoenix. */
export const REFRESH = "refresh";
/** The topic of the connection itself, which nobody joins. */
export const PHOENIX_TOPIC = "phoenix";
/** Broadcast to the topic named by a socket's id: closes that socket. */
export const DISCONNECT = "disconnect";
/** The whole presence of a topic, pushed after a join. */
export const PRESENCE_STATE = "presence_state";
/** Who came and who went since. */
export const PRESENCE_DIFF = "presence_diff";
/** How many there are now. Not Phoenix's: for rooms too large for diffs. */
export const PRESENCE_COUNT = "presence_count";
