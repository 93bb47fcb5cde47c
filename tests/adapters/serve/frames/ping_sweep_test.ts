import { assertEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { EventEmitter } from "node:events";
import type { Socket } from "node:net";
import type { FramesSocket } from "../../../../lib/adapters/serve/frames/_frames_socket.ts";
import { PingSweep } from "../../../../lib/adapters/serve/frames/_ping_sweep.ts";

/** A TCP connection of which only the end matters. */
function tcpOf(closed: boolean): Socket {
  return Object.assign(new EventEmitter(), { closed }) as unknown as Socket;
}

/** A socket that counts its pings. */
class Pinged {
  isQuiet = true;
  pings = 0;

  ping(): void {
    this.pings++;
  }

  get asSocket(): FramesSocket {
    return this as unknown as FramesSocket;
  }
}

Deno.test("PingSweep pings a quiet socket each period, until its connection closes", () => {
  using time = new FakeTime();
  const [sweep, socket, tcp] = [new PingSweep(1000), new Pinged(), tcpOf(false)];
  sweep.add(socket.asSocket, tcp);
  time.tick(1000);
  assertEquals(socket.pings, 1);
  socket.isQuiet = false;
  time.tick(1000);
  assertEquals(socket.pings, 1);
  time.tick(1000);
  assertEquals(socket.pings, 2);
  tcp.emit("close");
  time.tick(5000);
  assertEquals(socket.pings, 2);
});

Deno.test("PingSweep.add() keeps no socket whose connection has closed before", () => {
  using time = new FakeTime();
  const [sweep, socket] = [new PingSweep(1000), new Pinged()];
  sweep.add(socket.asSocket, tcpOf(true));
  time.tick(5000);
  assertEquals(socket.pings, 0);
});
