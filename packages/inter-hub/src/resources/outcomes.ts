import * as z from 'zod';
import { defineResource, id, line, moment, object } from './resource.ts';

const shape = {
  deployment_id: id,
  kind: line,
  verdict: z.enum(['improved', 'met', 'unchanged', 'regressed', 'unknown']),
  summary: z.string().min(1).max(2000),
  expectation: z.string().max(2000).nullish(),
  data: object.optional(),
};

export const outcomes = defineResource({
  name: 'outcome-signals',
  singular: 'outcome-signal',
  summary: 'What came of a deployment; append-only',
  table: 'outcome_signals',
  hub: 'required',
  fields: { ...shape, observed_at: z.date() },
  create: { ...shape, observed_at: moment },
  filters: ['deployment_id', 'kind', 'verdict'],
  references: { deployment_id: 'deployment_records' },
});
