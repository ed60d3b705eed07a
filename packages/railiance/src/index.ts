/**
 * The library: what another program needs to read configurations and to write adapters. The command line is `railiance`;
 * `railiance/oci` and `railiance/sops` stand on their own.
 */
export { type Builder, type BuildRequest, defineBuilder } from './builders/builder.ts';
export { type Check, type CheckContext, defineCheck } from './checks/check.ts';
export { type LoadAppOptions, loadApp } from './config/app.ts';
export { loadBlueprint, loadBlueprintFile } from './config/blueprint.ts';
export { configurationHash } from './config/canonical.ts';
export type { AppSpec } from './domain/app.ts';
export type { Artifact, Revision } from './domain/artifact.ts';
export type { Blueprint } from './domain/blueprint.ts';
export { type ExitCode, exitCodes, Failure } from './domain/failure.ts';
export type { Plan, PlannedStep } from './domain/plan.ts';
export type { Release } from './domain/release.ts';
export { Secret } from './domain/secret.ts';
export type { Stage } from './domain/stage.ts';
export type { CheckResult, Evidence, Verdict } from './domain/verdict.ts';
export { defineEngine, type Engine } from './engines/engine.ts';
export { defineStep, type StepContext, type StepDefinition, type StepResult } from './pipeline/step.ts';
