-- railiance: expand

-- Git is the canon: a sync replaces a workplan and its tasks.
create table workplans (
  id uuid primary key default gen_random_uuid(),
  seq bigint generated always as identity unique,
  key text not null unique,
  type text not null default 'workplan',
  title text not null,
  domain text,
  repo text,
  status text not null,
  owner text,
  topic_slug text,
  created_on text,
  updated_on text,
  depends_on text[] not null default '{}',
  state_hub_workstream_id text,
  path text,
  markdown text not null,
  synced_at timestamptz not null default now(),
  created_at timestamptz not null default now()
);
create index workplans_status on workplans (status);

create table tasks (
  id uuid primary key default gen_random_uuid(),
  seq bigint generated always as identity unique,
  workplan_id uuid not null references workplans on delete cascade,
  key text not null,
  title text not null,
  status text not null,
  priority text,
  state_hub_task_id text,
  position integer not null,
  created_at timestamptz not null default now(),
  unique (workplan_id, key)
);

create table agents (
  id uuid primary key default gen_random_uuid(),
  seq bigint generated always as identity unique,
  name text not null unique,
  provider text,
  models text[] not null default '{}',
  owner text,
  delegated_by text,
  budget_cents integer,
  spent_cents integer not null default 0,
  status text not null default 'active' check (status in ('active', 'paused', 'retired')),
  created_at timestamptz not null default now()
);

create table proposals (
  id uuid primary key default gen_random_uuid(),
  seq bigint generated always as identity unique,
  hub_id uuid references hubs,
  agent_id uuid not null references agents,
  kind text not null,
  title text not null,
  body text not null default '',
  model text,
  status text not null default 'proposed' check (status in ('proposed', 'accepted', 'rejected')),
  verdict_by text,
  verdict_at timestamptz,
  candidate_id uuid references requirement_candidates,
  created_at timestamptz not null default now()
);

create table webhooks (
  id uuid primary key default gen_random_uuid(),
  seq bigint generated always as identity unique,
  hub_id uuid references hubs,
  url text not null,
  types text[] not null default '{}',
  status text not null default 'active' check (status in ('active', 'paused')),
  created_at timestamptz not null default now()
);
