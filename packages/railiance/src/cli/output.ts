import { type ExitCode, exitCodes, Failure, problemOf } from '../domain/failure.ts';
import { type Document, serialise } from './output/json.ts';
import { LiveRegion } from './output/liveRegion.ts';
import { linesOf } from './output/neutralise.ts';
import { createRunView, type RunView } from './output/runView.ts';
import { type Column, pairLines, tableLines } from './output/table.ts';
import { type Environment, type Terminal, terminalOf } from './output/terminal.ts';
import { bold, dim, mapStrings, plain, red, render, type Text, yellow } from './output/text.ts';
import { wrap } from './output/wrap.ts';

export interface Streams {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
}

export interface OutputOptions {
  /** Standard output is one JSON document; people's text is left out, progress goes to standard error as always. */
  readonly json: boolean;
  /** Every question is answered with yes. */
  readonly yes: boolean;
  /** Causes and their stacks with every error, and the lines of what steps run. */
  readonly debug: boolean;
  readonly env: Environment;
}

const stdio = { out: 'stdout', err: 'stderr' } as const;

/**
 * The only thing that writes to the terminal. Results go to standard output; progress, warnings and errors to standard
 * error. Every text is neutralised and rid of secrets. A reader that has gone away is not an error: what it will not
 * read is dropped, and `closed` says so.
 */
export class Output {
  readonly json: boolean;
  readonly debug: boolean;
  readonly #yes: boolean;
  readonly #streams: Streams;
  readonly #terminals: { readonly stdout: Terminal; readonly stderr: Terminal };
  readonly #live: LiveRegion;
  #closed: AbortController | undefined;
  readonly #gone = new Set<'stdout' | 'stderr'>();
  #picture: readonly Text[] = [];
  #redact: (text: string) => string = (text) => text;
  #documented = false;
  #writeProblem: string | undefined;

  constructor(streams: Streams, { json, yes, debug, env }: OutputOptions) {
    this.json = json;
    this.debug = debug;
    this.#yes = yes;
    this.#streams = streams;
    this.#terminals = { stdout: terminalOf(streams.stdout, env), stderr: terminalOf(streams.stderr, env) };
    this.#live = new LiveRegion((text) => this.#put(stdio.err, text));
    for (const name of [stdio.out, stdio.err]) {
      streams[name].on('error', (error: NodeJS.ErrnoException) => this.#onStreamError(name, error));
    }
  }

  /** Aborted when nobody reads standard output any more: a command that only prints may stop. */
  get closed(): AbortSignal {
    this.#closed ??= new AbortController();
    if (this.#gone.has(stdio.out)) this.#closed.abort();
    return this.#closed.signal;
  }

  /** A person can be asked: input and error output are terminals, and neither --yes nor --json was given. */
  get interactive(): boolean {
    return !this.json && !this.#yes && this.#terminals.stderr.live && this.#streams.stdin.isTTY === true;
  }

  /** Columns of the terminal that results go to; without one nothing is cut, since programs read them. */
  get width(): number {
    return Math.max(20, this.#streams.stdout.columns ?? Number.POSITIVE_INFINITY);
  }

  /** Results go before a person's eyes, not into a pipe or a file. */
  get toTerminal(): boolean {
    return this.#streams.stdout.isTTY === true;
  }

  /** From now on every text passes `redact` as well, which removes the values of secrets. */
  redactWith(redact: (text: string) => string): void {
    const before = this.#redact;
    this.#redact = (text) => redact(before(text));
  }

  /** One line of a result for people; nothing with --json. */
  line(text: Text = ''): void {
    if (!this.json) this.#print(stdio.out, text);
  }

  /** Aligned columns, or `empty` where there are no rows; nothing with --json. */
  table<Row>(columns: readonly Column<Row>[], rows: readonly Row[], empty: Text): void {
    // Before the cut: half a secret is no longer found.
    const clean = columns.map((column) => ({ ...column, value: (row: Row) => this.#clean(column.value(row)) }));
    const lines = rows.length === 0 ? [empty] : tableLines(clean, rows, this.width);
    for (const line of lines) this.line(line);
  }

  /** `label  value` lines; nothing with --json. */
  pairs(pairs: readonly (readonly [label: string, value: Text])[]): void {
    for (const line of pairLines(pairs)) this.line(line);
  }

  /** The result of a command: the document with --json, else what `people` prints. */
  result<Result extends Document>(document: Result, people: () => void): void {
    if (this.json) this.#document(document, 2);
    else people();
  }

  /** One of many results, as they come: a line of JSON with --json, else a line of text. */
  record<Result extends Document>(document: Result, people: Text): void {
    if (this.json) this.#document(document, 0);
    else this.line(people);
  }

  /** Bytes as they are, for `exec` only: the person asked for this program's own output. */
  bytes(chunk: Uint8Array, stream: 'stdout' | 'stderr' = 'stdout'): void {
    if (!this.#gone.has(stream)) this.#streams[stream].write(chunk);
  }

  /** Text that was asked for as such (help, version), with --json too. Titles are set off. */
  page(text: string): void {
    for (const line of linesOf(text)) this.#print(stdio.out, /^[A-Z][\w ]*:/.test(line) ? bold(line) : line);
  }

  /** A line beside the result, on standard error. */
  note(text: Text): void {
    this.#print(stdio.err, text);
  }

  warn(text: Text, hint?: string): void {
    this.#print(stdio.err, [yellow('railiance: warning:'), ' ', text]);
    if (hint !== undefined) this.#print(stdio.err, [bold('hint:'), ' ', hint]);
  }

  /** Prints what went wrong and what to do next. Returns the exit code that says it to scripts. */
  failure(error: unknown): ExitCode {
    // Anything but a Failure is a mistake of ours: how far it came, a person must see.
    const exitCode = error instanceof Failure ? error.exitCode : exitCodes.needsPerson;
    const hint = error instanceof Failure ? error.hint : 'this is a mistake in railiance: please report it';
    const message = problemOf(error);
    const document = { schema: 'railiance.error.v1', message, hint, exitCode } as const;
    if (this.json && !this.#documented) this.#document(document, 2);
    const [first = '', ...more] = linesOf(message);
    this.#print(stdio.err, [red('railiance: error:'), ' ', first]);
    for (const line of more) this.#print(stdio.err, ['  ', line]);
    if (hint !== undefined) this.#print(stdio.err, [bold('hint:'), ' ', hint]);
    if (this.debug || !(error instanceof Failure)) this.#printStack(error);
    return exitCode;
  }

  /** Starts showing the steps of a run, under a title. */
  run(title: Text): RunView {
    if (title !== '') this.#print(stdio.err, bold(title));
    return createRunView({
      live: this.#terminals.stderr.live,
      unicode: this.#terminals.stderr.unicode,
      verbose: this.debug,
      size: () => ({
        columns: this.#streams.stderr.columns || 80,
        rows: this.#streams.stderr.rows || 24,
      }),
      clean: (text) => this.#clean(text),
      draw: (lines) => this.#draw(lines),
      release: () => this.leave(),
      print: (line) => this.#print(stdio.err, line),
    });
  }

  /**
   * Asks for a yes. True at once with --yes.
   * @throws Failure (needs a person) where nobody can be asked
   */
  async confirm(question: string): Promise<boolean> {
    if (this.#yes) return true;
    this.#assertInteractive(question, 'pass --yes to answer yes beforehand');
    const { confirm, isCancel } = await import('@clack/prompts');
    const answer = await confirm({ message: this.#safe(question), initialValue: false, ...this.#promptStreams() });
    return !isCancel(answer) && answer;
  }

  /**
   * Asks to choose one; undefined where the person would rather not. The first choice with --yes.
   * @throws Failure (needs a person) where nobody can be asked
   */
  async select(question: string, choices: readonly { value: string; label: string; hint?: string }[]) {
    if (this.#yes) return choices[0]?.value;
    this.#assertInteractive(question, 'choose by an option of the command; --help shows them');
    const { select, isCancel } = await import('@clack/prompts');
    const options = choices.map(({ value, label, hint }) => ({
      value,
      label: this.#safe(label),
      ...(hint === undefined ? {} : { hint: this.#safe(hint) }),
    }));
    const answer = await select({ message: this.#safe(question), options, ...this.#promptStreams() });
    return isCancel(answer) ? undefined : answer;
  }

  /**
   * Asks for a text without showing it; undefined where the person would rather not.
   * @throws Failure (needs a person) where nobody can be asked
   */
  async hidden(question: string): Promise<string | undefined> {
    this.#assertInteractive(question, 'give it on standard input');
    const { password, isCancel } = await import('@clack/prompts');
    const answer = await password({ message: this.#safe(question), ...this.#promptStreams() });
    return isCancel(answer) ? undefined : answer;
  }

  /** Gives the terminal back as it was, before the process is ended at once. */
  leave(): void {
    this.#live.release();
    this.#picture = [];
  }

  /** Waits until everything is written. Returns the exit code, which is not 0 where the result could not be written. */
  async end(exitCode: number): Promise<number> {
    this.leave();
    for (const name of [stdio.out, stdio.err]) {
      if (!this.#gone.has(name)) await new Promise<void>((resolve) => this.#streams[name].write('', () => resolve()));
    }
    if (this.#writeProblem === undefined) return exitCode;
    this.#print(stdio.err, [red('railiance: error:'), ` write standard output: ${this.#writeProblem}`]);
    return exitCode || exitCodes.dependencyMissing;
  }

  #document(document: Document, indent: number): void {
    this.#documented = true;
    this.#put(stdio.out, `${serialise(document, this.#redact, indent)}\n`);
  }

  #print(name: 'stdout' | 'stderr', text: Text): void {
    const picture = this.#picture;
    const sharesScreen = picture.length > 0 && this.#terminals[name].live;
    if (sharesScreen) this.#live.clear();
    const terminal = this.#terminals[name];
    // Before the break, too: a secret in two halves is no longer found.
    const clean = this.#clean(text);
    const lines = terminal.live ? wrap(clean, this.#streams[name].columns || 80) : [clean];
    for (const line of lines) this.#put(name, `${this.#rendered(line, terminal)}\n`);
    if (sharesScreen) this.#draw(picture);
  }

  #draw(lines: readonly Text[]): void {
    this.#picture = lines;
    this.#live.draw(lines.map((line) => this.#rendered(line, this.#terminals.stderr)));
  }

  #clean(text: Text): Text {
    return mapStrings(text, this.#redact);
  }

  /** Secrets are looked for in each part as given, and in the whole as shown: joining parts may make one. */
  #rendered(text: Text, terminal: Terminal): string {
    const clean = this.#clean(text);
    const shown = plain(clean);
    const safe = this.#redact(shown);
    return safe === shown ? render(clean, terminal.color) : safe;
  }

  #safe(text: string): string {
    return this.#redact(plain(this.#clean(text)));
  }

  #put(name: 'stdout' | 'stderr', text: string): void {
    if (!this.#gone.has(name)) this.#streams[name].write(text);
  }

  #printStack(error: unknown): void {
    const seen = new Set<unknown>();
    for (let cause = error; cause instanceof Error && !seen.has(cause); cause = cause.cause) {
      seen.add(cause);
      for (const line of linesOf(cause.stack ?? cause.message)) this.#print(stdio.err, dim(line));
    }
  }

  #assertInteractive(question: string, hint: string): void {
    if (this.interactive) return;
    throw new Failure('ask', `“${question}” needs an answer, and there is no terminal to ask on`, {
      hint,
      exitCode: exitCodes.needsPerson,
    });
  }

  #promptStreams() {
    return { input: this.#streams.stdin, output: this.#streams.stderr };
  }

  // EPIPE: the reader of a pipe has gone. EIO: the terminal was closed.
  #onStreamError(name: 'stdout' | 'stderr', error: NodeJS.ErrnoException): void {
    if (error.code !== 'EPIPE' && error.code !== 'EIO') this.#writeProblem ??= error.message;
    this.#gone.add(name);
    if (name === stdio.out) this.#closed?.abort(error);
  }
}
