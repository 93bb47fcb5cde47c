/**
 * Frames as npm:ws reads and writes them: what ours have to agree with.
 *
 * @module
 */

import { Duplex } from "node:stream";
import type { Frame } from "@urvogel/realtime";
// @ts-types="./ws.d.ts"
import { type Extensions, PerMessageDeflate, Receiver, Sender } from "ws";

/** What a message is cut into, and what stands between its parts. */
export interface ForeignMessage {
  readonly frame: Frame;
  /** Where it is cut, in bytes. */
  readonly cuts: readonly number[];
  /** Whether a ping stands behind its first part. */
  readonly pings: boolean;
}

/** Reads what a server has written, as a client. */
export async function readByWs(bytes: Uint8Array, isDeflated: boolean): Promise<Frame[]> {
  const receiver = new Receiver({ isServer: false, extensions: isDeflated ? deflate(false) : {} });
  const frames: Frame[] = [];
  receiver.on("message", (data, isBinary) => void frames.push(isBinary ? new Uint8Array(data) : data.toString()));
  await new Promise<void>((resolve, reject) => {
    receiver.on("error", reject);
    receiver.on("conclude", () => resolve());
    receiver.write(bytes);
    receiver.write(Uint8Array.of(0x88, 0)); // a close frame, so that all before it has been read
  });
  return frames;
}

/** Writes messages as a client. */
export async function writtenByWs(messages: readonly ForeignMessage[], isDeflated: boolean): Promise<Uint8Array> {
  const written: Uint8Array[] = [];
  const pipe = new Duplex({
    read() {},
    write(chunk: Uint8Array, _encoding, done) {
      written.push(chunk);
      done();
    },
  });
  const sender = new Sender(pipe, isDeflated ? deflate(false) : {});
  for (const message of messages) await sendByWs(sender, message, isDeflated);
  await new Promise<void>((resolve) => sender.ping(new Uint8Array(0), true, resolve));
  return new Uint8Array(await new Blob(written as Uint8Array<ArrayBuffer>[]).arrayBuffer());
}

async function sendByWs(sender: Sender, { frame, cuts, pings }: ForeignMessage, compress: boolean): Promise<void> {
  const binary = typeof frame !== "string";
  const bytes = binary ? frame : new TextEncoder().encode(frame);
  const ends = [...cuts.filter((cut) => cut < bytes.length).toSorted((a, b) => a - b), bytes.length];
  for (const [n, end] of ends.entries()) {
    const part = bytes.slice(ends[n - 1] ?? 0, end);
    const options = { binary, compress, fin: n === ends.length - 1, mask: true };
    await new Promise<void>((resolve) => sender.send(part, options, resolve));
    if (n === 0 && pings) sender.ping(new Uint8Array(0), true);
  }
}

/** permessage-deflate as our server agrees to it. */
function deflate(isServer: boolean): Extensions {
  const extension = new PerMessageDeflate({ isServer, threshold: 0 });
  extension.accept([{ server_no_context_takeover: [true], client_no_context_takeover: [true] }]);
  return { "permessage-deflate": extension };
}
