/**
 * The parser of AsyncAPI, with the types of what the tests use. Its own would bring those of Node into the check of all
 * other files.
 *
 * @module
 */

/** A list of parts. */
interface All<T> {
  all(): T[];
  get(id: string): T | undefined;
}

/** A message. */
export interface ParsedMessage {
  name(): string | undefined;
  payload(): ParsedSchema | undefined;
}

/** A schema, whose references are resolved. */
export interface ParsedSchema {
  properties(): Readonly<Record<string, ParsedSchema>> | undefined;
  items(): ParsedSchema | ParsedSchema[] | undefined;
}

/** An operation. */
export interface ParsedOperation {
  id(): string | undefined;
  action(): string;
  messages(): All<ParsedMessage>;
  reply(): { messages(): All<ParsedMessage> } | undefined;
}

/** A document. */
export interface ParsedDocument {
  channels(): All<{ id(): string; address(): string }>;
  operations(): All<ParsedOperation>;
  servers(): All<{ protocol(): string; host(): string; pathname(): string }>;
}

/** What is wrong with a document. */
export interface Diagnostic {
  readonly code: string | number;
  readonly message: string;
  readonly path: readonly (string | number)[];
}

interface ParserClass {
  new (): {
    parse(text: string): Promise<{ document: ParsedDocument | undefined }>;
    validate(text: string): Promise<Diagnostic[]>;
  };
}

const NAME: string = "npm:@asyncapi/parser@3.6.6";

/** The parser, as it comes from npm. */
export const { Parser }: { Parser: ParserClass } = await import(NAME);
