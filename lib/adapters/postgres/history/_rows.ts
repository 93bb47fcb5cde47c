/**
 * Messages of the history, as they come from PostgreSQL: in notifications, and in the rows of a page. Pure.
 *
 * A notification is `<topic> <epoch> <number> <time> <envelope>`, with the topic's name in the tables. The envelope, in
 * base64url, is missing if it is too large for a notification. The node in its header is who sent it.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { encodeBase64url } from "../../../base/base64.ts";
import type { HistoryPage, Stored, Unnumbered } from "../../../history/engine.ts";
import type { Position } from "../../../history/position.ts";
import { decodeEnvelope, encodeEnvelope } from "../../../pubsub/envelope.ts";
import { TooLargeError } from "../../../pubsub/errors.ts";
import { encodeTopic } from "../../../pubsub/subject.ts";
import type { PostgresResult } from "../client.ts";
import { decode } from "../_notification.ts";
import { MAX_ENVELOPE_BYTES } from "../setup.ts";

/** What a notification announces. */
export interface Announcement extends Position {
  /** When it was numbered. */
  readonly atMs: number;
  /** The envelope in base64url; empty if it has to be read. */
  readonly envelope: string;
}

const ANNOUNCEMENT = /^ ([0-9a-f]{12}) (\d{1,16}) (\d{1,16}) ([A-Za-z0-9_-]*)$/;

/**
 * Returns the name of a topic in the tables: letters, digits, `-`, `_` and `~`. As that of `encodeTopic`, but the hash is
 * one that SQL can compute.
 */
export function nameOf(topic: string): string {
  const name = encodeTopic(topic);
  if (name.length === 1 || !name.startsWith("~") || !topic.isWellFormed()) return name;
  return `~${createHash("sha256").update(topic, "utf8").digest("base64url")}`;
}

/**
 * Encodes a message.
 *
 * @throws {TypeError} If its payload cannot be sent.
 * @throws {TooLargeError} If it is larger than what is kept.
 */
export function encodeMessage(topic: string, { event, payload, from = "" }: Unnumbered): string {
  const envelope = encodeEnvelope(from, { topic, event, payload });
  if (envelope.length > MAX_ENVELOPE_BYTES) throw new TooLargeError(topic, envelope.length, MAX_ENVELOPE_BYTES);
  return encodeBase64url(envelope);
}

/** Returns the name of the topic of a notification. */
export function topicNameOf(text: string): string {
  return text.slice(0, Math.max(0, text.indexOf(" ")));
}

/** Reads a notification about the topic of this name; `undefined` if it is malformed. */
export function readAnnouncement(text: string, name: string): Announcement | undefined {
  const match = ANNOUNCEMENT.exec(text.slice(name.length));
  if (!match) return undefined;
  const [, epoch = "", offset, atMs, envelope = ""] = match;
  return { epoch, offset: Number(offset), atMs: Number(atMs), envelope };
}

/** Converts a message; `undefined` if it is none of this topic, or of a version that is not known. */
export function storedOf(topic: string, { epoch, offset, atMs, envelope }: Announcement): Stored | undefined {
  const bytes = decode(envelope);
  try {
    const { topic: ofTopic, node, event, payload } = decodeEnvelope(bytes ?? new Uint8Array());
    if (ofTopic !== topic) return undefined;
    return { epoch, offset, previous: offset - 1, event, payload, from: node === "" ? undefined : node, atMs };
  } catch {
    return undefined;
  }
}

/**
 * Converts a page.
 *
 * @returns `undefined` if the topic has to be created or renewed first.
 */
export function readPage(topic: string, { rows: [row] }: PostgresResult): HistoryPage | undefined {
  if (row?.isGood !== true) return undefined;
  const top = { epoch: String(row.epoch), offset: Number(row.top) };
  let completeFrom = Number(row.completeFrom);
  let messages: Stored[] = [];
  for (const announcement of kept(top.epoch, row)) {
    const message = storedOf(topic, announcement);
    if (message) messages.push(message);
    else [completeFrom, messages] = [announcement.offset, []]; // what cannot be read is as good as gone
  }
  return { top, completeFrom, messages };
}

function kept(epoch: string, { numbers, times, envelopes }: Readonly<Record<string, unknown>>): Announcement[] {
  if (typeof envelopes !== "string") return [];
  const [offsets, atMs] = [String(numbers).split(","), String(times).split(",")];
  return envelopes.split(",").map((envelope, n) => ({
    epoch,
    offset: Number(offsets[n]),
    atMs: Number(atMs[n]),
    envelope,
  }));
}
