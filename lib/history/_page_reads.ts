/**
 * The reads of one topic, and what is deleted while they are under way: a page may have been made before.
 *
 * @module
 */

import type { MaybePromise } from "../base/maybe_promise.ts";
import { isThenable } from "../base/thenable.ts";
import type { HistoryPage } from "./engine.ts";
import { persist, type Retry } from "./_persistent.ts";
import type { Position } from "./position.ts";

/** What was deleted since a read began. */
interface Deletions {
  readonly positions: Position[];
  /** Whether that was all, so that the page says nothing any more. */
  isAll: boolean;
}

/** Reads pages that have nothing of what was deleted before they are used. */
export class PageReads {
  readonly #read: (after: number | undefined) => MaybePromise<HistoryPage>;
  readonly #retry: Retry;
  readonly #underWay = new Set<Deletions>();

  /** Creates the reads of one topic. */
  constructor(read: (after: number | undefined) => MaybePromise<HistoryPage>, retry: Retry) {
    this.#read = read;
    this.#retry = retry;
  }

  /** Reads what follows an offset; repeats a read that fails. */
  read(after: number | undefined): MaybePromise<HistoryPage> {
    const page = persist(() => this.#read(after), this.#retry);
    return isThenable(page) ? this.#checked(after, Promise.resolve(page)) : page;
  }

  /** A message was deleted, or all of them if `position` is `undefined`. */
  forget(position: Position | undefined): void {
    for (const deletions of this.#underWay) {
      if (position) deletions.positions.push(position);
      else deletions.isAll = true;
    }
  }

  async #checked(after: number | undefined, read: Promise<HistoryPage>): Promise<HistoryPage> {
    const deletions: Deletions = { positions: [], isAll: false };
    this.#underWay.add(deletions);
    try {
      const page = await read;
      return deletions.isAll ? await this.read(after) : without(page, deletions.positions);
    } finally {
      this.#underWay.delete(deletions);
    }
  }
}

function without(page: HistoryPage, deleted: readonly Position[]): HistoryPage {
  if (deleted.length === 0) return page;
  const isDeleted = ({ epoch, offset }: Position) =>
    deleted.some((position) => position.offset === offset && position.epoch === epoch);
  return { ...page, messages: page.messages.filter((message) => !isDeleted(message)) };
}
