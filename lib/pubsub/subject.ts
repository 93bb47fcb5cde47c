/**
 * The names of subjects and channels at an engine. Topics come from clients, so they never become such a name as they
 * are: at NATS, `>` would subscribe to everything, and a long name ends the connection of the node.
 *
 * | subject | for |
 * | --- | --- |
 * | `<prefix>.t.<topic in base64url>` | the nodes with a subscriber of the topic |
 * | `<prefix>.t.~<SHA-256 in base64url>` | the same, for topics of more than 96 bytes or lone surrogates |
 * | `<prefix>.c` | all nodes |
 * | `<prefix>.n.<node>` | one node |
 *
 * @module
 */

import { createHash } from "node:crypto";
import { encodeBase64url } from "../base/base64.ts";
import { isControl } from "./adapter.ts";
import type { BroadcastData } from "./broadcast.ts";
import { assertName } from "./node_name.ts";

/** Longer topics are hashed. The base64 of 96 bytes has 128 letters. */
const MAX_TOPIC_BYTES = 96;

const encoder = new TextEncoder();

/**
 * The names of the subjects (channels of the engine) of one deployment, for authors of adapters. Two deployments that
 * share an engine need different prefixes.
 *
 * @category PubSub
 */
export class Subjects {
  /** The subject of control messages. */
  readonly control: string;
  readonly #prefix: string;

  /**
   * Creates the subjects of a deployment.
   *
   * @param prefix 1 to 64 letters, digits, `-` and `_`.
   * @throws {TypeError} If the prefix has other characters.
   */
  constructor(prefix: string) {
    assertName("create adapter", "prefix", prefix);
    this.#prefix = prefix;
    this.control = `${prefix}.c`;
  }

  /** Returns the subject on which a broadcast is sent. */
  of(broadcast: BroadcastData): string {
    return isControl(broadcast) ? this.control : this.topic(broadcast.topic);
  }

  /** Returns the subject of a topic. */
  topic(topic: string): string {
    return `${this.#prefix}.t.${encodeTopic(topic)}`;
  }

  /** Returns whether a subject is that of a topic. */
  isTopic(subject: string): boolean {
    return subject.startsWith(`${this.#prefix}.t.`);
  }

  /** Returns the subject of one node. */
  node(nodeName: string): string {
    return `${this.#prefix}.n.${nodeName}`;
  }
}

/** Returns a name for a topic of letters, digits, `-`, `_` and `~`, at most 128 characters long. */
export function encodeTopic(topic: string): string {
  if (topic.length <= MAX_TOPIC_BYTES && topic.isWellFormed()) {
    const bytes = encoder.encode(topic);
    if (bytes.length <= MAX_TOPIC_BYTES) return encodeBase64url(bytes) || "~"; // the empty topic has a name as well
  }
  // Of the UTF-16 code units: UTF-8 would merge topics with different lone surrogates.
  return `~${createHash("sha256").update(topic, "utf16le").digest("base64url")}`;
}
