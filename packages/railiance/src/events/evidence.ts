import type { CheckResult } from '../domain/verdict.ts';
import { plainText } from './cloudEvent.ts';

/** What an event carries of the evidence: enough to see the cause; the whole stays in the run's file. */
const lastLines = 40;
const longestLine = 400;
const longestText = 2_000;
const mostMembers = 40;
const deepest = 6;

/** What the steps of a run left behind when they failed, by the file that the journal names. */
export type EvidenceFiles = ReadonlyMap<string, unknown>;

/** The last lines and the leading facts of a piece of evidence, small enough for an event. Undefined where there is none. */
export function excerptOf(evidence: unknown): Record<string, unknown> | undefined {
  if (typeof evidence !== 'object' || evidence === null || Array.isArray(evidence)) return undefined;
  const { logs, ...rest } = evidence as Readonly<Record<string, unknown>>;
  const lines = Array.isArray(logs) ? logs.slice(-lastLines).map((line) => plainText(String(line), longestLine)) : [];
  return { ...(bounded(rest, 0) as object), ...(lines.length > 0 && { logs: lines }) };
}

/** Name, verdict and what was seen of each check, the ones that did not pass first. */
export function checksIn(checks: readonly CheckResult[]): readonly object[] {
  const ordered = [...checks].sort((one, other) => Number(one.verdict === 'pass') - Number(other.verdict === 'pass'));
  return ordered.slice(0, mostMembers).map(({ name, verdict, summary, hint, durationMs }) => ({
    name: plainText(name, longestLine),
    verdict,
    summary: plainText(summary, longestText),
    ...(hint !== undefined && { hint: plainText(hint, longestText) }),
    duration_ms: durationMs,
  }));
}

function bounded(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return plainText(value, longestText);
  if (typeof value !== 'object' || value === null) return value;
  if (depth === deepest) return '…';
  if (Array.isArray(value)) return value.slice(0, mostMembers).map((item) => bounded(item, depth + 1));
  const members = Object.entries(value).slice(0, mostMembers);
  return Object.fromEntries(members.map(([name, item]) => [plainText(name, 200), bounded(item, depth + 1)]));
}
