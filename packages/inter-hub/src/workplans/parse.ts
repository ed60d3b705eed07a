import { parse as parseYaml } from 'yaml';
import * as z from 'zod';

const word = z.coerce.string().max(300);
const optional = word.nullish().transform((value) => value ?? null);

const frontMatter = z.object({
  id: word.min(1),
  type: word.default('workplan'),
  title: word.min(1),
  domain: optional,
  repo: optional,
  status: word.default('open'),
  owner: optional,
  topic_slug: optional,
  created: optional,
  updated: optional,
  depends_on: z
    .union([word, z.array(word)])
    .nullish()
    .transform((value) => list(value)),
  state_hub_workstream_id: optional,
});

const taskBlock = z.object({
  id: word.nullish(),
  title: word.nullish(),
  status: word.nullish(),
  priority: optional,
  state_hub_task_id: optional,
});

export interface Task {
  readonly key: string;
  readonly title: string;
  /** As written; ones nobody knows are kept. */
  readonly status: string;
  readonly priority: string | null;
  readonly state_hub_task_id: string | null;
}

export interface Workplan extends z.infer<typeof frontMatter> {
  readonly tasks: readonly Task[];
}

/** What is wrong with a workplan's text. */
export class WorkplanError extends Error {
  override readonly name = 'WorkplanError';
}

/** `### R1 — Add an image build`: a key of letters and digits, a dash or colon, a title. */
const taskHeading = /^#{2,4}\s+([A-Z][A-Z0-9]*(?:-[A-Z0-9]+)*\d[A-Z0-9]*)\s*(?:[—–:-])\s*(.+?)\s*$/;

/**
 * Reads a workplan: Markdown with front matter, tasks as headings, each with an optional fenced `task` block.
 * @throws WorkplanError without front matter, or with one that is no YAML mapping of the known keys
 */
export function parseWorkplan(markdown: string): Workplan {
  const text = markdown.replaceAll('\r\n', '\n').replace(/^\uFEFF/, '');
  const [, head, body] = /^---\n([\s\S]*?)\n---\n?([\s\S]*)$/.exec(text) ?? [];
  if (head === undefined || body === undefined) throw new WorkplanError('has no front matter between --- lines');
  const parsed = frontMatter.safeParse(readYaml(head));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new WorkplanError(`front matter: ${issue?.path.join('.')}: ${issue?.message}`);
  }
  return { ...parsed.data, tasks: readTasks(body, parsed.data.status) };
}

function readYaml(text: string): unknown {
  try {
    return parseYaml(text, { schema: 'core', maxAliasCount: 20, prettyErrors: false });
  } catch (error) {
    throw new WorkplanError(`not YAML: ${(error as Error).message.slice(0, 200)}`);
  }
}

interface Draft {
  key: string;
  title: string;
  block?: z.infer<typeof taskBlock>;
}

function readTasks(body: string, planStatus: string): Task[] {
  const drafts: Draft[] = [];
  for (const part of parts(body)) {
    if (part.fence === undefined) {
      const [, key, title] = taskHeading.exec(part.text) ?? [];
      if (key !== undefined && title !== undefined) drafts.push({ key, title });
    } else if (part.fence === 'task') {
      const block = taskBlock.safeParse(readYaml(part.text)).data;
      if (block) place(drafts, block);
    }
  }
  const closed = ['done', 'finished', 'completed', 'archived'].includes(planStatus);
  const tasks = drafts.map(({ key, title, block }) => ({
    key,
    title,
    status: block?.status ?? (closed ? 'done' : 'todo'),
    priority: block?.priority ?? null,
    state_hub_task_id: block?.state_hub_task_id ?? null,
  }));
  return [...new Map(tasks.map((task) => [task.key, task])).values()];
}

/** A block belongs to the heading above it, unless that has one already. */
function place(drafts: Draft[], block: z.infer<typeof taskBlock>): void {
  const above = drafts.at(-1);
  if (above && above.block === undefined) {
    above.block = block;
  } else {
    const key = block.id ?? `T${drafts.length + 1}`;
    drafts.push({ key, title: block.title ?? key, block });
  }
}

interface Part {
  /** Info word of a fenced block; undefined for a line outside of any. */
  readonly fence?: string;
  readonly text: string;
}

/** Lines, and fenced blocks as wholes: a heading inside a block is code. */
function parts(body: string): Part[] {
  const found: Part[] = [];
  let open: { marker: string; info: string; lines: string[] } | undefined;
  for (const line of body.split('\n')) {
    const fence = /^\s{0,3}(`{3,}|~{3,})\s*([\w-]*)/.exec(line);
    if (open) {
      const closes = fence?.[1]?.startsWith(open.marker) && line.trim() === fence[1];
      if (closes) {
        found.push({ fence: open.info, text: open.lines.join('\n') });
        open = undefined;
      } else open.lines.push(line);
    } else if (fence) open = { marker: fence[1] ?? '', info: fence[2] ?? '', lines: [] };
    else found.push({ text: line });
  }
  return found;
}

function list(value: string | string[] | null | undefined): string[] {
  if (value === null || value === undefined) return [];
  const given = Array.isArray(value) ? value : value.split(/[\s,]+/);
  return given.filter((name) => name !== '');
}
