/**
 * What a session and the history of its thread need of each other.
 *
 * @module
 */

/** What history needs of a session. */
export interface SessionLink {
  /** The name of this thread. */
  readonly nodeName: string;
  /** Whether there is no other thread. */
  readonly isAlone: boolean;
  /** How many bytes wait because a thread is slow. */
  readonly waitingBytes: number;
  /** Sends a message to all other threads. */
  sendToAll(message: Uint8Array): void;
  /** Sends a message to the threads that want its topic. */
  sendToSubscribers(topic: string, message: Uint8Array): void;
  /** Sends a message to one thread. Returns whether it can arrive there. */
  sendTo(node: string, message: Uint8Array): boolean;
  /** The thread that keeps history is known. */
  historyReady(): void;
}

/** What a session needs of history. None of it may throw. */
export interface SessionHistory {
  /** The thread begins to connect. */
  attach(link: SessionLink): void;
  /** The thread is connected no longer. */
  detach(): void;
  /** Returns whether a topic with this hash is wanted here. */
  wants(hash: number): boolean;
  /** This thread keeps history from now on: no other thread does. */
  keeps(): void;
  /** Another thread reads what this one sends from now on. */
  met(node: string): void;
  /** Another thread has sent a message. */
  receive(node: string, message: Uint8Array): void;
  /** Another thread was cut off. */
  cutOff(node: string): void;
  /** Another thread had cut off this one, and what it sent meanwhile is lost. */
  returned(node: string): void;
  /** Another thread has ended. */
  ended(node: string): void;
}
