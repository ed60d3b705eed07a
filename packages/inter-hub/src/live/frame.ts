import { Buffer } from 'node:buffer';
import type { EventRow } from './eventRow.ts';

/** An event as bytes of a stream. */
export type Frame = (event: EventRow) => Uint8Array;

/**
 * Says how events are written to streams of one kind. Each is written once, however many streams it goes to.
 * @param name the same for every event; absent: the event's own type
 */
export function defineFrame(write: (event: EventRow) => unknown, name?: string): Frame {
  const written = new WeakMap<EventRow, Uint8Array>();
  return (event) => {
    const known = written.get(event);
    if (known) return known;
    const data = JSON.stringify(write(event));
    const made = Buffer.from(`id: ${event.seq}\nevent: ${oneLine(name ?? event.type)}\ndata: ${data}\n\n`);
    written.set(event, made);
    return made;
  };
}

function oneLine(text: string): string {
  return text.replaceAll(/[\r\n]/g, ' ');
}
