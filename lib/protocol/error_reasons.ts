/**
 * Why the server itself refuses: the fixed texts that clients see in `{ reason }`. What went wrong
 * in detail is for the log only.
 *
 * @module
 */

/** Reply to a message for a topic that no channel serves, or that was not joined. */
export const UNMATCHED_TOPIC = "unmatched topic";
/** Reply to a join whose channel threw. */
export const JOIN_CRASHED = "join crashed";
/** Reply to a join that was not settled when its client left the topic again. */
export const JOIN_GIVEN_UP = "join given up";
/** Reply to a join past the number of channels that one socket may have. */
export const TOO_MANY_CHANNELS = "too many channels joined";
/** Reply to a join of a topic that is longer than the socket takes. */
export const TOPIC_TOO_LONG = "topic too long";
/** Reply to a message of a client that sends more a second than it may. */
export const TOO_MANY_PER_SECOND = "too many messages per second";
/** Reply to a join of a client that joins more often than it may. */
export const TOO_MANY_JOINS_PER_SECOND = "too many joins per second";
/** Reply to a message whose payload is larger than the channel takes for its event. */
export const PAYLOAD_TOO_LARGE = "payload too large";
/** Payload of `phx_error` when a channel ends in any way but a normal one. */
export const CHANNEL_CRASH = "channel_crash";
/** Reply to a message that there is no room for, because too many wait already. */
export const TOO_MANY_MESSAGES = "too many messages waiting";
/** Payload of `phx_error`, text of the close frame and reply to a refresh, when a client's token has expired. */
export const TOKEN_EXPIRED = "token expired";
/** Reply to a refresh that would make another client of this one. */
export const ANOTHER_ID = "another id";
/** Reply to a refresh for which the socket threw. */
export const REFRESH_CRASHED = "refresh crashed";
