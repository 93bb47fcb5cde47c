/**
 * A fake for a language model: says the same about everything, word by word.
 *
 * @module
 */

/** Something that is said word by word. */
export type Generate = (prompt: string) => AsyncIterable<{ readonly text: string }>;

const SENTENCES = [
  "That is a good question, and the answer has several parts.",
  "Some of them are long; others – like this one – are short.",
  "Réponse: ça dépend. 答えは場合によります。 🦤 may have known it.",
  "Reload this page whenever you like: nothing of it will be missing.",
];

/** The whole answer. */
export function answerTo(prompt: string): string {
  const about = `You asked: “${prompt}”\n\n`;
  return about + Array.from({ length: 40 }, (_, n) => `${n + 1}. ${SENTENCES[n % SENTENCES.length]}\n`).join("");
}

/** The pieces of a text: words with what stands before them. */
export function piecesOf(text: string): string[] {
  return text.match(/\s*\S+|\s+$/g) ?? [];
}

/** Generates the answer, a word each `delayMs` milliseconds. */
export function generator(delayMs: number): Generate {
  return async function* (prompt) {
    for (const text of piecesOf(answerTo(prompt))) {
      await new Promise((resolve) => setTimeout(resolve, delayMs));
      yield { text };
    }
  };
}
