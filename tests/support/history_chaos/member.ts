/**
 * A member of a topic in a chaos run: it checks each message that it receives.
 *
 * @module
 */

import type { Stored } from "../../../lib/history/engine.ts";
import type { Since } from "../../../lib/history/since.ts";
import type { Admission } from "../../../lib/history/admission.ts";
import { Witness } from "./witness.ts";

/** A client, as far as history is concerned: it remembers where it stands. */
export class ChaosMember extends Witness {
  /** Counts how often it has come and gone. */
  visits = 0;

  /** What it asks for when it joins. */
  get since(): Since {
    return this.at ? { kind: "position", position: this.at } : { kind: "nothing" };
  }

  /** Forgets where it stands, as a page does that is loaded again. */
  forget(): void {
    this.at = undefined;
  }

  /** It is let in, and receives what it missed. */
  enter({ recovered, position, missed }: Admission): void {
    this.admitted(recovered, position);
    for (const message of missed) this.receive(message);
  }

  /** It receives a message. */
  receive({ epoch, offset, previous, payload }: Stored): void {
    const { at } = this;
    if (!at || epoch !== at.epoch || previous !== at.offset) {
      this.fault(`receives ${epoch}:${offset} after ${previous}, a gap or twice`);
    }
    this.note({ epoch, offset }, (payload as { readonly id: string }).id);
  }
}
