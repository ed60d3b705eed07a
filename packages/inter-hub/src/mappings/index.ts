import { artifact } from './artifact.ts';
import { incident } from './incident.ts';
import type { Mapping } from './mapping.ts';
import { other } from './other.ts';
import { pipelineRun } from './pipelineRun.ts';
import { progress } from './progress.ts';
import { service } from './service.ts';
import { taskRun } from './taskRun.ts';
import { testSuiteRun } from './testSuiteRun.ts';

/** The first that matches applies; `other` takes the rest. */
export const mappings: readonly Mapping[] = [
  pipelineRun,
  taskRun,
  artifact,
  service,
  testSuiteRun,
  incident,
  progress,
  other,
];
