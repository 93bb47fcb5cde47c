/**
 * Counts the messages in a stream of WebSocket frames, without a copy of any of them. A frame may hold several, a line
 * each, unless it is compressed: JSON has no raw line break.
 *
 * @module
 */

/** Keeps track of where in a stream of unmasked, unfragmented frames it is. */
export class FrameCounter {
  /** Bytes of the current frame's payload that have not come yet. */
  #payload = 0;
  /** What has come of a frame's header: at most 10 bytes, of which 2 tell how many there are. */
  readonly #header = new Uint8Array(10);
  #headerLength = 0;

  /**
   * Takes the next bytes.
   *
   * @param bytes What came.
   * @returns How many messages ended in them.
   * @throws {Error} If a frame is not a whole text message: nothing else is sent by a server that is well.
   */
  count(bytes: Uint8Array): number {
    let messages = 0;
    for (let at = 0; at < bytes.length;) {
      if (this.#payload > 0) {
        const more = Math.min(this.#payload, bytes.length - at);
        if (this.#header[0] === WHOLE_TEXT_MESSAGE) messages += countLineBreaks(bytes, at, at + more);
        at += more;
        this.#payload -= more;
        if (this.#payload === 0) messages++;
        continue;
      }
      this.#header[this.#headerLength++] = bytes[at++]!;
      if (this.#headerLength < headerBytes(this.#header, this.#headerLength)) continue;
      this.#payload = payloadBytes(this.#header);
      this.#headerLength = 0;
      if (this.#payload === 0) messages++;
    }
    return messages;
  }
}

const WHOLE_TEXT_MESSAGE = 0x81;
/** By permessage-deflate (RFC 7692): the first of the reserved bits is set, and what looks like a line break is none. */
const COMPRESSED_TEXT_MESSAGE = 0xc1;
const LINE_BREAK = 0x0a;

function countLineBreaks(bytes: Uint8Array, from: number, to: number): number {
  let count = 0;
  for (let at = bytes.indexOf(LINE_BREAK, from); at !== -1 && at < to; at = bytes.indexOf(LINE_BREAK, at + 1)) count++;
  return count;
}

function headerBytes(header: Uint8Array, known: number): number {
  if (header[0] !== WHOLE_TEXT_MESSAGE && header[0] !== COMPRESSED_TEXT_MESSAGE) {
    throw new Error(`Cannot count frames: one begins with ${header[0]}`);
  }
  if (known < 2 || header[1]! < 126) return 2;
  return header[1] === 126 ? 4 : 10;
}

function payloadBytes(header: Uint8Array): number {
  if (header[1]! < 126) return header[1]!;
  const view = new DataView(header.buffer);
  return header[1] === 126 ? view.getUint16(2) : Number(view.getBigUint64(2));
}
