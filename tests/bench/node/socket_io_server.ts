/**
 * The same application on Socket.IO, on Node: rooms for topics, acknowledgements for replies.
 *
 * @module
 */

import type { Server as HttpServer } from "node:http";
import { load, serveOnNode } from "./node_contestant.ts";

type Acknowledge = (response: unknown) => void;

interface Socket {
  join(room: string): void;
  leave(room: string): void;
  on(event: "join" | "leave", listener: (room: string, acknowledge: Acknowledge) => void): void;
  on(event: "echo", listener: (room: string, payload: unknown, acknowledge: Acknowledge) => void): void;
  on(event: "shout", listener: (room: string, payload: unknown) => void): void;
}

interface SocketIo {
  readonly Server: new (server: HttpServer, options: { transports: string[]; pingInterval: number }) => {
    on(event: "connection", listener: (socket: Socket) => void): void;
    to(room: string): { emit(event: string, payload: unknown): void };
  };
}

const { Server } = load("socket.io") as SocketIo;

/** The load counts messages, and does not answer pings. The other servers are sent no heartbeats either. */
const NO_PINGS_MS = 3_600_000;

serveOnNode((server) => {
  const io = new Server(server, { transports: ["websocket"], pingInterval: NO_PINGS_MS });
  io.on("connection", (socket) => {
    socket.on("join", (room, acknowledge) => {
      socket.join(room);
      acknowledge({});
    });
    socket.on("leave", (room, acknowledge) => {
      socket.leave(room);
      acknowledge({});
    });
    socket.on("echo", (_room, payload, acknowledge) => acknowledge(payload));
    socket.on("shout", (room, payload) => io.to(room).emit("shout", payload));
  });
});
