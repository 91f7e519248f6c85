// Fairway's kinds as the portal uses them: the generated types, with metadata that a served object always has.
import type * as generated from './generated';

export interface Metadata extends generated.ObjectMeta {
  readonly name: string;
  readonly uid: string;
}

/** Any object of the Kubernetes API. */
export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Metadata;
}

type Served<T> = Omit<T, 'metadata' | 'apiVersion' | 'kind'> & KubeObject;

export type Application = Served<generated.Application>;
export type Release = Served<generated.Release>;
export type Promotion = Served<generated.Promotion>;
export type Rollout = Served<generated.Rollout>;
export type AnalysisRun = Served<generated.AnalysisRun>;
export type AnalysisTemplate = Served<generated.AnalysisTemplate>;
export type GitRepository = Served<generated.GitRepository>;
export type PipelineRun = Served<generated.PipelineRun>;

type Items<T> = NonNullable<T> extends readonly (infer Item)[] ? Item : never;

export type EnvironmentSpec = Items<generated.Application['spec']['environments']>;
export type EnvironmentStatus = Items<NonNullable<generated.Application['status']>['environments']>;
export type CanaryStep = Items<generated.Rollout['spec']['canary']['steps']>;
export type Measurement = Items<Items<NonNullable<generated.AnalysisRun['status']>['metrics']>['measurements']>;
export type MetricSpec = Items<generated.AnalysisRun['spec']['metrics']>;
export type MetricResult = Items<NonNullable<generated.AnalysisRun['status']>['metrics']>;
export type PipelineJob = Items<NonNullable<generated.PipelineRun['status']>['jobs']>;
export type PipelineStep = Items<PipelineJob['steps']>;
export type WaitingFor = NonNullable<NonNullable<generated.Rollout['status']>['waitingFor']>;

/** The namespace of an object in a namespaced kind. */
export function namespaceOf(object: KubeObject): string {
  return object.metadata.namespace ?? '';
}
