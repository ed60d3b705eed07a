import { type Capture, createCapture } from './capture.ts';
import type { Command } from './exec.ts';
import { createLineReader, type LineReader } from './lines.ts';
import { neutralise } from './neutralise.ts';
import type { Redactor } from './redact.ts';

/** What is passed on as lines from one program; a flood is for a log file, not for a person. */
const linesLimitBytes = 16 * 1024 * 1024;
const linesLimit = 200_000;

/** What one program writes: captured for the result, and passed on line by line. */
export interface Output {
  push(chunk: Uint8Array, stream: 'stdout' | 'stderr'): void;
  end(): { readonly stdout: string; readonly stderr: string; readonly truncated: boolean };
}

/**
 * Standard output stays as it was written but for secrets: programs' answers are parsed from it. Standard error and lines
 * are for people, and are neutralised.
 */
export function createOutput(redact: Redactor, onLine: Command['onLine']): Output {
  const captures: Record<'stdout' | 'stderr', Capture> = {
    stdout: createCapture(redact),
    stderr: createCapture(redact),
  };
  let linesCount = 0;
  let linesBytes = 0;
  const isFull = (): boolean => linesBytes > linesLimitBytes || linesCount > linesLimit;

  const passOn = (line: string, stream: 'stdout' | 'stderr'): void => {
    linesCount += 1;
    if (linesCount <= linesLimit) onLine?.(line, stream);
  };
  const lines = onLine && {
    stdout: createLineReader(redact, (line) => passOn(line, 'stdout')),
    stderr: createLineReader(redact, (line) => passOn(line, 'stderr')),
  };
  const pushLines = (reader: LineReader, chunk: Uint8Array, stream: 'stdout' | 'stderr'): void => {
    if (isFull()) return;
    linesBytes += chunk.length;
    reader.push(chunk);
    if (isFull()) onLine?.('[more output is not shown]', stream);
  };

  return {
    push(chunk, stream) {
      captures[stream].push(chunk);
      if (lines) pushLines(lines[stream], chunk, stream);
    },
    end() {
      if (lines && !isFull()) {
        lines.stdout.end();
        lines.stderr.end();
      }
      return {
        stdout: captures.stdout.text(),
        stderr: neutralise(captures.stderr.text()),
        truncated: captures.stdout.truncated || captures.stderr.truncated,
      };
    },
  };
}
