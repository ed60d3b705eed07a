import { inspect } from 'node:util';

const hidden = '[secret]';

/**
 * A value that cannot be printed, serialised or interpolated by accident: every implicit conversion gives `[secret]`.
 * `reveal()` is the only way to the text, so that each use can be found by searching for it.
 */
export class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  reveal(): string {
    return this.#text;
  }

  toString(): string {
    return hidden;
  }

  toJSON(): string {
    return hidden;
  }

  [Symbol.toPrimitive](): string {
    return hidden;
  }

  [inspect.custom](): string {
    return hidden;
  }
}

export type Secrets = Readonly<Record<string, Secret>>;
