// The part of npm:ws that the tests use.

import type { Buffer } from "node:buffer";
import type { Duplex } from "node:stream";

export interface Extensions {
  readonly "permessage-deflate"?: PerMessageDeflate;
}

export class PerMessageDeflate {
  constructor(options?: { readonly isServer?: boolean; readonly threshold?: number });
  accept(parameters: readonly Record<string, readonly (string | true)[]>[]): Record<string, unknown>;
}

export class Receiver {
  constructor(
    options?: { readonly isServer?: boolean; readonly maxPayload?: number; readonly extensions?: Extensions },
  );
  on(event: "message", listener: (data: Buffer, isBinary: boolean) => void): this;
  on(event: "conclude", listener: (code: number, reason: Buffer) => void): this;
  on(event: "ping" | "pong", listener: (data: Buffer) => void): this;
  on(event: "error", listener: (error: Error) => void): this;
  write(chunk: Uint8Array): boolean;
}

export interface SendOptions {
  readonly binary: boolean;
  readonly compress: boolean;
  readonly fin: boolean;
  readonly mask: boolean;
}

export class Sender {
  constructor(socket: Duplex, extensions?: Extensions);
  send(data: Uint8Array, options: SendOptions, callback?: () => void): void;
  ping(data: Uint8Array, mask: boolean, callback?: () => void): void;
  close(code: number, data: string, mask: boolean, callback?: () => void): void;
}

declare class WebSocket {
  constructor(url: string, options?: { readonly perMessageDeflate?: boolean; readonly rejectUnauthorized?: boolean });
  readonly extensions: string;
  on(event: "open" | "ping" | "pong", listener: () => void): this;
  on(event: "message", listener: (data: Buffer, isBinary: boolean) => void): this;
  on(event: "close", listener: (code: number) => void): this;
  on(event: "error", listener: (error: Error) => void): this;
  send(data: string | Uint8Array): void;
  ping(): void;
  pause(): void;
  resume(): void;
  close(code?: number, reason?: string): void;
  terminate(): void;
}

export default WebSocket;
