import { assert, assertEquals } from "@std/assert";
import { Buffer } from "node:buffer";
import type { Socket } from "node:net";
import { Duplex } from "node:stream";
import { FramesSocket } from "../../../../lib/adapters/serve/frames/_frames_socket.ts";
import { Turn } from "../../../../lib/adapters/serve/frames/_turn.ts";
import type { SocketListener } from "../../../../lib/transport/request/websocket_host.ts";
import { encodeFrame, Opcode } from "../../../support/ws_frame.ts";

const NO_LISTENER: SocketListener = {
  onOpen() {},
  onMessage() {},
  onSign() {},
  onDrain() {},
  onBreach() {},
  onClose() {},
  onGone() {},
};

/** A TCP connection whose client reads nothing until it is told to. */
class StuckTcp extends Duplex {
  /** All that was written. */
  readonly written: Buffer[] = [];
  #read: (() => void) | undefined;
  #isStuck = true;

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.written.push(chunk);
    if (this.#isStuck) this.#read = done;
    else done();
  }

  /** The client reads all that waits. */
  release(): void {
    this.#isStuck = false;
    this.#read?.();
  }
}

function pingsOf(count: number): Buffer {
  const pings = Array.from(
    { length: count },
    (_, n) => encodeFrame({ opcode: Opcode.ping, payload: new TextEncoder().encode(`${n}`) }),
  );
  return Buffer.concat(pings);
}

Deno.test("FramesSocket keeps few pongs for a client that pings and does not read, and answers its last ping", async () => {
  const tcp = new StuckTcp();
  const socket = new FramesSocket(new Turn(), { maxFrameBytes: 1000, inflates: false });
  socket.listen(NO_LISTENER);
  socket.open(tcp as unknown as Socket, Buffer.alloc(0));
  tcp.push(pingsOf(10_000));
  await new Promise((resolve) => setTimeout(resolve, 0));
  assert(tcp.writableLength > 0);
  tcp.release();
  await new Promise((resolve) => setTimeout(resolve, 0));
  assert(tcp.written.length <= 65, `${tcp.written.length} pongs waited`);
  const payloads = tcp.written.map((pong) => pong.subarray(2).toString());
  assertEquals([payloads[0], payloads.at(-1)], ["0", "9999"]);
  tcp.destroy();
});
