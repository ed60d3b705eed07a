-- railiance: expand

create table hubs (
  id uuid primary key default gen_random_uuid(),
  seq bigint generated always as identity unique,
  slug text not null unique check (slug ~ '^[a-z0-9]([-a-z0-9]{0,51}[a-z0-9])?$'),
  name text not null,
  kind text not null default 'app',
  description text,
  owner text,
  stewards text[] not null default '{}',
  route_url text,
  status text not null default 'active' check (status in ('active', 'retired')),
  created_at timestamptz not null default now()
);

create table hub_capability_manifests (
  id uuid primary key default gen_random_uuid(),
  seq bigint generated always as identity unique,
  hub_id uuid not null references hubs,
  version text not null,
  status text not null default 'draft' check (status in ('draft', 'active', 'retired')),
  capabilities jsonb not null default '[]',
  app_toml text,
  created_at timestamptz not null default now(),
  unique (hub_id, version)
);

create table widgets (
  id uuid primary key default gen_random_uuid(),
  seq bigint generated always as identity unique,
  hub_id uuid not null references hubs,
  slug text not null,
  name text not null,
  kind text not null,
  owner text,
  status text not null default 'active' check (status in ('active', 'retired')),
  created_at timestamptz not null default now(),
  unique (hub_id, slug)
);

create table interaction_events (
  id uuid primary key default gen_random_uuid(),
  seq bigint generated always as identity unique,
  hub_id uuid not null references hubs,
  widget_id uuid not null references widgets,
  event_seq bigint,
  kind text not null,
  outcome text,
  actor text,
  summary text not null,
  correlation_id text,
  stage text,
  duration_ms bigint,
  data jsonb not null default '{}',
  occurred_at timestamptz not null,
  created_at timestamptz not null default now()
);
create index interaction_events_hub on interaction_events (hub_id, seq desc);
create index interaction_events_widget on interaction_events (widget_id, seq desc);
create index interaction_events_correlation on interaction_events (correlation_id, seq) where correlation_id is not null;
create index interaction_events_failures on interaction_events (seq desc) where outcome in ('failure', 'error');
create index interaction_events_checks on interaction_events (occurred_at) where kind = 'check';

create table annotations (
  id uuid primary key default gen_random_uuid(),
  seq bigint generated always as identity unique,
  hub_id uuid not null references hubs,
  widget_id uuid references widgets,
  interaction_event_id uuid references interaction_events,
  kind text not null default 'note',
  severity text not null default 'info' check (severity in ('info', 'low', 'medium', 'high', 'critical')),
  author text not null,
  body text not null,
  fingerprint text,
  stage text,
  evidence jsonb not null default '{}',
  created_at timestamptz not null default now()
);
create index annotations_hub on annotations (hub_id, created_at desc);
create index annotations_interaction on annotations (interaction_event_id);
create index annotations_widget on annotations (widget_id);

create table requirement_candidates (
  id uuid primary key default gen_random_uuid(),
  seq bigint generated always as identity unique,
  hub_id uuid not null references hubs,
  title text not null,
  body text not null default '',
  fingerprint text,
  severity text not null default 'medium' check (severity in ('info', 'low', 'medium', 'high', 'critical')),
  occurrences integer not null default 1,
  weight integer not null default 1,
  status text not null default 'open' check (status in ('open', 'accepted', 'merged', 'routed', 'rejected')),
  merged_into uuid references requirement_candidates,
  resolution text,
  resolved_by text,
  resolved_at timestamptz,
  last_seen_at timestamptz not null default now(),
  created_at timestamptz not null default now()
);
create unique index candidates_open on requirement_candidates (hub_id, fingerprint) where status = 'open';
create index candidates_triage on requirement_candidates (status, weight desc, created_at);

create table candidate_annotations (
  candidate_id uuid not null references requirement_candidates,
  annotation_id uuid not null references annotations,
  created_at timestamptz not null default now(),
  primary key (candidate_id, annotation_id)
);
create index candidate_annotations_annotation on candidate_annotations (annotation_id);

create table requirements (
  id uuid primary key default gen_random_uuid(),
  seq bigint generated always as identity unique,
  hub_id uuid not null references hubs,
  candidate_id uuid references requirement_candidates,
  title text not null,
  body text not null default '',
  status text not null default 'open' check (status in ('open', 'in_progress', 'satisfied', 'dropped')),
  owner text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index requirements_candidate on requirements (candidate_id);

create table approvals (
  id uuid primary key default gen_random_uuid(),
  seq bigint generated always as identity unique,
  hub_id uuid not null references hubs,
  stage text not null,
  digest text not null check (digest ~ '^sha256:[0-9a-f]{64}$'),
  tag text,
  run_id text,
  reason text,
  requested_by text not null,
  evidence jsonb not null default '{}',
  status text not null default 'waiting' check (status in ('waiting', 'approved', 'rejected', 'withdrawn', 'expired')),
  decided_by text,
  decided_at timestamptz,
  comment text,
  expires_at timestamptz not null,
  created_at timestamptz not null default now()
);
create unique index approvals_waiting on approvals (hub_id, stage, digest) where status = 'waiting';
create index approvals_target on approvals (hub_id, stage, created_at desc);

create table decision_records (
  id uuid primary key default gen_random_uuid(),
  seq bigint generated always as identity unique,
  hub_id uuid not null references hubs,
  requirement_id uuid references requirements,
  approval_id uuid references approvals,
  kind text not null default 'decision' check (kind in ('decision', 'approval', 'exception')),
  title text not null,
  rationale text not null default '',
  status text not null default 'pending' check (status in ('pending', 'accepted', 'rejected', 'superseded')),
  stage text,
  digest text,
  decided_by text,
  decided_at timestamptz,
  created_at timestamptz not null default now()
);
create index decisions_requirement on decision_records (requirement_id);
create index decisions_digest on decision_records (hub_id, stage, digest);

create table deployment_records (
  id uuid primary key default gen_random_uuid(),
  seq bigint generated always as identity unique,
  hub_id uuid not null references hubs,
  stage text not null,
  release integer,
  kind text not null default 'deploy' check (kind in ('deploy', 'promotion', 'rollback')),
  digest text,
  tag text,
  commit_sha text,
  committed_at timestamptz,
  status text not null default 'succeeded' check (status in ('in_progress', 'succeeded', 'failed', 'rolled_back')),
  run_id text,
  decision_id uuid references decision_records,
  url text,
  started_at timestamptz,
  finished_at timestamptz,
  created_at timestamptz not null default now()
);
create index deployments_target on deployment_records (hub_id, stage, seq desc);
create index deployments_decision on deployment_records (decision_id);
create index deployments_run on deployment_records (run_id);
create index deployments_finished on deployment_records (finished_at);

create table outcome_signals (
  id uuid primary key default gen_random_uuid(),
  seq bigint generated always as identity unique,
  hub_id uuid not null references hubs,
  deployment_id uuid not null references deployment_records,
  kind text not null,
  verdict text not null check (verdict in ('improved', 'met', 'unchanged', 'regressed', 'unknown')),
  summary text not null,
  expectation text,
  data jsonb not null default '{}',
  observed_at timestamptz not null,
  created_at timestamptz not null default now()
);
create index outcomes_deployment on outcome_signals (deployment_id);
create index outcomes_hub on outcome_signals (hub_id, observed_at desc);

create table learnings (
  id uuid primary key default gen_random_uuid(),
  seq bigint generated always as identity unique,
  hub_id uuid not null references hubs,
  outcome_id uuid references outcome_signals,
  title text not null,
  body text not null default '',
  cause text,
  tags text[] not null default '{}',
  author text not null,
  created_at timestamptz not null default now()
);
create index learnings_outcome on learnings (outcome_id);
