/**
 * The names of events and topics that the protocol reserves.
 *
 * @module
 */

/** Sent by a client to join a topic. */
export const PHX_JOIN = "phx_join";
/** Sent by a client to leave a topic. */
export const PHX_LEAVE = "phx_leave";
/** Sent by the server as the reply to one message. */
export const PHX_REPLY = "phx_reply";
/** Sent by the server when a client is no longer in a topic and should not rejoin. */
export const PHX_CLOSE = "phx_close";
/** Sent by the server when a channel has crashed and the client should rejoin. */
export const PHX_ERROR = "phx_error";
/** Sent by a client on {@linkcode PHOENIX_TOPIC} to show that it is alive. */
export const HEARTBEAT = "heartbeat";
/** Sent by a client on {@linkcode PHOENIX_TOPIC} with a new token. Phoenix does not have it. */
export const REFRESH = "refresh";
/** Sent by a client as its answer to a request of the server. Phoenix does not have it. */
export const PHX_ANSWER = "phx_answer";
/** The topic of the connection itself, which clients never join. */
export const PHOENIX_TOPIC = "phoenix";
/** Broadcast to the topic named by a socket's id: closes that socket. */
export const DISCONNECT = "disconnect";
/** The complete presence list of a topic, pushed after a join. */
export const PRESENCE_STATE = "presence_state";
/** The changes of the presence list: joins and leaves. */
export const PRESENCE_DIFF = "presence_diff";
/** The number of members present, for topics too large for diffs. Phoenix does not have it. */
export const PRESENCE_COUNT = "presence_count";
/** Pushed where a client stands in the history of a topic, and whether it has missed messages. Phoenix does not have it. */
export const HISTORY_STATE = "history_state";
