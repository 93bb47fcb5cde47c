/**
 * The floor on npm's `ws`, on Node.
 *
 * @module
 */

import type { Server } from "node:http";
import { FloorConnection, type Sender } from "../floor.ts";
import { load, serveOnNode } from "./node_contestant.ts";

interface Socket extends Sender {
  on(event: "message", listener: (data: { toString(): string }) => void): void;
  on(event: "close", listener: () => void): void;
}

interface Ws {
  readonly WebSocketServer: new (options: { server: Server }) => {
    on(event: "connection", listener: (socket: Socket) => void): void;
  };
}

const { WebSocketServer } = load("ws") as Ws;

serveOnNode((server) => {
  new WebSocketServer({ server }).on("connection", (socket) => {
    const connection = new FloorConnection(socket);
    socket.on("message", (data) => connection.receive(data.toString()));
    socket.on("close", () => connection.close());
  });
});
