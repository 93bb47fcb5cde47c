/// <reference lib="dom" />
/**
 * Links in what people write.
 *
 * @module
 */

import { create } from "./dom.ts";

/** A piece of a text; a link if it has an `href`. */
export interface Piece {
  readonly text: string;
  readonly href?: string;
}

const ADDRESS = /\bhttps?:\/\/[^\s<>"\p{C}]+/giu;

/** Cuts a text into pieces. Only addresses of the web become links, so no link can run a script. */
export function piecesOf(text: string): Piece[] {
  const pieces: Piece[] = [];
  let end = 0;
  for (const { 0: match, index } of text.matchAll(ADDRESS)) {
    const address = withoutPunctuation(match);
    const href = hrefOf(address);
    if (href === undefined) continue;
    if (index > end) pieces.push({ text: text.slice(end, index) });
    pieces.push({ text: address, href });
    end = index + address.length;
  }
  if (end < text.length) pieces.push({ text: text.slice(end) });
  return pieces;
}

/** Removes what belongs to the sentence: `(see https://deno.com/)`, but not `https://en.wikipedia.org/wiki/Deno_(software)`. */
function withoutPunctuation(address: string): string {
  let end = address.length;
  while (/[.,;:!?'*)\]}…»”’]/.test(address.charAt(end - 1))) {
    const kept = address.slice(0, end);
    if (kept.endsWith(")") && kept.split("(").length >= kept.split(")").length) break;
    end--;
  }
  return address.slice(0, end);
}

/** Where a link leads; nowhere if it would look as if it led elsewhere: `https://bank.example@evil.example`. */
function hrefOf(address: string): string | undefined {
  const url = URL.parse(address);
  return url && url.username === "" && url.password === "" ? url.href : undefined;
}

/** The text as nodes. A page that a link opens can neither reach this one nor learn its address. */
export function withLinks(text: string): (Node | string)[] {
  return piecesOf(text).map(({ text, href }) => {
    if (href === undefined) return text;
    const link = create("a", "", text);
    link.href = href;
    link.target = "_blank";
    link.rel = "noopener noreferrer nofollow";
    return link;
  });
}
