/**
 * The fixed texts of close frames. They stand beside the code, for people who look at a connection; programs use the
 * code. Long polling has no such texts.
 *
 * @module
 */

/** With 1007: the client has sent something that is not a message of the protocol. */
export const MALFORMED_MESSAGE = "malformed message";
/** With 4408: more data waits for the client than it reads in time. */
export const READS_TOO_SLOWLY = "reads too slowly";
/** With 4429: the client has exceeded `refusalRate`. */
export const TOO_MANY_REFUSED = "too many refused messages";
/** With 4429: the client has exceeded `byteRate`. */
export const TOO_MANY_BYTES = "too many bytes per second";
/** With 1012, if reconnects are spread: the start of the text, which a number of milliseconds follows. */
export const RETRY_AFTER = "retry-after-ms=";
