/**
 * The fixed texts that clients receive in `{ reason }` when the server itself refuses something. Details go
 * only to the log.
 *
 * @module
 */

/** Reply to a message for a topic that no channel serves, or that was not joined. */
export const UNMATCHED_TOPIC = "unmatched topic";
/** Reply to a join whose channel threw. */
export const JOIN_CRASHED = "join crashed";
/** Reply to a join that was still pending when its client left the topic. */
export const JOIN_GIVEN_UP = "join given up";
/** Reply to a join that exceeds the number of channels of one socket. */
export const TOO_MANY_CHANNELS = "too many channels joined";
/** Reply to a join of a topic that is longer than the socket accepts. */
export const TOPIC_TOO_LONG = "topic too long";
/** Reply to a message of a client that exceeds its message rate. */
export const TOO_MANY_PER_SECOND = "too many messages per second";
/** Reply to a join of a client that exceeds its join rate. */
export const TOO_MANY_JOINS_PER_SECOND = "too many joins per second";
/** Reply to a message whose payload is larger than the channel accepts for its event. */
export const PAYLOAD_TOO_LARGE = "payload too large";
/** Payload of `phx_error` when a channel ends abnormally. */
export const CHANNEL_CRASH = "channel_crash";
/** Reply to a message that is refused because too many are already waiting. */
export const TOO_MANY_MESSAGES = "too many messages waiting";
/** Payload of `phx_error`, text of the close frame and reply to a refresh, when a client's token has expired. */
export const TOKEN_EXPIRED = "token expired";
/** Reply to a refresh whose token belongs to another id. */
export const ANOTHER_ID = "another id";
/** Reply to a refresh during which the socket threw. */
export const REFRESH_CRASHED = "refresh crashed";
/** Reply to an answer to a request that the server does not wait for: it is late, or there was none. */
export const UNKNOWN_REQUEST = "unknown request";
/** Reply to an answer that is not `{ ref, response }` or `{ ref, error }`. */
export const INVALID_ANSWER = "invalid answer";
/** Reply to a copy of a push whose channel ended without a reply: its handler may have done something. */
export const PUSH_UNANSWERED = "push not answered";
/** Payload of the event that a stream has failed. */
export const STREAM_FAILED = "stream failed";
/** Payload of the event that a stream was aborted. */
export const STREAM_ABORTED = "stream aborted";
/** Reply to a join or a message that does not fit the channel's contract. */
export const INVALID_PAYLOAD = "invalid payload";
/** Reply to a message whose event the channel's contract does not have. */
export const UNMATCHED_EVENT = "unmatched event";
/** Reply to a message that a schema of the channel's contract failed to validate. */
export const VALIDATION_CRASHED = "validation crashed";
