/**
 * The numbers of a frame's header: RFC 6455, section 5.2.
 *
 * @module
 */

/** The opcodes of frames. */
export const OPCODES = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

/** In the first byte: the last frame of its message. */
export const FIN = 0x80;

/** In the first byte: the message is compressed, where that was agreed (RFC 7692). */
export const RSV1 = 0x40;

/** In the first byte: bits that nothing uses. */
export const RSV2_AND_3 = 0x30;

/** In the second byte: the payload is masked. */
export const MASKED = 0x80;

/** The greatest length that stands in the second byte itself. */
export const MOST_IN_7_BITS = 125;

/** In the second byte: the length is in the two bytes that follow. */
export const LENGTH_IN_16_BITS = 126;

/** In the second byte: the length is in the eight bytes that follow. */
export const LENGTH_IN_64_BITS = 127;

/** The greatest length that two bytes hold. */
export const MOST_IN_16_BITS = 65_535;
